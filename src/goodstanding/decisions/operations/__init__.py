"""Verbs that write."""

from goodstanding.decisions.operations.live import LiveDecisions
from goodstanding.decisions.operations.reading_in_force import in_force_version, read_in_force
from goodstanding.decisions.operations.rejected import keep_rejected_event

__all__ = [
    "LiveDecisions",
    "in_force_version",
    "keep_rejected_event",
    "read_in_force",
]
