"""Find decisions: by anything a person may know of them, counted exactly."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from goodstanding.core.money import Money
from goodstanding.decisions.models import Decision
from goodstanding.parties.queries import parties_as_of, parties_named

LISTED = (
    "id", "entity", "party_id", "policy", "desk", "outcome", "origin", "score", "amount_minor",
    "currency", "gate_state", "as_of", "recorded_at", "legal_entity", "actor", "arm",
    "reason_codes", "limit_minor",
)  # fmt: skip
FACETS = ("outcome", "policy", "gate_state", "desk", "origin")
NAMED_AT_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """What a list of decisions is narrowed to; empty narrows nothing.

    `text` is an id, an identifier or a part of a business name; `day` the day of recording in
    UTC; `known_at` hides what was recorded later.
    """

    text: str = ""
    outcome: str = ""
    policy: str = ""
    gate_state: str = ""
    desk: str = ""
    origin: str = ""
    day: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedDecision:
    """A decision's line in a list; `business` is the name as known at the reading."""

    id: UUID
    entity: str
    party_id: UUID | None
    business: str
    policy: str
    desk: str
    outcome: str
    origin: str
    score: Decimal | None
    amount: Money | None
    limit: Money | None
    gate_state: str
    arm: str
    reasons: str
    actor: str
    as_of: datetime
    recorded_at: datetime
    legal_entity: str

    @property
    def scheme_value(self) -> tuple[str, str]:
        """The scheme and the value of the identifier."""
        scheme, _, value = self.entity.partition(":")
        return scheme, value


@dataclass(frozen=True, slots=True)
class DecisionList:
    """The decisions of a filter, as a list page takes them: counted, sliced, named."""

    found: "QuerySet[Decision]"
    known_at: datetime

    def count(self) -> int:
        """How many there are, exactly."""
        return self.found.count()

    def rows(self, *, start: int, stop: int, sort: str) -> Sequence[ListedDecision]:
        """Those from `start` up to `stop`; newest first unless `sort` says otherwise."""
        ordered = self.found.order_by(sort or "-id", "-id").values(*LISTED)
        return listed(list(ordered[start:stop]), known_at=self.known_at)


def decisions_matching(wanted: DecisionFilter) -> "QuerySet[Decision]":
    """The decisions that the filter leaves."""
    found = Decision.objects.filter(**_exact(wanted))
    if wanted.known_at is not None:
        found = found.filter(recorded_at__lte=wanted.known_at)
    if wanted.day is not None:
        start = datetime.combine(wanted.day, time(), UTC)
        found = found.filter(recorded_at__gte=start, recorded_at__lt=start + timedelta(days=1))
    if wanted.text.strip():
        found = found.filter(_about(wanted.text.strip()))
    return found


def facet_counts(wanted: DecisionFilter) -> Mapping[str, list[tuple[str, int]]]:
    """How many decisions each value of each facet would leave, the other filters as they are.

    One pass for all facets, through the index by day, which holds them.
    """
    whatever = replace(wanted, **dict.fromkeys(FACETS, ""))
    rows = decisions_matching(whatever).order_by().values(*FACETS).annotate(count=Count("*"))
    cells = list(rows)
    return {facet: _leaving(cells, wanted, facet) for facet in FACETS}


def _leaving(
    cells: Sequence[Mapping[str, Any]], wanted: DecisionFilter, facet: str
) -> list[tuple[str, int]]:
    chosen = {name: value for name, value in _exact(wanted).items() if name != facet}
    found = Counter[str]()
    for cell in cells:
        if chosen.items() <= cell.items():
            found[cell[facet]] += cell["count"]
    return sorted(found.items())


def listed(rows: Sequence[dict[str, Any]], *, known_at: datetime) -> list[ListedDecision]:
    """The rows with the names of the businesses, read in one go."""
    party_ids = list({row["party_id"] for row in rows if row["party_id"] is not None})
    names = names_of(party_ids=party_ids, known_at=known_at)
    return [_listed(row, names.get(row["party_id"], "")) for row in rows]


def names_of(*, party_ids: Sequence[UUID], known_at: datetime) -> dict[UUID | None, str]:
    """The names of businesses as known at an instant, read some hundreds at a time."""
    return {
        party_id: party.name
        for start in range(0, len(party_ids), NAMED_AT_MOST)
        for party_id, party in parties_as_of(
            party_ids=party_ids[start : start + NAMED_AT_MOST], as_of=known_at, known_at=known_at
        ).items()
    }


def _listed(row: dict[str, Any], business: str) -> ListedDecision:
    currency = row["currency"]
    return ListedDecision(
        id=row["id"],
        entity=row["entity"],
        party_id=row["party_id"],
        business=business,
        policy=row["policy"],
        desk=row["desk"],
        outcome=row["outcome"],
        origin=row["origin"],
        score=row["score"],
        amount=_money(row["amount_minor"], currency),
        limit=_money(row["limit_minor"], currency),
        gate_state=row["gate_state"],
        arm=row["arm"],
        reasons=", ".join(row["reason_codes"]),
        actor=row["actor"],
        as_of=row["as_of"],
        recorded_at=row["recorded_at"],
        legal_entity=row["legal_entity"],
    )


def _money(amount_minor: int | None, currency: str | None) -> Money | None:
    return None if amount_minor is None or currency is None else Money(amount_minor, currency)


def _exact(wanted: DecisionFilter) -> dict[str, str]:
    return {name: getattr(wanted, name) for name in FACETS if getattr(wanted, name)}


def _about(text: str) -> Q:
    """An id of a decision or a business, an identifier with or without its scheme, or a name."""
    try:
        wanted_id = UUID(text)
    except ValueError:
        wanted_id = None
    if wanted_id is not None:
        return Q(id=wanted_id) | Q(party_id=wanted_id)
    return Q(entity=text) | Q(party_id__in=parties_named(text=text, most=NAMED_AT_MOST))
