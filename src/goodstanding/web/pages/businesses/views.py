"""The list of businesses, one business, its facts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from goodstanding.core.errors import NotFound
from goodstanding.core.time import utc_now
from goodstanding.ledger.queries import (
    changed_facts_of,
    fact_counts,
    fact_history,
    facts_of,
    imports_by_id,
)
from goodstanding.ledger.types import ChangedFact, FactVersion, FactView
from goodstanding.parties.operations import reveal_personal
from goodstanding.parties.queries import (
    BusinessFilter,
    BusinessRow,
    Facets,
    business_facets,
    party_as_of,
)
from goodstanding.parties.queries import businesses as listed_businesses
from goodstanding.web.cells import words
from goodstanding.web.listing import ListShape, ListSource, filter_chips, list_rows, render_list
from goodstanding.web.moment import Moment, moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.businesses.detail import (
    ANSWER,
    RevealForm,
    business_page,
    provenance_of_facts,
)
from goodstanding.web.pages.businesses.provenance import provenance_of_list
from goodstanding.web.pages.businesses.words import DESKS, KINDS, attribute_words
from goodstanding.web.types import ChipGroup, Column, Empty, Signal

REGION_CHIPS = 8

COLUMNS = (
    Column("name", "Business", sortable=True),
    Column("kind", "Kind", value=lambda row: KINDS[row.kind]),
    Column("place", "Place", sortable=True),
    Column("country", "Country", kind="code"),
    Column("desk", "Desk", value=lambda row: DESKS[row.desk]),
    Column("connected", "Connected", kind="number"),
    Column("facts", "Facts", kind="number"),
    Column("effective_at", "Version since", kind="date", sortable=True,
           value=lambda row: row.effective_at.date()),
    Column("identifier", "Identifier"),
)  # fmt: skip
EMPTY = Empty(
    "No business matches",
    "Businesses arrive with `goodstanding import MAPPING.yaml FILE`, or over the API. Take a"
    " filter away, or look for part of a name, a whole identifier or an id.",
    action="See imports",
    url="/imports/",
    icon="businesses",
)
# What the narrower page leaves out; the exports say it.
ONLY_EXPORTED = {"country"}


def _shape(request: HttpRequest) -> ListShape:
    """The list of businesses; its exports carry every column."""
    is_export = "format" in request.GET
    return ListShape(
        name="businesses",
        caption="Businesses",
        sort="name",
        columns=[column for column in COLUMNS if is_export or column.key not in ONLY_EXPORTED],
        row_url=lambda row: reverse("business", args=[row.party_id]),
        row_id=lambda row: row.party_id,
        empty=EMPTY,
    )


@dataclass(frozen=True, slots=True)
class ShownBusiness:
    """A row of the list with its number of facts."""

    row: BusinessRow
    facts: int

    def __getattr__(self, name: str) -> Any:
        """What the row says."""
        return getattr(self.row, name)


@dataclass(frozen=True, slots=True)
class BusinessList:
    """The businesses of a filter, as a list page takes them."""

    wanted: BusinessFilter
    moment: Moment
    facets: Facets

    def count(self) -> int:
        """How many there are, exactly."""
        return self.facets.total

    def rows(self, *, start: int, stop: int, sort: str) -> Sequence[ShownBusiness]:
        """Those from `start` up to `stop`, with how many facts each has."""
        instants = {"as_of": self.moment.as_of, "known_at": self.moment.known_at}
        found = listed_businesses(wanted=self.wanted, **instants, sort=sort, start=start, stop=stop)
        counts = fact_counts(party_ids=[row.party_id for row in found], **instants)
        return [ShownBusiness(row, counts.get(row.party_id, 0)) for row in found]


@page(verb="parties.see_businesses")
@require_GET
def businesses(request: HttpRequest) -> HttpResponse:
    """Every business that the filters leave."""
    moment = moment_of(request)
    wanted = BusinessFilter(
        text=request.GET.get("q", ""),
        desk=request.GET.get("desk", ""),
        kind=request.GET.get("kind", ""),
        region=request.GET.get("region", ""),
    )
    facets = business_facets(wanted=wanted, as_of=moment.as_of, known_at=moment.known_at)
    listing = list_rows(
        request,
        shape=_shape(request),
        source=BusinessList(wanted, moment, facets),
        chips=_chips(request, wanted, facets),
    )
    return render_list(
        request,
        "businesses/businesses.html",
        listing=listing,
        wanted=wanted,
        provenance=provenance_of_list(desk=wanted.desk),
    )


@page(verb="parties.see_businesses")
@require_GET
def business(request: HttpRequest, party_id: UUID) -> HttpResponse:
    """Who this is, what happened, and what hangs together with it."""
    return render(request, "businesses/business.html", business_page(request, party_id))


@page(verb="parties.read_personal")
@require_POST
def personal_values(request: HttpRequest, party_id: UUID) -> HttpResponse:
    """Show what is personal, once, for a reason, with a line in the audit trail."""
    form = RevealForm(request.POST)
    if not form.is_valid():
        context = business_page(request, party_id, reveal_form=form)
        return render(request, "businesses/business.html", context, status=422)
    values = reveal_personal(
        party_id=party_id,
        reason=form.cleaned_data["reason"],
        by=person_of(request).email,
        at=utc_now(),
    )
    context = business_page(request, party_id, revealed=values)
    return render(request, "businesses/business.html", context)


FACTS = ListShape(
    name="facts",
    caption="Facts",
    sort="-effective_at",
    columns=(
        Column("kind", "What", value=lambda row: words(row.kind)),
        Column("effective_at", "Took effect", kind="instant", sortable=True),
        Column("recorded_at", "Known since", kind="instant", sortable=True),
        Column("amount", "Amount", kind="money", value=lambda row: row.amount),
        Column("attributes", "Details",
               value=lambda row: attribute_words(row.attributes, currency=row.currency)),
        Column("version_no", "Version", kind="number"),
        Column("subject", "Subject", kind="code"),
        Column("source", "Source", kind="tag",
               value=lambda row: f"{row.source}, simulated" if row.simulated else row.source),
    ),
    row_url=lambda row: reverse("business_fact", args=[row.party_id, row.fact_id]),
    row_id=lambda row: row.fact_id,
    empty=Empty(
        "Nothing happened by then",
        "Facts come with imports; at this moment none was known. Look from now to see all.",
        icon="businesses",
    ),
)  # fmt: skip


@page(verb="ledger.see_facts")
@require_GET
def facts(request: HttpRequest, party_id: UUID) -> HttpResponse:
    """Everything that happened to a business, as of and as known."""
    moment = moment_of(request)
    shown = party_as_of(party_id=party_id, as_of=moment.as_of, known_at=moment.known_at)
    every = _facts(party_id, moment)
    kind = request.GET.get("kind", "")
    counts = Counter(fact.kind for fact in every)
    chips = filter_chips(
        request, parameter="kind", label="What",
        choices=[(name, words(name), count) for name, count in sorted(counts.items())],
        everything="Everything",
    )  # fmt: skip
    kept = [fact for fact in every if kind in {"", fact.kind}]
    listing = list_rows(request, shape=FACTS, source=ListSource(kept), chips=[chips])
    return render_list(
        request,
        "businesses/facts.html",
        listing=listing,
        business=shown,
        changed=[
            (change, *_version_words(change.version, newest=newest))
            for change, newest in _changed(party_id, moment)
        ],
        provenance=provenance_of_facts(party_id, every, known_at=moment.known_at),
    )


@page(verb="ledger.see_facts")
@require_GET
def fact(request: HttpRequest, party_id: UUID, fact_id: UUID) -> HttpResponse:
    """One fact with all of its versions: what was said, when it was known, what corrected it."""
    moment = moment_of(request)
    shown = party_as_of(party_id=party_id, as_of=moment.as_of, known_at=moment.known_at)
    kind, subject, run_id = _fact_named(party_id, fact_id, moment)
    history = fact_history(kind=kind, subject=subject, legal_entity=shown.legal_entity)
    known = [version for version in history if version.recorded_at <= moment.known_at]
    versions = [
        (version, *_version_words(version, newest=known[-1].version_no))
        for version in reversed(known)
    ]
    context = {
        "business": shown,
        "kind": words(kind),
        "subject": subject,
        "state": versions[0][1],
        "versions": versions,
        "run": imports_by_id(run_ids=[run_id]).get(run_id) if run_id else None,
        "provenance": provenance_of_facts(
            party_id, _facts(party_id, moment), known_at=moment.known_at
        ),
    }
    return render(request, "businesses/fact.html", context)


def _fact_named(party_id: UUID, fact_id: UUID, moment: Moment) -> tuple[str, str, UUID | None]:
    """Kind, subject and import of a fact of the business, in force or corrected since."""
    for fact in _facts(party_id, moment):
        if fact.fact_id == fact_id:
            return fact.kind, fact.subject, fact.import_id
    for change, _ in _changed(party_id, moment):
        if change.version.fact_id == fact_id:
            return change.kind, change.subject, None
    raise NotFound(what="fact", key=fact_id)


def _changed(party_id: UUID, moment: Moment) -> list[tuple[ChangedFact, int]]:
    """Every version of what was corrected or retracted, with the newest version's number."""
    found = [
        change
        for change in changed_facts_of(party_id=party_id, known_at=moment.known_at)
        if change.kind != ANSWER
    ]
    newest: dict[tuple[str, str], int] = {}
    for change in found:
        key = (change.kind, change.subject)
        newest[key] = max(newest.get(key, 0), change.version.version_no)
    return [(change, newest[change.kind, change.subject]) for change in found]


def _version_words(version: FactVersion, *, newest: int) -> tuple[Signal, str]:
    """Whether the version stands, and its attributes in words."""
    details = attribute_words(version.attributes, currency=version.currency)
    if version.retracted:
        return Signal("act", "Retracted"), details
    if version.version_no < newest:
        return Signal("past", "Corrected since"), details
    return Signal("good", "In force"), details


def _facts(party_id: UUID, moment: Moment) -> list[FactView]:
    """The facts of a business but for the answer key, which is about the sample."""
    found = facts_of(party_id=party_id, as_of=moment.as_of, known_at=moment.known_at)
    return [fact for fact in found if fact.kind != ANSWER]


def _chips(request: HttpRequest, wanted: BusinessFilter, facets: Facets) -> list[ChipGroup]:
    regions = sorted(facets.regions.items(), key=lambda item: (-item[1], item[0]))
    shown = [item for item in regions[:REGION_CHIPS] if item[0] != wanted.region]
    if wanted.region:
        shown = [(wanted.region, facets.regions.get(wanted.region, 0)), *shown]
    return [
        filter_chips(
            request, parameter="desk", label="Desk", everything="Every desk",
            choices=[(desk, name, facets.desks.get(desk, 0)) for desk, name in DESKS.items()],
        ),
        filter_chips(
            request, parameter="kind", label="Kind", everything="Every kind",
            choices=[
                (kind, name, facets.kinds[kind])
                for kind, name in KINDS.items()
                if kind in facets.kinds
            ],
        ),
        filter_chips(
            request, parameter="region", label="State", everything="Every state",
            choices=[(region, region, count) for region, count in shown],
        ),
    ]  # fmt: skip
