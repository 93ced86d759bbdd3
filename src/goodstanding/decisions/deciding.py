"""Deciding: from a question and what is in force to the row that is written. Pure.

Replay, the service and the commands all pass here, so that they cannot differ.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from goodstanding.core.encryption import keyed_digest
from goodstanding.core.ids import new_id
from goodstanding.core.money import minor_places
from goodstanding.decisions.arms import Assignment, assign
from goodstanding.decisions.canonical import encode_canonical, instant_text, text_hash
from goodstanding.decisions.errors import (
    AsOfAhead,
    AsOfStale,
    PolicyOfAnotherEntity,
    RequiredInputMissing,
    UnknownInput,
    UnknownPolicy,
    ValueTooLong,
)
from goodstanding.decisions.record import (
    Document,
    Given,
    build_record,
    minor_units,
    rule_states,
)
from goodstanding.decisions.types import (
    Caller,
    GateAnswer,
    InForce,
    Origin,
    Outcome,
    PolicyInForce,
    Question,
    Row,
)
from goodstanding.policies.engine import Evaluation, Value

AS_OF_AT_MOST_OLD = timedelta(hours=1)
AS_OF_AT_MOST_AHEAD = timedelta(seconds=30)
TEXT_AT_MOST = 4096


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision before it is written: the row, and its record as a document."""

    row: Row
    record: Document
    personal: Mapping[str, str | None]


def decide_one(*, question: Question, in_force: InForce) -> Decided:
    """Decide one question.

    Raises the refusals of `decisions.errors` for a policy, an input or an as_of that cannot be
    decided on; nothing is written then.
    """
    request = question.request
    standing = in_force.standings.get(request.policy)
    if standing is None:
        raise _unknown_policy(request.policy, in_force)
    check_as_of(question)
    unit = str(question.party_id or request.entity.key)
    arm = assign(
        salt=standing.salt, unit=unit, champion=standing.champion, challengers=standing.challengers
    )
    version = standing.versions[arm.arm.policy_hash]
    check_inputs(request.inputs, version, caller=question.caller)
    evaluation = version.policy.evaluate(request.inputs, as_of=request.as_of)
    _require_values(evaluation, version)
    amount_minor = exposure_minor(evaluation, version)
    gate = in_force.gate_answer(
        version=version,
        segment=segment_of(evaluation, question),
        amount_minor=amount_minor,
        at=question.arrived_at,
    )
    given = _given(question, arm, standing.salt, gate, version)
    return _decided(question, version, given, evaluation, amount_minor)


def check_as_of(question: Question) -> None:
    """Refuse a live as_of that is stale or lies ahead of our clock; history may be of any age."""
    if question.origin is not Origin.LIVE:
        return
    as_of, arrived = question.request.as_of, question.arrived_at
    if as_of > arrived + AS_OF_AT_MOST_AHEAD:
        raise AsOfAhead(
            field="as_of", as_of=instant_text(as_of), ahead=as_of - arrived,
            bound=AS_OF_AT_MOST_AHEAD,
        )  # fmt: skip
    if as_of < arrived - AS_OF_AT_MOST_OLD:
        raise AsOfStale(
            field="as_of", as_of=instant_text(as_of), age=arrived - as_of, bound=AS_OF_AT_MOST_OLD
        )


def check_inputs(inputs: Mapping[str, Any], version: PolicyInForce, *, caller: Caller) -> None:
    """Refuse inputs that the policy does not know or cannot do without, and texts without end."""
    policy = version.policy.name
    if caller.legal_entity not in version.legal_entities:
        allowed = ", ".join(sorted(version.legal_entities))
        raise PolicyOfAnotherEntity(
            field="policy", policy=policy, legal_entity=caller.legal_entity, allowed=allowed
        )
    for name, value in inputs.items():
        if name not in version.input_types:
            raise UnknownInput(
                field=f"inputs.{name}", policy=policy, name=name,
                hint=nearest_hint(name, version.input_types),
            )  # fmt: skip
        if type(value) is str and len(value) > TEXT_AT_MOST:
            raise ValueTooLong(field=f"inputs.{name}", length=len(value), most=TEXT_AT_MOST)
    for name in version.required:
        if inputs.get(name) is None:
            raise _required(version, name, "null" if name in inputs else "absent")


def nearest_hint(name: str, known: Mapping[str, Any]) -> str:
    """What the caller may have meant, in words."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"The inputs are: {', '.join(sorted(known))}."


def exposure_minor(evaluation: Evaluation, version: PolicyInForce) -> int | None:
    """The amount asked for in minor units, where the policy says which input that is."""
    for item in evaluation.inputs:
        if item.name == version.exposure_input:
            return _minor(item.value, version.currency)
    return None


def segment_of(evaluation: Evaluation, question: Question) -> dict[str, Value]:
    """The facts of the case under the names that approvals and findings use."""
    segment: dict[str, Value] = {
        item.name: item.value
        for item in evaluation.inputs
        if item.value is not None and not item.is_personal
    }
    segment["legal_entity"] = question.caller.legal_entity
    segment["population"] = question.origin.value
    return segment


def _unknown_policy(policy: str, in_force: InForce) -> UnknownPolicy:
    known = ", ".join(sorted(in_force.standings)) or "(none is published)"
    return UnknownPolicy(field="policy", policy=policy, known=known)


def _required(version: PolicyInForce, name: str, kind: str) -> RequiredInputMissing:
    return RequiredInputMissing(
        field=f"inputs.{name}", policy=version.policy.name, name=name, kind=kind,
        type=version.input_types[name],
    )  # fmt: skip


def _require_values(evaluation: Evaluation, version: PolicyInForce) -> None:
    for item in evaluation.missing:
        if item.name in version.required and item.missing is not None:
            raise _required(version, item.name, item.missing.value)


def _minor(value: Value | None, currency: str) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    return minor_units(value, places=minor_places(currency=currency))


def _given(
    question: Question, arm: Assignment, salt: str, gate: GateAnswer, version: PolicyInForce
) -> Given:
    request = question.request
    return Given(
        legal_entity=question.caller.legal_entity,
        entity=request.entity,
        party_id=question.party_id,
        as_of=request.as_of,
        arm=arm,
        salt=salt,
        gate=gate,
        origin=question.origin.value,
        supersedes=request.supersedes,
        fallback_queue=version.fallback_queue,
    )


def _decided(
    question: Question,
    version: PolicyInForce,
    given: Given,
    evaluation: Evaluation,
    amount_minor: int | None,
) -> Decided:
    record = build_record(given=given, evaluation=evaluation, digest=keyed_digest)
    text = encode_canonical(record)
    request, caller = question.request, question.caller
    limit = evaluation.limit if given.gate.is_current else None
    row = Row(
        id=question.decision_id,
        legal_entity=caller.legal_entity,
        claimed_by=caller.claimed_by,
        idempotency_key=request.idempotency_key,
        request_digest=question.request_digest,
        origin=question.origin.value,
        actor=caller.actor,
        policy=evaluation.policy,
        policy_hash=version.content_hash,
        entity=request.entity.key,
        party_id=question.party_id,
        as_of=request.as_of,
        outcome=record["outcome"],
        amount_minor=amount_minor,
        limit_minor=_minor(limit, version.currency),
        currency=version.currency or None,
        score=None if evaluation.score is None else str(evaluation.score),
        gate_state=given.gate.state,
        approval_id=given.gate.approval_id,
        arm=given.arm.arm.name,
        bucket=given.arm.bucket,
        rule_states=rule_states(evaluation),
        reason_codes=",".join(line["code"] for line in record["reasons"]),
        supersedes_id=request.supersedes,
        arrived_ns=question.arrived_ns,
        record=text,
        record_hash=text_hash(text),
        **_referral(question, version, record),
    )
    return Decided(row, record, _personal(evaluation))


def _referral(question: Question, version: PolicyInForce, record: Document) -> dict[str, Any]:
    """The message that opens a case; imported history was worked long ago and opens none."""
    if record["outcome"] != Outcome.REFER.value or question.origin is not Origin.LIVE:
        return {}
    payload = {
        "policy": record["policy"]["name"],
        "policy_hash": version.content_hash,
        "party_id": record["party_id"],
        "entity": question.request.entity.key,
        "queue": record["queue"],
        "reasons": [line["code"] for line in record["reasons"]],
        "desk": version.desk,
        "legal_entity": question.caller.legal_entity,
        "as_of": record["as_of"],
    }
    return {"referral": encode_canonical(payload), "message_id": new_id()}


def _personal(evaluation: Evaluation) -> dict[str, str | None]:
    return {
        item.name: str(item.value)
        for item in evaluation.inputs
        if item.is_personal and item.value is not None
    }
