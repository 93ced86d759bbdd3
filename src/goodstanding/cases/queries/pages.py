"""All that a case's page shows, at an instant."""

from datetime import datetime
from uuid import UUID

from goodstanding.cases.models import (
    Appeal,
    Case,
    Escalation,
    EvidenceItem,
    InformationRequest,
    StepRecord,
)
from goodstanding.cases.operations.assigning import fit_of
from goodstanding.cases.playbooks import playbook_of
from goodstanding.cases.queries.enforcements import enforcement_at
from goodstanding.cases.queries.lists import case_row
from goodstanding.cases.types import (
    CasePage,
    EscalationKind,
    EvidenceView,
    OpenEscalation,
    OpenRequest,
    Playbook,
    Skip,
    StepView,
    TimelineEntry,
)
from goodstanding.core.named_sql import named_sql
from goodstanding.deadlines.queries import deadlines_of

TITLES = {
    "claim": "Claimed",
    "routing": "Routed to {subject}",
    "reassignment": "Reassigned to {subject}",
    "release": "Put back into the queue",
    "note": "Note",
    "evidence": "Evidence added: {subject}",
    "step_done": "Step done: {subject}",
    "step_skipped": "Step skipped: {subject}",
    "request": "Asked the business",
    "answer": "Answer received",
    "escalation": "Escalated to {subject}",
    "escalation_answer": "Escalation answered",
    "routing_skip": "Routing passed {subject} over",
    "decision": "Decided: {subject}",
    "closure": "Closed: {subject}",
    "reopening": "Reopened",
}


def case_page(*, case_id: UUID, at: datetime) -> CasePage:
    """One case with everything about it. Raises NotFound."""
    row = case_row(case_id=case_id, at=at)
    case = Case.objects.select_related("playbook").get(id=case_id)
    playbook = playbook_of(case.playbook.content)
    evidence = _evidence(case_id, at)
    kinds = {item.kind for item in evidence}
    appeal = Appeal.objects.filter(case_id=case_id).first()
    enforcement_id = case.enforcement_id
    return CasePage(
        row=row,
        reasons=tuple(case.reasons),
        playbook=playbook,
        steps=_steps(case_id, playbook, at),
        evidence=evidence,
        missing_evidence=tuple(kind for kind in playbook.required_evidence if kind not in kinds),
        deadlines=tuple(deadlines_of(subject_kind="case", subject_id=case_id, at=at)),
        timeline=_timeline(case, playbook, at),
        requests=_requests(case_id, at),
        escalations=_escalations(case_id, at),
        enforcement=(
            None if enforcement_id is None else enforcement_at(enforcement_id=enforcement_id, at=at)
        ),
        grounds="" if appeal is None else appeal.grounds,
        attributes=dict(case.attributes),
    )


def fit_for(*, case_id: UUID, person_id: UUID, at: datetime) -> Skip | None:
    """Why a person may not take a case; None if they may."""
    case = Case.objects.select_related("terms").get(id=case_id)
    return fit_of(case, person_id=person_id, at=at)


def _evidence(case_id: UUID, at: datetime) -> tuple[EvidenceView, ...]:
    rows = EvidenceItem.objects.select_related("by").filter(case_id=case_id, at__lte=at)
    return tuple(
        EvidenceView(
            id=row.id,
            kind=row.kind,
            title=row.title,
            content=row.content,
            at=row.at,
            by=str(row.by) if row.by_id else "",
        )
        for row in rows.order_by("at", "id")
    )


def _steps(case_id: UUID, playbook: Playbook, at: datetime) -> tuple[StepView, ...]:
    records = StepRecord.objects.filter(case_id=case_id, at__lte=at).order_by("at", "id")
    latest = {record.step: record for record in records}
    views: list[StepView] = []
    for step in playbook.steps:
        record = latest.get(step.code)
        if record is None:
            views.append(StepView(step=step, state="open", because=""))
            continue
        state = "skipped" if record.skipped else "done"
        views.append(StepView(step=step, state=state, because=record.because))
    return tuple(views)


def _timeline(case: Case, playbook: Playbook, at: datetime) -> tuple[TimelineEntry, ...]:
    words = {step.code: step.title for step in playbook.steps}
    words |= {option.code: option.title for option in playbook.outcomes}

    opened = TimelineEntry(
        at=case.opened_at, who=_who(case.opened_by), kind="opened", title="Opened", text=""
    )
    rows = named_sql("cases", "timeline").rows({"case_id": case.id, "at": at})
    return (
        opened,
        *(
            TimelineEntry(
                at=row["at"],
                who=_who(row["who"]),
                kind=row["kind"],
                title=TITLES[row["kind"]].format(subject=words.get(row["subject"], row["subject"])),
                text=_told(row["kind"], row["text"], playbook),
                id=row["id"],
            )
            for row in rows
        ),
    )


def _told(kind: str, text: str, playbook: Playbook) -> str:
    """A decision's reasons in words before its statement; the words of other rows as they are."""
    if kind != "decision":
        return text
    codes, _, statement = text.partition("\x1f")
    reasons = ", ".join(playbook.reasons.get(code, code) for code in codes.split(","))
    return f"{reasons}. {statement}" if statement else reasons


def _requests(case_id: UUID, at: datetime) -> tuple[OpenRequest, ...]:
    rows = InformationRequest.objects.select_related("by", "answer").filter(
        case_id=case_id, at__lte=at
    )
    return tuple(
        OpenRequest(id=row.id, question=row.question, sent_at=row.at, sent_by=str(row.by))
        for row in rows.order_by("at")
        if getattr(row, "answer", None) is None
    )


def _escalations(case_id: UUID, at: datetime) -> tuple[OpenEscalation, ...]:
    rows = Escalation.objects.select_related("to_person", "answer").filter(
        case_id=case_id, at__lte=at
    )
    return tuple(
        OpenEscalation(
            id=row.id,
            kind=EscalationKind(row.kind),
            question=row.question,
            to_id=row.to_person_id,
            to=str(row.to_person),
            at=row.at,
        )
        for row in rows.order_by("at")
        if getattr(row, "answer", None) is None
    )


def _who(actor: str | None) -> str:
    """A person's name as it stands; a process of ours, `system:worker`, is the system."""
    return "the system" if not actor or actor.startswith("system:") else actor
