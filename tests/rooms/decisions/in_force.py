"""Build what is in force from texts, without a database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from goodstanding.core.ids import new_id
from goodstanding.decisions.arms import BUCKETS, Arm
from goodstanding.decisions.types import InForce, Standing
from goodstanding.decisions.versions import policy_in_force
from goodstanding.governance.types import Fallback, GateSnapshot, GovernedState, Permit
from goodstanding.policies.engine import read_policy
from goodstanding.policies.engine.kept_lists import FindList
from tests.instants import NOON


def approval_of(
    *, expires_at: datetime, allowed: Mapping[str, frozenset[str]] | None = None
) -> Permit:
    """An approval that began ten days ago."""
    return Permit(
        permit_id=new_id(),
        use_case_id=new_id(),
        valid_from=NOON - timedelta(days=10),
        expires_at=expires_at,
        fallback=Fallback.REFER,
        allowed=dict(allowed or {}),
    )


def in_force_of(*texts: str, permit: Permit | None, lists: FindList | None = None) -> InForce:
    """Policies of these texts as champions, each under the permit; `lists` finds kept lists."""
    standings: dict[str, Standing] = {}
    governed: dict[str, GovernedState] = {}
    for text in texts:
        version = policy_in_force(read_policy(text, lists=lists))
        name = version.policy.name
        standings[name] = Standing(
            name=name,
            salt=name,
            champion=Arm("champion", version.content_hash, BUCKETS),
            challengers=(),
            versions={version.content_hash: version},
        )
        governed[version.content_hash] = GovernedState(
            content_hash=version.content_hash,
            words=f"policy {name} {version.policy.version}",
            use_case_id=new_id() if permit is None else permit.use_case_id,
            fallback=Fallback.REFER,
            permits=() if permit is None else (permit,),
            findings=(),
        )
    gate = GateSnapshot(1, NOON, governed)
    return InForce(standings=standings, gate=gate, read_at=NOON, checked_at=NOON)


def with_permit(in_force: InForce, permit: Permit | None) -> InForce:
    """The same, governed by another permit."""
    permits = () if permit is None else (permit,)
    versions = {
        key: replace(state, permits=permits) for key, state in in_force.gate.versions.items()
    }
    return replace(in_force, gate=replace(in_force.gate, versions=versions))
