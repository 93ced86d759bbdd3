"""The inventory: every version, where it stands, how long it may still decide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from goodstanding.governance.queries import inventory_at
from goodstanding.governance.types import InventoryRow, VersionKind
from goodstanding.web.listing import ListShape, ListSource, filter_chips, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.models.words import SOON_DAYS, state_signal
from goodstanding.web.types import ChipGroup, Column, Empty

BLOCKED = "finding_blocks"


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of the list: its parameter, its words, what it reads of a row, its choices."""

    parameter: str
    label: str
    read: Callable[[InventoryRow], str]
    words: Callable[[str], str]
    everything: str


def _plural(kind: str) -> str:
    return {VersionKind.POLICY: "Policies", VersionKind.MODEL: "Models"}[VersionKind(kind)]


FILTERS = (
    Filter("kind", "Kind", lambda row: row.kind.value, _plural, "Every kind"),
    Filter(
        "state",
        "State",
        lambda row: row.state.value,
        lambda value: value.replace("_", " ").capitalize(),
        "Every state",
    ),
    Filter(
        "tier",
        "Tier",
        lambda row: str(row.tier or "none"),
        lambda value: "Not assessed" if value == "none" else f"Tier {value}",
        "Every tier",
    ),
)


def _validated_on(row: InventoryRow) -> date | None:
    return row.validated_at.date() if row.validated_at else None


INVENTORY = ListShape(
    name="models",
    caption="Models and policies",
    columns=(
        Column("words", "Version", value=lambda row: f"{row.name} {row.label}"),
        Column("kind", "Kind", kind="tag", sortable=True),
        Column("state", "State", kind="signal", value=state_signal),
        Column("days_left", "Approval left", kind="number", unit="days", sortable=True),
        Column("open_findings", "Open findings", kind="number", sortable=True),
        Column("tier", "Tier", kind="number", sortable=True),
        Column("owner", "Owner", sortable=True),
        Column("use_case_title", "Use case", sortable=True),
        Column("validated_at", "Validated", kind="date", sortable=True, value=_validated_on),
    ),
    row_url=lambda row: reverse("version", args=[row.version_id]),
    empty=Empty(
        "Nothing is governed yet",
        "Versions appear when a policy is published or a model is registered."
        " If filters are set, none is like that.",
        icon="models",
    ),
)


@page(verb="governance.see_models")
def models(request: HttpRequest) -> HttpResponse:
    """What may decide, and for how long."""
    rows = inventory_at(as_of=moment_of(request).as_of)
    chosen = _filtered(request, rows, leaving_out="")
    listing = list_rows(
        request,
        shape=INVENTORY,
        source=ListSource(chosen),
        chips=[_chips(request, rows, each) for each in FILTERS],
    )
    return render_list(
        request, "models/models.html", listing=listing, state=_state(rows), rows=len(rows)
    )


def _filtered(
    request: HttpRequest, rows: Sequence[InventoryRow], *, leaving_out: str
) -> list[InventoryRow]:
    wanted = {
        each.parameter: request.GET.get(each.parameter, "")
        for each in FILTERS
        if each.parameter != leaving_out
    }
    return [
        row
        for row in rows
        if all(
            not wanted.get(each.parameter) or each.read(row) == wanted[each.parameter]
            for each in FILTERS
        )
    ]


def _chips(request: HttpRequest, rows: Sequence[InventoryRow], each: Filter) -> ChipGroup:
    """The choices that some row has, each with the number it would leave beside other filters."""
    others = _filtered(request, rows, leaving_out=each.parameter)
    counts: dict[str, int] = {}
    for value in sorted({each.read(row) for row in rows}):
        counts[value] = sum(each.read(row) == value for row in others)
    choices: list[tuple[str, str, int | None]] = [
        (value, each.words(value), count) for value, count in counts.items()
    ]
    return filter_chips(
        request,
        parameter=each.parameter,
        label=each.label,
        choices=choices,
        everything=each.everything,
    )


def _state(rows: Sequence[InventoryRow]) -> str:
    """The state of the inventory in words."""
    deciding = sum(row.may_decide for row in rows)
    ending = [row for row in rows if row.days_left is not None and row.days_left <= SOON_DAYS]
    stopped = sum(row.standing.code == BLOCKED for row in rows)
    parts = [f"{deciding} of {len(rows)} may decide"]
    if ending:
        parts.append(f"{len(ending)} end within {SOON_DAYS} days")
    if stopped:
        parts.append(f"{stopped} blocked by a finding")
    return " · ".join(parts)


def summary_of(rows: Sequence[InventoryRow]) -> dict[str, Any]:
    """The counts that the home card shows."""
    return {
        "deciding": sum(row.may_decide for row in rows),
        "all": len(rows),
        "ending": [row for row in rows if row.days_left is not None and row.days_left <= SOON_DAYS],
        "blocked": [row for row in rows if row.standing.code == BLOCKED],
    }
