"""Use cases: what a decision is for, and which versions serve it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from goodstanding.governance import queries
from goodstanding.governance.types import Fallback, InventoryRow, UseCaseSummary
from goodstanding.web.listing import ListShape, ListSource, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.models.words import state_signal
from goodstanding.web.types import Column, Empty, Event

USE_CASES = ListShape(
    name="use_cases",
    caption="Use cases",
    columns=(
        Column("title", "Use case", sortable=True),
        Column("desk", "Desk", kind="tag", sortable=True),
        Column("legal_entity", "Legal entity", kind="code", sortable=True),
        Column("owner", "Owner", sortable=True),
        Column("automation", "Automation", value=lambda each: _words(each.automation)),
        Column("ai_act_class", "AI Act class", value=lambda each: _words(each.ai_act_class)),
        Column("fallback", "Fallback", value=lambda each: _fallback(each.fallback)),
        Column("stated_at", "Stated", kind="instant", sortable=True),
    ),
    row_url=lambda each: reverse("use_case", args=[each.code]),
    empty=Empty(
        "No use case is stated yet",
        "It says what a decision is for, whom it touches, and what decides when nothing may.",
        icon="models",
    ),
)


def _words(value: str) -> str:
    return value.replace("_", " ").capitalize()


def _fallback(fallback: Fallback) -> str:
    return "Refer to a person" if fallback is Fallback.REFER else "Decline"


@page(verb="governance.see_models")
def use_cases(request: HttpRequest) -> HttpResponse:
    """What is decided here, and for whom."""
    rows = queries.use_cases_at(as_of=moment_of(request).as_of)
    listing = list_rows(request, shape=USE_CASES, source=ListSource(rows))
    return render_list(request, "models/use_cases.html", listing=listing)


@page(verb="governance.see_models")
def use_case(request: HttpRequest, code: str) -> HttpResponse:
    """One use case, its statements, its versions."""
    as_of = moment_of(request).as_of
    found = queries.use_case_at(code=code, as_of=as_of)
    versions = [row for row in queries.inventory_at(as_of=as_of) if row.use_case == code]
    context = {
        "use_case": found,
        "facts": _facts(found),
        "entries": queries.entries_of(use_case=code, as_of=as_of),
        "versions": [(row, state_signal(row)) for row in versions],
        "state": _state(versions),
        "events": [
            Event(each.stated_at, f"Statement {each.number}", each.stated_by, note=each.reason)
            for each in queries.use_case_history(code=code)
            if each.stated_at <= as_of
        ],
    }
    return render(request, "models/use_case.html", context)


def _state(versions: Sequence[InventoryRow]) -> str:
    return f"{sum(row.may_decide for row in versions)} of {len(versions)} versions may decide"


def _facts(found: UseCaseSummary) -> list[tuple[str, Any]]:
    volume = "Not stated" if found.yearly_decisions is None else f"{found.yearly_decisions:,}"
    return [
        ("Owner", found.owner),
        ("Desk", _words(found.desk)),
        ("Legal entity", found.legal_entity),
        ("Jurisdictions", ", ".join(found.jurisdictions) or "None"),
        ("Automation", _words(found.automation)),
        ("Decisions a year", volume),
        ("AI Act role", _words(found.ai_act_role)),
        ("AI Act class", _words(found.ai_act_class)),
        ("Fallback", _fallback(found.fallback)),
    ]
