"""Verbs that show their effect first: reassign, close, reopen."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from goodstanding.accounts.queries import people
from goodstanding.cases.errors import NothingToReassign
from goodstanding.cases.operations import close_case, reassign_cases, reopen_case
from goodstanding.cases.queries import case_row, fit_for, reassignment_by, team_today
from goodstanding.cases.types import CaseRow, Closed, Load
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.team.queries import people_of_queue
from goodstanding.web.asking import refuse_on
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.cases.forms import (
    ClosureForm,
    ReasonForm,
    ReassignmentForm,
)
from goodstanding.web.pages.cases.showing import (
    acting_at,
    case_url,
    count_of_cases,
    open_time_text,
    shown_cases,
    time_signal,
)
from goodstanding.web.pages.cases.taking_back import with_way_back


@page(verb="cases.reassign_case")
@require_POST
def reassignment(request: HttpRequest) -> HttpResponse:
    """Give the ticked cases to somebody: first what that does, then, confirmed, done."""
    at = acting_at(request)
    case_ids = _ticked(request)
    rows = [case_row(case_id=case_id, at=at) for case_id in case_ids]
    loads = {load.person_id: load for load in team_today(at=at).loads}
    candidates = _candidates(rows, loads, at=at)
    is_confirmed = "confirmed" in request.POST
    form = ReassignmentForm(candidates, request.POST if is_confirmed else None)
    if is_confirmed and form.is_valid():
        to = people().get(id=form.cleaned_data["to"])
        try:
            given = reassign_cases(
                case_ids=case_ids,
                to=to,
                reason=form.cleaned_data["reason"],
                by=person_of(request),
                at=at,
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            had = len(rows) - given
            more = f" {count_of_cases(had)} {to} had already." if had else ""
            said = f"{count_of_cases(given)} went to {to}.{more}"
            done = reassignment_by(by=person_of(request), at=at)
            messages.success(request, with_way_back(said, done))
            return redirect(case_url(case_ids[0]) if len(case_ids) == 1 else _list_url(request))
    context = _preview(request, rows, candidates, at=at) | {"form": form}
    return render(request, "cases/reassignment.html", context, status=422 if form.errors else 200)


@page(verb="cases.close_case")
@require_http_methods(["GET", "POST"])
def closure(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Close a case that needs no decision."""
    at = acting_at(request)
    row = case_row(case_id=case_id, at=at)
    form = ClosureForm(request.POST or None)
    if form.is_valid():
        try:
            close_case(
                case_id=case_id,
                why=Closed(form.cleaned_data["why"]),
                reason=form.cleaned_data["reason"],
                by=person_of(request),
                at=at,
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"{row.label} is closed.")
            return redirect(case_url(case_id))
    return _confirm(
        request,
        row,
        form,
        title=f"Close {row.label} without a decision",
        purpose="For a case that was withdrawn, stands twice, or has nothing left to decide.",
        effect="Its SLA is cancelled and leaves the SLA figures. A miss that stands, stays.",
        verb="Close the case",
    )


@page(verb="cases.close_case")
@require_http_methods(["GET", "POST"])
def reopening(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Work a closed case again."""
    at = acting_at(request)
    row = case_row(case_id=case_id, at=at)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            reopen_case(
                case_id=case_id, reason=form.cleaned_data["reason"], by=person_of(request), at=at
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"{row.label} is open again.")
            return redirect(case_url(case_id))
    return _confirm(
        request,
        row,
        form,
        title=f"Reopen {row.label}",
        purpose="For a case that has to be decided anew.",
        effect="It goes to a person who did not decide it, with an SLA of its own. "
        "What the first SLA says is not touched.",
        verb="Reopen the case",
    )


def _list_url(request: HttpRequest) -> str:
    """The list with its filter, from which the cases were ticked."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    wanted = request.POST.get("list", urlunsplit(("", "", came_from.path, came_from.query, "")))
    is_list = urlsplit(wanted).path == reverse("cases") and not urlsplit(wanted).netloc
    return wanted if is_list else reverse("cases")


def _ticked(request: HttpRequest) -> list[UUID]:
    """The ticked cases; raises NothingToReassign, and NotFound for what is no case's id."""
    ticked = request.POST.getlist("row")
    if not ticked:
        raise NothingToReassign(field="row")
    try:
        return [UUID(text) for text in ticked]
    except ValueError as surprise:
        raise NotFound(what="case", key=", ".join(ticked)) from surprise


def _confirm(request: HttpRequest, row: CaseRow, form: Any, **said: str) -> HttpResponse:
    context = {
        "form": form,
        "back_url": case_url(row.id),
        "parent": row.label,
        "parent_url": case_url(row.id),
        **said,
    }
    status = 422 if form.errors else 200
    return render(request, "components/confirm.html", context, status=status)


def _candidates(
    rows: Sequence[CaseRow], loads: dict[UUID, Load], *, at: Any
) -> list[tuple[UUID, str]]:
    """Members of the queues concerned, with what they carry; those who are away say so."""
    people: dict[UUID, str] = {}
    for queue in {row.queue_code for row in rows}:
        for person in people_of_queue(queue_code=queue, at=at):
            people[person.id] = f"{person.display_name}{_carries(loads.get(person.id))}"
    return sorted(people.items(), key=lambda pair: pair[1])


def _carries(load: Load | None) -> str:
    if load is None:
        return ""
    minutes = open_time_text(timedelta(minutes=load.open_minutes))
    away = ", away" if load.is_absent else ""
    return f" · {load.open_cases} open, {minutes}{away}"


def _preview(
    request: HttpRequest, rows: Sequence[CaseRow], people: list[tuple[UUID, str]], *, at: Any
) -> dict[str, Any]:
    shown = shown_cases(rows, request=request)
    lines = [
        {
            "shown": one,
            "url": case_url(one.row.id),
            "signal": time_signal(one.row.deadline),
            "barred": _barred(one.row, people, at=at),
        }
        for one in shown
    ]
    held = sum(row.holder_id is not None for row in rows)
    minutes = open_time_text(timedelta(minutes=sum(row.standard_minutes for row in rows)))
    return {
        "title": f"Reassign {_count(rows)}",
        "purpose": "Choose who gets them and say why. No deadline moves. A case without its tick "
        "stays where it is.",
        "effect": f"{_count(rows)} of {minutes} standard time will go to one person; "
        f"{_taken(held, of=len(rows))}.",
        "verb": "Reassign",
        "back_url": _list_url(request),
        "parent": "Cases",
        "parent_url": _list_url(request),
        "lines": lines,
        "kept": [("list", _list_url(request))],
    }


def _taken(held: int, *, of: int) -> str:
    if of == 1:
        return "it is taken from who has it" if held else "nobody has it yet"
    return f"{held:,} of them {'is' if held == 1 else 'are'} taken from somebody"


def _barred(row: CaseRow, people: list[tuple[UUID, str]], *, at: Any) -> str:
    """Who of the candidates may not take this case, and why."""
    skips = [fit_for(case_id=row.id, person_id=person_id, at=at) for person_id, _ in people]
    return "; ".join(f"{skip.person_name} {skip.why}" for skip in skips if skip)


def _count(rows: Sequence[CaseRow]) -> str:
    return count_of_cases(len(rows))
