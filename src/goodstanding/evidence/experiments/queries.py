"""Read experiments: their plans and steps, what they show, what traffic a plan would meet."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from goodstanding.core.errors import NotFound
from goodstanding.core.named_sql import named_sql
from goodstanding.decisions.queries import spent_of
from goodstanding.decisions.types import Unit
from goodstanding.evidence.experiments.cases import Cases
from goodstanding.evidence.experiments.memo import plan_document, reading_document
from goodstanding.evidence.experiments.offline import (
    evaluate_file,
    evaluate_logged,
    evaluation_document,
)
from goodstanding.evidence.experiments.plan_files import read_plan
from goodstanding.evidence.experiments.planning import check_plan, most_explored, power_table
from goodstanding.evidence.experiments.reading import read_cases, recorded_arm, verdict_of
from goodstanding.evidence.experiments.tables import Experiment, ExperimentArm
from goodstanding.evidence.experiments.types import (
    ExperimentPlan,
    ExperimentState,
    ExperimentView,
    GuardRail,
    Metric,
    MetricKind,
    PlannedArm,
    Reading,
    Signature,
)

__all__ = [
    "cases_a_day",
    "check_plan",
    "evaluate_file",
    "evaluate_logged",
    "evaluation_document",
    "experiment_named",
    "experiment_of_trial",
    "experiments",
    "most_explored",
    "plan_document",
    "power_table",
    "read_experiment",
    "read_plan",
    "reading_document",
    "recorded_arm",
    "running_experiments",
    "verdict_of",
]
STEPS = (
    "author",
    "registration__registered_by",
    "registration__start__started_by",
    "registration__start__halt__halted_by",
    "registration__start__end__ended_by",
)
TRAFFIC_OF = timedelta(days=28)


def experiments(*, policy: str | None = None) -> tuple[ExperimentView, ...]:
    """All experiments, or those of a policy, newest first."""
    rows = _rows()
    if policy is not None:
        rows = rows.filter(policy_name=policy)
    return tuple(_view(row) for row in rows.order_by("-proposed_at", "-id"))


def experiment_named(*, name: str) -> ExperimentView:
    """One experiment by its name, or by its id as audit lines have it; raises NotFound."""
    row = _rows().filter(name=name).first() or _rows().filter(id=_id(name)).first()
    if row is None:
        raise NotFound(what="experiment", key=name)
    return _view(row)


def running_experiments() -> tuple[ExperimentView, ...]:
    """Those that share decisions now."""
    return tuple(each for each in experiments() if each.state is ExperimentState.RUNNING)


def experiment_of_trial(*, trial_id: UUID) -> ExperimentView | None:
    """The experiment behind a trial; None where there is none."""
    row = _rows().filter(registration__start__trial_id=trial_id).first()
    return None if row is None else _view(row)


def read_experiment(*, view: ExperimentView, at: datetime) -> Reading:
    """What an experiment shows at an instant, by what was known then.

    Anybody may look as often as they like: every interval holds at any time.
    """
    labels = {view.plan.metric.label, *(rail.metric.label for rail in view.plan.guard_rails)}
    spent = {} if view.trial_id is None else spent_of(trial_id=view.trial_id)
    cases = {label: _cases(view, label, at) for label in labels}
    return read_cases(view, cases=cases, spent_minor=spent, at=at)


def cases_a_day(*, policy: str, at: datetime) -> float:
    """Live decisions of a policy a day over the last four weeks."""
    rows = named_sql("evidence", "policy_traffic").rows(
        {"policy": policy, "since": at - TRAFFIC_OF, "until": at}
    )
    return float(rows[0]["decided"]) / TRAFFIC_OF.days


def _cases(view: ExperimentView, label: str, at: datetime) -> Cases:
    rows = named_sql("evidence", "experiment_decisions").rows(
        {
            "arms": [recorded_arm(view, arm.name) for arm in view.plan.arms],
            "trial_id": view.trial_id,
            "label": label,
            "version": int(view.labels.get(label, "0")),
            "horizon_days": view.plan.horizon_days,
            "known_at": at,
        }
    )
    return Cases.of(rows)


def _rows() -> Any:
    return Experiment.objects.select_related(*STEPS)


def _view(row: Experiment) -> ExperimentView:
    registration = _step(row, "registration")
    start = _step(registration, "start")
    halt, end = _step(start, "halt"), _step(start, "end")
    plan = plan_of(row)
    return ExperimentView(
        experiment_id=row.id,
        plan=plan,
        plan_hash=row.plan_hash,
        labels={name: str(version) for name, version in row.label_versions.items()},
        currency=row.currency,
        control_n=row.control_n,
        treatment_n=row.treatment_n,
        control_bads=row.control_n * float(row.base_rate),
        author=row.author.display_name,
        proposed_at=row.proposed_at,
        registration=_signed(registration, "registered"),
        start=_signed(start, "started"),
        trial_id=None if start is None else start.trial_id,
        halt=_signed(halt, "halted"),
        end=_signed(end, "ended"),
        memo=None if end is None else end.memo,
        memo_hash="" if end is None else end.memo_hash,
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _step(row: Any, name: str) -> Any:
    if row is None:
        return None
    try:
        return getattr(row, name)
    except ObjectDoesNotExist:
        return None


def _signed(row: Any, step: str) -> Signature | None:
    if row is None:
        return None
    person = getattr(row, f"{step}_by")
    rule = getattr(row, "rule", "")
    return Signature(
        who="by rule" if person is None else person.display_name,
        at=getattr(row, f"{step}_at"),
        why=getattr(row, "reason", ""),
        rule=rule,
    )


def plan_of(row: Experiment) -> ExperimentPlan:
    """The plan that a row holds."""
    arms = ExperimentArm.objects.filter(experiment_id=row.id).select_related("version")
    return ExperimentPlan(
        name=row.name,
        policy=row.policy_name,
        question=row.question,
        unit=Unit(row.unit),
        arms=tuple(
            PlannedArm(
                name=arm.name,
                text_hash=arm.version.text_hash,
                share_basis_points=arm.share_basis_points,
                treatment=arm.treatment,
                limit_minor=arm.limit_minor,
                budget_minor=arm.budget_minor,
            )
            for arm in arms.order_by("position")
        ),
        metric=Metric(kind=MetricKind(row.metric_kind), label=row.metric_label),
        horizon_days=row.horizon_days,
        enrol_days=row.enrol_days,
        base_rate=row.base_rate.normalize(),
        minimum_effect=row.minimum_effect.normalize(),
        alpha=row.alpha.normalize(),
        power=row.power.normalize(),
        guard_rails=tuple(guard_rail_of(each) for each in row.guard_rails),
        lowest_score=None if row.lowest_score is None else row.lowest_score.normalize(),
    )


def guard_rail_of(document: Mapping[str, str]) -> GuardRail:
    """A guard-rail as a plan keeps it."""
    return GuardRail(
        metric=Metric(kind=MetricKind(document["kind"]), label=document.get("label", "")),
        harm=Decimal(document["harm"]),
    )
