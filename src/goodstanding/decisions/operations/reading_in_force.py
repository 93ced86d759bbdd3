"""Read what decides at present."""

from datetime import datetime

from goodstanding.decisions.errors import PolicyTextMissing
from goodstanding.decisions.types import InForce, PolicyInForce
from goodstanding.governance.queries import gate_version, read_gate_snapshot


def in_force_version() -> tuple[int, ...]:
    """Numbers that move whenever anything moves that decides."""
    return (gate_version(),)


def read_in_force(*, at: datetime) -> InForce:
    """The published versions and the gate, as of now; `at` is the clock of the reader."""
    gate = read_gate_snapshot(at=at)
    return InForce(standings={}, gate=gate, read_at=at, checked_at=at)


def version_by_hash(*, policy: str, content_hash: str) -> PolicyInForce:
    """The version of a policy with that hash; raises PolicyTextMissing."""
    raise PolicyTextMissing(policy=policy, policy_hash=content_hash)
