"""Check a plan and size it, before anybody sees a number."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from goodstanding.decisions.operations import check_shares
from goodstanding.decisions.types import TrialArm
from goodstanding.evidence.experiments.errors import PlanIncomplete
from goodstanding.evidence.experiments.types import ExperimentPlan, Metric, MetricKind
from goodstanding.outcomes.definitions import label_named
from goodstanding.outcomes.types import LabelDefinition
from goodstanding.policies.queries import compiled, version_of
from goodstanding.validation.power import PlannedSize, single_size, sizes

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NAME_AT_MOST = 60
DAYS_A_MONTH_AT_MOST = 31
EFFECTS = (Decimal("-0.1"), Decimal("-0.2"), Decimal("-0.3"), Decimal("-0.5"))


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """A plan that holds: its currency, its sizes in counted cases, the label versions it reads."""

    plan: ExperimentPlan
    currency: str
    control_n: int
    treatment_n: int
    label_versions: Mapping[str, int]

    @property
    def control_bads(self) -> float:
        """The events that the control is expected to show."""
        return self.control_n * float(self.plan.base_rate)


def check_plan(plan: ExperimentPlan) -> CheckedPlan:
    """The plan with its sizes.

    Raises PlanIncomplete, TrialSharesWrong, VersionUnknown, UnknownLabel, and InputShape for an
    effect that no rate can have.
    """
    _check_words(plan)
    _check_arms(plan)
    labels = _labels(plan)
    control, treatment = planned_sizes(plan)
    return CheckedPlan(
        plan=plan,
        currency=_currency(plan),
        control_n=control,
        treatment_n=treatment,
        label_versions={label.name: label.version for label in labels},
    )


def planned_sizes(plan: ExperimentPlan) -> tuple[int, int]:
    """Counted cases that the control and the smallest treatment need."""
    base, effect = float(plan.base_rate), float(plan.minimum_effect)
    power = float(plan.power)
    compared = max(1, len(plan.arms) - 1)
    alpha = float(plan.alpha) / compared
    if plan.metric.kind is MetricKind.EXPLORED_BAD_RATE:
        needed = single_size(base_rate=base, effect=effect, alpha=alpha, power=power)
        return needed, needed
    (size,) = sizes(base_rate=base, effects=[effect], alpha=alpha, power=power, ratio=_ratio(plan))
    return size.control_n, size.treatment_n


def power_table(
    plan: ExperimentPlan, *, cases_a_day: float
) -> tuple[tuple[PlannedSize, float | None], ...]:
    """What several effects would need, and in how many days at the present traffic.

    `cases_a_day` are those of the metric's denominator, of all arms together. Of the explored
    nobody knows beforehand how many a day fall below the cut: their days are None.
    """
    effects = [float(each) for each in sorted({*EFFECTS, plan.minimum_effect}, reverse=True)]
    alpha = float(plan.alpha) / max(1, len(plan.arms) - 1)
    if plan.explores:
        return tuple((_explored_size(plan, each, alpha), None) for each in effects if each > -1)
    found = sizes(
        base_rate=float(plan.base_rate),
        effects=[effect for effect in effects if effect > -1],
        alpha=alpha,
        power=float(plan.power),
        ratio=_ratio(plan),
    )
    control = plan.control.share_basis_points / 10_000
    return tuple(
        (size, size.control_n / (cases_a_day * control) if cases_a_day > 0 else None)
        for size in found
    )


def _explored_size(plan: ExperimentPlan, effect: float, alpha: float) -> PlannedSize:
    """What the explored alone need, held against the break-even rate; there is no second arm."""
    base = float(plan.base_rate)
    needed = single_size(base_rate=base, effect=effect, alpha=alpha, power=float(plan.power))
    return PlannedSize(
        effect=effect, control_n=0, treatment_n=needed, control_bads=0.0,
        treatment_bads=needed * base * (1 + effect),
    )  # fmt: skip


def most_explored(plan: ExperimentPlan) -> int:
    """How many cases the money of the arms holds, each with its full limit."""
    return sum(
        arm.budget_minor // arm.limit_minor
        for arm in plan.arms
        if arm.limit_minor and arm.budget_minor
    )


def plan_hash(plan: ExperimentPlan) -> str:
    """The SHA-256 of everything that a registration binds to."""
    return document_hash(json.loads(json.dumps(asdict(plan), default=str)))


def document_hash(document: Mapping[str, Any]) -> str:
    """The SHA-256 of a document's canonical JSON."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def trial_arms(plan: ExperimentPlan) -> tuple[TrialArm, ...]:
    """The arms as the hot path takes them; their names there belong to the experiment."""
    return tuple(
        TrialArm(
            name=f"{plan.name}/{arm.name}",
            policy_hash=arm.text_hash,
            share_basis_points=arm.share_basis_points,
            limit_minor=arm.limit_minor,
            budget_minor=arm.budget_minor,
        )
        for arm in plan.arms
    )


def _check_words(plan: ExperimentPlan) -> None:
    if not NAME.fullmatch(plan.name) or len(plan.name) > NAME_AT_MOST:
        raise PlanIncomplete(
            field="name", why=f"{plan.name!r} is no name; write small letters, digits and hyphens"
        )
    if not plan.question.strip():
        raise PlanIncomplete(field="question", why="it asks no question")
    if plan.enrol_days < 1:
        raise PlanIncomplete(field="enrol_days", why="it lets nobody in")
    if any(rail.harm <= 0 for rail in plan.guard_rails):
        raise PlanIncomplete(field="guard_rails", why="a harm bound is a fraction above 0")


def _check_arms(plan: ExperimentPlan) -> None:
    names = [arm.name for arm in plan.arms]
    if len(set(names)) < len(names) or not all(NAME.fullmatch(name) for name in names):
        raise PlanIncomplete(field="arms", why="each arm needs a name of its own, as in a slug")
    check_shares(trial_arms(plan))
    if plan.control.explores:
        raise PlanIncomplete(field="arms", why="the control explores nothing")
    if plan.explores != (plan.metric.kind is MetricKind.EXPLORED_BAD_RATE):
        raise PlanIncomplete(
            field="metric",
            why="the bad rate of the explored belongs to arms with a limit and a budget below"
            " the cut, and to no others",
        )
    for arm in plan.arms:
        if (arm.limit_minor is None) != (arm.budget_minor is None):
            missing = "limit" if arm.limit_minor is None else "budget"
            raise PlanIncomplete(field=missing, why=f"{arm.name} needs a limit and a budget")
        if arm.limit_minor is not None and arm.budget_minor is not None:
            _check_money(arm.name, arm.limit_minor, arm.budget_minor)
        version = version_of(text_hash=arm.text_hash)
        if version.name != plan.policy:
            raise PlanIncomplete(
                field="arms", why=f"{arm.name} runs {version.name}, not {plan.policy}"
            )


def _check_money(arm: str, limit_minor: int, budget_minor: int) -> None:
    if not 0 < limit_minor <= budget_minor:
        raise PlanIncomplete(field="budget", why=f"the budget of {arm} does not hold one limit")


def _labels(plan: ExperimentPlan) -> Sequence[LabelDefinition]:
    metrics = [plan.metric, *(rail.metric for rail in plan.guard_rails)]
    return [found for metric in metrics if (found := _label(plan, metric)) is not None]


def _label(plan: ExperimentPlan, metric: Metric) -> LabelDefinition | None:
    if not metric.kind.needs_label:
        if metric.label:
            raise PlanIncomplete(field="metric", why=f"the {metric.kind.words} needs no label")
        return None
    found = label_named(metric.label)
    if plan.policy not in found.policies:
        raise PlanIncomplete(
            field="metric", why=f"the label {found.name} says nothing about {plan.policy}"
        )
    days = found.horizon_months * DAYS_A_MONTH_AT_MOST + found.reporting_lag_days
    if plan.horizon_days < days:
        raise PlanIncomplete(
            field="horizon_days",
            why=f"the label {found.name} is known after {days} days, not {plan.horizon_days}",
        )
    return found


def _ratio(plan: ExperimentPlan) -> float:
    smallest = min(arm.share_basis_points for arm in plan.arms[1:])
    return smallest / plan.control.share_basis_points


def _currency(plan: ExperimentPlan) -> str:
    currency = compiled(plan.control.text_hash).definition.currency
    if plan.explores and not currency:
        raise PlanIncomplete(field="arms", why=f"{plan.policy} has no currency to risk")
    return currency or "XXX"
