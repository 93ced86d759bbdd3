"""A plan as a YAML file, for the command line and for review beside the policy's text."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import yaml

from goodstanding.decisions.types import Unit
from goodstanding.evidence.experiments.errors import PlanUnreadable
from goodstanding.evidence.experiments.types import (
    ExperimentPlan,
    GuardRail,
    Metric,
    MetricKind,
    PlannedArm,
)


class _Arm(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    version: str
    share_percent: Decimal
    treatment: str = ""
    limit_minor: int | None = None
    budget_minor: int | None = None


class _Metric(msgspec.Struct, forbid_unknown_fields=True):
    kind: MetricKind
    label: str = ""


class _Rail(msgspec.Struct, forbid_unknown_fields=True):
    kind: MetricKind
    harm: Decimal
    label: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    policy: str
    question: str
    arms: list[_Arm]
    metric: _Metric
    horizon_days: int
    enrol_days: int
    base_rate: Decimal
    minimum_effect: Decimal
    unit: Unit = Unit.PARTY
    alpha: Decimal = Decimal("0.05")
    power: Decimal = Decimal("0.80")
    guard_rails: list[_Rail] = []
    lowest_score: Decimal | None = None


def read_plan(text: str, *, path: str, hash_of: Callable[[str, str], str]) -> ExperimentPlan:
    """The plan in a file; `hash_of(policy, label)` finds the published version of a label.

    Raises PlanUnreadable naming the key that is missing or wrong, and what `hash_of` raises.
    """
    try:
        read = msgspec.convert(yaml.safe_load(text), _File, strict=False)
    except (yaml.YAMLError, msgspec.ValidationError) as surprise:
        raise PlanUnreadable(path=path, why=str(surprise)) from surprise
    return ExperimentPlan(
        name=read.name,
        policy=read.policy,
        question=read.question,
        unit=read.unit,
        arms=tuple(
            PlannedArm(
                name=arm.name,
                text_hash=hash_of(read.policy, arm.version),
                share_basis_points=int(arm.share_percent * 100),
                treatment=arm.treatment,
                limit_minor=arm.limit_minor,
                budget_minor=arm.budget_minor,
            )
            for arm in read.arms
        ),
        metric=Metric(kind=read.metric.kind, label=read.metric.label),
        horizon_days=read.horizon_days,
        enrol_days=read.enrol_days,
        base_rate=read.base_rate,
        minimum_effect=read.minimum_effect,
        alpha=read.alpha,
        power=read.power,
        guard_rails=tuple(
            GuardRail(metric=Metric(kind=rail.kind, label=rail.label), harm=rail.harm)
            for rail in read.guard_rails
        ),
        lowest_score=read.lowest_score,
    )
