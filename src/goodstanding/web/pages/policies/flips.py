"""Cases whose outcome changes, as lists show them: down to one record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import HttpRequest
from django.urls import reverse

from goodstanding.core.money import Money, minor_places
from goodstanding.evidence.datasets import Dataset
from goodstanding.evidence.types import GROUP, REASONS
from goodstanding.web.listing import ListShape, filter_chips
from goodstanding.web.pages.decisions.words import outcome_signal
from goodstanding.web.pages.policies.words import DONE
from goodstanding.web.types import ChipGroup, Column, Empty, Signal

CAME = {1: "bad", 0: "good", None: "unknown"}
MOVED = {"in": "Newly approved", "out": "No longer approved"}
NARROWED = (
    ("moved", "Approval", "Moved or not"),
    ("group", "Group", "Every group"),
    ("told_before", "Told as it stands", "Every reason before"),
    ("told_after", "Told as asked", "Every reason after"),
)
CAME_TRUE = {1: Signal("act", "Bad"), 0: Signal("good", "Good"), None: Signal("neutral", "Unknown")}


@dataclass(frozen=True, slots=True)
class FlippedCase:
    """One case that would be answered otherwise; `bad` is 1, 0 or None where it is not known."""

    key: str
    on: date | None
    amount: Money | None
    before: str
    after: str
    score: Decimal | None
    bad: int | None
    loss: Money | None
    url: str
    groups: Mapping[str, str]
    reasons: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def moved(self) -> str:
        """Whether it comes into approval or goes out of it; empty where neither."""
        if self.before == self.after or "approve" not in {self.before, self.after}:
            return ""
        return "in" if self.after == "approve" else "out"

    @property
    def came_true(self) -> Signal:
        """What came true of it."""
        return CAME_TRUE[self.bad]

    @property
    def amount_minor(self) -> int | None:
        """The amount, to sort by."""
        return self.amount.amount_minor if self.amount else None

    @property
    def loss_minor(self) -> int | None:
        """The loss, to sort by."""
        return self.loss.amount_minor if self.loss else None


FLIPS = ListShape(
    name="flips",
    caption="Cases that would be answered otherwise",
    columns=(
        Column("key", "Case", kind="code", sortable=True),
        Column("on", "Decided on", kind="date", sortable=True),
        Column("score", "Score", kind="number", sortable=True),
        Column("before", "As it stands", kind="signal",
               value=lambda row: outcome_signal(row.before)),
        Column("after", "As asked", kind="signal", value=lambda row: outcome_signal(row.after)),
        Column("amount_minor", "Amount", kind="money", sortable=True,
               value=lambda row: row.amount),
        Column("bad", "Came true", kind="signal", sortable=True, value=lambda row: row.came_true),
        Column("loss_minor", "Written off", kind="money", sortable=True,
               value=lambda row: row.loss),
    ),
    row_url=lambda row: row.url,
    row_id=lambda row: row.key,
    sort="-loss_minor",
    empty=Empty("Nobody flips", "Move a line further, or choose other cases.", icon="decisions"),
)  # fmt: skip


def flipped_rows(frame: pl.DataFrame, dataset: Dataset) -> list[FlippedCase]:
    """The flipped cases of a history, each with the address of its decision where it has one."""
    return [_case(row, dataset) for row in frame.iter_rows(named=True)]


def narrowed(rows: list[FlippedCase], asked: Mapping[str, str]) -> list[FlippedCase]:
    """The cases with the outcomes, the group and the reason that were asked for."""
    tests: dict[str, Callable[[FlippedCase, str], bool]] = {
        "before": lambda row, wanted: row.before == wanted,
        "after": lambda row, wanted: row.after == wanted,
        "moved": lambda row, wanted: row.moved == wanted,
        "came": lambda row, wanted: CAME[row.bad] == wanted,
        "group": lambda row, wanted: row.groups.get(asked.get("segment", "")) == wanted,
        "told_before": lambda row, wanted: wanted in row.reasons[0],
        "told_after": lambda row, wanted: wanted in row.reasons[1],
    }
    chosen = [(test, asked[name]) for name, test in tests.items() if asked.get(name)]
    return [row for row in rows if all(test(row, wanted) for test, wanted in chosen)]


def narrowing_chips(request: HttpRequest, rows: list[FlippedCase]) -> list[ChipGroup]:
    """Chips by what came true and by approval; and those that take a group or a reason away."""
    asked = dict(request.GET.items())
    chips = [
        filter_chips(
            request, parameter="after", label="As asked", everything="Every outcome",
            choices=[(outcome, DONE[outcome], count) for outcome, count in moves_of(rows)],
        ),
        filter_chips(
            request, parameter="came", label="Came true", everything="Whatever came true",
            choices=[
                (CAME[bad], signal.word, sum(row.bad == bad for row in rows))
                for bad, signal in CAME_TRUE.items()
            ],
        ),
    ]  # fmt: skip
    for name, label, everything in NARROWED:
        if asked.get(name):
            words = MOVED.get(asked[name], asked[name]) if name == "moved" else asked[name]
            count = len(narrowed(rows, {name: asked[name], "segment": asked.get("segment", "")}))
            chips.append(
                filter_chips(
                    request, parameter=name, label=label, everything=everything,
                    choices=[(asked[name], words, count)],
                )
            )  # fmt: skip
    return chips


def moves_of(rows: list[FlippedCase]) -> Iterator[tuple[str, int]]:
    """Each outcome after, with its count."""
    for outcome in ("approve", "refer", "decline"):
        count = sum(row.after == outcome for row in rows)
        if count:
            yield outcome, count


def _case(row: Mapping[str, Any], dataset: Dataset) -> FlippedCase:
    key = str(row[dataset.key])
    entity = f"{dataset.scheme}:{key}" if dataset.scheme else ""
    moment = row.get(dataset.as_of)
    return FlippedCase(
        key=key,
        on=moment if isinstance(moment, date) else None,
        amount=_money(row.get(dataset.amount or ""), dataset.currency),
        before=row["before"],
        after=row["after"],
        score=row.get("score"),
        bad=row.get(dataset.label or ""),
        loss=_money(row.get(dataset.loss or ""), dataset.currency),
        url=f"{reverse('decisions')}?{urlencode({'q': entity})}" if entity else "",
        groups={
            name.removeprefix(GROUP): text for name, text in row.items() if name.startswith(GROUP)
        },
        reasons=(tuple(row.get(REASONS[0]) or ()), tuple(row.get(REASONS[1]) or ())),
    )


def _money(amount: Decimal | None, currency: str) -> Money | None:
    if amount is None or not currency:
        return None
    return Money(int(amount.scaleb(minor_places(currency=currency))), currency)
