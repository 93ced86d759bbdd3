"""Moving the lines of a score over a history at once, while somebody watches.

A backtest in the worker takes any history and is kept; this answers in a moment, over a history
of some thousand rows, and keeps nothing.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from goodstanding.evidence.datasets import Dataset, history_of
from goodstanding.evidence.errors import DatasetOfAnotherPolicy, HistoryTooLong
from goodstanding.evidence.types import Line, LinePoint, MovedLines
from goodstanding.language.types import Kind
from goodstanding.policies.engine import Outcome, Policy
from goodstanding.policies.engine.backtest import History, backtest
from goodstanding.policies.engine.definition import Constant

MOST_ROWS = 250_000
MOST_POINTS = 48


def lines_of(policy: Policy) -> tuple[Line, ...]:
    """The named constants that divide the score's bands, lowest first; none without a score."""
    score = policy.plan.score
    if score is None:
        return ()
    constants = {item.name: item for item in policy.plan.constants}
    found: list[Line] = []
    for lower, upper in zip(score.bands, score.bands[1:], strict=False):
        name = lower.below.text.strip() if lower.below is not None else ""
        if name in constants:
            constant = constants[name]
            found.append(
                Line(
                    constant=name,
                    label=constant.label or name.replace("_", " "),
                    value=Decimal(str(constant.value)),
                    step=_step(constant),
                    below=lower.name,
                    above=upper.name,
                    vote_below=lower.outcome,
                    vote_above=upper.outcome,
                )
            )
    return tuple(found)


def _step(constant: Constant) -> Decimal:
    scale = constant.type.scale if constant.type.kind is Kind.DECIMAL else 0
    return Decimal(1).scaleb(-scale)


def move_lines(
    policy: Policy,
    *,
    dataset: Dataset,
    window: str,
    constants: Mapping[str, str],
    folder: Path,
    most_rows: int = MOST_ROWS,
) -> MovedLines:
    """Decide a window of a history by a policy with some of its constants moved.

    `constants` holds what is moved, as text; empty moves nothing. Raises WindowUnknown,
    DatasetOfAnotherPolicy, HistoryTooLong, ConstantUnknown, ConstantNotOfType, and PolicyRefused
    where the bands would not grow.
    """
    if dataset.policy != policy.name:
        raise DatasetOfAnotherPolicy(
            field="dataset", dataset=dataset.name, wanted=dataset.policy, policy=policy.name
        )
    changed = policy.with_constants(constants)
    history = history_of(dataset, window=window, folder=folder)
    _require_short(history, dataset.name, most_rows)
    flips: list[pl.DataFrame] = []
    result = backtest(changed, history, against=policy, keep_flips=flips.append)
    line = _approving(changed)
    return MovedLines(
        policy=changed,
        result=result,
        flips=pl.concat(flips),
        line=line,
        curve=() if line is None else tuple(_curve(changed, line, history)),
    )


def _require_short(history: History, dataset: str, most: int) -> None:
    source = history.source
    if not isinstance(source, pl.LazyFrame):
        raise TypeError("the history of a dataset is a lazy frame")
    rows = int(source.select(pl.len()).collect().item())
    if rows > most:
        raise HistoryTooLong(field="window", dataset=dataset, rows=f"{rows:,}", most=most)


def _approving(policy: Policy) -> Line | None:
    """The line that a case must reach to be approved, if it is a named constant."""
    mild = (None, Outcome.APPROVE)
    crossing = [
        line for line in lines_of(policy) if line.vote_above in mild and line.vote_below not in mild
    ]
    return crossing[-1] if crossing else None


def _curve(policy: Policy, line: Line, history: History) -> Iterator[LinePoint]:
    """The approved by the place of the line, from one evaluation with the line at its lowest.

    With it there, whoever is approved and scores at least `value` is approved with the line at
    `value`; this holds where nothing but the bands reads the constant, else there is no curve.
    """
    scores = _approved_at_lowest(policy, line, history)
    if scores is None:
        return
    decided, rows = scores
    if rows.is_empty():
        return
    for value in _places(rows, line):
        over = rows.filter(pl.col("score") >= value)
        yield LinePoint(
            value=value,
            approved=over.height,
            decided=decided,
            labelled=int(over["label"].is_not_null().sum()),
            bads=int(over["label"].fill_null(0).sum()),
            loss=float(over["loss"].sum() or 0.0),
        )


def _approved_at_lowest(
    policy: Policy, line: Line, history: History
) -> tuple[int, pl.DataFrame] | None:
    bottom = _lowest(policy, line, history)
    if bottom is None:
        return None
    lowest = policy.with_constants({line.constant: str(bottom)})
    if not _reads_only_in_bands(policy, lowest):
        return None
    named = [name for name in (history.label, history.loss) if name is not None]
    table = lowest.evaluate_table(
        history.source, as_of=history.as_of, columns=history.columns, keep=named
    ).table.filter(pl.col("skipped").is_null())
    label = pl.col(history.label) if history.label else pl.lit(None, dtype=pl.Int8)
    loss = pl.col(history.loss) if history.loss else pl.lit(0.0)
    approved = table.filter(pl.col("outcome").cast(pl.String) == Outcome.APPROVE.value)
    columns = (
        pl.col("score").cast(pl.Decimal(38, 9)),
        label.cast(pl.Int64).alias("label"),
        loss.cast(pl.Float64).alias("loss"),
    )
    return table.height, approved.select(*columns).filter(pl.col("score").is_not_null())


def _lowest(policy: Policy, line: Line, history: History) -> Decimal | None:
    """Where the line may stand at the lowest: above the line before it, or at the least score."""
    before: Decimal | None = None
    for other in lines_of(policy):
        if other.constant == line.constant:
            break
        before = other.value + line.step
    if before is not None:
        return before
    table = policy.evaluate_table(history.source, as_of=history.as_of, columns=history.columns)
    least = table.table["score"].min()
    return None if least is None else Decimal(str(least))


def _reads_only_in_bands(policy: Policy, other: Policy) -> bool:
    plans = (policy.plan, other.plan)
    first, second = ((plan.rules, plan.computed, plan.terms) for plan in plans)
    return first == second


def _places(rows: pl.DataFrame, line: Line) -> list[Decimal]:
    """Evenly spaced values of the line over the scores, its present value among them."""
    low, high = (Decimal(str(rows["score"].quantile(part, "nearest"))) for part in (0.0, 0.98))
    width = max((high - low) / MOST_POINTS, line.step)
    steps = int((high - low) / width)
    places = {(low + at * width).quantize(line.step) for at in range(steps + 1)}
    return sorted(places | {line.value.quantize(line.step)})
