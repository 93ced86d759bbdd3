"""Decisions: find one, see why it was made."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.accounts.queries import simulated_companies
from goodstanding.decisions.queries import (
    DecisionFilter,
    DecisionList,
    decisions_matching,
    facet_counts,
)
from goodstanding.web.listing import ListShape, filter_chips, list_rows, render_list
from goodstanding.web.moment import Moment, moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.decisions.errors import NotADay
from goodstanding.web.pages.decisions.showing import context_of
from goodstanding.web.pages.decisions.words import (
    DESKS,
    GATES,
    ORIGINS,
    OUTCOMES,
    SIMULATED,
    gate_signal,
    outcome_signal,
)
from goodstanding.web.types import ChipGroup, Column, Empty

DECISIONS = ListShape(
    name="decisions",
    caption="Decisions",
    columns=(
        Column("entity", "Business", template="decisions/business.html"),
        Column("business", "Name", only_in_exports=True),
        Column("outcome", "Outcome", kind="signal", value=lambda row: outcome_signal(row.outcome)),
        Column("policy", "Policy"),
        Column("score", "Score", kind="number", sortable=True),
        Column("amount", "Amount", kind="money"),
        Column("gate_state", "Gate", kind="signal", value=lambda row: gate_signal(row.gate_state)),
        Column("reasons", "Reasons", kind="code"),
        Column("as_of", "As of", kind="instant", sortable=True),
        Column("recorded_at", "Recorded", kind="instant", only_in_exports=True),
    ),
    row_url=lambda row: reverse("decision", args=[row.id]),
    row_id=lambda row: row.id,
    empty=Empty(
        "No decision matches",
        "Decisions arrive over POST /v1/decisions, or from `goodstanding decide`.",
        icon="decisions",
    ),
)


@page(verb="decisions.see_decisions")
@require_GET
def decisions(request: HttpRequest) -> HttpResponse:
    """Every decision that the filters leave, newest first."""
    moment = moment_of(request)
    wanted = _wanted(request, moment)
    source = DecisionList(decisions_matching(wanted), moment.known_at)
    listing = list_rows(request, shape=DECISIONS, source=source, chips=_chips(request, wanted))
    return render_list(
        request,
        "decisions/decisions.html",
        listing=listing,
        wanted=wanted,
        simulated=_simulated_of_list(source, wanted),
    )


@page(verb="decisions.see_decisions")
@require_GET
def decision(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Why this answer."""
    return render(request, "decisions/decision.html", context_of(request, decision_id))


def _wanted(request: HttpRequest, moment: Moment) -> DecisionFilter:
    asked = request.GET
    return DecisionFilter(
        text=asked.get("q", ""),
        outcome=asked.get("outcome", ""),
        policy=asked.get("policy", ""),
        gate_state=asked.get("gate", ""),
        desk=asked.get("desk", ""),
        origin=asked.get("origin", ""),
        day=_day(asked.get("day", "")),
        known_at=moment.known_at,
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as surprise:
        raise NotADay(field="day", text=text) from surprise


def _chips(request: HttpRequest, wanted: DecisionFilter) -> list[ChipGroup]:
    groups: list[tuple[str, str, str, dict[str, str]]] = [
        ("outcome", "outcome", "Outcome", {key: item.word for key, item in OUTCOMES.items()}),
        ("gate", "gate_state", "Gate", {key: item.word for key, item in GATES.items()}),
        ("desk", "desk", "Desk", DESKS),
        ("policy", "policy", "Policy", {}),
        ("origin", "origin", "Origin", ORIGINS),
    ]
    found: list[ChipGroup] = []
    counted = facet_counts(wanted)
    for parameter, facet, label, words in groups:
        counts = counted[facet]
        if len(counts) > 1 or getattr(wanted, facet):
            choices = [(value, words.get(value, value), count) for value, count in counts]
            found.append(
                filter_chips(
                    request, parameter=parameter, label=label, choices=choices,
                    everything=f"Every {label.lower()}",
                )
            )  # fmt: skip
    return found


def _simulated_of_list(source: DecisionList, wanted: DecisionFilter) -> str:
    """What is simulated among the decisions shown, in words."""
    companies = simulated_companies()
    if not companies or not source.found.filter(legal_entity__in=companies).exists():
        return ""
    if wanted.desk in SIMULATED:
        return SIMULATED[wanted.desk]
    return "Outcomes marked as simulated come from policies made up for this demonstration."
