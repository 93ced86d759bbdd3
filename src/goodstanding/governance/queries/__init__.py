"""What other rooms read of governance."""

from goodstanding.governance.queries.gate import (
    gate_snapshot_from,
    gate_version,
    read_gate_snapshot,
)

__all__ = [
    "gate_snapshot_from",
    "gate_version",
    "read_gate_snapshot",
]
