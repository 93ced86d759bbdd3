"""Findings: what is wrong, what it stops, and how it was closed; challenge as a thread."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from goodstanding.core.models import AppendOnly, transaction_index
from goodstanding.governance.models.constraints import (
    append_only_triggers,
    different,
    moves_the_gate,
    one_of,
    refuses,
    said,
)
from goodstanding.governance.models.inventory import GovernedVersion
from goodstanding.governance.models.validation import MonitoringObservation, StoredResult
from goodstanding.governance.types.words import Effect, FindingStatus, Severity


class Finding(AppendOnly):
    """A weakness of a version, the evidence for it, and its effect while it is open.

    `segment` maps keys of a case to values; empty means all cases. `due_on` follows from tier and
    severity on the day it was opened. `responsible` must mend it, and never closes it.
    """

    number = models.PositiveIntegerField(unique=True)
    version: "models.ForeignKey[GovernedVersion]" = models.ForeignKey(
        "governance.GovernedVersion", on_delete=models.PROTECT, related_name="findings"
    )
    version_id: UUID
    title = models.TextField()
    description = models.TextField()
    severity = models.CharField(max_length=2)
    effect = models.TextField()
    segment: "models.JSONField[dict[str, list[str]]]" = models.JSONField(default=dict)
    cap_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 - none without a cap
    test_result: "models.ForeignKey[StoredResult] | models.ForeignKey[None]" = models.ForeignKey(
        "governance.StoredResult", null=True, on_delete=models.PROTECT, related_name="findings"
    )
    test_result_id: UUID | None
    observation: "models.ForeignKey[MonitoringObservation] | models.ForeignKey[None]" = (
        models.ForeignKey(
            "governance.MonitoringObservation",
            null=True,
            on_delete=models.PROTECT,
            related_name="findings",
        )
    )
    observation_id: UUID | None
    record_kind = models.TextField(blank=True, default="")
    record_id = models.TextField(blank=True, default="")
    tier = models.PositiveSmallIntegerField()
    schedule_version = models.TextField()
    due_on = models.DateField()
    responsible: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    responsible_id: UUID
    opened_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    opened_by_id: UUID
    opened_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Points to evidence; S1 blocks; a cap has an amount."""

        db_table = "governance_finding"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("severity", Severity, name="severity_known"),
            one_of("effect", Effect, name="effect_known"),
            said("title", "description", name="finding_is_described"),
            models.CheckConstraint(
                name="worst_finding_blocks",
                condition=~models.Q(severity=Severity.S1) | models.Q(effect=Effect.BLOCK),
            ),
            models.CheckConstraint(
                name="cap_has_an_amount",
                condition=models.Q(
                    effect=Effect.CAP, cap_minor__isnull=False, currency__isnull=False
                )
                | (
                    ~models.Q(effect=Effect.CAP)
                    & models.Q(cap_minor__isnull=True, currency__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="finding_points_to_evidence",
                condition=models.Q(test_result__isnull=False)
                | models.Q(observation__isnull=False)
                | (~models.Q(record_kind="") & ~models.Q(record_id="")),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [transaction_index("finding_by_transaction")]
        triggers = append_only_triggers(
            moves_the_gate(),
            refuses(
                "evidence_is_of_the_version",
                unless="""
                    (new.test_result_id is null or exists (
                        select 1 from governance_test_result as result
                        inner join governance_validation_run as run on result.run_id = run.id
                        where result.id = new.test_result_id and run.version_id = new.version_id
                    )) and (new.observation_id is null or exists (
                        select 1 from governance_monitoring_observation as observation
                        where observation.id = new.observation_id
                            and observation.version_id = new.version_id
                    ))
                """,
            ),
        )


class FindingCitation(AppendOnly):
    """A further result that a finding rests on, beside the one whose re-run closes it."""

    finding: "models.ForeignKey[Finding]" = models.ForeignKey(
        "governance.Finding", on_delete=models.PROTECT, related_name="citations"
    )
    finding_id: UUID
    test_result: "models.ForeignKey[StoredResult]" = models.ForeignKey(
        "governance.StoredResult", on_delete=models.PROTECT, related_name="citations"
    )
    test_result_id: UUID

    class Meta(AppendOnly.Meta):
        """Once a pair, of one version."""

        db_table = "governance_finding_citation"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["finding", "test_result"], name="one_citation_a_pair"),
        ]
        triggers = append_only_triggers(
            refuses(
                "citation_is_of_the_version",
                unless="""
                    exists (
                        select 1
                        from governance_finding as finding
                        inner join governance_test_result as result
                            on result.id = new.test_result_id
                        inner join governance_validation_run as run on result.run_id = run.id
                        where finding.id = new.finding_id and run.version_id = finding.version_id
                    )
                """,
            )
        )


class RiskAcceptance(AppendOnly):
    """A risk that somebody with the right to do so bears, until it expires."""

    finding: "models.ForeignKey[Finding]" = models.ForeignKey(
        "governance.Finding", on_delete=models.PROTECT, related_name="acceptances"
    )
    finding_id: UUID
    requested_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    accepted_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    rationale = models.TextField()
    accepted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Two people, and an end."""

        db_table = "governance_risk_acceptance"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            different("requested_by", "accepted_by", name="acceptance_has_two_people"),
            said("rationale", name="acceptance_has_a_rationale"),
            models.CheckConstraint(
                name="acceptance_ends_later",
                condition=models.Q(expires_at__gt=models.F("accepted_at")),
            ),
        ]
        triggers = append_only_triggers(
            refuses(
                "nobody_accepts_an_own_risk",
                unless="""
                    (
                        select new.accepted_by_id not in
                            (finding.responsible_id, version.developer_id)
                        from governance_finding as finding
                        inner join governance_version as version
                            on finding.version_id = version.id
                        where finding.id = new.finding_id
                    )
                """,
            )
        )


class FindingState(AppendOnly):
    """A step in a finding's life: numbered, by whom, when and why."""

    finding: "models.ForeignKey[Finding]" = models.ForeignKey(
        "governance.Finding", on_delete=models.PROTECT, related_name="states"
    )
    finding_id: UUID
    number = models.PositiveIntegerField()
    state = models.TextField()
    reason = models.TextField()
    by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    by_id: UUID
    acceptance: "models.OneToOneField[RiskAcceptance] | models.OneToOneField[None]" = (
        models.OneToOneField(
            "governance.RiskAcceptance", null=True, on_delete=models.PROTECT, related_name="state"
        )
    )
    acceptance_id: UUID | None
    rerun: "models.ForeignKey[StoredResult] | models.ForeignKey[None]" = models.ForeignKey(
        "governance.StoredResult", null=True, on_delete=models.PROTECT, related_name="+"
    )
    rerun_id: UUID | None
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """The highest number holds; nobody closes an own finding."""

        db_table = "governance_finding_state"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["finding", "number"], name="one_state_a_number"),
            one_of("state", FindingStatus, name="finding_state_known"),
            said("reason", name="finding_state_has_a_reason"),
            models.CheckConstraint(
                name="accepted_by_an_acceptance",
                condition=models.Q(state=FindingStatus.RISK_ACCEPTED, acceptance__isnull=False)
                | (
                    ~models.Q(state=FindingStatus.RISK_ACCEPTED) & models.Q(acceptance__isnull=True)
                ),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [transaction_index("finding_state_by_transaction")]
        triggers = append_only_triggers(
            moves_the_gate(),
            refuses(
                "nobody_closes_an_own_finding",
                unless="""
                    new.state <> 'validated_closed' or (
                        select new.by_id not in
                            (finding.opened_by_id, finding.responsible_id, version.developer_id)
                        from governance_finding as finding
                        inner join governance_version as version
                            on finding.version_id = version.id
                        where finding.id = new.finding_id
                    )
                """,
            ),
            refuses(
                "closed_by_a_rerun_of_the_test",
                unless="""
                    new.state <> 'validated_closed' or exists (
                        select 1 from governance_finding as finding
                        where finding.id = new.finding_id and finding.test_result_id is null
                    ) or exists (
                        select 1
                        from governance_finding as finding
                        inner join governance_test_result as cited
                            on finding.test_result_id = cited.id
                        inner join governance_test_result as rerun on new.rerun_id = rerun.id
                        inner join governance_validation_run as run on rerun.run_id = run.id
                        where finding.id = new.finding_id
                            and rerun.test_id = cited.test_id
                            and rerun.segment = cited.segment
                            and run.version_id = finding.version_id
                            and run.ran_at > finding.opened_at
                            and rerun.light in ('GREEN', 'AMBER')
                    )
                """,
            ),
        )


class ChallengeQuestion(AppendOnly):
    """A question put to the people behind a version or a finding; kept with its answers."""

    version: "models.ForeignKey[GovernedVersion]" = models.ForeignKey(
        "governance.GovernedVersion", on_delete=models.PROTECT, related_name="questions"
    )
    version_id: UUID
    finding: "models.ForeignKey[Finding] | models.ForeignKey[None]" = models.ForeignKey(
        "governance.Finding", null=True, on_delete=models.PROTECT, related_name="questions"
    )
    finding_id: UUID | None
    question = models.TextField()
    asked_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    asked_by_id: UUID
    asked_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Read by version and finding."""

        db_table = "governance_challenge_question"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            said("question", name="question_is_asked"),
        ]


class ChallengeAnswer(AppendOnly):
    """A word in the thread; one with a disposition, by the one who asked, settles it."""

    question: "models.ForeignKey[ChallengeQuestion]" = models.ForeignKey(
        "governance.ChallengeQuestion", on_delete=models.PROTECT, related_name="answers"
    )
    question_id: UUID
    answer = models.TextField()
    disposition = models.TextField(blank=True, default="")
    answered_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    answered_by_id: UUID
    answered_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Settled once."""

        db_table = "governance_challenge_answer"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            said("answer", name="answer_is_given"),
            models.UniqueConstraint(
                fields=["question"],
                condition=~models.Q(disposition=""),
                name="one_disposition_a_question",
            ),
        ]
