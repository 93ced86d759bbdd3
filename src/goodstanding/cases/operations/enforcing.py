"""Measures against sellers: none without a statement of reasons, none sooner than the law lets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from goodstanding.cases.errors import ExceptionNotApproved, NoticeTooShort, StatementMissing
from goodstanding.cases.models import Enforcement, ExceptionApproval
from goodstanding.cases.types import Measure, NewEnforcement
from goodstanding.core.audit import write_audit
from goodstanding.core.outbox import publish
from goodstanding.deadlines.operations import open_legal_deadline
from goodstanding.team.queries import manager_of

EXCEPTIONS = {"legal_duty", "imperative_reason", "repeated_breach"}
# Where complaints have no window of their own in a regime, the longer reading protects the seller.
COMPLAINTS = ("eu_dsa", "complaint_window")


@transaction.atomic
def make_enforcement(
    *,
    enforcement: NewEnforcement,
    decided_by: Any,
    decided_at: datetime,
    approved_by: Any = None,
) -> UUID:
    """Take a measure against a seller; decided_by None: no person decided.

    The statement of reasons reaches the seller at decided_at. A termination takes effect after
    the notice that the regime sets (30 days), unless an exception was approved by a second
    person. The window to complain is opened as a legal deadline.
    Raises StatementMissing, NoticeTooShort, ExceptionNotApproved, ProvisionNotFound.
    """
    if not enforcement.statement.strip():
        raise StatementMissing(field="statement")
    row = _row(enforcement, decided_by=decided_by, decided_at=decided_at)
    row.save(force_insert=True)
    actor = "system:policy" if decided_by is None else decided_by.email
    if enforcement.measure is Measure.TERMINATED:
        _give_notice(row, enforcement, approved_by=approved_by, by=actor)
    open_legal_deadline(
        subject_kind="enforcement",
        subject_id=row.id,
        kind="complaint_window",
        regime=COMPLAINTS[0],
        code=COMPLAINTS[1],
        calendar=enforcement.calendar,
        started_at=decided_at,
        by=actor,
    )
    told = {"party_id": str(row.party_id), "measure": row.measure}
    publish(kind="enforcement_made", subject_id=row.id, payload={**told, "severity": row.severity})
    write_audit(
        actor=actor,
        action="make_enforcement",
        object_kind="enforcement",
        object_id=row.id,
        at=decided_at,
        detail=told,
    )
    return row.id


def _row(new: NewEnforcement, *, decided_by: Any, decided_at: datetime) -> Enforcement:
    return Enforcement(
        party_id=new.party_id,
        legal_entity_id=new.legal_entity,
        measure=new.measure.value,
        scope=new.scope,
        territory=new.territory,
        severity=new.measure.severity,
        ground=new.ground.value,
        clause=new.clause,
        regime=new.regime,
        statement=new.statement.strip(),
        automated_detection=new.automated_detection,
        automated_decision=decided_by is None,
        decided_by=decided_by,
        manager_id=None if decided_by is None else manager_of(person_id=decided_by.id),
        decided_at=decided_at,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        decision_id=new.decision_id,
        source=new.source,
    )


def _give_notice(row: Enforcement, new: NewEnforcement, *, approved_by: Any, by: str) -> None:
    notice = open_legal_deadline(
        subject_kind="enforcement",
        subject_id=row.id,
        kind="termination_notice",
        regime=row.regime,
        code="termination_notice",
        calendar=new.calendar,
        started_at=row.decided_at,
        by=by,
    )
    if notice.due_at is not None and notice.due_at <= row.starts_at:
        return
    if not new.exception_code:
        raise NoticeTooShort(
            field="starts_at",
            earliest=f"{notice.due_at:%Y-%m-%d %H:%M} UTC",
            starts_at=f"{row.starts_at:%Y-%m-%d %H:%M} UTC",
        )
    is_second_person = approved_by is not None and approved_by.id != row.decided_by_id
    if new.exception_code not in EXCEPTIONS or not is_second_person:
        raise ExceptionNotApproved(field="exception_code", exception=new.exception_code)
    ExceptionApproval.objects.create(
        enforcement=row,
        code=new.exception_code,
        decided_by_id=row.decided_by_id,
        approved_by=approved_by,
        approved_at=row.decided_at,
    )
