"""Decisions: find one, see why it was made, derive it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_POST

from goodstanding.accounts.queries import simulated_companies
from goodstanding.cases.queries import case_of_decision
from goodstanding.core.time import utc_now
from goodstanding.decisions.operations import decide_again, replay, reveal_personal_inputs
from goodstanding.decisions.queries import (
    DecisionDetail,
    DecisionFilter,
    DecisionList,
    decision_detail,
    decisions_matching,
    facet_counts,
)
from goodstanding.parties.queries import parties_as_of
from goodstanding.policies.queries import version_summaries
from goodstanding.web.listing import ListShape, filter_chips, list_rows, render_list
from goodstanding.web.moment import Moment, moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.decisions.errors import NotADay
from goodstanding.web.pages.decisions.words import (
    DESKS,
    GATES,
    ORIGINS,
    OUTCOMES,
    SIMULATED,
    duration_words,
    gate_signal,
    outcome_signal,
)
from goodstanding.web.types import ChipGroup, Column, Empty, Event

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


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """The decision with what other rooms know of it."""

    detail: DecisionDetail
    business: str
    business_url: str
    case_number: int | None
    case_url: str
    simulated: str
    events: list[Event]


@page(verb="decisions.see_decisions")
@require_GET
def decision(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Why this answer."""
    return render(request, "decisions/decision.html", _context(request, decision_id))


@page(verb="decisions.replay_decision")
@require_POST
def replays(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Derive the decision again from its record, and show what was found."""
    report = replay(decision_id=decision_id, by=person_of(request).email, at=utc_now())
    if report.is_same:
        messages.success(request, "Replayed: the same decision, bit for bit.")
    else:
        messages.warning(request, f"{report.verdict.label}. {report.difference or report.note}")
    return redirect(f"{reverse('decision', args=[decision_id])}#replay")


@page(verb="decisions.decide_again")
@require_POST
def again(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Put the question to the policy in force, and lead to the new decision."""
    made = decide_again(decision_id=decision_id, by=person_of(request).email, at=utc_now())
    word = outcome_signal(made.record["outcome"]).word.lower()
    messages.success(request, f"Decided again, on what holds now: {word}. The first one stays.")
    return redirect(reverse("decision", args=[made.decision_id]))


@page(verb="decisions.unmask_decision")
@require_POST
def personal_values(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Show the personal inputs of one decision, once, with a line in the audit trail."""
    values = reveal_personal_inputs(
        decision_id=decision_id, by=person_of(request).email, at=utc_now()
    )
    return render(
        request, "decisions/decision.html", _context(request, decision_id, unmasked=values)
    )


def _context(
    request: HttpRequest, decision_id: UUID, *, unmasked: Mapping[str, str] | None = None
) -> dict[str, Any]:
    shown = unmasked or {}
    moment = moment_of(request)
    detail = decision_detail(decision_id=decision_id, known_at=moment.known_at)
    return {
        "page": _page(detail, moment),
        "detail": detail,
        "outcome": outcome_signal(detail.outcome),
        "policy_outcome": outcome_signal(detail.policy_outcome),
        "gate": gate_signal(detail.gate["state"]),
        "facts": _facts(detail),
        "policy_url": _policy_url(request, detail),
        "inputs": [(item, shown.get(item.name)) for item in detail.inputs],
        "unmasked": unmasked is not None,
    }


def _page(detail: DecisionDetail, moment: Moment) -> DecisionPage:
    business = business_url = ""
    if detail.party_id is not None:
        parties = parties_as_of(
            party_ids=[detail.party_id], as_of=moment.as_of, known_at=moment.known_at
        )
        business = parties[detail.party_id].name if detail.party_id in parties else ""
        business_url = _address("business", detail.party_id)
    case = case_of_decision(decision_id=detail.decision_id, at=moment.as_of)
    return DecisionPage(
        detail=detail,
        business=business,
        business_url=business_url,
        case_number=case.number if case else None,
        case_url=_address("case", case.id) if case else "",
        simulated=SIMULATED.get(detail.desk, "")
        if detail.legal_entity in simulated_companies()
        else "",
        events=_events(detail),
    )


def _address(name: str, key: object) -> str:
    """Where an object of another room is shown; nothing while no room serves it."""
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return ""


def _policy_url(request: HttpRequest, detail: DecisionDetail) -> str:
    """The rules of the version that decided, for who may see policies and where it is published."""
    name, text_hash = detail.policy["name"], detail.policy["text_hash"]
    is_kept = any(
        each.text_hash == text_hash
        for each in version_summaries(at=moment_of(request).as_of, name=name)
    )
    if not is_kept or not request.user.has_perm("policies.see_policies"):
        return ""
    version = urlencode({"version": detail.policy["version"]})
    return f"{reverse('policy', args=[name])}?{version}"


def _facts(detail: DecisionDetail) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [
        ("Version", detail.policy["version"]),
        ("Amount", detail.amount.as_text() if detail.amount else None),
        *detail.terms,
        ("Arm", f"{detail.arm['name']}, chance {detail.arm['propensity']}"),
        ("Origin", ORIGINS[detail.origin]),
        ("Asked by", detail.actor),
        ("Company", detail.legal_entity),
        ("Took", duration_words(detail.duration_us) or None),
    ]
    return [(term, value) for term, value in facts if value is not None]


def _events(detail: DecisionDetail) -> list[Event]:
    events = [
        Event(
            row.at,
            row.what,
            who=row.who,
            level="good" if row.what.endswith("bit for bit") else "watch",
            url=reverse("decision", args=[row.decision_id]) if row.decision_id else "",
        )
        for row in detail.later
    ]
    signal = outcome_signal(detail.outcome)
    events.append(Event(detail.recorded_at, f"Decided: {signal.word.lower()}", level=signal.level))
    if detail.supersedes is not None:
        events.append(
            Event(
                detail.as_of, "Supersedes an earlier decision",
                url=reverse("decision", args=[detail.supersedes]),
            )
        )  # fmt: skip
    return events


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
    for parameter, facet, label, words in groups:
        counts = facet_counts(wanted, facet=facet)
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
