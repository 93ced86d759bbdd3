"""Ask for an approval, give it as a second person, end it; grant exceptions that end."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from goodstanding.core.locks import lock_record
from goodstanding.core.outbox import publish
from goodstanding.governance.binding import binding_hash
from goodstanding.governance.errors import (
    ApprovalEnded,
    EndsTooEarly,
    EndsTooLate,
    NotAssessed,
    OnlyEarlier,
    RequestAnswered,
    RequestWaiting,
    SamePerson,
)
from goodstanding.governance.models import (
    Approval,
    ApprovalExpiryChange,
    ApprovalRequest,
    ApprovalReturn,
    ApprovalRevocation,
    GovernedVersion,
    UseCase,
    ValidationRun,
)
from goodstanding.governance.operations.shared import (
    keep_in_trail,
    one,
    refusing,
    require_text,
    tier_of,
    use_case_named,
    version_words,
)
from goodstanding.governance.queries.approval_rules import check_all, check_opinion, check_people
from goodstanding.governance.types.records import Conditions, Person
from goodstanding.governance.types.tiers import review_due
from goodstanding.governance.types.words import Fallback


@transaction.atomic
def request_approval(
    *,
    run_id: UUID,
    use_case: str,
    conditions: Conditions,
    fallback: Fallback,
    valid_from: datetime,
    expires_at: datetime,
    reason: str,
    by: Person,
    at: datetime,
    is_demonstration: bool = False,
) -> UUID:
    """Ask that the version of a validation run may decide for a use case; returns the request's id.

    The end may not outlast the review that the tier asks for.
    Raises NotFound, OpinionMissing, NotAssessed, EndsTooEarly, EndsTooLate, RequestWaiting.
    """
    run = one(ValidationRun, what="validation run", id=run_id)
    purpose = use_case_named(use_case)
    lock_record(run.version_id)
    check_opinion(run)
    _check_end(run.version, valid_from=valid_from, expires_at=expires_at, at=at)
    _check_none_waits(run.version, purpose)
    most = conditions.max_exposure
    request = ApprovalRequest.objects.create(
        version=run.version,
        use_case=purpose,
        run=run,
        allowed=conditions.allowed_as_json(),
        max_exposure_minor=most.amount_minor if most else None,
        currency=most.currency if most else None,
        monitoring_every_days=conditions.monitoring_every_days,
        fallback=fallback,
        valid_from=valid_from,
        expires_at=expires_at,
        reason=require_text(reason, field="reason"),
        is_demonstration=is_demonstration,
        requested_by_id=by.id,
        requested_at=at,
    )
    keep_in_trail(
        "request_approval", "version", run.version_id, by=by, at=at, request_id=str(request.id)
    )
    return request.id


def _check_end(
    version: GovernedVersion, *, valid_from: datetime, expires_at: datetime, at: datetime
) -> None:
    if expires_at <= max(valid_from, at):
        raise EndsTooEarly(field="expires_at", expires_at=expires_at, starts_at=max(valid_from, at))
    tier = tier_of(version.entry)
    if tier is None:
        raise NotAssessed(field="run_id", name=version.entry.name)
    latest = review_due(tier=tier, approved_at=valid_from)
    if expires_at > latest:
        raise EndsTooLate(field="expires_at", expires_at=expires_at, latest=latest)


def _check_none_waits(version: GovernedVersion, use_case: UseCase) -> None:
    waiting = ApprovalRequest.objects.filter(
        version=version, use_case=use_case, approval=None, approval_return=None
    )
    if waiting.exists():
        raise RequestWaiting(version=version_words(version), use_case=use_case.code)


@transaction.atomic
def approve(*, request_id: UUID, reason: str, by: Person, at: datetime) -> UUID:
    """Give the approval that was asked for, as a second person; returns the approval's id.

    The approver is neither developer, validator nor requester, and the database holds to that.
    Raises NotFound, RequestAnswered, SamePerson, OpenFindings, UnansweredResults,
    ThresholdsMoved, EndsTooEarly.
    """
    request = _held_request(request_id)
    check_all(request, by=by, at=at)
    with refusing(_identity_refusals(by)):
        approval = Approval.objects.create(
            request=request,
            version=request.version,
            use_case=request.use_case,
            developer_id=request.version.developer_id,
            validator_id=request.run.validator_id,
            requested_by_id=request.requested_by_id,
            approver_id=by.id,
            reason=require_text(reason, field="reason"),
            binding_hash=binding_hash(request),
            valid_from=request.valid_from,
            expires_at=request.expires_at,
            is_demonstration=request.is_demonstration,
            approved_at=at,
        )
    _tell("approve_version", approval, by=by, at=at)
    return approval.id


def _held_request(request_id: UUID) -> ApprovalRequest:
    lock_record(request_id)
    request = one(ApprovalRequest, what="approval request", id=request_id)
    if Approval.objects.filter(request=request).exists():
        raise RequestAnswered(answer="approved")
    if ApprovalReturn.objects.filter(request=request).exists():
        raise RequestAnswered(answer="returned")
    return request


def _identity_refusals(by: Person) -> dict[str, SamePerson]:
    named = {
        "approver_is_not_developer": "developer",
        "approver_is_not_validator": "validator",
        "approver_is_not_requester": "requester",
    }
    return {
        constraint: SamePerson(field="by", person=by.display_name, role=role)
        for constraint, role in named.items()
    }


def _tell(action: str, approval: Approval, *, by: Person, at: datetime, **detail: str) -> None:
    publish(
        kind="approval_changed",
        subject_id=approval.id,
        payload={
            "use_case": approval.use_case.code,
            "hashes": [approval.version.content_hash],
            "change": action,
        },
    )
    keep_in_trail(
        action, "approval", approval.id, by=by, at=at, version_id=str(approval.version_id),
        **detail,
    )  # fmt: skip


@transaction.atomic
def return_request(*, request_id: UUID, reason: str, by: Person, at: datetime) -> None:
    """Send a request back with the reason. Raises NotFound, RequestAnswered, SamePerson."""
    request = _held_request(request_id)
    check_people(request, by)
    ApprovalReturn.objects.create(
        request=request,
        reason=require_text(reason, field="reason"),
        returned_by_id=by.id,
        returned_at=at,
    )
    keep_in_trail(
        "return_request", "version", request.version_id, by=by, at=at, request_id=str(request_id)
    )


@transaction.atomic
def expire_approval(
    *, approval_id: UUID, expires_at: datetime, reason: str, by: Person, at: datetime
) -> None:
    """Let an approval end earlier than it said, at `at` or later.

    Raises NotFound, ApprovalEnded, EndsTooEarly, OnlyEarlier.
    """
    approval = _held_approval(approval_id, at=at)
    if expires_at < at:
        raise EndsTooEarly(field="expires_at", expires_at=expires_at, starts_at=at)
    later = OnlyEarlier(field="expires_at", expires_at=approval.expires_at)
    with refusing({"expiry_only_comes_earlier": later}):
        ApprovalExpiryChange.objects.create(
            approval=approval,
            expires_at=expires_at,
            reason=require_text(reason, field="reason"),
            changed_by_id=by.id,
            changed_at=at,
        )
    _tell("expire_approval", approval, by=by, at=at, expires_at=expires_at.isoformat())


@transaction.atomic
def revoke_approval(*, approval_id: UUID, reason: str, by: Person, at: datetime) -> None:
    """Take an approval back at once. Raises NotFound, ApprovalEnded."""
    approval = _held_approval(approval_id, at=at)
    ApprovalRevocation.objects.create(
        approval=approval,
        reason=require_text(reason, field="reason"),
        revoked_by_id=by.id,
        revoked_at=at,
    )
    _tell("revoke_approval", approval, by=by, at=at)


def _held_approval(approval_id: UUID, *, at: datetime) -> Approval:
    """The approval, with other writers of it waiting; raises ApprovalEnded if it has ended."""
    lock_record(approval_id)
    approval = one(Approval, what="approval", id=approval_id)
    revocation = ApprovalRevocation.objects.filter(approval=approval).first()
    if revocation is not None:
        raise ApprovalEnded(ended_at=revocation.revoked_at)
    changes = ApprovalExpiryChange.objects.filter(approval=approval)
    ends_at = min([approval.expires_at, *(change.expires_at for change in changes)])
    if ends_at <= at:
        raise ApprovalEnded(ended_at=ends_at)
    return approval
