"""Lists of businesses: found by name, id or identifier, filtered, counted exactly."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from goodstanding.core.named_sql import named_sql
from goodstanding.parties.normalise import comparable_name
from goodstanding.parties.types import Desk, PartyKind

LONGEST_LIST = 2_000_000
SORTS = frozenset({"name", "place", "effective_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessFilter:
    """What is asked for; an empty text asks for everything.

    `text` is part of a name, a whole identifier, or an id.
    """

    text: str = ""
    desk: str = ""
    kind: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class BusinessRow:
    """A business as a list shows it, in the version that held at the moment.

    `identifier` is the first of its identifiers; `connected` counts the businesses that share its
    name and place, or a bank account, phone number or e-mail address.
    """

    party_id: UUID
    name: str
    kind: PartyKind
    desk: Desk
    city: str | None
    region: str | None
    country: str | None
    identifier: str
    connected: int
    simulated: bool
    effective_at: datetime

    @property
    def place(self) -> str:
        """City and region in words."""
        return ", ".join(part for part in (self.city, self.region) if part)


@dataclass(frozen=True, slots=True)
class Facets:
    """How many businesses there are, and how many each choice of a filter would leave."""

    total: int
    desks: dict[str, int]
    kinds: dict[str, int]
    regions: dict[str, int]


def businesses(
    *,
    wanted: BusinessFilter,
    as_of: datetime,
    known_at: datetime,
    sort: str = "name",
    start: int = 0,
    stop: int = LONGEST_LIST,
) -> list[BusinessRow]:
    """The businesses from `start` up to `stop`; `sort` is a key of SORTS, `-` before it descends.

    Raises ValueError for another sort.
    """
    key = sort.removeprefix("-")
    if key not in SORTS:
        raise ValueError(f"businesses are not sorted by {key!r}")
    parameters = {
        **_parameters(wanted, as_of=as_of, known_at=known_at),
        "sort": key,
        "descending": sort.startswith("-"),
        "skipped": start,
        "last": stop,
    }
    return [_row(row) for row in named_sql("parties", "businesses").rows(parameters)]


def business_facets(*, wanted: BusinessFilter, as_of: datetime, known_at: datetime) -> Facets:
    """Exact counts: of the list itself, and of each choice with the other filters kept."""
    parameters = _parameters(wanted, as_of=as_of, known_at=known_at)
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in named_sql("parties", "business_facets").rows(parameters):
        counts[row["facet"]][row["choice"]] = row["businesses"]
    return Facets(counts["total"].get("", 0), counts["desk"], counts["kind"], counts["region"])


def _parameters(wanted: BusinessFilter, *, as_of: datetime, known_at: datetime) -> dict[str, Any]:
    text = wanted.text.strip()
    name = comparable_name(text)
    return {
        "as_of": as_of,
        "known_at": known_at,
        "any_text": not text,
        "text": text,
        "name_part": f"%{name}%" if name else None,
        "desk": wanted.desk,
        "kind": wanted.kind,
        "region": wanted.region,
    }


def _row(row: Mapping[str, Any]) -> BusinessRow:
    values: dict[str, Any] = dict(row)
    values["kind"] = PartyKind(row["kind"])
    values["desk"] = Desk(row["desk"])
    return BusinessRow(**values)
