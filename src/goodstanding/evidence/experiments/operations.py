"""The steps of an experiment: each a row, once, by whom it is for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.locks import lock_record
from goodstanding.decisions import operations as decisions
from goodstanding.decisions.queries import running_trials
from goodstanding.decisions.types import RunningTrial, Unit
from goodstanding.evidence.experiments.errors import (
    ArmNotReady,
    ControlNotChampion,
    PlanFixed,
    RegistrarWroteIt,
    StepTooEarly,
    TrafficShared,
    WhyMissing,
)
from goodstanding.evidence.experiments.memo import memo_document, plan_document
from goodstanding.evidence.experiments.planning import (
    CheckedPlan,
    check_plan,
    document_hash,
    plan_hash,
    trial_arms,
)
from goodstanding.evidence.experiments.queries import (
    experiment_named,
    read_experiment,
    running_experiments,
)
from goodstanding.evidence.experiments.reading import verdict_of
from goodstanding.evidence.experiments.tables import (
    Experiment,
    ExperimentArm,
    ExperimentEnd,
    ExperimentHalt,
    ExperimentRegistration,
    ExperimentStart,
)
from goodstanding.evidence.experiments.types import (
    ExperimentPlan,
    ExperimentState,
    ExperimentView,
    Signature,
    Verdict,
)
from goodstanding.parties.queries import connected_groups
from goodstanding.policies.queries import (
    history_of,
    running_versions,
    version_of,
    version_summaries,
)
from goodstanding.policies.types import Person, RunningVersion, Status

BY_RULE = "rule:experiments"
UNREADY = {Status.DRAFT, Status.PROPOSED}


@transaction.atomic
def propose_experiment(*, plan: ExperimentPlan, by: Person, at: datetime) -> UUID:
    """Keep a plan for good, for a second person to register; returns its id.

    Raises PlanFixed where the name is taken, and what `planning.check_plan` raises.
    """
    checked = check_plan(plan)
    try:
        with transaction.atomic():
            row = Experiment.objects.create(**_columns(checked), author_id=by.id, proposed_at=at)
    except IntegrityError as violation:
        raise PlanFixed(field="name", name=plan.name) from violation
    ExperimentArm.objects.bulk_create(
        [
            ExperimentArm(
                experiment=row,
                position=position,
                name=arm.name,
                version_id=version_of(text_hash=arm.text_hash).id,
                treatment=arm.treatment,
                share_basis_points=arm.share_basis_points,
                limit_minor=arm.limit_minor,
                budget_minor=arm.budget_minor,
            )
            for position, arm in enumerate(plan.arms)
        ]
    )
    _keep("propose_experiment", row.id, by.email, at, name=plan.name, plan=plan_document(plan))
    return row.id


@transaction.atomic
def register_experiment(*, name: str, reason: str, by: Person, at: datetime) -> None:
    """Let a plan stand, as a second person who has read it.

    Raises RegistrarWroteIt for its author, StepTooEarly where it is registered already.
    """
    view = _locked(name, step="registered", only=ExperimentState.PROPOSED)
    try:
        with transaction.atomic():
            ExperimentRegistration.objects.create(
                experiment_id=view.experiment_id,
                plan_hash=view.plan_hash,
                reason=_said(reason),
                registered_by_id=by.id,
                registered_at=at,
            )
    except IntegrityError as violation:
        raise RegistrarWroteIt(who=by.display_name) from violation
    _keep(
        "register_experiment", view.experiment_id, by.email, at, name=name,
        plan_hash=view.plan_hash, reason=reason.strip(),
    )  # fmt: skip


@transaction.atomic
def start_experiment(*, name: str, by: Person, at: datetime) -> None:
    """Let the arms share the policy's decisions from now on.

    Raises StepTooEarly before the registration, ControlNotChampion, TrafficShared, ArmNotReady,
    TrialRunning where another one runs.
    """
    view = _locked(name, step="started", only=ExperimentState.REGISTERED)
    _check_versions(view.plan, at=at)
    trial_id = decisions.start_trial(
        policy=view.plan.policy,
        salt=view.plan.name,
        unit=view.plan.unit,
        arms=trial_arms(view.plan),
        currency=view.currency,
        lowest_score=view.plan.lowest_score,
        experiment_id=view.experiment_id,
        groups=_groups() if view.plan.unit is Unit.CONNECTED_GROUP else {},
        by=by.email,
        at=at,
    )
    ExperimentStart.objects.create(
        registration=ExperimentRegistration.objects.get(experiment_id=view.experiment_id),
        trial_id=trial_id,
        started_by_id=by.id,
        started_at=at,
    )
    _keep("start_experiment", view.experiment_id, by.email, at, name=name)


@transaction.atomic
def halt_experiment(*, name: str, reason: str, by: Person, at: datetime) -> None:
    """Stop sharing decisions at once; what was decided still matures. Raises StepTooEarly."""
    view = _locked(name, step="halted", only=ExperimentState.RUNNING)
    _halt(view, reason=_said(reason), rule="", by=by, at=at)


@transaction.atomic
def end_experiment(*, name: str, reason: str, by: Person, at: datetime) -> Verdict:
    """End an experiment and write its memo: figures as known now, and what the rule recommends.

    Raises StepTooEarly unless it runs or was halted.
    """
    view = _locked(name, step="ended", only=None)
    if view.state not in {ExperimentState.RUNNING, ExperimentState.HALTED}:
        raise StepTooEarly(name=name, state=view.state.value, step="ended")
    why = _said(reason)
    if view.halt is None and view.trial_id is not None:
        decisions.end_trial(trial_id=view.trial_id, reason=why, by=by.email, at=at)
    reading = read_experiment(view=view, at=at)
    verdict = verdict_of(view, reading)
    signed = Signature(who=by.display_name, at=at, why=why)
    memo = memo_document(view=view, reading=reading, verdict=verdict, signed=signed)
    ExperimentEnd.objects.create(
        start=ExperimentStart.objects.get(trial_id=view.trial_id),
        reason=why,
        recommendation=verdict.recommendation.value,
        memo=memo,
        memo_hash=document_hash(memo),
        ended_by_id=by.id,
        ended_at=at,
    )
    _keep(
        "end_experiment", view.experiment_id, by.email, at, name=name,
        recommendation=verdict.recommendation.value, memo_hash=document_hash(memo),
    )  # fmt: skip
    return verdict


def watch_budgets(*, at: datetime) -> int:
    """Halt what has spent its budget, or whose control does not decide any more; cheap.

    Also lets businesses that became known since join their group. Returns how many were halted.
    """
    trials = {trial.trial_id: trial for trial in running_trials(at=at)}
    if not trials:
        return 0
    versions = running_versions(at=at)
    halted = 0
    for view in running_experiments():
        trial = trials.get(view.trial_id) if view.trial_id else None
        found = None if trial is None else _broken_rule(trial, versions)
        if found is not None:
            halted += _halt_by_rule(view, rule=found[0], reason=found[1], at=at)
    return halted


def watch_harm(*, at: datetime) -> int:
    """Halt what is surely harmful, or whose split is broken; reads every running experiment."""
    halted = 0
    for view in running_experiments():
        if view.plan.unit is Unit.CONNECTED_GROUP and view.trial_id is not None:
            decisions.add_units(trial_id=view.trial_id, groups=_groups())
        reading = read_experiment(view=view, at=at)
        if reading.split is not None and reading.split.is_mismatch:
            reason = "Units did not fall into the arms in the planned shares"
            halted += _halt_by_rule(view, rule="split_broken", reason=reason, at=at)
        elif reading.harmful:
            reason = verdict_of(view, reading).why.capitalize()
            halted += _halt_by_rule(view, rule="harm", reason=reason, at=at)
    return halted


def _broken_rule(
    trial: RunningTrial, versions: tuple[RunningVersion, ...]
) -> tuple[str, str] | None:
    if trial.is_spent():
        return "budget_used_up", "Another limit does not fit into the money at risk below the cut"
    mine = [version for version in versions if version.name == trial.policy]
    champion = next((item for item in mine if item.status is Status.CHAMPION), None)
    sharing = sum(item.status is Status.SHARE for item in mine)
    if champion is None or not decisions.trial_applies(
        trial, champion=champion.text_hash, sharing=sharing
    ):
        return "versions_changed", "Another version decides or shares than when it started"
    return None


@transaction.atomic
def _halt_by_rule(view: ExperimentView, *, rule: str, reason: str, at: datetime) -> bool:
    lock_record(view.experiment_id)
    present = experiment_named(name=view.plan.name)
    if present.state is not ExperimentState.RUNNING:
        return False
    _halt(present, reason=reason, rule=rule, by=None, at=at)
    return True


def _halt(view: ExperimentView, *, reason: str, rule: str, by: Person | None, at: datetime) -> None:
    start = ExperimentStart.objects.get(trial_id=view.trial_id)
    who = BY_RULE if by is None else by.email
    decisions.end_trial(trial_id=start.trial_id, reason=reason, by=who, at=at)
    ExperimentHalt.objects.create(
        start=start,
        rule=rule,
        reason=reason,
        halted_by_id=None if by is None else by.id,
        halted_at=at,
    )
    _keep(
        "halt_experiment", view.experiment_id, who, at, name=view.plan.name, rule=rule,
        reason=reason,
    )  # fmt: skip


def _locked(name: str, *, step: str, only: ExperimentState | None) -> ExperimentView:
    """The experiment, after every other writer of it has ended."""
    lock_record(experiment_named(name=name).experiment_id)
    view = experiment_named(name=name)
    if only is not None and view.state is not only:
        raise StepTooEarly(name=name, state=view.state.value, step=step)
    return view


def _said(reason: str) -> str:
    if not reason.strip():
        raise WhyMissing(field="reason")
    return reason.strip()


def _check_versions(plan: ExperimentPlan, *, at: datetime) -> None:
    mine = {item.text_hash: item for item in version_summaries(at=at, name=plan.policy)}
    for item in mine.values():
        if item.status is Status.SHARE:
            raise TrafficShared(label=item.label, policy=plan.policy)
    control = mine[plan.control.text_hash]
    if control.status is not Status.CHAMPION:
        raise ControlNotChampion(name=plan.name, label=control.label)
    approved = {
        step.text_hash for step in history_of(name=plan.policy) if step.status is Status.APPROVED
    }
    for arm in plan.arms[1:]:
        version = mine[arm.text_hash]
        if version.status in UNREADY or version.text_hash not in approved:
            raise ArmNotReady(label=version.label, status=version.status.value)


def _groups() -> dict[UUID, str]:
    return {party: f"group:{first}" for party, first in connected_groups().items()}


def _columns(checked: CheckedPlan) -> dict[str, Any]:
    plan = checked.plan
    return {
        "name": plan.name,
        "policy_name": plan.policy,
        "question": plan.question.strip(),
        "unit": plan.unit.value,
        "currency": checked.currency,
        "metric_kind": plan.metric.kind.value,
        "metric_label": plan.metric.label,
        "label_versions": dict(checked.label_versions),
        "horizon_days": plan.horizon_days,
        "enrol_days": plan.enrol_days,
        "base_rate": plan.base_rate,
        "minimum_effect": plan.minimum_effect,
        "alpha": plan.alpha,
        "power": plan.power,
        "guard_rails": plan_document(plan)["guard_rails"],
        "lowest_score": plan.lowest_score,
        "control_n": checked.control_n,
        "treatment_n": checked.treatment_n,
        "plan_hash": plan_hash(plan),
    }


def _keep(action: str, experiment_id: UUID, actor: str, at: datetime, **detail: object) -> None:
    write_audit(
        actor=actor, action=action, object_kind="experiment", object_id=experiment_id, at=at,
        detail=detail,
    )  # fmt: skip
