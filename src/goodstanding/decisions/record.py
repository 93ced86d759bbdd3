"""The record of a decision: everything that replay reads and derives, as one document.

It holds what was asked (entity, as_of, inputs with their kind of missing), what decided (policy,
lists, models and arm by hash, the state of the gate) and what came of it. Times of arrival,
latency and later events stand outside, so that the same facts and the same artefacts give the
same text and the same hash for ever. Personal inputs stand as keyed digests.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from goodstanding.decisions.arms import Assignment
from goodstanding.decisions.canonical import id_text, instant_text
from goodstanding.decisions.exploring import Chance, is_below_the_cut
from goodstanding.decisions.remembered import Remembered
from goodstanding.decisions.types import Entity, GateAnswer
from goodstanding.policies.engine import (
    CardScore,
    Evaluation,
    InputValue,
    ModelScore,
    Outcome,
    ReasonGiven,
    RuleResult,
    TermGranted,
    Truth,
    Value,
    as_text,
)

FORMAT = 1
WITHHELD = "(withheld)"
EXPLORED = "EXPLORED"
EXPLORED_TEXT = "Approved with a small limit, so that we learn how such businesses pay"
Document = dict[str, Any]
Digest = Callable[[str], str]


class Given(msgspec.Struct, frozen=True):
    """What stands in a record beside the evaluation."""

    legal_entity: str
    entity: Entity
    party_id: UUID | None
    as_of: datetime
    arm: Assignment
    salt: str
    gate: GateAnswer
    origin: str
    supersedes: UUID | None
    fallback_queue: str = ""
    unit: str = ""
    chance: Chance | None = None


class Shown(msgspec.Struct, frozen=True):
    """How values stand in the record: as they are, personal ones as `{"digest": ...}`."""

    personal: frozenset[str]
    digest: Digest

    def value(self, name: str, value: Value | None) -> object:
        """The value's form in the record."""
        if value is not None and name in self.personal:
            return {"digest": self.digest(f"{name}:{as_text(value)}")}
        return as_text(value)


def build_record(
    *, given: Given, evaluation: Evaluation, digest: Digest, personal: frozenset[str]
) -> Document:
    """The document of a decision, its leaves canonical.

    `personal` are the names whose values are personal; `digest` makes the keyed digest that
    stands for such a value.
    """
    shown = Shown(personal, digest)
    record: Document = {
        "format": FORMAT,
        "legal_entity": given.legal_entity,
        "origin": given.origin,
        "entity": {"scheme": given.entity.scheme, "value": given.entity.value},
        "party_id": _id(given.party_id),
        "as_of": instant_text(given.as_of),
        "supersedes": _id(given.supersedes),
        "policy": _policy(evaluation),
        "arm": _arm(given),
        "gate": _GATES.of(given.gate),
        "inputs": {item.name: _input(item, shown) for item in evaluation.inputs},
        "derived": {name: shown.value(name, value) for name, value in evaluation.derived.items()},
        "lists": dict(evaluation.lists),
        "models": [_model(score) for score in evaluation.models],
        "scorecards": [_CARDS.of(score) for score in evaluation.scorecards],
        "rules": _RULE_LISTS.of(evaluation.rules),
        "points": evaluation.points,
        "score": as_text(evaluation.score),
        "band": _band(evaluation),
        "policy_outcome": evaluation.outcome.value,
        "outcome": decided_outcome(evaluation=evaluation, gate=given.gate).value,
        "decided_by": "policy" if given.gate.is_current else "gate",
        "queue": evaluation.queue if given.gate.is_current else given.fallback_queue,
        "terms": _terms(given.gate, evaluation),
        "reasons": [_reason(reason, shown) for reason in reasons_of(given.gate, evaluation)],
        "warnings": [
            {"name": item.name, "kind": item.kind.value, "text": item.text}
            for item in evaluation.warnings
        ],
    }
    if given.chance is not None and is_below_the_cut(evaluation) and given.gate.is_current:
        record |= _below_the_cut(given.chance, evaluation)
    return record


def decided_outcome(*, evaluation: Evaluation, gate: GateAnswer) -> Outcome:
    """The policy's outcome where the gate lets it decide, else the declared fallback."""
    return evaluation.outcome if gate.is_current else Outcome(gate.fallback)


def reasons_of(gate: GateAnswer, evaluation: Evaluation) -> tuple[ReasonGiven, ...]:
    """The principal reasons: the policy's, or the gate's where the fallback decided."""
    if gate.is_current:
        return evaluation.reasons
    return (ReasonGiven(1, f"GATE_{gate.code.upper()}", gate.reason, "gate"),)


def rule_states(evaluation: Evaluation) -> str:
    """One letter a rule, in the order of the policy: T, F or U."""
    return _LETTERS.of(evaluation.rules)


def _id(value: UUID | None) -> str | None:
    return None if value is None else id_text(value)


def _policy(evaluation: Evaluation) -> Document:
    return {
        "name": evaluation.policy,
        "version": evaluation.version,
        "text_hash": evaluation.text_hash,
        "tree_hash": evaluation.tree_hash,
    }


def _arm(given: Given) -> Document:
    return {
        "name": given.arm.arm.name,
        "salt": given.salt,
        "unit": given.unit or str(given.party_id or given.entity.key),
        "bucket": given.arm.bucket,
        "propensity": str(given.arm.propensity),
    }


def _below_the_cut(chance: Chance, evaluation: Evaluation) -> Document:
    """What exploring says of a case that the score declined, and changes where it approved it."""
    limit = None if chance.limit is None else as_text(chance.limit)
    said: Document = {
        "exploration": {
            "trial_id": str(chance.trial_id),
            "chance": str(chance.chance),
            "explored": chance.explored,
            "limit": limit,
            "why": chance.why,
        }
    }
    if not chance.explored:
        return said
    label = next((term.label for term in evaluation.terms if term.name == "limit"), "Limit")
    currency = next((term.currency for term in evaluation.terms if term.name == "limit"), "")
    reason: Document = {"code": EXPLORED, "text": EXPLORED_TEXT, "source": "exploration"}
    return said | {
        "outcome": Outcome.APPROVE.value,
        "decided_by": "exploration",
        "queue": "",
        "terms": [{"name": "limit", "label": label, "value": limit, "currency": currency}],
        "reasons": [reason],
    }


def _gate(gate: GateAnswer) -> Document:
    return {
        "state": gate.state,
        "code": gate.code,
        "reason": gate.reason,
        "fallback": gate.fallback,
        "approval_id": _id(gate.approval_id),
        "exception_id": _id(gate.exception_id),
        "findings": [str(finding) for finding in gate.findings],
    }


def _input(item: InputValue, shown: Shown) -> Document:
    entry: Document = {"value": shown.value(item.name, item.value)}
    if item.missing is not None:
        entry["missing"] = item.missing.value
        if item.problem and item.name not in shown.personal:
            entry["problem"] = item.problem
    if item.source:
        entry["source"] = item.source
    if item.observed_at is not None:
        entry["observed_at"] = as_text(item.observed_at)
    if item.definition:
        entry["definition"] = item.definition
    return entry


def _model(score: ModelScore) -> Document:
    return {
        "name": score.name,
        "id": score.model_id,
        "version": score.version,
        "sha256": score.sha256,
        "score": as_text(score.score),
        "why_not": score.why_not,
        "attributions": None if score.attributions is None else _attributions(score),
    }


def _attributions(score: ModelScore) -> Document:
    found = score.attributions
    assert found is not None  # noqa: S101 - the caller has looked
    return {
        "baseline_name": found.baseline_name,
        "baseline": repr(found.baseline),
        "margin": repr(found.margin),
        "contributions": {item.feature: repr(item.log_odds) for item in found.contributions},
    }


def _card(score: CardScore) -> Document:
    return {
        "name": score.name,
        "id": score.card_id,
        "version": score.version,
        "sha256": score.sha256,
        "points": score.points,
        "pd": as_text(score.pd),
        "cells": [
            {
                "characteristic": cell.characteristic,
                "feature": cell.feature,
                "points": cell.points,
                "points_lost": str(cell.points_lost),
                "reason": cell.reason_code,
            }
            for cell in score.cells
        ],
    }


def _rule(result: RuleResult) -> Document:
    """A rule's line; what does not apply is left out, since most rules are quietly FALSE."""
    line: Document = {"id": result.id, "truth": result.truth.value}
    if result.truth is not Truth.FALSE:
        line |= {"label": result.label, "effect": result.effect.value, "text": result.text}
    if result.points:
        line["points"] = result.points
    if result.vote is not None:
        line |= {"vote": result.vote.value, "by_missing": result.by_missing}
    if result.missing:
        line["missing"] = {item.name: item.kind.value for item in result.missing}
    if result.defaults:
        line["defaults"] = {name: as_text(value) for name, value in result.defaults.items()}
    if result.cancelled_by:
        line["cancelled_by"] = result.cancelled_by
    return line


def _band(evaluation: Evaluation) -> Document | None:
    band = evaluation.band
    if band is None:
        return None
    vote = None if band.vote is None else band.vote.value
    return {"name": band.name, "vote": vote, "by_missing": band.by_missing}


def _terms(gate: GateAnswer, evaluation: Evaluation) -> list[Document]:
    """The terms that the outcome grants; a fallback grants none."""
    if not gate.is_current:
        return []
    return [_term(term) for term in evaluation.terms if term.is_given]


def _term(term: TermGranted) -> Document:
    return {
        "name": term.name,
        "label": term.label,
        "value": as_text(term.value),
        "currency": term.currency,
    }


def _reason(reason: ReasonGiven, shown: Shown) -> Document:
    line: Document = {"code": reason.code, "text": reason.text, "source": reason.source}
    if reason.rule_id:
        line["rule"] = reason.rule_id
    if reason.facts:
        line["facts"] = dict(reason.facts)
        for name in shown.personal.intersection(reason.facts):
            line["text"] = line["text"].replace(reason.facts[name], WITHHELD)
            line["facts"][name] = WITHHELD
    return line


def _letters(results: tuple[RuleResult, ...]) -> str:
    return "".join([result.truth.value[0] for result in results])


def _rules(results: tuple[RuleResult, ...]) -> list[Document]:
    return [_RULES.of(result) for result in results]


_RULES = Remembered(_rule)
_RULE_LISTS = Remembered(_rules, most=1024)
_LETTERS = Remembered(_letters, most=1024)
_CARDS = Remembered(_card)
_GATES = Remembered(_gate)


def minor_units(value: Decimal | int | None, *, places: int) -> int | None:
    """An amount in whole units as minor units, half away from zero below the smallest unit."""
    if value is None:
        return None
    scaled = Decimal(value).scaleb(places)
    return int(scaled.to_integral_value(rounding="ROUND_HALF_UP"))
