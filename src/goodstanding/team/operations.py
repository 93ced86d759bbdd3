"""Keep the team's rows: who takes work, who may decide what, who is here.

    join_queue(person=, queue_code=, at=, by=) · leave_queue(person=, queue_code=, at=, by=)
    certify(person=, skill=, valid_until=, at=, by=) -> UUID
    end_certification(certification_id=, reason=, at=, by=)
    declare_conflict(person=, party_id=, at=, by=) -> UUID · end_conflict(conflict_id=, at=, by=)
    add_shift(person=, from_at=, until_at=, by=) -> UUID
    record_absence(person=, from_at=, until_at=, by=) -> UUID
    set_work_limit(person=, minutes=, at=, by=)

People are users (accounts.User) or their ids.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.locks import lock_record
from goodstanding.team import models
from goodstanding.team.errors import (
    AlreadyEnded,
    AlreadyMember,
    CertifiesThemselves,
    ShiftOverlaps,
    TermInvalid,
)
from goodstanding.team.queries import memberships_at


@transaction.atomic
def join_queue(*, person: Any, queue_code: str, at: datetime, by: Any) -> None:
    """Let a person take work from a queue. Raises AlreadyMember."""
    lock_record(person.id)
    if memberships_at(at=at).filter(person=person, queue_code=queue_code).exists():
        raise AlreadyMember(person=person.display_name, queue=queue_code)
    models.Membership.objects.create(person=person, queue_code=queue_code, from_at=at, by=by)
    _audit("join_queue", person, at=at, by=by, queue=queue_code)


@transaction.atomic
def leave_queue(*, person: Any, queue_code: str, at: datetime, by: Any) -> None:
    """End a membership. Raises AlreadyEnded if there is none."""
    lock_record(person.id)
    membership = memberships_at(at=at).filter(person=person, queue_code=queue_code).first()
    if membership is None:
        raise AlreadyEnded(what="membership")
    models.MembershipEnd.objects.create(membership=membership, ends_at=at, by=by)
    _audit("leave_queue", person, at=at, by=by, queue=queue_code)


@transaction.atomic
def certify(*, person: Any, skill: str, valid_until: datetime, at: datetime, by: Any) -> UUID:
    """Say that a person may decide the cases of a skill.

    Raises CertifiesThemselves, TermInvalid.
    """
    if person.id == by.id:
        raise CertifiesThemselves(person=person.display_name)
    _check_term(at, valid_until)
    row = models.Certification.objects.create(
        person=person, skill=skill, from_at=at, valid_until=valid_until, by=by
    )
    _audit("certify", person, at=at, by=by, skill=skill)
    return row.id


@transaction.atomic
def end_certification(*, certification_id: UUID, reason: str, at: datetime, by: Any) -> None:
    """Take a certification back before its term, with the reason. Raises AlreadyEnded."""
    lock_record(certification_id)
    row = models.Certification.objects.select_related("person").get(id=certification_id)
    if models.CertificationEnd.objects.filter(certification=row).exists():
        raise AlreadyEnded(what="certification")
    models.CertificationEnd.objects.create(certification=row, ends_at=at, by=by, reason=reason)
    _audit("end_certification", row.person, at=at, by=by, skill=row.skill, reason=reason)


@transaction.atomic
def declare_conflict(*, person: Any, party_id: UUID, at: datetime, by: Any) -> UUID:
    """Keep a person away from the cases of a party."""
    row = models.Conflict.objects.create(person=person, party_id=party_id, from_at=at, by=by)
    _audit("declare_conflict", person, at=at, by=by, party_id=str(party_id))
    return row.id


@transaction.atomic
def end_conflict(*, conflict_id: UUID, at: datetime, by: Any) -> None:
    """The interest is gone. Raises AlreadyEnded."""
    lock_record(conflict_id)
    row = models.Conflict.objects.select_related("person").get(id=conflict_id)
    if models.ConflictEnd.objects.filter(conflict=row).exists():
        raise AlreadyEnded(what="conflict")
    models.ConflictEnd.objects.create(conflict=row, ends_at=at, by=by)
    _audit("end_conflict", row.person, at=at, by=by, party_id=str(row.party_id))


def add_shift(*, person: Any, from_at: datetime, until_at: datetime, by: Any) -> UUID:
    """Roster a person. Raises TermInvalid, ShiftOverlaps."""
    _check_term(from_at, until_at)
    try:
        with transaction.atomic():
            row = models.Shift.objects.create(
                person=person, from_at=from_at, until_at=until_at, by=by
            )
    except IntegrityError as overlap:
        raise ShiftOverlaps(
            person=person.display_name, from_at=from_at.isoformat(), until_at=until_at.isoformat()
        ) from overlap
    return row.id


@transaction.atomic
def record_absence(*, person: Any, from_at: datetime, until_at: datetime, by: Any) -> UUID:
    """A person is away; no reason is asked and none is kept. Raises TermInvalid."""
    _check_term(from_at, until_at)
    row = models.Absence.objects.create(person=person, from_at=from_at, until_at=until_at, by=by)
    return row.id


@transaction.atomic
def set_work_limit(*, person: Any, minutes: int, at: datetime, by: Any) -> None:
    """Set how many standard minutes of open cases a person carries at most."""
    models.WorkLimit.objects.create(person=person, minutes=minutes, from_at=at, by=by)
    _audit("set_work_limit", person, at=at, by=by, minutes=str(minutes))


def _check_term(from_at: datetime, until_at: datetime) -> None:
    if until_at <= from_at:
        raise TermInvalid(
            field="until_at", from_at=from_at.isoformat(), until_at=until_at.isoformat()
        )


def _audit(action: str, person: Any, *, at: datetime, by: Any, **detail: str) -> None:
    write_audit(
        actor=by.email,
        action=action,
        object_kind="person",
        object_id=person.id,
        at=at,
        detail=detail,
    )
