"""Connected exposure: businesses that are one business, and what they owe together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.core.money import Money
from goodstanding.ledger.queries import facts_of_parties
from goodstanding.ledger.types import FactView
from goodstanding.parties.queries import link_groups, parties_as_of
from goodstanding.parties.types import LinkKind
from goodstanding.web.listing import ListShape, ListSource, filter_chips, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.businesses.exposure import total_of
from goodstanding.web.pages.businesses.provenance import provenance_of_list
from goodstanding.web.pages.businesses.words import compact_money
from goodstanding.web.types import Column, Empty

KINDS = ("loan_approved", "loan_charged_off")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedGroup:
    """Businesses of the same name and place: their loans, the sums, and the first of them."""

    first: UUID
    name: str
    place: str
    businesses: int
    loans: int
    amount: Money
    written_off: Money | None

    @property
    def approved(self) -> int:
        """For sorting."""
        return self.amount.amount_minor

    @property
    def charged_off(self) -> int | None:
        """For sorting."""
        return None if self.written_off is None else self.written_off.amount_minor


GROUPS = ListShape(
    name="connected-exposure",
    caption="Connected exposure",
    sort="-approved",
    columns=(
        Column("name", "Business", sortable=True),
        Column("place", "Place", sortable=True),
        Column("businesses", "Entries", kind="number", sortable=True),
        Column("loans", "Loans", kind="number", sortable=True),
        Column(
            "approved",
            "Approved together",
            kind="money",
            sortable=True,
            value=lambda group: group.amount,
        ),
        Column(
            "charged_off",
            "Charged off",
            kind="money",
            sortable=True,
            value=lambda group: group.written_off,
        ),
    ),
    row_url=lambda group: reverse("business", args=[group.first]) + "#exposure",
    row_id=lambda group: group.first,
    empty=Empty(
        "No business has loans under several entries",
        "Groups stand here when a source names the same business, in the same place, more than"
        " once. Import loans, or take a filter away.",
        action="See imports",
        url="/imports/",
        icon="businesses",
    ),
)


@page(verb="parties.see_businesses")
@require_GET
def connected_exposure(request: HttpRequest) -> HttpResponse:
    """The same business, several loans: what do we stand to lose together?"""
    moment = moment_of(request)
    groups = _groups(as_of=moment.as_of, known_at=moment.known_at)
    lost = request.GET.get("lost", "")
    chips = filter_chips(
        request,
        parameter="lost",
        label="Charged off",
        choices=[
            ("yes", "With a charge-off", sum(group.written_off is not None for group in groups)),
            ("no", "Without", sum(group.written_off is None for group in groups)),
        ],
    )
    kept = [
        group for group in groups if not lost or (group.written_off is not None) == (lost == "yes")
    ]
    listing = list_rows(request, shape=GROUPS, source=ListSource(kept), chips=[chips])
    return render_list(
        request,
        "businesses/connected.html",
        listing=listing,
        figures=_figures(kept),
        provenance=provenance_of_list(desk="credit"),
    )


def _groups(*, as_of: datetime, known_at: datetime) -> list[ConnectedGroup]:
    """Groups of at least two businesses known by then that have at least two loans."""
    linked = link_groups(kind=LinkKind.SHARES_NAME_AND_PLACE)
    everyone = sorted({party_id for members in linked.values() for party_id in members})
    known = parties_as_of(party_ids=everyone, as_of=as_of, known_at=known_at)
    facts: dict[UUID, list[FactView]] = {}
    for fact in facts_of_parties(party_ids=everyone, as_of=as_of, known_at=known_at, kinds=KINDS):
        if fact.party_id is not None:
            facts.setdefault(fact.party_id, []).append(fact)
    found: list[ConnectedGroup] = []
    for members in linked.values():
        present = [party_id for party_id in members if party_id in known]
        loans = [fact for party_id in present for fact in facts.get(party_id, [])]
        group = _group(present, loans)
        if group is not None:
            first = known[group[0]]
            found.append(
                ConnectedGroup(
                    first=group[0],
                    name=first.name,
                    place=first.place,
                    businesses=len(present),
                    loans=group[1],
                    amount=group[2],
                    written_off=group[3],
                )
            )
    return found


def _group(
    present: Sequence[UUID], facts: Sequence[FactView]
) -> tuple[UUID, int, Money, Money | None] | None:
    approved = [fact.amount for fact in facts if fact.kind == "loan_approved" and fact.amount]
    if len(present) < 2 or len(approved) < 2:
        return None
    lost = [fact.amount for fact in facts if fact.kind == "loan_charged_off" and fact.amount]
    return present[0], len(approved), total_of(approved), total_of(lost) if lost else None


def _figures(groups: Sequence[ConnectedGroup]) -> list[tuple[str, str]]:
    if not groups:
        return []
    lost = [group.written_off for group in groups if group.written_off is not None]
    return [
        ("Groups", f"{len(groups):,}"),
        ("Loans in them", f"{sum(group.loans for group in groups):,}"),
        ("Approved together", compact_money(total_of([group.amount for group in groups]))),
        ("Charged off together", compact_money(total_of(lost)) if lost else "nothing"),
    ]
