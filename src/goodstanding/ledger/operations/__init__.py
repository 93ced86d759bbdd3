"""Record, correct and retract facts; import files; settle what waits in quarantine."""

from goodstanding.ledger.operations.facts import record_fact, record_facts, retract_fact
from goodstanding.ledger.operations.imports import import_file, shift_to_arrive
from goodstanding.ledger.operations.settling import settle_rows

__all__ = [
    "import_file",
    "record_fact",
    "record_facts",
    "retract_fact",
    "settle_rows",
    "shift_to_arrive",
]
