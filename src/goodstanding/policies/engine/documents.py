"""An evaluation as a JSON document, for the command line, notebooks and the API."""

from typing import Any

from goodstanding.policies.engine.evaluation import (
    CardScore,
    Evaluation,
    ModelScore,
    RuleResult,
    Value,
    as_text,
)

Document = dict[str, Any]


def as_document(evaluation: Evaluation) -> Document:
    """Everything the evaluation holds; numbers that are not whole stand as text."""
    return {
        "policy": evaluation.policy,
        "version": evaluation.version,
        "text_hash": evaluation.text_hash,
        "tree_hash": evaluation.tree_hash,
        "as_of": as_text(evaluation.as_of),
        "outcome": evaluation.outcome.value,
        "queue": evaluation.queue,
        "reasons": [
            {
                "rank": item.rank,
                "code": item.code,
                "text": item.text,
                "source": item.source,
                "rule": item.rule_id,
                "facts": dict(item.facts or {}),
            }
            for item in evaluation.reasons
        ],
        "terms": {
            item.name: {"value": as_text(item.value), "currency": item.currency}
            for item in evaluation.terms
            if item.is_given
        },
        "score": as_text(evaluation.score),
        "points": evaluation.points,
        "band": evaluation.band.name if evaluation.band else None,
        "rules": [_rule(item) for item in evaluation.rules],
        "scorecards": [_card(item) for item in evaluation.scorecards],
        "models": [_model(item) for item in evaluation.models],
        "derived": _values(evaluation.derived),
        "inputs": {
            item.name: {"value": as_text(item.value)}
            | ({"missing": item.missing.value} if item.missing else {})
            | ({"problem": item.problem} if item.problem else {})
            for item in evaluation.inputs
        },
        "lists": dict(evaluation.lists),
        "warnings": [
            {"name": item.name, "kind": item.kind.value, "text": item.text}
            for item in evaluation.warnings
        ],
    }


def _values(values: Any) -> Document:
    pairs: dict[str, Value | None] = dict(values)
    return {name: as_text(value) for name, value in pairs.items()}


def _rule(result: RuleResult) -> Document:
    found: Document = {
        "id": result.id,
        "truth": result.truth.value,
        "effect": result.effect.value,
        "points": result.points,
        "vote": result.vote.value if result.vote else None,
    }
    if result.missing:
        found["missing"] = {item.name: item.kind.value for item in result.missing}
    if result.by_missing:
        found["by_missing"] = True
    if result.defaults:
        found["defaults"] = _values(result.defaults)
    if result.cancelled_by:
        found["cancelled_by"] = result.cancelled_by
    return found


def _card(card: CardScore) -> Document:
    return {
        "name": card.name,
        "sha256": card.sha256,
        "points": card.points,
        "pd": as_text(card.pd),
        "characteristics": [
            {
                "id": cell.characteristic,
                "points": cell.points,
                "points_lost": as_text(cell.points_lost),
                "reason": cell.reason_code,
            }
            for cell in card.cells
        ],
    }


def _model(model: ModelScore) -> Document:
    found: Document = {
        "name": model.name,
        "sha256": model.sha256,
        "score": as_text(model.score),
    }
    if model.why_not:
        found["why_not"] = model.why_not
    if model.attributions is not None:
        found["baseline"] = model.attributions.baseline
        found["margin"] = model.attributions.margin
        found["contributions"] = {
            item.feature: item.log_odds for item in model.attributions.contributions
        }
    return found
