"""What a change would do, computed over a history; no Django, no database.

Two passes in batches: the backtest of both versions, then the sums that a change request adds
to it. Python decides a sample row by row, and the reasons of the flipped rows come from there.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from goodstanding.evidence.changes.effect_figures import (
    DataState,
    Effect,
    OwnTests,
    QueueTerms,
)
from goodstanding.evidence.changes.effect_sums import Sums, measured
from goodstanding.evidence.changes.parity import PARITY_ROWS, parity_of, reasons_of
from goodstanding.evidence.datasets import Segment
from goodstanding.policies.engine import Policy
from goodstanding.policies.engine.backtest import Cancelled, History, Keep, aligned, backtest
from goodstanding.policies.engine.backtest_figures import BacktestResult
from goodstanding.policies.engine.batch import Batch
from goodstanding.policies.engine.checks import check_policy
from goodstanding.policies.engine.difference import compare_policies
from goodstanding.policies.engine.embedded_tests import run_tests
from goodstanding.policies.engine.table import evaluate_batches

SLICE = 100_000
MISSING = "\0"
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """A window of a history, and what a change request reads beside a backtest."""

    dataset: str
    window: str
    history: History
    segments: tuple[Segment, ...] = ()
    propensity: str | None = None
    lgd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who computes: the code's version, the instant, the queues as they stand."""

    code_version: str
    at: datetime
    queues: Mapping[str, QueueTerms] = field(default_factory=dict[str, QueueTerms])


def effect_of(
    policy: Policy,
    against: Policy,
    cases: Cases,
    *,
    maker: Maker,
    keep_flips: Keep | None = None,
    tell: Tell = lambda _done, _total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Effect:
    """Everything that the request to replace `against` by `policy` rests on.

    `tell` hears rows done and rows in all. Raises Cancelled, and what `backtest` raises.
    """
    frozen = frozen_cases(cases)
    rows = _frame(frozen.history).height
    total = 2 * rows + min(rows, PARITY_ROWS)
    result = backtest(
        policy,
        frozen.history,
        against=against,
        keep_flips=keep_flips,
        progress=lambda done: tell(done, total),
        is_cancelled=is_cancelled,
    )
    sums = Sums.of(policy, against, frozen.history, frozen.segments)
    done = rows
    for part in _both(policy, against, frozen):
        if is_cancelled():
            raise Cancelled
        sums.add(part)
        done += part.height
        tell(done, total)
    effect = _document(policy, against, frozen, result, sums, maker)
    tell(total, total)
    return effect


def _document(
    policy: Policy,
    against: Policy,
    cases: Cases,
    result: BacktestResult,
    sums: Sums,
    maker: Maker,
) -> Effect:
    """The sums as one document, with what is decided row by row."""
    history = cases.history
    flipped, sample = _chosen(history, sums.flipped)
    return Effect(
        dataset=cases.dataset,
        window=cases.window,
        text_hash=policy.text_hash,
        against_hash=against.text_hash,
        against_label=against.version,
        code_version=maker.code_version,
        computed_at=maker.at,
        data=data_state(cases),
        lgd=cases.lgd,
        result=result,
        quadrants=sums.quadrants(lgd=cases.lgd),
        need=sums.need(),
        reasons=reasons_of(policy, against, history, flipped),
        reasons_of=flipped.height,
        queues=sums.queues(maker.queues, first=result.first, last=result.last),
        groups=sums.groups(),
        parity=parity_of(policy, history, sample, of=_frame(history).height),
        tests=_tests(policy),
        findings=_findings(policy, at=maker.at),
        changes=tuple(change.words for change in compare_policies(against, policy)),
    )


def frozen_cases(cases: Cases) -> Cases:
    """The same cases with their rows in memory, so that every figure rests on the same ones."""
    source = cases.history.source
    if not isinstance(source, pl.LazyFrame):
        return cases
    return replace(cases, history=replace(cases.history, source=source.collect()))


def data_state(cases: Cases) -> DataState:
    """What the rows are now: counts, sums, and the sha256 of all their values."""
    history = cases.history
    rows = _frame(history)
    label = rows[history.label] if history.label else None
    return DataState(
        fingerprint=fingerprint_of(rows, key=history.key),
        rows=rows.height,
        labelled=label.count() if label is not None else 0,
        bads=int(label.cast(pl.Int64).sum()) if label is not None else 0,
        amount=_sum(rows, history.amount),
        loss=_sum(rows, history.loss),
    )


def fingerprint_of(rows: pl.DataFrame, *, key: str | None) -> str:
    """The same for the same typed values, however the rows were ordered or packed."""
    names = sorted(rows.columns)
    ordered = rows.select(names).sort(key or names)
    digest = hashlib.sha256("|".join(f"{name}:{rows.schema[name]}" for name in names).encode())
    texts = [pl.col(name).cast(pl.String).fill_null(MISSING) for name in names]
    for part in ordered.iter_slices(SLICE):
        lines = part.select(pl.concat_str(texts, separator="\x1f")).to_series()
        digest.update("\n".join(lines).encode())
    return digest.hexdigest()


def _frame(history: History) -> pl.DataFrame:
    source = history.source
    if isinstance(source, pl.DataFrame):
        return source
    raise TypeError("the cases of an effect are a frame in memory")


def _sum(rows: pl.DataFrame, column: str | None) -> Decimal:
    if column is None:
        return Decimal(0)
    found: Any = rows[column].cast(pl.Decimal(38, 2)).sum()
    return Decimal(found or 0)


def _both(policy: Policy, against: Policy, cases: Cases) -> Iterator[pl.DataFrame]:
    """The rows with both answers, in batches, as `measured` lays them out."""
    history = cases.history
    meant = (history.key, history.label, history.amount, history.loss, cases.propensity)
    moment = history.as_of if isinstance(history.as_of, str) else None
    wanted = [*meant, moment, *(segment.column for segment in cases.segments)]
    keep = tuple(dict.fromkeys(name for name in wanted if name is not None))
    pd = tuple(model.name for model in policy.plan.models)[:1]
    after = Batch(as_of=history.as_of, columns=history.columns, keep=keep, values=pd)
    before = Batch(as_of=history.as_of, columns=history.columns)
    for new, old in aligned(
        evaluate_batches(policy.plan, history.source, after),
        evaluate_batches(against.plan, history.source, before),
    ):
        yield measured(new, old, policy, against, cases.history, cases.propensity)


def _chosen(history: History, flipped: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Flipped rows whose reasons are read, and the rows that are decided one by one.

    Half of the latter flip where so many do; the others are spread evenly over the history.
    """
    rows = _frame(history).with_row_index("gs_index")
    flips = rows.filter(pl.col("gs_index").is_in(flipped.head(PARITY_ROWS).implode()))
    some = flips.head(PARITY_ROWS // 2)
    others = rows.join(some, on="gs_index", how="anti")
    step = max(1, -(-others.height // max(1, PARITY_ROWS - some.height)))
    sample = pl.concat([some, others.gather_every(step)]).sort("gs_index")
    return flips.drop("gs_index"), sample.drop("gs_index")


def _tests(policy: Policy) -> OwnTests:
    report = run_tests(policy)
    return OwnTests(
        count=len(report.results), failed=tuple(result.name for result in report.failed)
    )


def _findings(policy: Policy, *, at: datetime) -> tuple[str, ...]:
    return tuple(
        f"{finding.severity.value}: {finding.message}"
        for finding in check_policy(policy, on=at.date())
        if finding.severity.value != "note"
    )
