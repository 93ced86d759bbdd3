"""Follow committed live decisions with the versions that are in shadow.

Nothing here is part of a decision's transaction. A batch and the cursor behind it are one
transaction, so a follower that is killed takes it up again whole; a row per decision and version
is all there can be.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from django.db import connection, transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.encryption import PersonalValuesErased, read_personal
from goodstanding.core.locks import lock_record
from goodstanding.core.named_sql import named_sql
from goodstanding.decisions.canonical import encode_canonical, text_hash
from goodstanding.decisions.deciding import minor_of
from goodstanding.decisions.errors import NothingInShadow
from goodstanding.decisions.models import ShadowCursor, ShadowDecision
from goodstanding.decisions.operations.reading_in_force import version_by_hash
from goodstanding.decisions.record import rule_states
from goodstanding.decisions.shadowing import Shadowed, ShadowRefused, shadow_of
from goodstanding.decisions.types import PolicyInForce, ShadowState
from goodstanding.policies.queries import require_policy, shadow_stints
from goodstanding.policies.types import ShadowStint

BATCH = 200


def follow_shadows(*, at: datetime, most: int = BATCH) -> int:
    """Meet at most `most` new live decisions with each version in shadow; returns how many rows.

    A stint that has ended is followed to its end.
    """
    followed = {row.stint_id: int(row.below_xid) for row in ShadowCursor.objects.all()}
    met = 0
    for stint in shadow_stints():
        start = followed.get(stint.stint_id, stint.from_xid)
        if stint.below_xid is None or start < stint.below_xid:
            met += _follow(stint, at=at, most=most)
    return met


def catch_up_shadow(*, name: str, since: datetime, by: str, at: datetime) -> Iterator[int]:
    """Meet live decisions since an instant too, though the version came into shadow later.

    Yields how many were met so far, after each batch. Raises PolicyUnknown, NothingInShadow.
    """
    require_policy(name=name)
    stints = [stint for stint in shadow_stints() if stint.name == name and stint.until is None]
    if not stints:
        raise NothingInShadow(name=name)
    met = 0
    for stint in stints:
        while found := _catch_up(stint, since=since, at=at):
            met += found
            yield met
    write_audit(
        actor=by, action="catch_up_shadow", object_kind="policy", object_id=name, at=at,
        detail={"since": since.isoformat(), "decisions": met},
    )  # fmt: skip


@transaction.atomic
def _follow(stint: ShadowStint, *, at: datetime, most: int) -> int:
    lock_record(_lock(stint))
    cursor = ShadowCursor.objects.filter(stint_id=stint.stint_id).first()
    start = int(cursor.below_xid) if cursor else stint.from_xid
    below = _committed_below()
    if stint.below_xid is not None:
        below = min(below, stint.below_xid)
    if below <= start:
        return 0
    found = named_sql("decisions", "shadow_waiting").rows(
        {
            "policy": stint.name, "policy_hash": stint.text_hash, "from_xid": start,
            "below_xid": below, "most": most,
        }
    )  # fmt: skip
    _keep(stint, found, at=at)
    reached = found[-1]["xid"] if len(found) == most else below
    _advance(stint, below_xid=reached, at=at)
    return len(found)


@transaction.atomic
def _catch_up(stint: ShadowStint, *, since: datetime, at: datetime) -> int:
    lock_record(_lock(stint))
    found = named_sql("decisions", "shadow_before").rows(
        {
            "policy": stint.name, "policy_hash": stint.text_hash, "since": since, "most": BATCH,
        }
    )  # fmt: skip
    _keep(stint, found, at=at)
    return len(found)


def _lock(stint: ShadowStint) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:goodstanding:shadow:{stint.text_hash}")


def _committed_below() -> int:
    """The transaction below which everything is committed; taken before the rows are read."""
    [row] = named_sql("decisions", "committed_below").rows()
    return row["below_xid"]


def _advance(stint: ShadowStint, *, below_xid: int, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            named_sql("decisions", "advance_shadow_cursor").statement,
            {"stint_id": stint.stint_id, "below_xid": str(below_xid), "at": at},
        )


def _keep(stint: ShadowStint, found: Sequence[Mapping[str, Any]], *, at: datetime) -> None:
    if not found:
        return
    version = version_by_hash(policy=stint.name, content_hash=stint.text_hash)
    rows = [_row(stint, version, decision, at=at) for decision in found]
    ShadowDecision.objects.bulk_create(rows, ignore_conflicts=True)


def _row(
    stint: ShadowStint, version: PolicyInForce, decision: Mapping[str, Any], *, at: datetime
) -> ShadowDecision:
    recorded = msgspec.json.decode(decision["record"])
    row = ShadowDecision(
        decision_id=decision["id"],
        legal_entity=decision["legal_entity"],
        policy=stint.name,
        policy_hash=stint.text_hash,
        label=stint.label,
        decided_hash=decision["decided_hash"],
        decided_at=decision["recorded_at"],
        decided_outcome=recorded["policy_outcome"],
        differs_in=[],
        rule_changes=[],
        reason_codes=[],
        evaluated_at=at,
    )
    kept = decision["personal_value_id"]
    try:
        personal = {} if kept is None else read_personal(value_id=kept)
        started = time.perf_counter_ns()
        shadowed = shadow_of(recorded=recorded, version=version, personal=personal)
        _fill(row, shadowed, version, duration_us=(time.perf_counter_ns() - started) // 1000)
    except PersonalValuesErased as refusal:
        row.state, row.refusal = ShadowState.INPUTS_ERASED.value, refusal.message
    except ShadowRefused as refusal:
        row.state, row.refusal = ShadowState.REFUSED.value, refusal.message
    return row


def _fill(
    row: ShadowDecision, shadowed: Shadowed, version: PolicyInForce, *, duration_us: int
) -> None:
    evaluation, text = shadowed.evaluation, encode_canonical(shadowed.record)
    row.state = ShadowState.EVALUATED.value
    row.outcome = evaluation.outcome.value
    row.differs_in = list(shadowed.differs_in)
    row.rule_changes = list(shadowed.rule_changes)
    row.rule_states = rule_states(evaluation)
    row.reason_codes = [reason.code for reason in evaluation.reasons]
    row.points = evaluation.points
    row.score = None if evaluation.score is None else Decimal(evaluation.score)
    row.currency = version.currency or None
    row.limit_minor = minor_of(evaluation.limit, version.currency)
    row.duration_us = duration_us
    row.record, row.record_hash = text.decode(), text_hash(text)
