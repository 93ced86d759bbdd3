"""Read requests, approvals and exceptions as they stood at an instant."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from goodstanding.core.errors import NotFound
from goodstanding.core.money import Money
from goodstanding.governance.binding import binding_hash
from goodstanding.governance.models import (
    Approval,
    ApprovalExpiryChange,
    ApprovalRequest,
    ApprovalReturn,
    ApprovalRevocation,
    ExceptionEnd,
    UseException,
)
from goodstanding.governance.queries.approval_rules import checks_of
from goodstanding.governance.types.dossiers import (
    ApprovalSummary,
    Check,
    ExceptionSummary,
    RequestSummary,
)
from goodstanding.governance.types.records import Person
from goodstanding.governance.types.words import ExceptionKind, Fallback, VersionKind

REQUEST_PARTS = (
    "version__entry",
    "version__developer",
    "use_case",
    "run__validator",
    "run__threshold_set",
    "requested_by",
)


def requests_at(*, as_of: datetime, version_id: UUID | None = None) -> list[RequestSummary]:
    """Requests made by `as_of`, the newest first."""
    rows = _requests().filter(requested_at__lte=as_of)
    if version_id is not None:
        rows = rows.filter(version_id=version_id)
    return [_request(row, as_of=as_of) for row in rows.order_by("-requested_at", "-id")]


def request_at(*, request_id: UUID, as_of: datetime) -> RequestSummary:
    """One request as it stood at `as_of`; raises NotFound."""
    row = _requests().filter(id=request_id, requested_at__lte=as_of).first()
    if row is None:
        raise NotFound(what="approval request", key=str(request_id))
    return _request(row, as_of=as_of)


def approval_checks(*, request_id: UUID, by: Person, at: datetime) -> list[Check]:
    """What must hold before this person may approve a request, and whether it does at `at`."""
    row = _requests().filter(id=request_id).first()
    if row is None:
        raise NotFound(what="approval request", key=str(request_id))
    return checks_of(row, by=by, at=at)


def approvals_at(*, as_of: datetime, version_id: UUID | None = None) -> list[ApprovalSummary]:
    """Approvals given by `as_of`, the newest first."""
    rows = _approvals().filter(approved_at__lte=as_of)
    if version_id is not None:
        rows = rows.filter(version_id=version_id)
    return [_approval(row, as_of=as_of) for row in rows.order_by("-approved_at", "-id")]


def deciding_approval(
    *, content_hashes: Collection[str], as_of: datetime
) -> ApprovalSummary | None:
    """The newest approval in force of a policy with one of these texts; None where none is."""
    rows = _approvals().filter(
        approved_at__lte=as_of,
        request__version__content_hash__in=content_hashes,
        request__version__entry__kind=VersionKind.POLICY,
    )
    found = (_approval(row, as_of=as_of) for row in rows.order_by("-approved_at", "-id"))
    return next((each for each in found if each.is_in_force), None)


def approval_at(*, approval_id: UUID, as_of: datetime) -> ApprovalSummary:
    """One approval as it stood at `as_of`; raises NotFound."""
    row = _approvals().filter(id=approval_id, approved_at__lte=as_of).first()
    if row is None:
        raise NotFound(what="approval", key=str(approval_id))
    return _approval(row, as_of=as_of)


def exceptions_at(*, as_of: datetime, version_id: UUID) -> list[ExceptionSummary]:
    """The exceptions of a version granted by `as_of`, the newest first."""
    rows = UseException.objects.filter(version_id=version_id, granted_at__lte=as_of)
    parts = rows.select_related("finding", "requested_by", "granted_by")
    return [_exception(row, as_of=as_of) for row in parts.order_by("-granted_at")]


def exception_at(*, exception_id: UUID, as_of: datetime) -> ExceptionSummary:
    """One exception as it stood at `as_of`; raises NotFound."""
    rows = UseException.objects.filter(id=exception_id, granted_at__lte=as_of)
    row = rows.select_related("finding", "requested_by", "granted_by").first()
    if row is None:
        raise NotFound(what="exception", key=str(exception_id))
    return _exception(row, as_of=as_of)


def _requests() -> "QuerySet[ApprovalRequest]":
    return ApprovalRequest.objects.select_related(*REQUEST_PARTS)


def _approvals() -> "QuerySet[Approval]":
    parts = [f"request__{part}" for part in REQUEST_PARTS]
    return Approval.objects.select_related("approver", *parts)


def _request(row: ApprovalRequest, *, as_of: datetime) -> RequestSummary:
    approval = Approval.objects.filter(request=row, approved_at__lte=as_of).first()
    returned = (
        ApprovalReturn.objects.filter(request=row, returned_at__lte=as_of)
        .select_related("returned_by")
        .first()
    )
    most, currency = row.max_exposure_minor, row.currency
    return RequestSummary(
        request_id=row.id,
        version_id=row.version_id,
        version_words=f"{row.version.entry.kind} {row.version.entry.name} {row.version.label}",
        run_id=row.run_id,
        use_case=row.use_case.code,
        use_case_title=row.use_case.title,
        allowed=row.allowed,
        max_exposure=None if most is None or currency is None else Money(most, currency),
        monitoring_every_days=row.monitoring_every_days,
        fallback=Fallback(row.fallback),
        valid_from=row.valid_from,
        expires_at=row.expires_at,
        reason=row.reason,
        is_demonstration=row.is_demonstration,
        developer_id=row.version.developer_id,
        developer=row.version.developer.display_name,
        validator_id=row.run.validator_id,
        validator=row.run.validator.display_name,
        requested_by_id=row.requested_by_id,
        requested_by=row.requested_by.display_name,
        requested_at=row.requested_at,
        approval_id=approval.id if approval else None,
        returned_at=returned.returned_at if returned else None,
        returned_by=returned.returned_by.display_name if returned else "",
        returned_why=returned.reason if returned else "",
    )


def _approval(row: Approval, *, as_of: datetime) -> ApprovalSummary:
    changes = ApprovalExpiryChange.objects.filter(approval=row, changed_at__lte=as_of)
    earliest = changes.select_related("changed_by").order_by("expires_at", "changed_at").first()
    revocation = (
        ApprovalRevocation.objects.filter(approval=row, revoked_at__lte=as_of)
        .select_related("revoked_by")
        .first()
    )
    return ApprovalSummary(
        as_of=as_of,
        approval_id=row.id,
        request=_request(row.request, as_of=as_of),
        approver_id=row.approver_id,
        approver=row.approver.display_name,
        reason=row.reason,
        approved_at=row.approved_at,
        ends_at=earliest.expires_at if earliest else row.expires_at,
        expiry_changed_by=earliest.changed_by.display_name if earliest else "",
        expiry_changed_at=earliest.changed_at if earliest else None,
        expiry_changed_why=earliest.reason if earliest else "",
        revoked_at=revocation.revoked_at if revocation else None,
        revoked_by=revocation.revoked_by.display_name if revocation else "",
        revoked_why=revocation.reason if revocation else "",
        binding_hash=row.binding_hash,
        is_bound=binding_hash(row.request) == row.binding_hash,
    )


def _exception(row: UseException, *, as_of: datetime) -> ExceptionSummary:
    end = ExceptionEnd.objects.filter(exception=row, ended_at__lte=as_of).first()
    return ExceptionSummary(
        as_of=as_of,
        exception_id=row.id,
        version_id=row.version_id,
        kind=ExceptionKind(row.kind),
        finding_number=row.finding.number if row.finding else None,
        reason=row.reason,
        controls=row.controls,
        requested_by=row.requested_by.display_name,
        granted_by=row.granted_by.display_name,
        granted_at=row.granted_at,
        expires_at=row.expires_at,
        ended_at=end.ended_at if end else None,
    )
