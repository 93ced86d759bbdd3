"""Cases: the queue and one case."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.cases.queries import CaseFilters, case_rows, fit_for, newest_change
from goodstanding.cases.types import CaseRow
from goodstanding.deadlines.types import DeadlineState
from goodstanding.team.queries import queues_of
from goodstanding.web.cells import words
from goodstanding.web.listing import ListSource, filter_chips, list_rows, render_list
from goodstanding.web.live import Watch, stream
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.cases.one_case import render_case
from goodstanding.web.pages.cases.showing import (
    AT_RISK,
    case_list,
    case_url,
    open_time_text,
    shown_cases,
)
from goodstanding.web.types import ChipGroup


@page(verb="cases.see_cases")
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """What waits for a person, the least business time left first."""
    seen = newest_change()
    state = "closed" if request.GET.get("state") == "closed" else "open"
    rows = case_rows(at=moment_of(request).as_of, filters=CaseFilters(state=state))
    kept = [row for row in rows if _is_wanted(request, row)]
    listing = list_rows(
        request,
        shape=case_list(request),
        source=ListSource(shown_cases(kept, request=request)),
        chips=_chips(request, rows),
    )
    return render_list(
        request,
        "cases/cases.html",
        listing=listing,
        state=_state(kept) if state == "open" else f"{len(kept):,} closed",
        demonstration=any(row.source == "demonstration" for row in kept),
        seen=seen,
    )


WATCH = Watch(newest_change)


@page(verb="cases.see_cases")
@require_GET
def live_cases(request: HttpRequest) -> StreamingHttpResponse:
    """Tells pages that stay open that a case, its holder or its deadline changed."""
    return stream(request, WATCH)


@page(verb="cases.see_cases")
@require_GET
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One case, to decide it well."""
    return render_case(request, case_id)


@page(verb="cases.claim_case")
@require_GET
def next_case(request: HttpRequest) -> HttpResponse:
    """The most urgent free case that this person may take, or the list where there is none."""
    at, person = moment_of(request).as_of, person_of(request)
    mine = queues_of(person_id=person.id, at=at)
    for row in case_rows(at=at, filters=CaseFilters(free=True)):
        in_queue = not mine or row.queue_code in mine
        if in_queue and fit_for(case_id=row.id, person_id=person.id, at=at) is None:
            return redirect(case_url(row.id))
    return redirect(f"{reverse('cases')}?holder=free")


FILTERS = ("holder", "desk", "queue", "risk", "kind")


def _is_wanted(request: HttpRequest, row: CaseRow, *, but: str = "") -> bool:
    """Whether the row passes every filter of the address, one left aside."""
    chosen = {name: request.GET.get(name, "") for name in FILTERS if name != but}
    return all(_passes(request, row, name, value) for name, value in chosen.items() if value)


def _passes(request: HttpRequest, row: CaseRow, name: str, value: str) -> bool:
    match name:
        case "holder":
            return _is_with(request, row, value)
        case "risk":
            return risk_of(row) == value or (value == "at_risk" and risk_of(row) == "overdue")
        case _:
            return {"desk": row.desk, "queue": row.queue_code, "kind": row.kind}[name] == value


def _is_with(request: HttpRequest, row: CaseRow, holder: str) -> bool:
    match holder:
        case "me":
            return row.holder_id == person_of(request).id
        case "free":
            return row.holder_id is None
        case _:
            return str(row.holder_id) == holder


def risk_of(row: CaseRow) -> str:
    """`overdue`, `at_risk` (four business hours or less), `paused`, or nothing."""
    deadline = row.deadline
    if deadline is None or not deadline.is_open:
        return ""
    if deadline.state is DeadlineState.OVERDUE:
        return "overdue"
    if deadline.state is DeadlineState.PAUSED:
        return "paused"
    return "at_risk" if deadline.open_left is not None and deadline.open_left <= AT_RISK else ""


def _chips(request: HttpRequest, rows: Sequence[CaseRow]) -> list[ChipGroup]:
    def count(name: str, value: str) -> int:
        return sum(
            _passes(request, row, name, value) and _is_wanted(request, row, but=name)
            for row in rows
        )

    def group(name: str, label: str, choices: list[tuple[str, str]], **more: Any) -> ChipGroup:
        counted = [(value, words, count(name, value)) for value, words in choices]
        return filter_chips(request, parameter=name, label=label, choices=counted, **more)

    queues = sorted({(row.queue_code, row.queue_title) for row in rows})
    chips = [
        filter_chips(
            request,
            parameter="state",
            label="State",
            choices=[("closed", "Closed", None)],
            everything="Open",
        ),
        group("holder", "Who has it", [("me", "Mine"), ("free", "Free")], everything="Anybody"),
    ]
    if request.GET.get("state") != "closed":
        risks = [("overdue", "Overdue"), ("at_risk", "At risk"), ("paused", "Paused")]
        chips.append(group("risk", "Time", risks, everything="Any time"))
    desks = [(desk, words(desk)) for desk in sorted({row.desk for row in rows})]
    if len(desks) > 1 or request.GET.get("desk"):
        chips.append(group("desk", "Desk", desks, everything="Every desk"))
    chips.append(group("queue", "Queue", queues, everything="Every queue"))
    return chips


def _state(rows: Sequence[CaseRow]) -> str:
    overdue = sum(risk_of(row) == "overdue" for row in rows)
    at_risk = [row for row in rows if risk_of(row) == "at_risk"]
    if not rows:
        return "Nothing waits"
    parts = [f"{len(rows):,} open"]
    if overdue:
        parts.append(f"{overdue:,} overdue")
    if at_risk and at_risk[0].deadline and at_risk[0].deadline.open_left is not None:
        first = open_time_text(at_risk[0].deadline.open_left)
        parts.append(f"{len(at_risk):,} at risk, first due in {first} of business time")
    return ", ".join(parts)
