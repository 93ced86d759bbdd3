"""Validation: runs, their results, the opinion that follows, and monitoring in use."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from goodstanding.core.models import AppendOnly
from goodstanding.governance.models.constraints import (
    append_only_triggers,
    is_sha256,
    moves_the_gate,
    one_of,
    refuses,
    said,
)
from goodstanding.governance.models.inventory import GovernedVersion, ThresholdSet
from goodstanding.validation.types import Light


class ValidationRun(AppendOnly):
    """One execution of a plan by a validator who neither developed nor owns the version.

    `run_hash` is the digest of plan, parameters, thresholds, data fingerprint, code, lock, seed
    and artefact; `result_hash` of the results without their times.
    """

    version: "models.ForeignKey[GovernedVersion]" = models.ForeignKey(
        "governance.GovernedVersion", on_delete=models.PROTECT, related_name="validation_runs"
    )
    version_id: UUID
    validator: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    validator_id: UUID
    threshold_set: "models.ForeignKey[ThresholdSet]" = models.ForeignKey(
        "governance.ThresholdSet", on_delete=models.PROTECT, related_name="+"
    )
    threshold_set_id: UUID
    plan: "models.JSONField[dict[str, Any]]" = models.JSONField()
    data_description = models.TextField()
    run_hash = models.CharField(max_length=64)
    result_hash = models.CharField(max_length=64)
    ran_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """The validator is somebody else."""

        db_table = "governance_validation_run"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            is_sha256("run_hash", name="run_hash_is_a_digest"),
            is_sha256("result_hash", name="result_hash_is_a_digest"),
            said("data_description", name="run_describes_its_data"),
        ]
        triggers = append_only_triggers(
            refuses(
                "validator_is_independent",
                unless="""
                    (
                        select new.validator_id not in
                            (version.developer_id, version.registered_by_id, entry.owner_id)
                        from governance_version as version
                        inner join governance_inventory_entry as entry
                            on version.entry_id = entry.id
                        where version.id = new.version_id
                    )
                """,
            ),
            refuses(
                "thresholds_are_the_entrys",
                unless="""
                    exists (
                        select 1 from governance_version as version
                        inner join governance_threshold_set as threshold_set
                            on version.entry_id = threshold_set.entry_id
                        where version.id = new.version_id
                            and threshold_set.id = new.threshold_set_id
                    )
                """,
            ),
        )


class StoredResult(AppendOnly):
    """A test's result as the validation room computed it; its light is never typed in."""

    run: "models.ForeignKey[ValidationRun]" = models.ForeignKey(
        "governance.ValidationRun", on_delete=models.PROTECT, related_name="results"
    )
    run_id: UUID
    position = models.PositiveIntegerField()
    test_id = models.TextField()
    null_hypothesis = models.TextField()
    side = models.TextField()
    reference = models.TextField()
    segment = models.TextField()
    statistic = models.FloatField(null=True)
    p_value = models.FloatField(null=True)
    n = models.BigIntegerField()
    n_events = models.BigIntegerField(null=True)
    thresholds_version = models.TextField()
    light = models.TextField()
    inputs_hash = models.CharField(max_length=64)
    figures: "models.JSONField[dict[str, float]]" = models.JSONField(default=dict)
    effect_gate = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")

    class Meta(AppendOnly.Meta):
        """In the order of the run."""

        db_table = "governance_test_result"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "position"], name="one_result_a_position"),
            one_of("light", Light, name="light_known"),
            said("test_id", "null_hypothesis", "side", "reference", name="result_says_what_it_is"),
        ]


class Opinion(AppendOnly):
    """The validator's opinion, 1 (good) to 4, computed from open findings and impact."""

    run: "models.OneToOneField[ValidationRun]" = models.OneToOneField(
        "governance.ValidationRun", on_delete=models.PROTECT, related_name="opinion"
    )
    run_id: UUID
    grade = models.PositiveSmallIntegerField()
    impact_share = models.DecimalField(max_digits=7, decimal_places=6, null=True)
    because = models.TextField()
    summary = models.TextField()
    given_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    given_by_id: UUID
    given_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One a run, given by its validator."""

        db_table = "governance_opinion"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="grade_known", condition=models.Q(grade__gte=1, grade__lte=4)
            ),
            said("because", "summary", name="opinion_is_argued"),
        ]
        triggers = append_only_triggers(
            refuses(
                "opinion_is_the_validators",
                unless="""
                    exists (
                        select 1 from governance_validation_run as run
                        where run.id = new.run_id and run.validator_id = new.given_by_id
                    )
                """,
            )
        )


class MonitoringObservation(AppendOnly):
    """What monitoring saw of a version in use; a red one must be answered by a finding."""

    version: "models.ForeignKey[GovernedVersion]" = models.ForeignKey(
        "governance.GovernedVersion", on_delete=models.PROTECT, related_name="observations"
    )
    version_id: UUID
    measure = models.TextField()
    light = models.TextField()
    statistic = models.FloatField(null=True)
    p_value = models.FloatField(null=True)
    n = models.BigIntegerField()
    n_events = models.BigIntegerField(null=True)
    thresholds_version = models.TextField()
    inputs_hash = models.CharField(max_length=64)
    evidence = models.TextField()
    reported_by = models.TextField()
    observed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Read by version and time."""

        db_table = "governance_monitoring_observation"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("light", Light, name="observation_light_known"),
            said("measure", "evidence", name="observation_points_to_evidence"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["version", "observed_at"], name="observation_by_version"),
        ]
        triggers = append_only_triggers(moves_the_gate())
