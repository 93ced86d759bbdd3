"""What a policy would have decided over history, and what another one would have changed.

Works on any table with the policy's inputs: outcomes, rules as TRUE, FALSE and UNKNOWN, money,
and, where the history has labels, rates and losses with their intervals. With a second policy,
or the same one under other constants, every row is decided twice and the flips are counted and
kept. One pass, in batches, in bounded memory.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from goodstanding.core.errors import Refusal
from goodstanding.policies.engine.backtest_figures import (
    BacktestResult,
    Comparison,
    ConstantChange,
    Evidence,
    Group,
    Move,
    RuleCount,
    Tally,
    total_of,
)
from goodstanding.policies.engine.backtest_lists import ListsOfTheDay
from goodstanding.policies.engine.batch import WORD, Batch, Engine
from goodstanding.policies.engine.dated_lists import ListHistories
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.table import Source, evaluate_batches, frame_of

Progress = Callable[[int], None]
Keep = Callable[[pl.DataFrame], None]
OUTCOMES = ("approve", "refer", "decline")
RULES_A_QUERY = 100
_SUMS = ("n", "amount", "labelled", "bads", "expected", "loss", "loss_squares")


class Cancelled(Exception):
    """Whoever asked for the work has asked to stop it."""


class CellOfHistory(Refusal):
    """The column {column} is named as the {role} and holds {given}; a {role} is {wanted}."""

    code = "cell_of_history"
    mend = "Name another column, or make one of that form in the table."


class ColumnOfHistory(Refusal):
    """The history has no column {column}, named as its {role}."""

    code = "column_of_history"
    mend = "Name one of its columns: {known}."


@dataclass(frozen=True, slots=True)
class History:
    """A table of past cases and what its columns mean.

    `label` is 1 for a bad outcome, 0 for a good one, NULL where it is not known yet; `amount` the
    exposure and `loss` what was lost, in `currency`. `everybody_was_approved` says that no case
    was declined, so that every outcome was seen whatever a policy says now. With `lists` each case
    reads the version of a kept list that was in force at its `as_of`; without, the one that the
    policy pins.
    """

    source: Source
    as_of: datetime | str | None = None
    key: str | None = None
    label: str | None = None
    amount: str | None = None
    loss: str | None = None
    currency: str = ""
    everybody_was_approved: bool = False
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    lists: ListHistories | None = None


def backtest(
    policy: Policy,
    history: History,
    *,
    against: Policy | None = None,
    engine: Engine = "polars",
    progress: Progress | None = None,
    keep_flips: Keep | None = None,
    keep_records: Keep | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> BacktestResult:
    """Decide every row of the history by `policy`, and by `against` where it is given.

    `against` is the policy as it is, `policy` the one that is asked about: a flip leads from the
    outcome of `against` to that of `policy`. `progress` hears the rows done so far; `keep_flips`
    is handed the flipped rows and `keep_records` every row, batch by batch. Raises Cancelled as
    soon as `is_cancelled` says so, ListsNeedDays, and what `evaluate_batches` raises.
    """
    _check(history)
    lists, history = _lists(policy, against, history)
    kept = _kept(history)
    tally = _Tallies(policy.plan, history, lists)
    for rows, others in _decided(policy, against, history, engine, kept, lists):
        if is_cancelled():
            raise Cancelled
        batch = _measured(rows, others, history)
        tally.add(batch)
        if keep_flips is not None and against is not None:
            keep_flips(_flips(batch, history))
        if keep_records is not None:
            keep_records(_records(batch, history, is_compared=against is not None))
        if progress is not None:
            progress(tally.rows)
    return tally.result(policy, against, engine)


def _lists(
    policy: Policy, against: Policy | None, history: History
) -> tuple[ListsOfTheDay, History]:
    """The lists that the cases read, and the history in a form that can be read twice."""
    plans = [policy.plan, *([against.plan] if against is not None else [])]
    frame = None if history.lists is None else frame_of(history.source)
    lists = ListsOfTheDay.of(plans, frame, history.as_of, history.lists)
    if frame is None or isinstance(history.source, Path | str):
        return lists, history
    return lists, replace(history, source=frame)


def _check(history: History) -> None:
    if isinstance(history.source, pl.DataFrame | pl.LazyFrame):
        known = history.source.lazy().collect_schema().names()
        for role in ("key", "label", "amount", "loss"):
            column: str | None = getattr(history, role)
            if column is not None and column not in known:
                raise ColumnOfHistory(field=role, column=column, role=role, known=", ".join(known))


def _kept(history: History) -> list[str]:
    moment = history.as_of if isinstance(history.as_of, str) else None
    named = (history.key, moment, history.label, history.amount, history.loss)
    return list(dict.fromkeys(name for name in named if name is not None))


def _decided(
    policy: Policy,
    against: Policy | None,
    history: History,
    engine: Engine,
    kept: list[str],
    lists: ListsOfTheDay,
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame | None]]:
    pd = tuple(model.name for model in policy.plan.models)[:1]
    full = Batch(as_of=history.as_of, columns=history.columns, keep=tuple(kept), values=pd)
    plan = lists.plan(policy.plan)
    found = evaluate_batches(plan, history.source, full, engine=engine)
    rows = map(lists.without_cases_of_no_list, found)
    if against is None:
        for part in rows:
            yield part, None
        return
    bare = Batch(as_of=history.as_of, columns=history.columns, trace="outcome")
    other = evaluate_batches(lists.plan(against.plan), history.source, bare, engine=engine)
    yield from aligned(rows, other)


def aligned(
    left: Iterator[pl.DataFrame], right: Iterator[pl.DataFrame]
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Batches of equal height from two answers about the same rows."""
    waiting = next(right, None)
    for part in left:
        rest = part
        while waiting is not None:
            height = min(rest.height, waiting.height)
            yield rest.head(height), waiting.head(height)
            rest, waiting = rest.slice(height), waiting.slice(height)
            if waiting.is_empty():
                waiting = next(right, None)
            if rest.is_empty():
                break


def _check_cells(rows: pl.DataFrame, history: History) -> None:
    """Refuse a column whose cells cannot be what it is named as: a figure would be wrong."""
    for role, column in (("amount", history.amount), ("loss", history.loss)):
        if column is not None and not _is_number(rows.schema[column]):
            raise CellOfHistory(
                field=role, column=column, role=role, given=str(rows.schema[column]),
                wanted="a number",
            )  # fmt: skip
    if history.label is None:
        return
    cells = rows.get_column(history.label)
    if _is_label(cells.dtype):
        cells = cells.filter(~cells.cast(pl.Float64).is_in([0.0, 1.0]))
    given = cells.drop_nulls().head(1).to_list()
    if given:
        raise CellOfHistory(
            field="label", column=history.label, role="label", given=repr(given[0]),
            wanted="1 for bad, 0 for good, or nothing while it is not known",
        )  # fmt: skip


def _is_number(of: pl.DataType) -> bool:
    return of.is_numeric() or of == pl.Null()


def _is_label(of: pl.DataType) -> bool:
    return _is_number(of) or of == pl.Boolean()


def _measured(rows: pl.DataFrame, others: pl.DataFrame | None, history: History) -> pl.DataFrame:
    """The batch with the figures that are summed, one column each."""
    _check_cells(rows, history)
    label = pl.col(history.label) if history.label else pl.lit(None)
    loss = pl.col(history.loss).cast(pl.Float64) if history.loss else pl.lit(None, dtype=pl.Float64)
    amount = _money(history.amount)
    measured = rows.with_columns(
        pl.lit(1, dtype=pl.Int64).alias("gs_n"),
        amount.alias("gs_amount"),
        label.is_not_null().cast(pl.Int64).alias("gs_labelled"),
        (label.cast(pl.Int64).fill_null(0) == 1).cast(pl.Int64).alias("gs_bads"),
        _pd_column(rows, history).alias("gs_expected"),
        _money(history.loss).alias("gs_loss"),
        (loss * loss).fill_null(0.0).alias("gs_loss_squares"),
        loss.fill_null(0.0).alias("gs_loss_largest"),
    )
    if others is None:
        return measured.with_columns(pl.col("outcome").alias("gs_before"))
    return measured.with_columns(others.get_column("outcome").alias("gs_before"))


def _money(column: str | None) -> pl.Expr:
    if column is None:
        return pl.lit(0).cast(pl.Decimal(38, 2))
    return pl.col(column).cast(pl.Decimal(38, 2)).fill_null(0)


def _pd_column(rows: pl.DataFrame, history: History) -> pl.Expr:
    """The PD of the first model, whose sum is the number of bads that it expects."""
    known = {*_kept(history), "outcome", "skipped", "points", "band", "score"}
    models = [
        name
        for name, type_ in rows.schema.items()
        if name not in known and isinstance(type_, pl.Decimal) and type_.scale == 6
    ]
    if not models:
        return pl.lit(None, dtype=pl.Float64)
    return pl.col(models[0]).cast(pl.Float64)


def _flips(batch: pl.DataFrame, history: History) -> pl.DataFrame:
    flipped = batch.filter(
        pl.col("outcome").ne_missing(pl.col("gs_before")) & pl.col("skipped").is_null()
    )
    return flipped.select(
        *_kept(history),
        pl.col("gs_before").cast(pl.String).alias("before"),
        pl.col("outcome").cast(pl.String).alias("after"),
        *(["score"] if "score" in batch.columns else []),
    )


def _records(batch: pl.DataFrame, history: History, *, is_compared: bool) -> pl.DataFrame:
    """Every case with its whole answer."""
    named = [*_kept(history), "outcome"]
    rest = [name for name in batch.columns if name not in named and not name.startswith("gs_")]
    before = [pl.col("gs_before").cast(pl.String).alias("before")] if is_compared else []
    return batch.select(*_kept(history), *before, pl.col("outcome").cast(pl.String), *rest)


class _Tallies:
    """Sums over batches, by everything that the result shows."""

    def __init__(self, plan: Plan, history: History, lists: ListsOfTheDay) -> None:
        self._plan, self._history, self._lists = plan, history, lists
        self.rows = 0
        self._moves: dict[tuple[str, str], Tally] = {}
        self._bands: dict[int | None, Tally] = {}
        self._skipped: dict[str, int] = {}
        self._rules = [_RuleTally() for _ in plan.rules]
        self._first: object = None
        self._last: object = None

    def add(self, batch: pl.DataFrame) -> None:
        """Add one batch."""
        self.rows += batch.height
        skipped = batch.filter(pl.col("skipped").is_not_null())
        for name, count in skipped.group_by("skipped").len().iter_rows():
            self._skipped[name] = self._skipped.get(name, 0) + count
        decided = batch.filter(pl.col("skipped").is_null())
        for (before, after), tally in _grouped(decided, ["gs_before", "outcome"]):
            self._moves.setdefault((before, after), Tally()).merge(tally)
        if self._plan.score is not None:
            for (band,), tally in _grouped(decided, ["band"]):
                self._bands.setdefault(band, Tally()).merge(tally)
        self._add_rules(decided)
        self._lists.count(decided)
        self._add_period(batch)

    def _add_rules(self, decided: pl.DataFrame) -> None:
        """A hundred rules a query: planning one for thousands grows faster than they do."""
        for first in range(0, len(self._rules), RULES_A_QUERY):
            self._add_some(decided, range(first, min(first + RULES_A_QUERY, len(self._rules))))

    def _add_some(self, decided: pl.DataFrame, places: range) -> None:
        wanted: list[pl.Expr] = []
        for at in places:
            bit = pl.lit(1 << (at % WORD), dtype=pl.Int64)
            true = (pl.col(f"true_{at // WORD}") & bit) != 0
            unknown = (pl.col(f"unknown_{at // WORD}") & bit) != 0
            wanted += [
                true.sum().alias(f"true_{at}"),
                unknown.sum().alias(f"unknown_{at}"),
                pl.col("gs_amount").filter(true).sum().alias(f"amount_{at}"),
                pl.col("gs_labelled").filter(true).sum().alias(f"labelled_{at}"),
                pl.col("gs_bads").filter(true).sum().alias(f"bads_{at}"),
            ]
        found = decided.select(wanted).row(0, named=True)
        for at in places:
            rule = self._rules[at]
            rule.true += found[f"true_{at}"]
            rule.unknown += found[f"unknown_{at}"]
            rule.amount += found[f"amount_{at}"] or Decimal(0)
            rule.labelled += found[f"labelled_{at}"]
            rule.bads += found[f"bads_{at}"]

    def _add_period(self, batch: pl.DataFrame) -> None:
        moment = self._history.as_of
        if not isinstance(moment, str) or batch.is_empty():
            return
        column = batch.get_column(moment)
        low: Any
        high: Any
        low, high = column.min(), column.max()
        known: Any = self._first
        self._first = low if known is None else min(known, low)
        known = self._last
        self._last = high if known is None else max(known, high)

    def result(self, policy: Policy, against: Policy | None, engine: Engine) -> BacktestResult:
        """The sums as one result."""
        history = self._history
        evidence = Evidence.OBSERVED if history.everybody_was_approved else Evidence.SELECTED
        return BacktestResult(
            policy=policy.name,
            version=policy.version,
            tree_hash=policy.tree_hash,
            engine=engine,
            rows=self.rows,
            decided=self._decided,
            skipped=dict(sorted(self._skipped.items())),
            first=_day(self._first),
            last=_day(self._last),
            currency=history.currency,
            has_labels=history.label is not None,
            has_losses=history.loss is not None,
            evidence=evidence if history.label is not None else Evidence.NONE,
            outcomes=tuple(
                Group(name=name, tally=self._after(name))
                for name in OUTCOMES
                if self._after(name).n
            ),
            bands=self._band_groups(),
            rules=tuple(self._rule_counts()),
            comparison=self._comparison(policy, against) if against else None,
            lists=tuple(self._lists.uses(self._plan, decided=self._decided)),
            has_lists_of_the_day=self._lists.are_asked_for,
        )

    @property
    def _decided(self) -> int:
        return sum(tally.n for tally in self._moves.values())

    def _after(self, outcome: str) -> Tally:
        return total_of(tally for (_, after), tally in self._moves.items() if after == outcome)

    def _band_groups(self) -> tuple[Group, ...]:
        score = self._plan.score
        if score is None:
            return ()
        found = [
            Group(name=band.name, tally=self._bands[at])
            for at, band in enumerate(score.bands)
            if at in self._bands
        ]
        if None in self._bands:
            found.append(Group(name="score missing", tally=self._bands[None]))
        return tuple(found)

    def _rule_counts(self) -> Iterator[RuleCount]:
        decided = self._decided
        for rule, tally in zip(self._plan.rules, self._rules, strict=True):
            yield RuleCount(
                id=rule.declaration.id,
                label=rule.declaration.label,
                true=tally.true,
                false=decided - tally.true - tally.unknown,
                unknown=tally.unknown,
                amount=tally.amount,
                labelled=tally.labelled,
                bads=tally.bads,
            )

    def _comparison(self, policy: Policy, against: Policy) -> Comparison:
        before = {item.name: str(item.value) for item in against.plan.constants}
        return Comparison(
            version=against.version,
            tree_hash=against.tree_hash,
            constants=tuple(
                ConstantChange(
                    name=item.name,
                    label=item.label or item.name,
                    before=before.get(item.name, ""),
                    after=str(item.value),
                )
                for item in policy.plan.constants
                if before.get(item.name) != str(item.value)
            ),
            moves=tuple(
                Move(before=before_word, after=after_word, tally=tally)
                for (before_word, after_word), tally in sorted(self._moves.items())
            ),
        )


@dataclass(slots=True)
class _RuleTally:
    true: int = 0
    unknown: int = 0
    amount: Decimal = Decimal(0)
    labelled: int = 0
    bads: int = 0


def _grouped(decided: pl.DataFrame, by: list[str]) -> Iterator[tuple[tuple[Any, ...], Tally]]:
    """The sums of each group."""
    sums = [pl.col(f"gs_{name}").sum() for name in _SUMS]
    found = decided.group_by(by).agg(*sums, pl.col("gs_loss_largest").max())
    has_pd = decided.schema["gs_expected"] != pl.Null and decided["gs_expected"].count() > 0
    for row in found.iter_rows():
        n, amount, labelled, bads, expected, loss, squares, largest = row[len(by) :]
        yield (
            row[: len(by)],
            Tally(
                n=n,
                amount=amount,
                labelled=labelled,
                bads=bads,
                expected=expected if has_pd else None,
                loss=loss,
                loss_squares=squares,
                loss_largest=largest,
            ),
        )


def _day(moment: object) -> date | None:
    if isinstance(moment, datetime):
        return moment.date()
    return moment if isinstance(moment, date) else None
