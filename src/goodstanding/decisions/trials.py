"""Read trials: those that run, and what they have spent."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from goodstanding.core.named_sql import named_sql
from goodstanding.decisions.trial_models import Explored, Trial, TrialUnit
from goodstanding.decisions.trial_models import TrialArm as ArmRow
from goodstanding.decisions.types.trials import RunningTrial, TrialArm, Unit


def trials_number() -> str:
    """A text that moves whenever anything about a running trial does; cheap enough to poll."""
    row = named_sql("decisions", "trials_number").rows()[0]
    return "/".join(str(row[name]) for name in ("trials", "ends", "units", "explored"))


def running_trials(*, at: datetime) -> tuple[RunningTrial, ...]:
    """The trials that have started by an instant and not ended, with what each arm granted."""
    rows = Trial.objects.filter(end__isnull=True, started_at__lte=at)
    return tuple(_running(row) for row in rows)


def spent_of(*, trial_id: UUID) -> dict[str, int]:
    """The limits granted below the cut by arm, in minor units, from the recorded decisions."""
    rows = Explored.objects.filter(trial_id=trial_id).order_by().values_list("arm")
    return dict(rows.annotate(total=Sum("limit_minor")))


def units_of(*, trial_id: UUID) -> Mapping[UUID, str]:
    """The group of each connected business."""
    return dict(TrialUnit.objects.filter(trial_id=trial_id).values_list("party_id", "unit"))


def _running(row: Trial) -> RunningTrial:
    arms = ArmRow.objects.filter(trial_id=row.id).order_by("position")
    return RunningTrial(
        trial_id=row.id,
        policy=row.policy,
        salt=row.salt,
        unit=Unit(row.unit),
        arms=tuple(
            TrialArm(
                name=arm.name,
                policy_hash=arm.policy_hash,
                share_basis_points=arm.share_basis_points,
                limit_minor=arm.limit_minor,
                budget_minor=arm.budget_minor,
            )
            for arm in arms
        ),
        lowest_score=row.lowest_score,
        currency=row.currency,
        started_at=row.started_at,
        spent_minor=spent_of(trial_id=row.id),
    )
