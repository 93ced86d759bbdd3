"""Record, correct and retract facts; import files."""

from goodstanding.ledger.operations.facts import record_fact, record_facts, retract_fact
from goodstanding.ledger.operations.imports import import_file, shift_to_arrive

__all__ = ["import_file", "record_fact", "record_facts", "retract_fact", "shift_to_arrive"]
