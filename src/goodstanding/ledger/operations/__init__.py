"""Record, correct and retract facts; import files."""

from goodstanding.ledger.operations.facts import record_fact, record_facts, retract_fact
from goodstanding.ledger.operations.imports import import_file, newest_source_date

__all__ = ["import_file", "newest_source_date", "record_fact", "record_facts", "retract_fact"]
