"""One case as its page shows it: summary, evidence, forms, timeline."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from goodstanding.accounts.queries import User
from goodstanding.cases.queries import case_page, cases_of_party, fit_for
from goodstanding.cases.types import CaseKind, CasePage, TimelineEntry
from goodstanding.deadlines.queries import explain_deadline
from goodstanding.deadlines.types import Deadline, ExplainedStep, Explanation
from goodstanding.decisions.errors import UnknownDecision
from goodstanding.decisions.queries import DecisionDetail, decision_detail
from goodstanding.parties.queries import parties_as_of
from goodstanding.parties.types import PartyView
from goodstanding.team.queries import people_of_queue
from goodstanding.web.cells import instant_text, words
from goodstanding.web.moment import Moment, moment_of
from goodstanding.web.page import person_of
from goodstanding.web.pages.cases.forms import (
    AnswerForm,
    DecisionForm,
    EscalationAnswerForm,
    EscalationForm,
    EvidenceForm,
    NoteForm,
    QuestionForm,
    ReasonForm,
)
from goodstanding.web.pages.cases.showing import GROUNDS, case_url, open_time_text, time_signal
from goodstanding.web.types import Event, Level, Signal

LEVELS: dict[str, Level] = {
    "decision": "good",
    "closure": "good",
    "reopening": "watch",
    "escalation": "watch",
    "request": "watch",
    "step_skipped": "watch",
    "routing_skip": "past",
}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)")
STEP_STATES: dict[str, Signal] = {
    "open": Signal("neutral", "Open"),
    "done": Signal("good", "Done"),
    "skipped": Signal("watch", "Skipped"),
}


GIVEN = {"claim", "routing", "reassignment", "release"}


@dataclass(frozen=True, slots=True)
class ToldStep:
    """A stretch of an explanation in local words."""

    step: ExplainedStep
    when: str
    counted: str
    running: str
    state: Signal


@dataclass(frozen=True, slots=True)
class ToldDeadline:
    """A deadline with its state, its due time and how it came about."""

    deadline: Deadline
    title: str
    signal: Signal
    steps: list[ToldStep]
    target: str


def render_case(
    request: HttpRequest, case_id: UUID, *, status: int = 200, **bound: forms.Form
) -> HttpResponse:
    """The case's page; `bound` are forms that were refused, shown with what was typed."""
    moment = moment_of(request)
    found = case_page(case_id=case_id, at=moment.as_of)
    context = case_context(request, found)
    detail: DecisionDetail | None = context["detail"]
    currency = detail.amount.currency if detail and detail.amount else ""
    context |= _forms(request, found, bound, currency=currency)
    context["form"] = next(iter(bound.values()), None)
    return render(request, "cases/case.html", context, status=status)


def case_context(request: HttpRequest, found: CasePage) -> dict[str, Any]:
    """What every page about a case shows."""
    moment, row = moment_of(request), found.row
    party = _party(row.party_id, moment)
    business = party.name if party else row.reference
    detail = _detail(row.decision_id, moment)
    return {
        "found": found,
        "row": row,
        "title": f"{row.label} · {business}" if business else row.label,
        "signal": time_signal(row.deadline),
        "facts": _facts(found, party),
        "told": [_told(deadline, moment.as_of) for deadline in found.deadlines],
        "events": _events(request, found),
        "ground": GROUNDS[found.enforcement.ground] if found.enforcement else "",
        "party": party,
        "history": _history(found, moment),
        "detail": detail,
        "read": [each for each in detail.inputs if not each.missing] if detail else [],
        "fired": [rule for rule in detail.rules if rule.truth != "FALSE"] if detail else [],
        "is_past": moment.is_past,
        "steps": [(step, STEP_STATES[step.state]) for step in found.steps],
    }


def _forms(
    request: HttpRequest, found: CasePage, bound: dict[str, forms.Form], *, currency: str
) -> dict[str, Any]:
    """The acts that this person may do now, each with its form."""
    row, person, moment = found.row, person_of(request), moment_of(request)
    may_act = row.is_open and not moment.is_past
    holds = row.holder_id == person.id
    may_work = may_act and person.has_perm("cases.work_case")
    may_decide = may_act and holds and person.has_perm("cases.decide_case")
    shown: dict[str, Any] = {
        "may_act": may_act,
        "holds": holds,
        "may_work": may_work,
        "may_step": may_work and holds,
        "may_reassign": may_act and person.has_perm("cases.reassign_case"),
        "may_close": may_act and person.has_perm("cases.close_case"),
        "may_reopen": not row.is_open
        and not moment.is_past
        and person.has_perm("cases.close_case"),
        "release_form": ReasonForm(auto_id="release_%s"),
        "note_form": NoteForm(auto_id="note_%s"),
        "evidence_form": EvidenceForm(auto_id="evidence_%s"),
        "question_form": QuestionForm(auto_id="question_%s"),
        "answer_form": AnswerForm(auto_id="answer_%s"),
        "escalation_form": _escalation_form(found, person, moment.as_of),
        "escalation_answer_form": EscalationAnswerForm(auto_id="escalation_answer_%s"),
        "my_escalations": [item for item in found.escalations if item.to_id == person.id],
        "claim": _claim(request, found) if may_act and row.holder_id is None else None,
    }
    if may_decide and row.kind is not CaseKind.REINSTATEMENT:
        shown["decision_form"] = DecisionForm(
            found.playbook, auto_id="decision_%s", initial={"currency": currency}
        )
    shown["may_review"] = may_decide and row.kind is CaseKind.REINSTATEMENT
    return shown | bound


def _claim(request: HttpRequest, found: CasePage) -> dict[str, Any] | None:
    if not request.user.has_perm("cases.claim_case"):
        return None
    person = person_of(request)
    skip = fit_for(case_id=found.row.id, person_id=person.id, at=moment_of(request).as_of)
    return {"why_not": skip.why if skip else ""}


def _escalation_form(found: CasePage, asker: User, at: datetime) -> EscalationForm:
    return EscalationForm(people_to_ask(found, asker, at), auto_id="escalation_%s")


def people_to_ask(found: CasePage, asker: User, at: datetime) -> list[tuple[UUID, str]]:
    """The asker's manager and the people of the queue, less the asker."""
    people = {
        person.id: person.display_name
        for person in people_of_queue(queue_code=found.row.queue_code, at=at)
    }
    if asker.manager is not None:
        people[asker.manager.id] = f"{asker.manager.display_name}, your manager"
    people.pop(asker.id, None)
    return sorted(people.items(), key=lambda pair: pair[1])


def _facts(found: CasePage, party: PartyView | None) -> list[tuple[str, Any]]:
    row = found.row
    facts: list[tuple[str, Any]] = [
        ("Queue", row.queue_title),
        ("With", row.holder_name or "Nobody yet"),
        ("Opened", instant_text(row.opened_at)),
        ("Standard time", f"{row.standard_minutes} min"),
    ]
    if party:
        facts.append(("Business", f"{party.name}, {party.place}" if party.place else party.name))
    if row.policy:
        facts += [("Policy", row.policy), ("Policy said", words(row.policy_outcome))]
    if row.outcome:
        facts.append(("Decided", words(row.outcome)))
    counts = (("Reassigned", row.reassignments), ("Reopened", row.reopenings))
    facts += [(label, _times(count)) for label, count in counts if count]
    facts.append(("Legal entity", row.legal_entity))
    facts.append(("Playbook", f"{found.playbook.title}, version {found.playbook.version[:8]}"))
    facts += [
        (words(name), _said(value))
        for name, value in found.attributes.items()
        if value and value != row.queue_code
    ]
    return facts


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _said(value: Any) -> Any:
    """What the source said, as it said it; an instant as people here write one."""
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return instant_text(datetime.fromisoformat(value))
    return value


def _told(deadline: Deadline, at: datetime) -> ToldDeadline:
    explanation = explain_deadline(deadline_id=deadline.id, at=at)
    return ToldDeadline(
        deadline=deadline,
        title=f"{'Legal deadline' if deadline.legal else 'SLA'}: {words(deadline.kind).lower()}",
        signal=time_signal(deadline),
        steps=[_told_step(step, explanation) for step in explanation.steps],
        target=_amount(explanation, timedelta(seconds=deadline.clock.target)),
    )


def _told_step(step: ExplainedStep, explanation: Explanation) -> ToldStep:
    level: Level = {"counted": "good", "paused": "past"}.get(step.state, "neutral")  # pyright: ignore[reportAssignmentType]
    return ToldStep(
        step=step,
        when=_when(step, ZoneInfo(explanation.zone)),
        counted=_amount(explanation, step.counted) if step.counted else "",
        running=_amount(explanation, step.running),
        state=Signal(level, words(step.state)),
    )


def _when(step: ExplainedStep, zone: ZoneInfo) -> str:
    """A stretch in local time; its date once where one is enough, its year stands above."""
    starts, ends = step.starts_at.astimezone(zone), step.ends_at.astimezone(zone)
    face = "%H:%M" if starts.date() == ends.date() else "%a %-d %b %H:%M"
    return f"{starts:%a %-d %b %H:%M} – {ends.strftime(face)}"  # noqa: RUF001 - a range


def _amount(explanation: Explanation, counted: timedelta) -> str:
    if explanation.clock.counts_time:
        return open_time_text(counted)
    return f"{counted.days} days"


def _events(request: HttpRequest, found: CasePage) -> list[Event]:
    """What happened, newest first; who may reassign can take back what still stands."""
    given = [entry for entry in found.timeline if entry.kind in GIVEN]
    newest = given[-1].id if given and given[-1].kind == "reassignment" else None
    may_act = found.row.is_open and not moment_of(request).is_past
    may = may_act and person_of(request).has_perm("cases.reassign_case")
    return [
        _event(entry, can_be_taken_back=may and newest is not None and entry.id == newest)
        for entry in reversed(found.timeline)
    ]


def _event(entry: TimelineEntry, *, can_be_taken_back: bool) -> Event:
    action = None
    if can_be_taken_back:
        action = ("Take it back", reverse("case_reassignment_taken_back", args=[entry.id]))
    return Event(
        action=action,
        at=entry.at,
        what=entry.title,
        who=entry.who,
        level=LEVELS.get(entry.kind, "neutral"),
        note=entry.text,
    )


def _party(party_id: UUID | None, moment: Moment) -> PartyView | None:
    if party_id is None:
        return None
    found = parties_as_of(party_ids=[party_id], as_of=moment.as_of, known_at=moment.known_at)
    return found.get(party_id)


def _history(found: CasePage, moment: Moment) -> list[tuple[str, str, Signal, datetime]]:
    """Other cases of the business: label, address, state, opened."""
    if found.row.party_id is None:
        return []
    others = cases_of_party(party_id=found.row.party_id, at=moment.as_of)
    return [
        (
            f"{row.label} {row.queue_title}",
            case_url(row.id),
            time_signal(row.deadline) if row.is_open else Signal("neutral", words(row.outcome)),
            row.opened_at,
        )
        for row in others
        if row.id != found.row.id
    ]


def _detail(decision_id: UUID | None, moment: Moment) -> DecisionDetail | None:
    """The decision behind the case; None where it stands in another installation's history."""
    if decision_id is None:
        return None
    try:
        return decision_detail(decision_id=decision_id, known_at=moment.known_at)
    except UnknownDecision:
        return None
