"""Real work history: the incidents of one IT assignment group, under their own column names."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from goodstanding.accounts.queries import legal_entities
from goodstanding.ledger.queries import facts_of_kinds
from goodstanding.ledger.types import FactView
from goodstanding.validation.intervals import wilson
from goodstanding.web.listing import (
    ListShape,
    ListSource,
    filter_chips,
    list_rows,
    render_list,
)
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.types import ChipGroup, Column, Empty, Estimate, Signal

KINDS = ("incident_opened", "incident_resolved", "incident_closed")
MOST_RESOLVERS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident as its last event states it; names are those of the source."""

    number: str
    priority: str
    category: str
    opened_at: datetime
    resolved_at: datetime | None
    assigned_to: str
    resolved_by: str
    reassignment_count: int
    reopen_count: int
    made_sla: bool


def _sla(incident: Incident) -> Signal:
    return Signal("good", "Met") if incident.made_sla else Signal("act", "Missed")


INCIDENTS = ListShape(
    name="incidents",
    caption="IT incidents",
    sort="-opened_at",
    columns=(
        Column("number", "number", kind="code", sortable=True),
        Column("priority", "priority", sortable=True),
        Column("category", "category", sortable=True),
        Column("opened_at", "opened_at", kind="instant", sortable=True),
        Column("resolved_at", "resolved_at", kind="instant", sortable=True),
        Column("assigned_to", "assigned_to"),
        Column("resolved_by", "resolved_by"),
        Column("reassignment_count", "reassignment_count", kind="number", sortable=True),
        Column("reopen_count", "reopen_count", kind="number", sortable=True),
        Column("made_sla", "made_sla", kind="signal", value=_sla),
    ),
    empty=Empty(
        "No work history is loaded",
        "It comes with the sample data: 1,060 real incidents of one assignment group.",
        icon="clock",
    ),
)
Passes = Callable[[Incident, str, frozenset[str]], bool]
FILTERS: Mapping[str, Passes] = {
    "number": lambda incident, value, _: incident.number == value,
    "made_sla": lambda incident, value, _: incident.made_sla == (value == "true"),
    "reassigned": lambda incident, value, _: (incident.reassignment_count > 0) == (value == "yes"),
    "reopened": lambda incident, value, _: (incident.reopen_count > 0) == (value == "yes"),
    "resolver": lambda incident, value, busiest: (
        incident.resolved_by in busiest if value == "busiest" else incident.resolved_by == value
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A share of the incidents shown: its words, the source's column, and its rows' address."""

    label: str
    column: str
    share: Estimate
    count: int
    url: str


@page(verb="team.see_team")
@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """What an SLA, reassignment and reopening look like in a year of real work."""
    incidents = _incidents(_facts(request))
    shown = [each for each in incidents if _is_wanted(request, each, _busiest(incidents))]
    listing = list_rows(
        request, shape=INCIDENTS, source=ListSource(shown), chips=_chips(request, incidents)
    )
    return render_list(
        request,
        "team/history.html",
        listing=listing,
        figures=_figures(request, incidents),
        incidents=len(incidents),
    )


def _facts(request: HttpRequest) -> list[FactView]:
    moment = moment_of(request)
    return [
        fact
        for company in legal_entities()
        for fact in facts_of_kinds(
            kinds=KINDS, legal_entity=company.code, as_of=moment.as_of, known_at=moment.known_at
        )
    ]


def _incidents(facts: Sequence[FactView]) -> list[Incident]:
    """Opening, resolution and closing of each number, put together."""
    by_number: dict[str, dict[str, FactView]] = {}
    for fact in facts:
        by_number.setdefault(fact.subject, {})[fact.kind] = fact
    return [
        _incident(number, parts)
        for number, parts in by_number.items()
        if {"incident_opened", "incident_closed"} <= set(parts)
    ]


def _incident(number: str, parts: Mapping[str, FactView]) -> Incident:
    opened, closed = parts["incident_opened"], parts["incident_closed"]
    resolved = parts.get("incident_resolved")
    said: dict[str, Any] = {**opened.attributes, **closed.attributes}
    return Incident(
        number=number,
        priority=str(said.get("priority") or ""),
        category=str(said.get("category") or ""),
        opened_at=opened.effective_at,
        resolved_at=None if resolved is None else resolved.effective_at,
        assigned_to=str(said.get("assigned_to") or ""),
        resolved_by=str(said.get("resolved_by") or ""),
        reassignment_count=int(said.get("reassignment_count") or 0),
        reopen_count=int(said.get("reopen_count") or 0),
        made_sla=str(said.get("made_sla")).lower() == "true",
    )


def _is_wanted(
    request: HttpRequest, incident: Incident, busiest: frozenset[str], *, but: str = ""
) -> bool:
    return all(
        name == but or not (value := request.GET.get(name, "")) or passes(incident, value, busiest)
        for name, passes in FILTERS.items()
    )


def _chips(request: HttpRequest, incidents: Sequence[Incident]) -> list[ChipGroup]:
    busiest = _busiest(incidents)
    resolvers = [("busiest", f"The {len(busiest)} busiest")]
    choices = {
        "made_sla": ("SLA", [("true", "Met"), ("false", "Missed")]),
        "reassigned": ("Reassigned", [("yes", "Reassigned"), ("no", "Never reassigned")]),
        "reopened": ("Reopened", [("yes", "Reopened"), ("no", "Never reopened")]),
        "resolver": ("Resolved by", [*resolvers, *((code, code) for code in sorted(busiest))]),
    }
    if number := request.GET.get("number"):  # how a row of a metric leads here
        choices = {"number": ("Number", [(number, number)]), **choices}
    groups: list[ChipGroup] = []
    for name, (label, offered) in choices.items():
        left = [each for each in incidents if _is_wanted(request, each, busiest, but=name)]
        counted = [
            (value, said, sum(FILTERS[name](each, value, busiest) for each in left))
            for value, said in offered
        ]
        groups.append(filter_chips(request, parameter=name, label=label, choices=counted))
    return groups


def _figures(request: HttpRequest, incidents: Sequence[Incident]) -> list[Figure]:
    """The shares that the source's columns give, each with the address of its rows."""
    busiest = _busiest(incidents)
    is_busiest = FILTERS["resolver"]
    wanted: list[tuple[str, str, str, str, Callable[[Incident], bool]]] = [
        ("SLA met", "made_sla", "made_sla", "true", lambda each: each.made_sla),
        ("Reassigned", "reassignment_count > 0", "reassigned", "yes",
         lambda each: each.reassignment_count > 0),
        ("Reopened", "reopen_count > 0", "reopened", "yes", lambda each: each.reopen_count > 0),
        (f"Resolved by {len(busiest)} people", "resolved_by", "resolver", "busiest",
         lambda each: is_busiest(each, "busiest", busiest)),
    ]  # fmt: skip
    return [
        Figure(
            label=label,
            column=column,
            share=_share(incidents, is_one),
            count=sum(map(is_one, incidents)),
            url=f"{request.path}?{parameter}={value}#list",
        )
        for label, column, parameter, value, is_one in wanted
    ]


def _share(incidents: Sequence[Incident], is_one: Callable[[Incident], bool]) -> Estimate:
    """A share with its n and Wilson interval."""
    events, n = sum(map(is_one, incidents)), len(incidents)
    if not n:
        return Estimate(None, n=0)
    interval = wilson(events=events, n=n)
    return Estimate(events / n, n=n, low=interval.low, high=interval.high)


def _busiest(incidents: Sequence[Incident]) -> frozenset[str]:
    """The few who resolved nearly all of them."""
    counts = Counter(each.resolved_by for each in incidents if each.resolved_by)
    return frozenset(code for code, _ in counts.most_common(MOST_RESOLVERS))
