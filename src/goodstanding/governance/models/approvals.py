"""Approvals: asked for, given by a second person, ended; exceptions; the gate's number."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from goodstanding.core.models import AppendOnly, transaction_index
from goodstanding.governance.models.constraints import (
    append_only_triggers,
    different,
    is_sha256,
    moves_the_gate,
    one_of,
    refuses,
    said,
)
from goodstanding.governance.models.findings import Finding
from goodstanding.governance.models.inventory import GovernedVersion
from goodstanding.governance.models.use_cases import UseCase
from goodstanding.governance.models.validation import ValidationRun
from goodstanding.governance.types.words import ExceptionKind, Fallback


class ApprovalRequest(AppendOnly):
    """Somebody asks that a validated version may decide, under these conditions.

    `allowed` maps a key of a case (country, population, product) to the values covered.
    """

    version: "models.ForeignKey[GovernedVersion]" = models.ForeignKey(
        "governance.GovernedVersion", on_delete=models.PROTECT, related_name="approval_requests"
    )
    version_id: UUID
    use_case: "models.ForeignKey[UseCase]" = models.ForeignKey(
        "governance.UseCase", on_delete=models.PROTECT, related_name="approval_requests"
    )
    use_case_id: UUID
    run: "models.ForeignKey[ValidationRun]" = models.ForeignKey(
        "governance.ValidationRun", on_delete=models.PROTECT, related_name="approval_requests"
    )
    run_id: UUID
    allowed: "models.JSONField[dict[str, list[str]]]" = models.JSONField(default=dict)
    max_exposure_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 - none without a maximum
    monitoring_every_days = models.PositiveIntegerField(null=True)
    fallback = models.TextField()
    valid_from = models.DateTimeField()
    expires_at = models.DateTimeField()
    reason = models.TextField()
    is_demonstration = models.BooleanField(default=False)
    requested_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    requested_by_id: UUID
    requested_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """An end after its beginning, an amount with its currency, the run of the version."""

        db_table = "governance_approval_request"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("fallback", Fallback, name="request_fallback_known"),
            said("reason", name="request_has_a_reason"),
            models.CheckConstraint(
                name="request_ends_later",
                condition=models.Q(expires_at__gt=models.F("valid_from")),
            ),
            models.CheckConstraint(
                name="request_amount_has_currency",
                condition=models.Q(max_exposure_minor__isnull=True, currency__isnull=True)
                | models.Q(max_exposure_minor__gte=0, currency__isnull=False),
            ),
        ]
        triggers = append_only_triggers(
            refuses(
                "request_names_a_run_of_the_version",
                unless="""
                    exists (
                        select 1 from governance_validation_run as run
                        where run.id = new.run_id and run.version_id = new.version_id
                    )
                """,
            )
        )


class ApprovalReturn(AppendOnly):
    """An approver sent a request back, and why."""

    request: "models.OneToOneField[ApprovalRequest]" = models.OneToOneField(
        "governance.ApprovalRequest", on_delete=models.PROTECT, related_name="approval_return"
    )
    request_id: UUID
    reason = models.TextField()
    returned_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    returned_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once a request."""

        db_table = "governance_approval_return"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            said("reason", name="return_has_a_reason"),
        ]


class Approval(AppendOnly):
    """The right of a version to decide for a use case, from an instant to an instant.

    Developer, validator and approver stand in the row, so that the database itself refuses two
    roles in one person; a trigger holds them to the version, the run and the request.
    `binding_hash` is the digest of version, run, thresholds and conditions.
    """

    request: "models.OneToOneField[ApprovalRequest]" = models.OneToOneField(
        "governance.ApprovalRequest", on_delete=models.PROTECT, related_name="approval"
    )
    request_id: UUID
    version: "models.ForeignKey[GovernedVersion]" = models.ForeignKey(
        "governance.GovernedVersion", on_delete=models.PROTECT, related_name="approvals"
    )
    version_id: UUID
    use_case: "models.ForeignKey[UseCase]" = models.ForeignKey(
        "governance.UseCase", on_delete=models.PROTECT, related_name="approvals"
    )
    use_case_id: UUID
    developer: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    developer_id: UUID
    validator: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    validator_id: UUID
    requested_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    approver: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    approver_id: UUID
    reason = models.TextField()
    binding_hash = models.CharField(max_length=64)
    valid_from = models.DateTimeField()
    expires_at = models.DateTimeField()
    is_demonstration = models.BooleanField()
    approved_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Three different people, held to the records they come from."""

        db_table = "governance_approval"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            different("developer", "validator", name="validator_is_not_developer"),
            different("developer", "approver", name="approver_is_not_developer"),
            different("validator", "approver", name="approver_is_not_validator"),
            different("requested_by", "approver", name="approver_is_not_requester"),
            is_sha256("binding_hash", name="binding_hash_is_a_digest"),
            said("reason", name="approval_has_a_reason"),
        ]
        indexes: ClassVar[list[models.Index]] = [transaction_index("approval_by_transaction")]
        triggers = append_only_triggers(
            moves_the_gate(),
            refuses(
                "approval_is_of_its_request",
                unless="""
                    exists (
                        select 1
                        from governance_approval_request as request
                        inner join governance_version as version on request.version_id = version.id
                        inner join governance_validation_run as run on request.run_id = run.id
                        where request.id = new.request_id
                            and version.id = new.version_id
                            and request.use_case_id = new.use_case_id
                            and request.requested_by_id = new.requested_by_id
                            and request.valid_from = new.valid_from
                            and request.expires_at = new.expires_at
                            and request.is_demonstration = new.is_demonstration
                            and version.developer_id = new.developer_id
                            and run.validator_id = new.validator_id
                    ) and not exists (
                        select 1 from governance_approval_return as approval_return
                        where approval_return.request_id = new.request_id
                    )
                """,
            ),
        )


class ApprovalExpiryChange(AppendOnly):
    """An approval ends earlier than it said; to end it later takes a new approval."""

    approval: "models.ForeignKey[Approval]" = models.ForeignKey(
        "governance.Approval", on_delete=models.PROTECT, related_name="expiry_changes"
    )
    approval_id: UUID
    expires_at = models.DateTimeField()
    reason = models.TextField()
    changed_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """The earliest holds."""

        db_table = "governance_approval_expiry_change"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            said("reason", name="expiry_change_has_a_reason"),
        ]
        indexes: ClassVar[list[models.Index]] = [transaction_index("expiry_by_transaction")]
        triggers = append_only_triggers(
            moves_the_gate(),
            refuses(
                "expiry_only_comes_earlier",
                unless="""
                    (
                        select new.expires_at < approval.expires_at
                        from governance_approval as approval where approval.id = new.approval_id
                    )
                """,
            ),
        )


class ApprovalRevocation(AppendOnly):
    """An approval was taken back, at once."""

    approval: "models.OneToOneField[Approval]" = models.OneToOneField(
        "governance.Approval", on_delete=models.PROTECT, related_name="revocation"
    )
    approval_id: UUID
    reason = models.TextField()
    revoked_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once an approval."""

        db_table = "governance_approval_revocation"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            said("reason", name="revocation_has_a_reason"),
        ]
        indexes: ClassVar[list[models.Index]] = [transaction_index("revocation_by_transaction")]
        triggers = append_only_triggers(moves_the_gate())


class UseException(AppendOnly):
    """Use before validation, or in spite of an open finding, with controls and an end."""

    version: "models.ForeignKey[GovernedVersion]" = models.ForeignKey(
        "governance.GovernedVersion", on_delete=models.PROTECT, related_name="exceptions"
    )
    version_id: UUID
    use_case: "models.ForeignKey[UseCase]" = models.ForeignKey(
        "governance.UseCase", on_delete=models.PROTECT, related_name="exceptions"
    )
    use_case_id: UUID
    kind = models.TextField()
    finding: "models.ForeignKey[Finding] | models.ForeignKey[None]" = models.ForeignKey(
        "governance.Finding", null=True, on_delete=models.PROTECT, related_name="exceptions"
    )
    finding_id: UUID | None
    allowed: "models.JSONField[dict[str, list[str]]]" = models.JSONField(default=dict)
    max_exposure_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 - none without a maximum
    fallback = models.TextField()
    reason = models.TextField()
    controls = models.TextField()
    requested_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    granted_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Always ends; granted by somebody else than who asked or developed."""

        db_table = "governance_use_exception"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("kind", ExceptionKind, name="exception_kind_known"),
            one_of("fallback", Fallback, name="exception_fallback_known"),
            said("reason", "controls", name="exception_has_controls"),
            different("requested_by", "granted_by", name="exception_has_two_people"),
            models.CheckConstraint(
                name="exception_ends_later",
                condition=models.Q(expires_at__gt=models.F("granted_at")),
            ),
            models.CheckConstraint(
                name="exception_names_its_finding",
                condition=models.Q(
                    kind=ExceptionKind.OPEN_FINDING,
                    finding__isnull=False,
                    allowed={},
                    max_exposure_minor__isnull=True,
                )
                | models.Q(kind=ExceptionKind.BEFORE_VALIDATION, finding__isnull=True),
            ),
            models.CheckConstraint(
                name="exception_amount_has_currency",
                condition=models.Q(max_exposure_minor__isnull=True, currency__isnull=True)
                | models.Q(max_exposure_minor__gte=0, currency__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [transaction_index("exception_by_transaction")]
        triggers = append_only_triggers(
            moves_the_gate(),
            refuses(
                "developer_grants_no_exception",
                unless="""
                    (
                        select new.granted_by_id <> version.developer_id
                        from governance_version as version where version.id = new.version_id
                    ) and (new.finding_id is null or exists (
                        select 1 from governance_finding as finding
                        where finding.id = new.finding_id and finding.version_id = new.version_id
                    ))
                """,
            ),
        )


class ExceptionEnd(AppendOnly):
    """An exception was ended before its time."""

    exception: "models.OneToOneField[UseException]" = models.OneToOneField(
        "governance.UseException", on_delete=models.PROTECT, related_name="end"
    )
    exception_id: UUID
    reason = models.TextField()
    ended_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once an exception."""

        db_table = "governance_exception_end"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            said("reason", name="exception_end_has_a_reason"),
        ]
        triggers = append_only_triggers(moves_the_gate())


class GateNumber(models.Model):
    """One row whose number moves whenever anything moves that the gate reads."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    version = models.BigIntegerField()

    class Meta:
        """Only triggers write it."""

        db_table = "governance_gate"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="one_gate", condition=models.Q(id=1)),
        ]
