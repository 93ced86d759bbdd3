"""The tables of experiments: a plan with its arms, and each step once."""

from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.db import models

from goodstanding.core.models import AppendOnly, transaction_index
from goodstanding.decisions.types import Unit
from goodstanding.evidence.experiments.types import MetricKind, Recommendation

REGISTRAR_IS_ANOTHER = """
    perform 1
    from evidence_experiment as experiment
    where experiment.id = new.experiment_id and experiment.author_id = new.registered_by_id;
    if found then
        raise exception 'the author of an experiment cannot register it'
            using errcode = 'check_violation', constraint = 'registrar_is_another';
    end if;
    return new;
"""


class Experiment(AppendOnly):
    """A plan, fixed when it was proposed. `name` is the salt under which units are drawn."""

    name = models.TextField(unique=True)
    policy_name = models.TextField()
    question = models.TextField()
    unit = models.TextField()
    currency = models.CharField(max_length=3)
    metric_kind = models.TextField()
    metric_label = models.TextField(blank=True)
    label_versions: "models.JSONField[dict[str, int]]" = models.JSONField()
    horizon_days = models.PositiveIntegerField()
    enrol_days = models.PositiveIntegerField()
    base_rate = models.DecimalField(max_digits=9, decimal_places=6)
    minimum_effect = models.DecimalField(max_digits=9, decimal_places=6)
    alpha = models.DecimalField(max_digits=5, decimal_places=4)
    power = models.DecimalField(max_digits=5, decimal_places=4)
    guard_rails: "models.JSONField[list[dict[str, str]]]" = models.JSONField(default=list)
    lowest_score = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    control_n = models.PositiveBigIntegerField()
    treatment_n = models.PositiveBigIntegerField()
    plan_hash = models.CharField(max_length=64)
    author: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    author_id: UUID
    proposed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """A name once; a plan that can be tested."""

        db_table = "evidence_experiment"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-proposed_at"], name="experiments_newest_first"),
            transaction_index("experiment_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="experiment_unit_known",
                condition=models.Q(unit__in=[unit.value for unit in Unit]),
            ),
            models.CheckConstraint(
                name="experiment_metric_known",
                condition=models.Q(metric_kind__in=[kind.value for kind in MetricKind]),
            ),
            models.CheckConstraint(
                name="experiment_can_be_tested",
                condition=models.Q(
                    base_rate__gt=0, base_rate__lt=1, alpha__gt=0, alpha__lt=1, power__gt=0,
                    power__lt=1, enrol_days__gt=0, control_n__gt=0, treatment_n__gt=0,
                )
                & ~models.Q(minimum_effect=0)
                & ~models.Q(question=""),
            ),
        ]  # fmt: skip


class ExperimentArm(AppendOnly):
    """An arm of a plan; the control stands first."""

    experiment: "models.ForeignKey[Experiment]" = models.ForeignKey(
        "evidence.Experiment", on_delete=models.PROTECT, related_name="arms"
    )
    experiment_id: UUID
    position = models.PositiveSmallIntegerField()
    name = models.TextField()
    version: "models.ForeignKey[Any]" = models.ForeignKey(
        "policies.PolicyVersion", on_delete=models.PROTECT, related_name="+"
    )
    version_id: UUID
    treatment = models.TextField(blank=True)
    share_basis_points = models.PositiveIntegerField()
    limit_minor = models.BigIntegerField(null=True)
    budget_minor = models.BigIntegerField(null=True)

    class Meta(AppendOnly.Meta):
        """One name and one place each; what explores is bounded in money."""

        db_table = "evidence_experiment_arm"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["experiment", "name"], name="one_arm_a_name"),
            models.UniqueConstraint(fields=["experiment", "position"], name="one_arm_a_place"),
            models.CheckConstraint(
                name="experiment_arm_share",
                condition=models.Q(share_basis_points__gt=0, share_basis_points__lt=10_000),
            ),
            models.CheckConstraint(
                name="exploring_is_budgeted",
                condition=models.Q(limit_minor__isnull=True, budget_minor__isnull=True)
                | models.Q(
                    limit_minor__gt=0, budget_minor__gte=models.F("limit_minor"), position__gt=0
                ),
            ),
        ]


class ExperimentRegistration(AppendOnly):
    """A second person read the plan before anything was seen, and let it stand."""

    experiment: "models.OneToOneField[Experiment]" = models.OneToOneField(
        "evidence.Experiment", on_delete=models.PROTECT, related_name="registration"
    )
    experiment_id: UUID
    plan_hash = models.CharField(max_length=64)
    reason = models.TextField()
    registered_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    registered_by_id: UUID
    registered_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once, and by another person than the author."""

        db_table = "evidence_experiment_registration"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="registrar_is_another",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=REGISTRAR_IS_ANOTHER,
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="registration_has_reason", condition=~models.Q(reason="")),
        ]


class ExperimentStart(AppendOnly):
    """An experiment began to share decisions; there is none without a registration."""

    registration: "models.OneToOneField[ExperimentRegistration]" = models.OneToOneField(
        "evidence.ExperimentRegistration", on_delete=models.PROTECT, related_name="start"
    )
    trial: "models.OneToOneField[Any]" = models.OneToOneField(
        "decisions.Trial", on_delete=models.PROTECT, related_name="+"
    )
    trial_id: UUID
    started_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once an experiment."""

        db_table = "evidence_experiment_start"


class ExperimentHalt(AppendOnly):
    """An experiment stopped sharing decisions, by a rule or by a person; its cases still mature."""

    start: "models.OneToOneField[ExperimentStart]" = models.OneToOneField(
        "evidence.ExperimentStart", on_delete=models.PROTECT, related_name="halt"
    )
    rule = models.TextField(blank=True)
    reason = models.TextField()
    halted_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", null=True
    )
    halted_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once; by a rule or by a person, never by nobody."""

        db_table = "evidence_experiment_halt"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="halted_by_rule_or_person",
                condition=(models.Q(rule="", halted_by__isnull=False))
                | (~models.Q(rule="") & models.Q(halted_by__isnull=True)),
            ),
            models.CheckConstraint(name="halt_has_reason", condition=~models.Q(reason="")),
        ]


class ExperimentEnd(AppendOnly):
    """An experiment is over; its memo holds the figures as they were then."""

    start: "models.OneToOneField[ExperimentStart]" = models.OneToOneField(
        "evidence.ExperimentStart", on_delete=models.PROTECT, related_name="end"
    )
    reason = models.TextField()
    recommendation = models.TextField()
    memo: "models.JSONField[dict[str, Any]]" = models.JSONField()
    memo_hash = models.CharField(max_length=64)
    ended_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once, with its memo."""

        db_table = "evidence_experiment_end"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="experiment_recommends",
                condition=models.Q(recommendation__in=[each.value for each in Recommendation]),
            ),
            models.CheckConstraint(
                name="experiment_end_has_reason", condition=~models.Q(reason="")
            ),
        ]
