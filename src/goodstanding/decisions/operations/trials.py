"""Start and end trials: what the evidence behind them asks of the hot path."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from goodstanding.core.locks import lock_record
from goodstanding.decisions.arms import BUCKETS
from goodstanding.decisions.errors import TrialOver, TrialRunning, TrialSharesWrong
from goodstanding.decisions.models import Decision
from goodstanding.decisions.trial_models import (
    EXPLORED_AT_MOST,
    Trial,
    TrialArm,
    TrialEnd,
    TrialUnit,
)
from goodstanding.decisions.types.trials import TrialArm as Arm
from goodstanding.decisions.types.trials import Unit

BATCH = 2000


@transaction.atomic
def start_trial(
    *,
    policy: str,
    salt: str,
    unit: Unit,
    arms: Sequence[Arm],
    currency: str,
    lowest_score: Decimal | None,
    experiment_id: UUID,
    groups: Mapping[UUID, str],
    by: str,
    at: datetime,
) -> UUID:
    """Let arms share a policy's decisions from now on; returns the trial's id.

    The first arm is the control. `groups` names the group of each connected business.
    Raises TrialSharesWrong for shares that do not fit, TrialRunning where one runs already.
    """
    check_shares(arms)
    trial = Trial(
        policy=policy,
        salt=salt,
        unit=unit.value,
        currency=currency,
        lowest_score=lowest_score,
        experiment_id=experiment_id,
        started_by=by,
        started_at=at,
    )
    try:
        with transaction.atomic():
            trial.save(force_insert=True)
    except IntegrityError as violation:
        raise TrialRunning(policy=policy) from violation
    TrialArm.objects.bulk_create(
        [
            TrialArm(
                trial=trial,
                position=position,
                name=arm.name,
                policy_hash=arm.policy_hash,
                share_basis_points=arm.share_basis_points,
                limit_minor=arm.limit_minor,
                budget_minor=arm.budget_minor,
            )
            for position, arm in enumerate(arms)
        ]
    )
    _keep_units(trial.id, groups.items())
    return trial.id


def check_shares(arms: Sequence[Arm]) -> None:
    """Raise TrialSharesWrong unless the arms fit beside each other in the 10,000 buckets."""
    treatments = arms[1:]
    if not treatments:
        raise TrialSharesWrong(field="arms", why="there is nothing beside the control")
    total = sum(arm.share_basis_points for arm in arms)
    if total != BUCKETS or min(arm.share_basis_points for arm in arms) < 1:
        raise TrialSharesWrong(field="arms", why=f"they come to {total / 100:g} %")
    for number, arm in enumerate(treatments):
        place = (number + 1) * BUCKETS // len(treatments) - number * BUCKETS // len(treatments)
        if arm.share_basis_points > place:
            raise TrialSharesWrong(
                field="arms",
                why=f"{arm.name} can have at most {place / 100:g} % beside"
                f" {len(treatments) - 1} other arm(s)",
            )
    explored = sum(arm.share_basis_points for arm in treatments if arm.limit_minor is not None)
    if explored > EXPLORED_AT_MOST:
        raise TrialSharesWrong(
            field="arms", why=f"at most {EXPLORED_AT_MOST / 100:g} % may be explored in all"
        )


@transaction.atomic
def end_trial(*, trial_id: UUID, reason: str, by: str, at: datetime) -> None:
    """Let the champion decide alone again. Raises TrialOver where it has ended."""
    try:
        with transaction.atomic():
            TrialEnd.objects.create(trial_id=trial_id, reason=reason, ended_by=by, ended_at=at)
    except IntegrityError as violation:
        raise TrialOver from violation


@transaction.atomic
def add_units(*, trial_id: UUID, groups: Mapping[UUID, str]) -> int:
    """Let businesses that nobody knew before join the group they belong to; returns how many.

    A business with a decision in the trial stays what it was, so that nobody changes sides.
    """
    lock_record(trial_id)
    known = set(TrialUnit.objects.filter(trial_id=trial_id).values_list("party_id", flat=True))
    new = [party_id for party_id in groups if party_id not in known]
    trial = Trial.objects.get(id=trial_id)
    decided = set(
        Decision.objects.filter(
            party_id__in=new, policy=trial.policy, recorded_at__gte=trial.started_at
        ).values_list("party_id", flat=True)
    )
    return _keep_units(trial_id, [(key, groups[key]) for key in new if key not in decided])


def _keep_units(trial_id: UUID, groups: Iterable[tuple[UUID, str]]) -> int:
    rows = [TrialUnit(trial_id=trial_id, party_id=party, unit=unit) for party, unit in groups]
    TrialUnit.objects.bulk_create(rows, batch_size=BATCH)
    return len(rows)
