"""Exceptions: use before validation, or in spite of a finding; a second person, and an end."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from goodstanding.core.locks import lock_record
from goodstanding.core.outbox import publish
from goodstanding.governance.errors import EndsTooEarly, ExceptionEnded, SamePerson
from goodstanding.governance.models import (
    ExceptionEnd,
    Finding,
    GovernedVersion,
    UseException,
)
from goodstanding.governance.operations.shared import (
    keep_in_trail,
    one,
    refusing,
    require_text,
    use_case_named,
)
from goodstanding.governance.types.records import Conditions, Person
from goodstanding.governance.types.words import ExceptionKind, Fallback


@transaction.atomic
def allow_before_validation(
    *,
    version_id: UUID,
    use_case: str,
    conditions: Conditions,
    fallback: Fallback,
    reason: str,
    controls: str,
    requested_by: Person,
    expires_at: datetime,
    by: Person,
    at: datetime,
) -> UUID:
    """Let a version decide before it is validated, under controls, until `expires_at`.

    Raises NotFound, EndsTooEarly, SamePerson.
    """
    version = one(GovernedVersion, what="version", id=version_id)
    most = conditions.max_exposure
    row = UseException(
        version=version,
        use_case=use_case_named(use_case),
        kind=ExceptionKind.BEFORE_VALIDATION,
        allowed=conditions.allowed_as_json(),
        max_exposure_minor=most.amount_minor if most else None,
        currency=most.currency if most else None,
        fallback=fallback,
        reason=require_text(reason, field="reason"),
        controls=require_text(controls, field="controls"),
        requested_by_id=requested_by.id,
        granted_by_id=by.id,
        granted_at=at,
        expires_at=expires_at,
    )
    return _grant(row, requested_by=requested_by, by=by, at=at)


@transaction.atomic
def allow_despite_finding(
    *,
    finding_id: UUID,
    reason: str,
    controls: str,
    requested_by: Person,
    expires_at: datetime,
    by: Person,
    at: datetime,
) -> UUID:
    """Keep an open finding from stopping its version, under controls, until `expires_at`.

    Raises NotFound, EndsTooEarly, SamePerson.
    """
    finding = one(Finding, what="finding", id=finding_id)
    row = UseException(
        version=finding.version,
        use_case=finding.version.entry.use_case,
        kind=ExceptionKind.OPEN_FINDING,
        finding=finding,
        fallback=Fallback.REFER,
        reason=require_text(reason, field="reason"),
        controls=require_text(controls, field="controls"),
        requested_by_id=requested_by.id,
        granted_by_id=by.id,
        granted_at=at,
        expires_at=expires_at,
    )
    return _grant(row, requested_by=requested_by, by=by, at=at)


def _grant(row: UseException, *, requested_by: Person, by: Person, at: datetime) -> UUID:
    if row.expires_at <= at:
        raise EndsTooEarly(field="expires_at", expires_at=row.expires_at, starts_at=at)
    if requested_by.id == by.id:
        raise SamePerson(field="by", person=by.display_name, role="requester")
    developer = SamePerson(field="by", person=by.display_name, role="developer")
    with refusing({"developer_grants_no_exception": developer}):
        row.save(force_insert=True)
    _tell("grant_exception", row, by=by, at=at)
    return row.id


def _tell(action: str, row: UseException, *, by: Person, at: datetime) -> None:
    publish(
        kind="approval_changed",
        subject_id=row.id,
        payload={
            "use_case": row.use_case.code,
            "hashes": [row.version.content_hash],
            "change": action,
        },
    )
    keep_in_trail(action, "exception", row.id, by=by, at=at, version_id=str(row.version_id))


@transaction.atomic
def end_exception(*, exception_id: UUID, reason: str, by: Person, at: datetime) -> None:
    """End an exception before its time. Raises NotFound, ExceptionEnded."""
    lock_record(exception_id)
    row = one(UseException, what="exception", id=exception_id)
    if row.expires_at <= at or ExceptionEnd.objects.filter(exception=row).exists():
        raise ExceptionEnded
    ExceptionEnd.objects.create(
        exception=row,
        reason=require_text(reason, field="reason"),
        ended_by_id=by.id,
        ended_at=at,
    )
    _tell("end_exception", row, by=by, at=at)
