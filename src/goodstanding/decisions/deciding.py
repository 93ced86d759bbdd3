"""Deciding: from a question and what is in force to the row that is written. Pure.

Replay, the service and the commands all pass here, so that they cannot differ.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from goodstanding.core.encryption import keyed_digest
from goodstanding.core.errors import Refusal
from goodstanding.core.ids import new_id
from goodstanding.core.money import minor_places
from goodstanding.decisions.answer import StoredDecision
from goodstanding.decisions.arms import Assignment, assign
from goodstanding.decisions.canonical import encode_canonical, instant_text, text_hash
from goodstanding.decisions.errors import (
    AsOfAhead,
    AsOfStale,
    PolicyOfAnotherEntity,
    SupersedesUnknown,
    UnknownPolicy,
)
from goodstanding.decisions.exploring import Chance
from goodstanding.decisions.given_values import looked_up
from goodstanding.decisions.record import (
    Document,
    Given,
    build_record,
    minor_units,
    rule_states,
)
from goodstanding.decisions.types import (
    DecisionRequest,
    FeatureValue,
    GateAnswer,
    InForce,
    Origin,
    Outcome,
    PolicyInForce,
    Question,
    Row,
    Standing,
)
from goodstanding.policies.engine import Evaluation, Value, as_text

AS_OF_AT_MOST_OLD = timedelta(hours=1)
AS_OF_AT_MOST_AHEAD = timedelta(seconds=30)


class Decided(msgspec.Struct, frozen=True):
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
    unit = standing.unit_of(party_id=question.party_id, entity=request.entity.key)
    arm = assign(
        salt=standing.salt, unit=unit, champion=standing.champion, challengers=standing.challengers
    )
    version = standing.versions[arm.arm.policy_hash]
    check_legal_entity(version, legal_entity=question.caller.legal_entity)
    evaluation = evaluate_inputs(version, request, question.features)
    amount_minor = exposure_minor(evaluation, version)
    gate = in_force.gate_answer(
        version=version,
        segment=segment_of(evaluation, question, version),
        amount_minor=amount_minor,
        at=question.arrived_at,
    )
    chance = _chance(standing, question, arm, gate, version, evaluation, amount_minor)
    given = _given(question, arm, standing.salt, gate, version, unit=unit, chance=chance)
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


def check_supersedes(question: Question, found: StoredDecision | None) -> None:
    """Refuse to supersede what is unknown, of another company, or about another entity."""
    entity = question.request.entity
    about = {"scheme": entity.scheme, "value": entity.value}
    if (
        found is None
        or found.legal_entity != question.caller.legal_entity
        or found.record["entity"] != about
    ):
        raise SupersedesUnknown(field="supersedes", decision_id=question.request.supersedes)


def check_legal_entity(version: PolicyInForce, *, legal_entity: str) -> None:
    """Refuse a policy that was not made for the caller's company."""
    if legal_entity not in version.legal_entities:
        raise PolicyOfAnotherEntity(
            field="policy", policy=version.policy.name, legal_entity=legal_entity,
            allowed=", ".join(sorted(version.legal_entities)),
        )  # fmt: skip


def evaluate_inputs(
    version: PolicyInForce, request: DecisionRequest, features: Mapping[str, FeatureValue]
) -> Evaluation:
    """What the policy says of the inputs and of the features that were looked up.

    Raises the engine's refusals of an unknown or a required input, under their path in a request,
    and FeatureLookedUp where the caller sent a feature that is read from the ledger.
    """
    try:
        record = request.inputs
        if version.features:
            record = {**record, **looked_up(version, request, features)}
        return version.policy.evaluate(record, as_of=request.as_of)
    except Refusal as refusal:
        if refusal.field and refusal.field != "as_of" and "." not in refusal.field:
            refusal.field = f"inputs.{refusal.field}"
        raise


def exposure_minor(evaluation: Evaluation, version: PolicyInForce) -> int | None:
    """The amount asked for in minor units, where the policy says which input that is."""
    for item in evaluation.inputs:
        if item.name == version.exposure_input:
            return minor_of(item.value, version.currency)
    return None


def segment_of(
    evaluation: Evaluation, question: Question, version: PolicyInForce
) -> dict[str, Value]:
    """The facts of the case under the names that approvals and findings use."""
    segment: dict[str, Value] = {
        item.name: item.value
        for item in evaluation.inputs
        if item.value is not None and item.name not in version.personal
    }
    segment["legal_entity"] = question.caller.legal_entity
    segment["population"] = question.origin.value
    return segment


def _unknown_policy(policy: str, in_force: InForce) -> UnknownPolicy:
    known = ", ".join(sorted(in_force.standings)) or "(none is published)"
    return UnknownPolicy(field="policy", policy=policy, known=known)


def minor_of(value: Value | None, currency: str) -> int | None:
    """A value in whole units of the currency as minor units; None for one that is no amount."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    return minor_units(value, places=minor_places(currency=currency))


def _chance(
    standing: Standing,
    question: Question,
    arm: Assignment,
    gate: GateAnswer,
    version: PolicyInForce,
    evaluation: Evaluation,
    amount_minor: int | None,
) -> Chance | None:
    """The chance of a case below the cut; nothing is explored without an approval in force."""
    exploration = standing.exploration
    if exploration is None or not gate.is_current or question.origin is not Origin.LIVE:
        return None
    return exploration.chance_of(
        evaluation=evaluation,
        arm=arm.arm.name,
        asked_minor=amount_minor,
        places=minor_places(currency=version.currency),
        at=question.arrived_at,
    )


def _given(
    question: Question,
    arm: Assignment,
    salt: str,
    gate: GateAnswer,
    version: PolicyInForce,
    *,
    unit: str,
    chance: Chance | None,
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
        unit=unit,
        chance=chance,
    )


def _decided(
    question: Question,
    version: PolicyInForce,
    given: Given,
    evaluation: Evaluation,
    amount_minor: int | None,
) -> Decided:
    record = build_record(
        given=given, evaluation=evaluation, digest=keyed_digest, personal=version.personal
    )
    text = encode_canonical(record)
    request, caller = question.request, question.caller
    explored = given.chance if given.chance is not None and given.chance.explored else None
    limit = evaluation.limit if given.gate.is_current else None
    if explored is not None:
        limit = explored.limit
    row = Row(
        id=question.decision_id,
        legal_entity=caller.legal_entity,
        claimed_by=caller.claimed_by,
        idempotency_key=request.idempotency_key,
        request_digest=question.request_digest,
        origin=question.origin.value,
        actor=caller.actor,
        desk=version.desk,
        policy=evaluation.policy,
        policy_hash=version.content_hash,
        entity=request.entity.key,
        party_id=question.party_id,
        as_of=request.as_of,
        outcome=record["outcome"],
        amount_minor=amount_minor,
        limit_minor=minor_of(limit, version.currency),
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
        explored_id=None if explored is None else new_id(),
        explored_trial_id=None if explored is None else explored.trial_id,
        **_referral(question, version, record),
    )
    return Decided(row, record, _personal(evaluation, version))


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


def _personal(evaluation: Evaluation, version: PolicyInForce) -> dict[str, str | None]:
    """The personal inputs as text, to be kept encrypted."""
    return {
        item.name: personal_text(item.value)
        for item in evaluation.inputs
        if item.name in version.personal and item.value is not None
    }


def personal_text(value: Value) -> str:
    """A personal value as the JSON that is encrypted; replay gives it back to the reader."""
    return encode_canonical(as_text(value)).decode()
