"""Sums over both answers, batch by batch: quadrants, need, queues, groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from goodstanding.evidence.changes.effect_figures import (
    CLASSES,
    QUADRANTS,
    SMALL_GROUP,
    GroupEffect,
    Need,
    Quadrant,
    QueueLoad,
    QueueTerms,
)
from goodstanding.evidence.datasets import Segment
from goodstanding.policies.engine import Outcome, Policy
from goodstanding.policies.engine.backtest import History
from goodstanding.policies.engine.backtest_figures import Tally
from goodstanding.policies.engine.batch import WORD, Ballot, Masks
from goodstanding.policies.engine.definition import TermDeclaration

MONEY = pl.Decimal(38, 2)
DAYS_OF_WEEK = 7
OTHERS = "smaller groups"
FLIPS_KEPT = 10_000


def money_term(policy: Policy) -> TermDeclaration | None:
    """The first term that is money and given on approval: the limit."""
    for term in policy.plan.terms:
        declared = term.declaration
        if declared.currency and Outcome.APPROVE in declared.given_on:
            return declared
    return None


def measured(
    new: pl.DataFrame,
    old: pl.DataFrame,
    policy: Policy,
    against: Policy,
    history: History,
    propensity: str | None,
) -> pl.DataFrame:
    """Both answers side by side with the columns that are summed; skipped rows stay marked."""
    label = pl.col(history.label).cast(pl.Int64) if history.label else pl.lit(None, pl.Int64)
    models = policy.plan.models
    has_pd = bool(models) and models[0].name in new.columns
    pd = pl.col(models[0].name).cast(pl.Float64) if has_pd else pl.lit(None, pl.Float64)
    chance = pl.col(propensity).cast(pl.Float64) if propensity else pl.lit(None, pl.Float64)
    moment = history.as_of
    day = pl.col(moment).dt.weekday() if isinstance(moment, str) else pl.lit(1, pl.Int8)
    loss = _money(history.loss)
    before = old.select(
        pl.col("outcome").alias("gs_before"),
        _queue(against).alias("gs_queue_before"),
        _granted(against).alias("gs_granted_before"),
    )
    rows = new.with_columns(
        pl.col("outcome").cast(pl.String).alias("gs_after"),
        _queue(policy).alias("gs_queue_after"),
        _granted(policy).alias("gs_granted_after"),
        label.alias("gs_label"),
        _money(history.amount).alias("gs_amount"),
        loss.alias("gs_loss"),
        (loss.cast(pl.Float64) ** 2).alias("gs_loss_squares"),
        pd.alias("gs_pd"),
        chance.alias("gs_chance"),
        day.cast(pl.Int64).alias("gs_day"),
    )
    both = pl.concat([rows, before], how="horizontal")
    return both.with_columns(
        pl.col("gs_before").cast(pl.String),
        (pl.col("gs_before").cast(pl.String) == "approve").alias("gs_in_before"),
        (pl.col("gs_after") == "approve").alias("gs_in_after"),
        _class().alias("gs_class"),
    )


def _money(column: str | None) -> pl.Expr:
    if column is None:
        return pl.lit(0).cast(MONEY)
    return pl.col(column).cast(MONEY).fill_null(0)


def _class() -> pl.Expr:
    """What a case's outcome rests on: A observed, B let in by a chance, C a model, D nothing."""
    known = pl.col("gs_label").is_not_null()
    by_chance = pl.col("gs_chance") < 1
    return (
        pl.when(known & by_chance.fill_null(value=False))
        .then(pl.lit("B"))
        .when(known)
        .then(pl.lit("A"))
        .when(pl.col("gs_pd").is_not_null())
        .then(pl.lit("C"))
        .otherwise(pl.lit("D"))
    )


def _granted(policy: Policy) -> pl.Expr:
    """The money that the answer grants to an approved case, NULL where it grants none."""
    term = money_term(policy)
    if term is None:
        return pl.lit(None, MONEY)
    return pl.when(pl.col("outcome").cast(pl.String) == "approve").then(
        pl.col(term.name).cast(MONEY)
    )


def _queue(policy: Policy) -> pl.Expr:
    """The queue of a referral, as the live engine chooses it; NULL for other outcomes."""
    plan = policy.plan
    ballot = Ballot.of(plan)
    has_cancelled = "cancelled" in Masks(plan).kinds
    chosen: pl.Expr = pl.lit(plan.definition.outcomes[Outcome.REFER].queue)
    for at in reversed(range(len(plan.rules))):
        queue = plan.rules[at].declaration.queue
        votes = [
            _bit(kind, at)
            for kind, rules in (
                ("true", ballot.refer_if_true),
                ("unknown", ballot.refer_if_unknown),
            )
            if at in rules
        ]
        if queue and votes:
            voted = pl.any_horizontal(votes)
            if has_cancelled:
                voted &= ~_bit("cancelled", at)
            chosen = pl.when(voted).then(pl.lit(queue)).otherwise(chosen)
    return pl.when(pl.col("outcome").cast(pl.String) == "refer").then(chosen)


def _bit(kind: str, at: int) -> pl.Expr:
    return (pl.col(f"{kind}_{at // WORD}") & pl.lit(1 << (at % WORD), dtype=pl.Int64)) != 0


@dataclass(slots=True)
class Sums:
    """What the batches add up to; small frames, summed again at the end."""

    history: History
    segments: tuple[Segment, ...]
    need_title: str
    flipped: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.UInt32))
    _rows: int = 0
    _quadrants: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    _needs: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    _queues: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    _groups: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])

    @classmethod
    def of(
        cls, policy: Policy, against: Policy, history: History, segments: tuple[Segment, ...]
    ) -> "Sums":
        """Nothing summed yet."""
        term = money_term(policy)
        both = term is not None and money_term(against) is not None and history.amount is not None
        return cls(history, segments, (term.label or term.name) if term and both else "")

    def add(self, rows: pl.DataFrame) -> None:
        """Add one batch as `measured` lays it out."""
        indexed = rows.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("gs_index"))
        decided = indexed.filter(pl.col("skipped").is_null() & pl.col("gs_before").is_not_null())
        flips = decided.filter(pl.col("gs_before") != pl.col("gs_after"))["gs_index"]
        if self.flipped.len() < FLIPS_KEPT:
            self.flipped = self.flipped.append(flips + self._rows)
        self._rows += rows.height
        self._quadrants.append(_quadrant_sums(decided))
        self._needs.append(_need_sums(decided))
        self._queues.append(_queue_sums(decided))
        self._groups += [_group_sums(decided, segment) for segment in self.segments]

    def quadrants(self, *, lgd: Decimal | None) -> tuple[Quadrant, ...]:
        """The four, in the order of QUADRANTS."""
        table = _summed(self._quadrants, ["gs_in_before", "gs_in_after", "gs_class"])
        return tuple(
            _quadrant(name, table, before=before, after=after, lgd=lgd)
            for name, (before, after) in zip(
                QUADRANTS, ((True, True), (False, True), (True, False), (False, False)), strict=True
            )
        )

    def need(self) -> Need | None:
        """Asked for against granted; None where the policies grant no money."""
        if not self.need_title:
            return None
        found = _summed(self._needs, []).row(0, named=True)
        return Need(title=self.need_title, **found)

    def queues(
        self, known: Mapping[str, QueueTerms], *, first: date | None, last: date | None
    ) -> tuple[QueueLoad, ...]:
        """Referrals by queue and weekday, the most moved first."""
        days = (last - first).days + 1 if first and last else 0
        table = _summed(self._queues, ["gs_queue_before", "gs_queue_after", "gs_day"])
        codes = {*table["gs_queue_before"], *table["gs_queue_after"]} - {None}
        found = [_load(code, table, known.get(code), weeks=days / DAYS_OF_WEEK) for code in codes]
        return tuple(sorted(found, key=lambda each: (-(each.appear + each.vanish), each.code)))

    def groups(self) -> tuple[GroupEffect, ...]:
        """Groups of each segment, the most affected first; small ones as one, without figures."""
        found: list[GroupEffect] = []
        if not self._groups:
            return ()
        table = _summed(self._groups, ["segment", "value"])
        for segment in self.segments:
            found += _groups_of(segment, table.filter(pl.col("segment") == segment.title))
        return tuple(found)


def _summed(parts: Sequence[pl.DataFrame], by: list[str]) -> pl.DataFrame:
    table = pl.concat(parts)
    figures = [
        pl.col(name).max() if name == "largest" else pl.col(name).sum()
        for name in table.columns
        if name not in by
    ]
    return table.group_by(by).agg(figures) if by else table.select(figures)


def _quadrant_sums(decided: pl.DataFrame) -> pl.DataFrame:
    unknown = pl.col("gs_label").is_null()
    weight = 1 / pl.col("gs_chance")
    return decided.group_by("gs_in_before", "gs_in_after", "gs_class").agg(
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("gs_amount").sum().alias("amount"),
        pl.col("gs_label").count().cast(pl.Int64).alias("labelled"),
        pl.col("gs_label").sum().alias("bads"),
        pl.col("gs_pd").sum().alias("expected"),
        pl.col("gs_pd").count().cast(pl.Int64).alias("scored"),
        (pl.col("gs_pd") * pl.col("gs_amount").cast(pl.Float64)).sum().alias("expected_exposure"),
        pl.col("gs_loss").sum().alias("loss"),
        pl.col("gs_loss_squares").sum().alias("squares"),
        pl.col("gs_loss").cast(pl.Float64).max().alias("largest"),
        pl.col("gs_amount").filter(unknown).sum().alias("unknown_amount"),
        weight.filter(pl.col("gs_class") == "B").sum().alias("weight"),
        (weight * pl.col("gs_label")).filter(pl.col("gs_class") == "B").sum().alias("weighted"),
    )


def _quadrant(
    name: str, table: pl.DataFrame, *, before: bool, after: bool, lgd: Decimal | None
) -> Quadrant:
    part = table.filter((pl.col("gs_in_before") == before) & (pl.col("gs_in_after") == after))
    by_class: dict[str, int] = dict.fromkeys(CLASSES, 0)
    by_class.update(part.select("gs_class", "n").iter_rows())
    columns = [name for name in part.columns if not name.startswith("gs_")]
    sums = part.select(
        pl.col(each).max() if each == "largest" else pl.col(each).sum() for each in columns
    ).row(0, named=True)
    is_scored = sums["n"] == 0 or sums["scored"] > 0
    return Quadrant(
        name=name,
        tally=Tally(
            n=sums["n"],
            amount=Decimal(sums["amount"] or 0),
            labelled=sums["labelled"],
            bads=sums["bads"],
            expected=sums["expected"] if sums["scored"] else None,
            loss=Decimal(sums["loss"] or 0),
            loss_squares=sums["squares"],
            loss_largest=sums["largest"] or 0.0,
        ),
        by_class=by_class,
        unknown_amount=Decimal(sums["unknown_amount"] or 0),
        expected_loss=sums["expected_exposure"] * float(lgd) if lgd and is_scored else None,
        weighted_bad_rate=sums["weighted"] / sums["weight"] if sums["weight"] else None,
    )


def _need_sums(decided: pl.DataFrame) -> pl.DataFrame:
    figures: list[pl.Expr] = []
    for side in ("before", "after"):
        is_in, granted = pl.col(f"gs_in_{side}"), pl.col(f"gs_granted_{side}").fill_null(0)
        asked = pl.col("gs_amount")
        figures += [
            asked.filter(is_in).sum().alias(f"requested_{side}"),
            granted.filter(is_in).sum().alias(f"granted_{side}"),
            (is_in & (granted < asked)).sum().cast(pl.Int64).alias(f"cut_{side}"),
        ]
    return decided.select(figures)


def _queue_sums(decided: pl.DataFrame) -> pl.DataFrame:
    referred = decided.filter(
        pl.col("gs_queue_before").is_not_null() | pl.col("gs_queue_after").is_not_null()
    )
    by = ("gs_queue_before", "gs_queue_after", "gs_day")
    return referred.group_by(by).agg(pl.len().cast(pl.Int64).alias("n"))


def _load(code: str, table: pl.DataFrame, queue: QueueTerms | None, *, weeks: float) -> QueueLoad:
    was, will = pl.col("gs_queue_before") == code, pl.col("gs_queue_after") == code

    def by_day(side: pl.Expr) -> tuple[int, ...]:
        counts = dict(table.filter(side).group_by("gs_day").agg(pl.col("n").sum()).iter_rows())
        return tuple(counts.get(day, 0) for day in range(1, DAYS_OF_WEEK + 1))

    def only(side: pl.Expr, other: pl.Expr) -> int:
        return int(table.filter(side & ~other.fill_null(value=False))["n"].sum())

    return QueueLoad(
        code=code,
        queue=queue,
        before=by_day(was),
        after=by_day(will),
        appear=only(will, was),
        vanish=only(was, will),
        weeks=weeks,
    )


def _group_sums(decided: pl.DataFrame, segment: Segment) -> pl.DataFrame:
    flips = pl.col("gs_before") != pl.col("gs_after")
    return (
        decided.group_by(group_value(segment).alias("value"))
        .agg(
            pl.len().cast(pl.Int64).alias("n"),
            pl.col("gs_in_before").sum().cast(pl.Int64).alias("approved_before"),
            pl.col("gs_in_after").sum().cast(pl.Int64).alias("approved_after"),
            flips.sum().cast(pl.Int64).alias("flips"),
        )
        .with_columns(pl.lit(segment.title).alias("segment"))
    )


def group_value(segment: Segment) -> pl.Expr:
    """The name of the group that a case is of."""
    column = pl.col(segment.column)
    if not segment.edges:
        return column.cast(pl.String).fill_null("not given")
    found: pl.Expr = pl.lit(f"{segment.edges[-1]:,} or more")
    for low, high in reversed(list(zip((None, *segment.edges), segment.edges, strict=False))):
        words = f"below {high:,}" if low is None else f"{low:,} to under {high:,}"
        found = pl.when(column < high).then(pl.lit(words)).otherwise(found)
    return pl.when(column.is_null()).then(pl.lit("not given")).otherwise(found)


def _groups_of(segment: Segment, table: pl.DataFrame) -> Iterator[GroupEffect]:
    large = [
        GroupEffect(segment=segment.title, **_counts(row))
        for row in table.filter(pl.col("n") >= SMALL_GROUP).iter_rows(named=True)
    ]
    yield from sorted(large, key=lambda each: (-abs(each.change), each.value))
    small = table.height - len(large)
    if small:
        yield GroupEffect(
            segment=segment.title, value="1 smaller group" if small == 1 else f"{small} {OTHERS}",
            n=None, approved_before=None, approved_after=None, flips=None,
        )  # fmt: skip


def _counts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "segment"}
