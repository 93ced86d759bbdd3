"""Kept lists as of each case: which version was in force when, and a plan that reads that one.

The plan is rewritten, not the engines: a look-up in a list becomes a CASE over the moment of the
decision, so that every engine reads the same version, and one evaluated record too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias

import polars as pl

from goodstanding.language.expression import Expression
from goodstanding.language.tree import Branch, Case, InList, Input, Literal, Node, Operation
from goodstanding.language.types import BOOLEAN, DATE, TIMESTAMP, Cell
from goodstanding.policies.engine.definition import ListDeclaration
from goodstanding.policies.engine.plan import Computed, Plan, PlannedRule
from goodstanding.policies.engine.trees import rewritten
from goodstanding.policies.engine.values import cell_reader, read_text

NO_LIST = "list:"
"""Before the name of a kept list: why a case was skipped on whose day none was in force."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ListPeriod:
    """A version of a kept list while it was in force: from `start`, up to `end` (left out).

    `values` are texts of the list's type.
    """

    version: str
    values: tuple[str, ...]
    start: datetime
    end: datetime | None = None


ListHistories: TypeAlias = Mapping[str, tuple[ListPeriod, ...]]
"""By the name of a kept list its periods, in order, none over another."""


def in_force(versions: Sequence[ListPeriod]) -> tuple[ListPeriod, ...]:
    """Versions that may overlap as periods that do not: of several at once the last named wins."""
    cuts = sorted({each.start for each in versions} | {each.end for each in versions if each.end})
    found: list[ListPeriod] = []
    for low, high in zip(cuts, [*cuts[1:], None], strict=True):
        holding = [each for each in versions if _holds(each, low)]
        if not holding:
            continue
        last = found[-1] if found else None
        if last is not None and last.version == holding[-1].version and last.end == low:
            found[-1] = replace(last, end=high)
        else:
            found.append(replace(holding[-1], start=low, end=high))
    return tuple(found)


def _holds(period: ListPeriod, at: datetime) -> bool:
    return period.start <= at and (period.end is None or at < period.end)


def skipped_words(name: str) -> str:
    """Why cases were skipped, from what a batch says of them."""
    if name.startswith(NO_LIST):
        kept = name.removeprefix(NO_LIST)
        return f"no version of the list {kept} was in force on the day"
    return f"{name} is required and missing"


def within(histories: ListHistories, first: datetime, last: datetime) -> ListHistories:
    """The periods that some moment between two, both included, can fall into."""
    return {
        name: tuple(
            each
            for each in periods
            if each.start <= last and (each.end is None or each.end > first)
        )
        for name, periods in histories.items()
    }


def plan_as_of(plan: Plan, histories: ListHistories, *, by_day: bool) -> Plan:
    """The plan with every look-up in a kept list reading the version in force at the decision.

    `by_day` says that the moment is known by its day alone, which stands for its first instant in
    UTC. Where no version was in force another one is read: such a case is no decision, and whoever
    evaluates leaves it out (see `places`).
    """
    versions = _Versions(plan, histories, by_day=by_day)
    if not versions.trees:
        return plan

    def put(expression: Expression) -> Expression:
        if not expression.lists:
            return expression
        return Expression(rewritten(expression.tree, versions.put), expression.text)

    score = plan.score
    return replace(
        plan,
        before=tuple(_computed(item, put) for item in plan.before),
        after=tuple(_computed(item, put) for item in plan.after),
        rules=tuple(_rule(item, put) for item in plan.rules),
        score=score and replace(score, band=put(score.band)),
        terms=tuple(replace(item, expression=put(item.expression)) for item in plan.terms),
        lists={**plan.lists, **versions.members},
    )


def _computed(item: Computed, put: Callable[[Expression], Expression]) -> Computed:
    return replace(item, expression=put(item.expression))


def _rule(item: PlannedRule, put: Callable[[Expression], Expression]) -> PlannedRule:
    defaults = item.with_defaults
    return replace(item, condition=put(item.condition), with_defaults=defaults and put(defaults))


class _Versions:
    """The versions of a plan's kept lists, each a list of its own, and how one is chosen."""

    def __init__(self, plan: Plan, histories: ListHistories, *, by_day: bool) -> None:
        self._by_day = by_day
        self.members: dict[str, frozenset[Cell]] = {}
        self.trees: dict[str, list[tuple[Cell, str]]] = {}
        for item in kept_lists_of(plan):
            if histories.get(item.kept):
                self.trees[item.name] = self._steps(item, histories[item.kept])

    def _steps(
        self, item: ListDeclaration, periods: Sequence[ListPeriod]
    ) -> list[tuple[Cell, str]]:
        """From which moment on which list is read; neighbours with the same values are one."""
        found: list[tuple[Cell, str]] = []
        for period in periods:
            name = f"{item.name}@{period.version}"
            self.members[name] = frozenset(read_text(text, item.type) for text in period.values)
            if not found or self.members[found[-1][1]] != self.members[name]:
                found.append((self._cell(period.start), name))
        return found

    def _cell(self, start: datetime) -> Cell:
        return (
            cell_reader(DATE)(first_day(start)) if self._by_day else cell_reader(TIMESTAMP)(start)
        )

    def put(self, node: Node) -> Node:
        """A look-up as a search over the moments; any other node as it is."""
        if not isinstance(node, InList) or node.name not in self.trees:
            return node
        return self._search(node, self.trees[node.name])

    def _search(self, node: InList, steps: Sequence[tuple[Cell, str]]) -> Node:
        if len(steps) == 1:
            return replace(node, name=steps[0][1])
        middle = len(steps) // 2
        of = DATE if self._by_day else TIMESTAMP
        moment = Input("as_of_date" if self._by_day else "as_of", of)
        before = Operation("<", (moment, Literal(steps[middle][0], of)), BOOLEAN)
        low, high = self._search(node, steps[:middle]), self._search(node, steps[middle:])
        return Case(None, (Branch(before, low),), high, BOOLEAN)


def first_day(start: datetime) -> date:
    """The first day whose beginning in UTC is not before an instant."""
    utc = start.astimezone(UTC)
    return utc.date() if utc.time() == time() else utc.date() + _DAY


def kept_lists_of(plan: Plan) -> tuple[ListDeclaration, ...]:
    """The lists of a plan that are kept elsewhere."""
    return tuple(item for item in plan.list_declarations if item.kept)


def places(moments: pl.Series, periods: Sequence[ListPeriod]) -> pl.Series:
    """For each moment, instants in UTC without a zone, the number of its period; else NULL."""
    if not periods:
        return pl.repeat(None, len(moments), dtype=pl.Int64, eager=True)
    starts = pl.Series([_naive(each.start) for each in periods], dtype=pl.Datetime("us"))
    far = datetime(9999, 12, 31)  # noqa: DTZ001 - instants of a table in UTC
    ends = pl.Series(
        [far if each.end is None else _naive(each.end) for each in periods],
        dtype=pl.Datetime("us"),
    )
    at = starts.search_sorted(moments, side="right").cast(pl.Int64) - 1
    known = (at >= 0) & moments.is_not_null()
    inside = known & (moments < ends.gather(at.clip(0)))
    return pl.DataFrame({"at": at, "inside": inside}).select(
        pl.when("inside").then(pl.col("at")).alias("at")
    )["at"]


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
