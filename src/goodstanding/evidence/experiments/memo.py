"""The decision memo: what was planned, seen and recommended, and who signed. Pure."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from goodstanding.evidence.experiments.types import (
    ArmReading,
    Comparison,
    ExperimentPlan,
    ExperimentView,
    Reading,
    Signature,
    Verdict,
)

FORMAT = 1


def memo_document(
    *, view: ExperimentView, reading: Reading, verdict: Verdict, signed: Signature
) -> dict[str, Any]:
    """The memo as a document of plain values; frozen when the experiment ends."""
    return {
        "format": FORMAT,
        "experiment": view.plan.name,
        "plan": plan_document(view.plan),
        "plan_hash": view.plan_hash,
        "sizes": {"control": view.control_n, "treatment": view.treatment_n},
        "currency": view.currency,
        "steps": {
            "proposed": {"who": view.author, "at": _instant(view.proposed_at)},
            "registered": _signature(view.registration),
            "started": _signature(view.start),
            "halted": _signature(view.halt),
            "ended": _signature(signed),
        },
        "figures": reading_document(reading),
        "recommendation": {
            "code": verdict.recommendation.value,
            "words": verdict.recommendation.words,
            "arm": verdict.arm,
            "why": verdict.why,
        },
    }


def plan_document(plan: ExperimentPlan) -> dict[str, Any]:
    """A plan as plain values."""
    return {
        "name": plan.name,
        "policy": plan.policy,
        "question": plan.question,
        "unit": plan.unit.value,
        "arms": [asdict(arm) for arm in plan.arms],
        "metric": {"kind": plan.metric.kind.value, "label": plan.metric.label},
        "horizon_days": plan.horizon_days,
        "enrol_days": plan.enrol_days,
        "base_rate": str(plan.base_rate),
        "minimum_effect": str(plan.minimum_effect),
        "alpha": str(plan.alpha),
        "power": str(plan.power),
        "guard_rails": [
            {"kind": each.metric.kind.value, "label": each.metric.label, "harm": str(each.harm)}
            for each in plan.guard_rails
        ],
        "lowest_score": None if plan.lowest_score is None else str(plan.lowest_score),
    }


def reading_document(reading: Reading) -> dict[str, Any]:
    """What an experiment shows, as plain values."""
    split = reading.split
    return {
        "at": _instant(reading.at),
        "arms": [_arm(arm) for arm in reading.arms],
        "split": None
        if split is None
        else {
            "counts": list(split.counts),
            "expected": [round(value, 1) for value in split.expected],
            "chi2": split.chi2,
            "p": split.p,
            "p_any_time": split.p_any_time,
            "is_mismatch": split.is_mismatch,
        },
        "primary": _comparisons(reading.primary),
        "explored": _comparisons(reading.explored),
        "threshold": reading.threshold,
        "guard_rails": _comparisons(reading.guard_rails),
    }


def _arm(arm: ArmReading) -> dict[str, Any]:
    document = asdict(arm)
    rate = document.pop("rate")
    return document | {"rate": {key: rate[key] for key in ("value", "low", "high")}}


def _comparisons(found: Sequence[Comparison]) -> list[dict[str, Any]]:
    return [
        {
            "arm": each.arm,
            "metric": each.metric.kind.value,
            "label": each.metric.label,
            "value": None if each.look is None else each.look.value,
            "low": None if each.look is None else each.look.low,
            "high": None if each.look is None else each.look.high,
            "harm": None if each.harm is None else str(each.harm),
            "is_harmful": each.is_harmful,
        }
        for each in found
    ]


def _signature(signature: Signature | None) -> dict[str, str] | None:
    if signature is None:
        return None
    return {
        "who": signature.who,
        "at": _instant(signature.at),
        "why": signature.why,
        "rule": signature.rule,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
