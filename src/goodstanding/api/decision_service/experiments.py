"""Experiments for machines: read only, since every step of one is signed by a person."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from goodstanding.api.decision_service.routes import EXPERIMENTS
from goodstanding.api.errors import MissingField, WrongValue
from goodstanding.core.errors import NotFound
from goodstanding.evidence.experiments.queries import (
    experiment_named,
    experiments,
    plan_document,
    read_experiment,
    reading_document,
    verdict_of,
)
from goodstanding.evidence.experiments.types import ExperimentView, Signature
from goodstanding.policies.queries import compiled
from goodstanding.validation.power import sizes

Document = dict[str, Any]
Query = Mapping[str, Sequence[str]]
EFFECTS = ("-0.1", "-0.2", "-0.3", "-0.5")
EFFECTS_AT_MOST = 20
MEMO = "/memo"
NAMED = re.compile(r"[a-z0-9-]+")


def list_experiments(*, legal_entity: str, query: Query) -> Document:
    """The experiments on a legal entity's policies, or on one of them."""
    wanted = query["policy"][-1] if "policy" in query else None
    found = [each for each in experiments() if wanted in {None, each.plan.policy}]
    return {"experiments": [_line(each) for each in found if _is_of(each, legal_entity)]}


def whole_experiment(*, path: str, legal_entity: str, at: datetime) -> Document:
    """One experiment with its figures as known at an instant; raises NotFound."""
    view = _named(path.removeprefix(f"{EXPERIMENTS}/"), legal_entity)
    reading = read_experiment(view=view, at=at)
    verdict = verdict_of(view, reading)
    return {
        "experiment": _line(view),
        "plan": plan_document(view.plan),
        "steps": {
            "proposed": _step(Signature(who=view.author, at=view.proposed_at)),
            "registered": _step(view.registration),
            "started": _step(view.start),
            "halted": _step(view.halt),
            "ended": _step(view.end),
        },
        "days_left": view.days_left(at=at),
        "figures": reading_document(reading),
        "verdict": {
            "code": verdict.recommendation.value,
            "words": verdict.recommendation.words,
            "arm": verdict.arm,
            "why": verdict.why,
        },
    }


def experiment_memo(*, path: str, legal_entity: str) -> Document:
    """The memo of an experiment that has ended; raises NotFound."""
    name = path.removeprefix(f"{EXPERIMENTS}/").removesuffix(MEMO)
    view = _named(name, legal_entity)
    if view.memo is None:
        raise NotFound(
            what="memo of the experiment", key=name, mend="It is written when the experiment ends."
        )
    return {"memo": view.memo, "sha256": view.memo_hash}


def power_table(*, query: Query) -> Document:
    """How many counted cases, and bads, an experiment needs.

    Raises MissingField without a rate, WrongValue for what is no number, and InputShape for a rate
    or an effect that leaves (0, 1).
    """
    if "base_rate" not in query:
        raise MissingField(field="base_rate", name="base_rate")
    effects = query.get("effect", EFFECTS)
    if len(effects) > EFFECTS_AT_MOST:
        raise WrongValue(field="effect", why=f"At most {EFFECTS_AT_MOST} effects are sized at once")
    share = _number(query, "share", "0.5")
    if not 0 < share < 1:
        raise WrongValue(field="share", why="Expected a fraction between 0 and 1")
    found = sizes(
        base_rate=_number(query, "base_rate"),
        effects=[_read_number("effect", text) for text in effects],
        alpha=_number(query, "alpha", "0.05"),
        power=_number(query, "power", "0.8"),
        ratio=share / (1 - share),
    )
    return {"sizes": [asdict(size) for size in found]}


def _named(name: str, legal_entity: str) -> ExperimentView:
    """The experiment, unless it is on another legal entity's policy."""
    view = experiment_named(name=name) if NAMED.fullmatch(name) else None
    if view is None or not _is_of(view, legal_entity):
        raise NotFound(what="experiment", key=name)
    return view


def _is_of(view: ExperimentView, legal_entity: str) -> bool:
    return legal_entity in compiled(view.plan.control.text_hash).definition.legal_entities


def _line(view: ExperimentView) -> Document:
    return {
        "experiment_id": str(view.experiment_id),
        "name": view.plan.name,
        "policy": view.plan.policy,
        "state": view.state.value,
        "question": view.plan.question,
        "metric": view.plan.metric.kind.value,
        "label": view.plan.metric.label,
        "control_n": view.control_n,
        "treatment_n": view.treatment_n,
        "plan_hash": view.plan_hash,
        "proposed_at": _second(view.proposed_at),
    }


def _step(signed: Signature | None) -> Document | None:
    if signed is None:
        return None
    return {"who": signed.who, "at": _second(signed.at), "why": signed.why, "rule": signed.rule}


def _second(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _number(query: Query, name: str, otherwise: str = "") -> float:
    return _read_number(name, query[name][-1] if name in query else otherwise)


def _read_number(name: str, text: str) -> float:
    """A finite number; raises WrongValue."""
    try:
        value = float(text)
    except ValueError as surprise:
        raise WrongValue(field=name, why=f"Expected a number, got {text[:40]!r}") from surprise
    if not -1e6 < value < 1e6:
        raise WrongValue(field=name, why="Expected a fraction")
    return value
