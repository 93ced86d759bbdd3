"""Read what decides at present."""

from datetime import datetime

from goodstanding.decisions.types import InForce
from goodstanding.governance.queries import gate_version, read_gate_snapshot


def in_force_version() -> tuple[int, ...]:
    """Numbers that move whenever anything moves that decides."""
    return (gate_version(),)


def read_in_force(*, at: datetime) -> InForce:
    """The published versions and the gate, as of now; `at` is the clock of the reader."""
    gate = read_gate_snapshot(at=at)
    return InForce(standings={}, gate=gate, read_at=at, checked_at=at)
