"""Decide again: the same question, put to the policy in force now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.encryption import read_personal
from goodstanding.decisions.answer import StoredDecision
from goodstanding.decisions.errors import UnknownDecision
from goodstanding.decisions.given_values import was_looked_up
from goodstanding.decisions.models import Decision
from goodstanding.decisions.operations.direct import decide
from goodstanding.decisions.types import DecisionRequest, Entity, InForce
from goodstanding.policies.engine import MissingKind


@transaction.atomic
def decide_again(
    *, decision_id: UUID, by: str, at: datetime, in_force: InForce | None = None
) -> StoredDecision:
    """Put the question of a decision to the policy in force, as of `at`; a new decision.

    Unlike a replay, it reads what holds now: version, lists, models, approval and findings. The
    inputs are those of the record, with the instants at which they were seen, so an input may
    have grown too old. The new decision supersedes the first, which stays as it is.

    Raises UnknownDecision, PersonalValuesErased once the person was erased, and what `decide`
    raises.
    """
    decision = Decision.objects.filter(id=decision_id).first()
    if decision is None:
        raise UnknownDecision(decision_id=decision_id)
    record = msgspec.json.decode(decision.record)
    kept = decision.personal_value_id
    personal = {} if kept is None else read_personal(value_id=kept)
    inputs = {name: _sent(entry, personal.get(name)) for name, entry in record["inputs"].items()}
    decided = decide(
        request=DecisionRequest(
            policy=decision.policy,
            entity=Entity(record["entity"]["scheme"], record["entity"]["value"]),
            as_of=at,
            inputs={name: value for name, value in inputs.items() if value is not None},
            idempotency_key=f"again:{decision_id}:{at.isoformat()}",
            supersedes=decision_id,
        ),
        legal_entity=decision.legal_entity,
        by=by,
        at=at,
        in_force=in_force,
    )
    write_audit(
        actor=by, action="decide_again", object_kind="decision", object_id=decision_id, at=at,
        detail={"decision_id": str(decided.decision_id)},
    )  # fmt: skip
    return decided


def _sent(entry: Mapping[str, Any], kept: str | None) -> dict[str, Any] | None:
    """An input of a record as a caller sends it; None for one that was not sent."""
    missing = entry.get("missing")
    if was_looked_up(entry):
        return None
    if missing == MissingKind.ABSENT.value:
        return None
    value = entry["value"]
    if isinstance(value, dict):
        value = None if kept is None else msgspec.json.decode(kept)
    said = {"value": value, "missing": missing, **_origin(entry)}
    return {key: part for key, part in said.items() if part is not None}


def _origin(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: entry.get(key) or None for key in ("source", "observed_at")}
