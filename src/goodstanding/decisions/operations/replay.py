"""Replay decisions from their records, and keep what was found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.encryption import PersonalValuesErased, read_personal
from goodstanding.decisions.errors import NoPersonalInputs, PolicyTextMissing, UnknownDecision
from goodstanding.decisions.models import Decision, Replay
from goodstanding.decisions.operations.reading_in_force import (
    vanished_when_decided,
    version_by_hash,
)
from goodstanding.decisions.replaying import ReplayReport, Verdict, compare


@dataclass(frozen=True, slots=True)
class SampleReplay:
    """A sample replayed: how many, and the reports of those that are not the same."""

    replayed: int
    reports: tuple[ReplayReport, ...]

    @property
    def differing(self) -> int:
        """How many differ."""
        return sum(report.verdict is Verdict.DIFFERS for report in self.reports)

    def __str__(self) -> str:
        """The one line that people read."""
        return f"{self.differing} of {self.replayed} differ"


@transaction.atomic
def replay(*, decision_id: UUID, by: str, at: datetime) -> ReplayReport:
    """Derive one decision again; the result is kept and shows on the decision's timeline.

    Personal inputs are decrypted for the derivation and shown to nobody; the audit trail says so.
    Raises UnknownDecision.
    """
    decision = Decision.objects.filter(id=decision_id).first()
    if decision is None:
        raise UnknownDecision(decision_id=decision_id)
    report = _replayed(decision)
    kept = Replay.objects.create(
        decision=decision,
        verdict=report.verdict.value,
        difference="" if report.difference is None else str(report.difference),
        replayed_by=by,
        replayed_at=at,
    )
    write_audit(
        actor=by, action="replay_decision", object_kind="decision", object_id=decision_id, at=at,
        detail={"verdict": report.verdict.value},
    )  # fmt: skip
    return replace(report, replay_id=kept.id)


@transaction.atomic
def reveal_personal_inputs(
    *, decision_id: UUID, reason: str, by: str, at: datetime
) -> dict[str, str]:
    """The personal inputs of a decision as text, for one reading; the audit trail says why.

    Raises UnknownDecision, NoPersonalInputs, and PersonalValuesErased once the person was erased.
    """
    decision = Decision.objects.filter(id=decision_id).first()
    if decision is None:
        raise UnknownDecision(decision_id=decision_id)
    if decision.personal_value_id is None:
        raise NoPersonalInputs(decision_id=decision_id)
    kept = read_personal(value_id=decision.personal_value_id)
    write_audit(
        actor=by, action="read_personal_inputs", object_kind="decision", object_id=decision_id,
        at=at, detail={"reason": reason, "inputs": sorted(kept)},
    )  # fmt: skip
    return {name: str(msgspec.json.decode(value)) for name, value in kept.items() if value}


def replay_sample(
    *, most: int, policy: str | None, recorded_from: datetime | None, by: str, at: datetime
) -> SampleReplay:
    """Derive the newest decisions again, at most `most`; keeps one line in the audit trail."""
    chosen = Decision.objects.order_by("-id")
    if policy is not None:
        chosen = chosen.filter(policy=policy)
    if recorded_from is not None:
        chosen = chosen.filter(recorded_at__gte=recorded_from)
    reports = list(_replay_each(chosen[:most].iterator(chunk_size=500)))
    found = SampleReplay(len(reports), tuple(item for item in reports if not item.is_same))
    write_audit(
        actor=by, action="replay_sample", object_kind="decision", object_id="sample", at=at,
        detail={"replayed": found.replayed, "differing": found.differing, "policy": policy},
    )  # fmt: skip
    return found


def _replay_each(decisions: Iterator[Decision] | Sequence[Decision]) -> Iterator[ReplayReport]:
    for decision in decisions:
        yield _replayed(decision)


def _replayed(decision: Decision) -> ReplayReport:
    try:
        version = version_by_hash(
            policy=decision.policy,
            content_hash=decision.policy_hash,
            vanished=vanished_when_decided(msgspec.json.decode(decision.record)),
        )
        personal = (
            {}
            if decision.personal_value_id is None
            else read_personal(value_id=decision.personal_value_id)
        )
    except PolicyTextMissing as refusal:
        return _without(decision, Verdict.POLICY_MISSING, refusal.message)
    except PersonalValuesErased as refusal:
        return _without(decision, Verdict.INPUTS_ERASED, refusal.message)
    return compare(
        decision_id=decision.id,
        text=decision.record.encode(),
        record_hash=decision.record_hash,
        version=version,
        personal=personal,
    )


def _without(decision: Decision, verdict: Verdict, note: str) -> ReplayReport:
    return ReplayReport(decision.id, verdict, decision.record_hash, note=note)
