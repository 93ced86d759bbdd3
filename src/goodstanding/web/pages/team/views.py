"""The team: who has what today, what is unlikely to meet its SLA, who may decide what."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from goodstanding.accounts.queries import User, people
from goodstanding.accounts.types import Role
from goodstanding.cases.queries import (
    CaseFilters,
    case_rows,
    load_of,
    newest_change,
    queues,
    team_today,
)
from goodstanding.cases.types import Load, QueueView, TeamToday
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.deadlines.types import DeadlineState
from goodstanding.team.operations import certify, join_queue, record_absence
from goodstanding.team.queries import (
    certifications_in_force,
    may_read_figures_of,
    people_of_queue,
    queues_of,
)
from goodstanding.web.asking import refuse_on
from goodstanding.web.cells import words
from goodstanding.web.listing import ListSource, filter_chips, list_rows
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.cases.showing import (
    acting_at,
    case_list,
    open_time_text,
    shown_cases,
)
from goodstanding.web.pages.team.forms import AbsenceForm, CertificationForm, MembershipForm
from goodstanding.web.types import Empty, Signal

WORKING_ROLES = (Role.SPECIALIST, Role.CREDIT_RISK_MANAGER, Role.SELLER_RISK_MANAGER)
SOON = timedelta(days=30)
NOTHING_UNLIKELY = Empty(
    "Everything fits",
    "Cases stand here when their holder, working in order, would finish them too late.",
    icon="clock",
)


@page(verb="team.see_team")
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """Run the team today: due, at risk of missing, and by whom it could be done instead."""
    seen, at = newest_change(), moment_of(request).as_of
    every_queue = queues()
    desks = sorted({queue.desk for queue in every_queue})
    desk = request.GET.get("desk", "")
    today = team_today(at=at, desk=desk if desk in desks else None)
    unlikely = list_rows(
        request,
        shape=case_list(request, name="unlikely", empty=NOTHING_UNLIKELY),
        source=ListSource(shown_cases(today.unlikely, request=request)),
    )
    context = {
        "today": today,
        "seen": seen,
        "figures": _figures(today),
        "state": _state(today),
        "loads": [(load, _load_signal(load)) for load in today.loads],
        "unlikely": unlikely,
        "desks": [
            filter_chips(
                request,
                parameter="desk",
                label="Desk",
                choices=[(name, words(name), None) for name in desks],
                everything="Every desk",
            )
        ],
        "queues": _queue_lines(every_queue, desk, at=at),
        "certifications": [
            (view, Signal("watch", "Ends soon") if view.left < SOON else Signal("good", "Valid"))
            for view in certifications_in_force(at=at)
        ],
        "may_run": request.user.has_perm("team.run_team") and not moment_of(request).is_past,
    }
    return render(request, "team/team.html", context)


@page(verb="cases.see_cases")
@require_GET
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person's work, for that person and their manager; the read is in the audit trail."""
    at, reader = moment_of(request).as_of, person_of(request)
    somebody = people().filter(id=person_id).first()
    if somebody is None:
        raise NotFound(what="person", key=person_id)
    may_read_figures_of(reader=reader, person_id=person_id, at=at)
    rows = case_rows(at=at, filters=CaseFilters(holder_id=person_id))
    listing = list_rows(
        request,
        shape=case_list(
            request, name="own-cases", empty=Empty("No open case", "Claim one from the queue.")
        ),
        source=ListSource(shown_cases(rows, request=request)),
    )
    context = {
        "somebody": somebody,
        "is_own": somebody.id == reader.id,
        "load": load_of(person_id=person_id, at=at),
        "closed": _closed(person_id, at=at),
        "listing": listing,
        "queues": sorted(queues_of(person_id=person_id, at=at)),
        "certifications": [
            view for view in certifications_in_force(at=at) if view.person_id == person_id
        ],
    }
    return render(request, "team/person.html", context)


@page(verb="team.run_team")
@require_http_methods(["GET", "POST"])
def absence(request: HttpRequest) -> HttpResponse:
    """Record that somebody is away."""
    form = AbsenceForm(_workers(), request.POST or None)

    def act(somebody: User, by: User, _: datetime) -> str:
        from_at, until_at = form.span()
        record_absence(person=somebody, from_at=from_at, until_at=until_at, by=by)
        return f"{somebody} is away then; routing passes them over."

    return _changed(request, form, act, title="Record an absence", verb="Record")


@page(verb="team.run_team")
@require_http_methods(["GET", "POST"])
def certification(request: HttpRequest) -> HttpResponse:
    """Say which cases somebody may decide."""
    skills = sorted({queue.skill for queue in queues() if queue.skill})
    form = CertificationForm(skills, _workers(), request.POST or None)

    def act(somebody: User, by: User, at: datetime) -> str:
        skill = form.cleaned_data["skill"]
        certify(person=somebody, skill=skill, valid_until=form.until(), at=at, by=by)
        return f"{somebody} may decide {words(skill).lower()} cases."

    return _changed(request, form, act, title="Certify somebody", verb="Certify")


@page(verb="team.run_team")
@require_http_methods(["GET", "POST"])
def membership(request: HttpRequest) -> HttpResponse:
    """Let somebody take work from a queue."""
    offered = [(queue.code, queue.title) for queue in queues()]
    form = MembershipForm(offered, _workers(), request.POST or None)

    def act(somebody: User, by: User, at: datetime) -> str:
        queue = form.cleaned_data["queue"]
        join_queue(person=somebody, queue_code=queue, at=at, by=by)
        return f"{somebody} takes work from {dict(offered)[queue]}."

    return _changed(request, form, act, title="Add somebody to a queue", verb="Add")


def _changed(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[User, User, datetime], str],
    *,
    title: str,
    verb: str,
) -> HttpResponse:
    at = acting_at(request)
    if form.is_valid():
        try:
            said = act(people().get(id=form.cleaned_data["person"]), person_of(request), at)
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, said)
            return redirect("team")
    context = {"form": form, "title": title, "verb": verb}
    return render(request, "team/change.html", context, status=422 if form.errors else 200)


def _workers() -> list[tuple[UUID, str]]:
    names = [role.value for role in WORKING_ROLES]
    found = people().filter(is_active=True, groups__name__in=names).distinct()
    return [(person.id, person.display_name) for person in found]


def _figures(today: TeamToday) -> list[tuple[str, int, str]]:
    address = reverse("cases")
    return [
        ("Open", today.open_cases, address),
        ("Free", today.unassigned, f"{address}?holder=free"),
        ("Overdue", today.overdue, f"{address}?risk=overdue"),
        ("Due today", today.due_today, f"{address}?risk=at_risk"),
        ("Unlikely to meet the SLA", len(today.unlikely), "#unlikely"),
    ]


def _state(today: TeamToday) -> str:
    if not today.open_cases:
        return "Nothing waits"
    said = f"{today.due_today:,} due today, {len(today.unlikely):,} unlikely to meet the SLA"
    if today.overdue:
        said = f"{today.overdue:,} overdue, {said}"
    if today.least_left is not None and today.least_left > timedelta():
        said += f", next due in {open_time_text(today.least_left)} of business time"
    return said


def _load_signal(load: Load) -> Signal:
    if load.is_absent:
        return Signal("past", "Away")
    limit = load.work_limit_minutes
    if limit is not None and load.open_minutes > limit:
        return Signal("watch", "Over the limit")
    return Signal("neutral", "Here")


def _queue_lines(
    every_queue: Sequence[QueueView], desk: str, *, at: datetime
) -> list[dict[str, Any]]:
    wanted = [queue for queue in every_queue if not desk or queue.desk == desk]
    return [
        {"queue": queue, "people": people_of_queue(queue_code=queue.code, at=at)}
        for queue in wanted
    ]


def _closed(person_id: UUID, *, at: datetime) -> dict[str, int]:
    """Cases that the person had when they were closed in the last 30 days, and their SLAs."""
    rows = [
        row
        for row in case_rows(at=at, filters=CaseFilters(state="closed", holder_id=person_id))
        if row.closed_at is not None and row.closed_at > at - SOON
    ]
    states = [row.deadline.state for row in rows if row.deadline]
    return {
        "closed": len(rows),
        "met": states.count(DeadlineState.MET),
        "missed": states.count(DeadlineState.MISSED),
    }
