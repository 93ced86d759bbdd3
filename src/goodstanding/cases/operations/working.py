"""Work a case: notes, evidence, steps of the playbook, questions to the business."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from goodstanding.cases.errors import AlreadyAnswered, ReasonMissing, StepUnknown
from goodstanding.cases.models import (
    EvidenceItem,
    InformationAnswer,
    InformationRequest,
    Note,
    StepRecord,
)
from goodstanding.cases.playbooks import playbook_of
from goodstanding.cases.state import lock_held_case, lock_open_case
from goodstanding.core.audit import write_audit
from goodstanding.core.errors import NotFound
from goodstanding.deadlines.operations import end_pause, pause_deadline
from goodstanding.deadlines.queries import deadlines_of, open_pauses_of_request


@transaction.atomic
def add_note(*, case_id: UUID, text: str, by: Any, at: datetime) -> UUID:
    """Leave words on an open case; anybody who may see it can. Raises CaseClosed, ReasonMissing."""
    state = lock_open_case(case_id)
    if not text.strip():
        raise ReasonMissing(field="text", verb="A note")
    note = Note.objects.create(case=state.case, text=text.strip(), by=by, at=at)
    _audit("add_note", case_id, by=by, at=at)
    return note.id


@transaction.atomic
def add_evidence(
    *, case_id: UUID, kind: str, title: str, content: str, by: Any, at: datetime
) -> UUID:
    """Put a piece of evidence on an open case. Raises CaseClosed, ReasonMissing."""
    state = lock_open_case(case_id)
    if not title.strip():
        raise ReasonMissing(field="title", verb="Evidence")
    item = keep_evidence(
        case_id=state.case.id, kind=kind, title=title.strip(), content=content, at=at, by=by
    )
    _audit("add_evidence", case_id, by=by, at=at, kind=kind)
    return item


def keep_evidence(
    *, case_id: UUID, kind: str, title: str, content: str, at: datetime, by: Any = None
) -> UUID:
    """Keep a piece of evidence with the digest of what it says, in the caller's transaction."""
    said = "\x1f".join((kind, title, content))
    item = EvidenceItem.objects.create(
        case_id=case_id,
        kind=kind,
        title=title,
        content=content,
        digest=hashlib.sha256(said.encode()).hexdigest(),
        by=by,
        at=at,
    )
    return item.id


@transaction.atomic
def record_step(
    *, case_id: UUID, step: str, by: Any, at: datetime, skipped: bool = False, because: str = ""
) -> None:
    """Do a step of the pinned playbook, or skip it with the reason.

    Raises CaseClosed, CaseNotHeld, StepUnknown, ReasonMissing.
    """
    state = lock_held_case(case_id, by=by)
    known = {known.code for known in playbook_of(state.case.playbook.content).steps}
    if step not in known:
        raise StepUnknown(field="step", step=step)
    if skipped and not because.strip():
        raise ReasonMissing(field="because", verb="A skipped step")
    StepRecord.objects.create(
        case=state.case, step=step, skipped=skipped, because=because.strip(), by=by, at=at
    )
    _audit("record_step", case_id, by=by, at=at, step=step, skipped=str(skipped))


@transaction.atomic
def request_information(*, case_id: UUID, question: str, by: Any, at: datetime) -> UUID:
    """Ask the business; every clock of the case that may stand still does until it answers.

    Raises CaseClosed, CaseNotHeld, ReasonMissing.
    """
    state = lock_held_case(case_id, by=by)
    if not question.strip():
        raise ReasonMissing(field="question", verb="A request")
    request = InformationRequest.objects.create(
        case=state.case, question=question.strip(), by=by, at=at
    )
    for deadline in deadlines_of(subject_kind="case", subject_id=case_id, at=at):
        if deadline.is_open and not deadline.legal and deadline.clock.counts_time:
            pause_deadline(
                deadline_id=deadline.id,
                reason="Asked the business",
                request_id=request.id,
                at=at,
                by=by.email,
            )
    _audit("request_information", case_id, by=by, at=at)
    return request.id


@transaction.atomic
def record_answer(*, request_id: UUID, summary: str, by: Any, at: datetime) -> None:
    """The answer came, or the wait is over; the clocks run again.

    Raises NotFound, CaseClosed, AlreadyAnswered, ReasonMissing.
    """
    request = InformationRequest.objects.filter(id=request_id).first()
    if request is None:
        raise NotFound(what="request", key=request_id)
    lock_open_case(request.case_id)
    if InformationAnswer.objects.filter(request=request).exists():
        raise AlreadyAnswered(what="request")
    if not summary.strip():
        raise ReasonMissing(field="summary", verb="An answer")
    InformationAnswer.objects.create(
        case_id=request.case_id, request=request, summary=summary.strip(), by=by, at=at
    )
    for pause_id in open_pauses_of_request(request_id=request_id):
        end_pause(pause_id=pause_id, at=at, by=by.email)
    _audit("record_answer", request.case_id, by=by, at=at, request_id=str(request_id))


def _audit(action: str, case_id: UUID, *, by: Any, at: datetime, **detail: str) -> None:
    write_audit(
        actor=by.email, action=action, object_kind="case", object_id=case_id, at=at, detail=detail
    )
