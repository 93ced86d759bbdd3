"""The kept lists of a backtest: those of each case's day, or those that the policy pins."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import polars as pl

from goodstanding.core.errors import Refusal
from goodstanding.language.types import TIMESTAMP
from goodstanding.policies.engine.backtest_figures import ListUse
from goodstanding.policies.engine.dated_lists import (
    NO_LIST,
    ListHistories,
    ListPeriod,
    kept_lists_of,
    places,
    plan_as_of,
    within,
)
from goodstanding.policies.engine.definition import ListDeclaration
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.polars_target import entering


class ListsNeedDays(Refusal):
    """The list {name} is to be read as of each case, and the history does not say when that is."""

    code = "lists_need_days"
    mend = "Name the column of the day or instant: as_of; or read the lists that the policy pins."


class ListsOfTheDay:
    """Which version of each kept list a case reads, and how many cases read which.

    A case on whose day some kept list of a compared policy had no version in force is skipped:
    live, the gate had then answered in the policy's stead.
    """

    def __init__(
        self, plan: Plan, lists: tuple[ListDeclaration, ...], histories: ListHistories | None,
        moment: datetime | str | None, *, by_day: bool,
    ) -> None:  # fmt: skip
        """Take the policy that is asked about, the lists of all that decide, their periods."""
        self._moment, self._by_day = moment, by_day
        self._histories = histories
        self._lists = {item.kept: item for item in lists} if histories is not None else {}
        self._terms = [term.name for term in plan.terms]
        self._counts: dict[tuple[str, int], int] = {}

    @classmethod
    def of(
        cls, plans: Sequence[Plan], frame: pl.LazyFrame | None, moment: datetime | str | None,
        histories: ListHistories | None,
    ) -> "ListsOfTheDay":  # fmt: skip
        """What a backtest of the first plan reads; `frame` holds the cases.

        Raises ListsNeedDays where a list is dated and no case is.
        """
        lists = tuple(item for plan in plans for item in kept_lists_of(plan))
        if histories is None or not lists or frame is None:
            return cls(plans[0], lists, None, moment, by_day=False)
        if moment is None:
            raise ListsNeedDays(field="as_of", name=lists[0].name)
        found: ListHistories = {item.kept: histories.get(item.kept, ()) for item in lists}
        given = frame.collect_schema().get(moment) if isinstance(moment, str) else None
        if isinstance(moment, str) and given is not None:
            found = _read(found, frame, moment, given)
        return cls(plans[0], lists, found, moment, by_day=given == pl.Date)

    @property
    def are_asked_for(self) -> bool:
        """Whether cases read the versions of their own day."""
        return bool(self._lists)

    def plan(self, plan: Plan) -> Plan:
        """The plan as the cases read it."""
        if not self._lists or self._histories is None:
            return plan
        return plan_as_of(plan, self._histories, by_day=self._by_day)

    def _periods(self, item: ListDeclaration) -> tuple[ListPeriod, ...]:
        return (self._histories or {}).get(item.kept, ())

    def without_cases_of_no_list(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The answers, those left out on whose day some list had no version in force."""
        for item in self._lists.values():
            lacking = places(self._moments(rows), self._periods(item)).is_null()
            if not lacking.any():
                continue
            why = pl.lit(f"{NO_LIST}{item.kept}")
            known = rows.with_columns(lacking.alias("gs_lacking"))
            rows = known.with_columns(
                pl.when("gs_lacking").then(pl.coalesce("skipped", why)).otherwise("skipped")
                .alias("skipped"),
                *(
                    pl.when(~pl.col("gs_lacking")).then(name).alias(name)
                    for name in ("outcome", *self._terms)
                ),
            ).drop("gs_lacking")  # fmt: skip
        return rows

    def _moments(self, rows: pl.DataFrame) -> pl.Series:
        if isinstance(self._moment, str):
            column = pl.col(self._moment)
            return rows.select(entering(column, TIMESTAMP, rows.schema[self._moment])).to_series()
        instant = self._moment or datetime.min.replace(tzinfo=UTC)
        naive = instant.astimezone(UTC).replace(tzinfo=None)
        return pl.repeat(naive, rows.height, dtype=pl.Datetime("us"), eager=True)

    def count(self, decided: pl.DataFrame) -> None:
        """Note which versions the cases of a batch read."""
        for kept, item in self._lists.items():
            found = places(self._moments(decided), self._periods(item)).value_counts()
            for at, cases in found.iter_rows():
                self._counts[kept, at] = self._counts.get((kept, at), 0) + cases

    def uses(self, plan: Plan, *, decided: int) -> Iterator[ListUse]:
        """The versions that cases read, by list and by time; of pinned ones every case."""
        for item in kept_lists_of(plan):
            label = item.label or item.name.replace("_", " ")
            if not self._lists:
                yield ListUse(
                    name=item.name, label=label, kept=item.kept, version=item.version, cases=decided
                )
            for at, period in enumerate(self._periods(item)):
                cases = self._counts.get((item.kept, at), 0)
                if cases:
                    yield ListUse(
                        name=item.name, label=label, kept=item.kept, version=period.version,
                        cases=cases, start=period.start, end=period.end,
                    )  # fmt: skip


def _read(
    histories: ListHistories, frame: pl.LazyFrame, moment: str, given: pl.DataType
) -> ListHistories:
    """The periods into which some case of the table falls; a plan of fewer lists is quicker."""
    column = entering(pl.col(moment), TIMESTAMP, given)
    ends = frame.select(column.min().alias("first"), column.max().alias("last")).collect()
    first, last = ends.row(0)
    if first is None or last is None:
        return histories
    return within(histories, first.replace(tzinfo=UTC), last.replace(tzinfo=UTC))
