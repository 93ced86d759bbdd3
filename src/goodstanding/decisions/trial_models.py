"""The tables of trials: arms, their ends, who belongs together, what was explored."""

from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.db import models

from goodstanding.core.models import AppendOnly, transaction_index
from goodstanding.decisions.types.trials import Unit

EXPLORED_AT_MOST = 500
ONE_AT_A_TIME = """
    perform 1
    from decisions_trial as trial
    left join decisions_trial_end as trial_end on trial_end.trial_id = trial.id
    where trial.policy = new.policy and trial_end.id is null;
    if found then
        raise exception 'a trial of this policy is running'
            using errcode = 'unique_violation', constraint = 'one_trial_a_policy';
    end if;
    return new;
"""


class Trial(AppendOnly):
    """Arms began to share a policy's decisions; `experiment_id` is the evidence behind it."""

    policy = models.TextField()
    salt = models.TextField(unique=True)
    unit = models.TextField()
    currency = models.CharField(max_length=3)
    lowest_score = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    experiment_id = models.UUIDField(unique=True)
    started_by = models.TextField()
    started_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One at a time for a policy."""

        db_table = "decisions_trial"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="one_at_a_time",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=ONE_AT_A_TIME,
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="trial_unit_known", condition=models.Q(unit__in=[unit.value for unit in Unit])
            ),
        ]


class TrialArm(AppendOnly):
    """One arm; the control stands first and owns what no other arm does."""

    trial: "models.ForeignKey[Trial]" = models.ForeignKey(
        "decisions.Trial", on_delete=models.PROTECT, related_name="arms"
    )
    trial_id: UUID
    position = models.PositiveSmallIntegerField()
    name = models.TextField(unique=True)
    policy_hash = models.CharField(max_length=64)
    share_basis_points = models.PositiveIntegerField()
    limit_minor = models.BigIntegerField(null=True)
    budget_minor = models.BigIntegerField(null=True)

    class Meta(AppendOnly.Meta):
        """What explores has a limit and a budget, and a small share."""

        db_table = "decisions_trial_arm"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["trial", "position"], name="one_arm_a_position"),
            models.CheckConstraint(
                name="trial_arm_has_a_share",
                condition=models.Q(share_basis_points__gt=0, share_basis_points__lt=10_000),
            ),
            models.CheckConstraint(
                name="exploring_arm_is_bounded",
                condition=models.Q(limit_minor__isnull=True, budget_minor__isnull=True)
                | models.Q(
                    limit_minor__gt=0,
                    budget_minor__gte=models.F("limit_minor"),
                    share_basis_points__lte=EXPLORED_AT_MOST,
                    position__gt=0,
                ),
            ),
        ]


class TrialEnd(AppendOnly):
    """A trial stopped sharing decisions; the champion decides alone from then on."""

    trial: "models.OneToOneField[Trial]" = models.OneToOneField(
        "decisions.Trial", on_delete=models.PROTECT, related_name="end"
    )
    trial_id: UUID
    reason = models.TextField()
    ended_by = models.TextField()
    ended_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once a trial."""

        db_table = "decisions_trial_end"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="trial_end_has_reason", condition=~models.Q(reason="")),
        ]


class TrialUnit(AppendOnly):
    """A business belongs to a connected group for as long as a trial lasts."""

    trial: "models.ForeignKey[Trial]" = models.ForeignKey(
        "decisions.Trial", on_delete=models.PROTECT, related_name="units"
    )
    trial_id: UUID
    party_id = models.UUIDField()
    unit = models.TextField()

    class Meta(AppendOnly.Meta):
        """Once; later evidence does not move anybody to another arm."""

        db_table = "decisions_trial_unit"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["trial", "party_id"], name="one_unit_a_business"),
        ]


class Explored(AppendOnly):
    """A decision approved by chance below the cut, and the money at risk in it."""

    decision: "models.OneToOneField[Any]" = models.OneToOneField(
        "decisions.Decision", on_delete=models.PROTECT, related_name="explored"
    )
    decision_id: UUID
    trial: "models.ForeignKey[Trial]" = models.ForeignKey(
        "decisions.Trial", on_delete=models.PROTECT, related_name="explored"
    )
    trial_id: UUID
    arm = models.TextField()
    limit_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta(AppendOnly.Meta):
        """Written with its decision, summed by trial and arm."""

        db_table = "decisions_explored"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="explored_with_a_limit", condition=models.Q(limit_minor__gt=0)
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["trial", "arm"], include=["limit_minor"], name="explored_of_trial"
            ),
            transaction_index("explored_by_transaction"),
        ]
