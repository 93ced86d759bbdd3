"""What other rooms read of governance."""

from goodstanding.governance.queries.findings import (
    finding_at,
    findings_at,
    open_findings_of,
)
from goodstanding.governance.queries.gate import (
    gate_snapshot_from,
    gate_version,
    read_gate_snapshot,
)
from goodstanding.governance.queries.results import results_of_run

__all__ = [
    "finding_at",
    "findings_at",
    "gate_snapshot_from",
    "gate_version",
    "open_findings_of",
    "read_gate_snapshot",
    "results_of_run",
]
