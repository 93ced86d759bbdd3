"""Ask a colleague with the skill or the authority; the case and its deadline stay."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from goodstanding.cases.errors import AlreadyAnswered, CaseNotHeld, ReasonMissing
from goodstanding.cases.models import Escalation, EscalationAnswer
from goodstanding.cases.operations.assigning import check_fit
from goodstanding.cases.state import lock_held_case, lock_open_case
from goodstanding.cases.types import EscalationKind
from goodstanding.core.audit import write_audit
from goodstanding.core.errors import NotFound
from goodstanding.deadlines.operations import open_deadline, satisfy_deadline
from goodstanding.deadlines.queries import deadlines_of
from goodstanding.deadlines.types import Clock, ClockKind

ANSWER_WITHIN = Clock(kind=ClockKind.BUSINESS_TIME, target=4 * 3600)


@transaction.atomic
def escalate_case(
    *,
    case_id: UUID,
    kind: EscalationKind,
    to: Any,
    reason_code: str,
    question: str,
    by: Any,
    at: datetime,
) -> UUID:
    """Ask somebody; they have four business hours to answer, and the case comes back to the asker.

    Nobody who may not see the case is asked. Raises CaseClosed, CaseNotHeld, ReasonMissing,
    ReviewsOwnDecision, ConflictOfInterest.
    """
    state = lock_held_case(case_id, by=by)
    if not question.strip():
        raise ReasonMissing(field="question", verb="An escalation")
    if to.id == by.id:
        raise CaseNotHeld(number=state.case.number, person="somebody else")
    check_fit(state, person_id=to.id, at=at, skill_too=kind is EscalationKind.FUNCTIONAL)
    escalation = Escalation.objects.create(
        case=state.case,
        kind=kind.value,
        reason_code=reason_code,
        question=question.strip(),
        to_person=to,
        by=by,
        at=at,
    )
    open_deadline(
        subject_kind="escalation",
        subject_id=escalation.id,
        kind="escalation_answer",
        clock=ANSWER_WITHIN,
        calendar=state.case.terms.calendar,
        started_at=at,
        by=by.email,
    )
    _audit("escalate_case", case_id, by=by, at=at, kind=kind.value, to=str(to.id))
    return escalation.id


@transaction.atomic
def answer_escalation(
    *, escalation_id: UUID, answer: str, changes_outcome: bool, by: Any, at: datetime
) -> None:
    """Answer what one was asked. Raises NotFound, CaseClosed, CaseNotHeld, AlreadyAnswered."""
    escalation = Escalation.objects.filter(id=escalation_id).first()
    if escalation is None:
        raise NotFound(what="escalation", key=escalation_id)
    state = lock_open_case(escalation.case_id)
    if escalation.to_person_id != by.id:
        raise CaseNotHeld(number=state.case.number, person=str(by))
    if EscalationAnswer.objects.filter(escalation=escalation).exists():
        raise AlreadyAnswered(what="escalation")
    if not answer.strip():
        raise ReasonMissing(field="answer", verb="An answer")
    EscalationAnswer.objects.create(
        case=state.case,
        escalation=escalation,
        answer=answer.strip(),
        changes_outcome=changes_outcome,
        by=by,
        at=at,
    )
    for deadline in deadlines_of(subject_kind="escalation", subject_id=escalation_id, at=at):
        if deadline.is_open:
            satisfy_deadline(deadline_id=deadline.id, at=at, by=by.email)
    _audit("answer_escalation", escalation.case_id, by=by, at=at)


def _audit(action: str, case_id: UUID, *, by: Any, at: datetime, **detail: str) -> None:
    write_audit(
        actor=by.email, action=action, object_kind="case", object_id=case_id, at=at, detail=detail
    )
