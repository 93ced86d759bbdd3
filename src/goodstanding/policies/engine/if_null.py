"""If this field goes null tomorrow: the history decided again with one input at a time missing.

What a missing value does is the policy's own declaration; here it is counted. Source: field guide
on decisions, section 3.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from goodstanding.core.errors import Refusal
from goodstanding.language.tree import Input, Operation
from goodstanding.language.types import BOOLEAN
from goodstanding.policies.engine.backtest import Cancelled, History
from goodstanding.policies.engine.batch import Batch
from goodstanding.policies.engine.histories import ROW, numbered
from goodstanding.policies.engine.parts import with_probes
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.table import evaluate_batches
from goodstanding.policies.engine.words import IfMissing, if_missing

NOTHING = "gs_nothing"
Moves = Mapping[tuple[str, str], int]


class InputNeverMissing(Refusal):
    """The policy has no input {name} that could go missing."""

    code = "input_never_missing"
    status = 404
    mend = "Those that could are: {known}."


@dataclass(frozen=True, slots=True)
class IfNull:
    """One input: what its loss does by the text, and what it would do to the cases of a history.

    `decided` counts the cases; `missing_now` those that lack it already; `moves` counts them by
    outcome before and after. All three are 0 and empty where no history was given.
    """

    text: IfMissing
    decided: int = 0
    missing_now: int = 0
    moves: Moves = field(default_factory=dict[tuple[str, str], int])

    @property
    def changed(self) -> int:
        """Cases whose outcome would change."""
        return sum(n for (before, after), n in self.moves.items() if before != after)

    @property
    def changed_share(self) -> float | None:
        """Their share of the decided cases; None without any."""
        return self.changed / self.decided if self.decided else None

    @property
    def missing_share(self) -> float | None:
        """The share of the cases that lack the input already; None without any."""
        return self.missing_now / self.decided if self.decided else None

    @property
    def flips(self) -> tuple[tuple[str, str, int], ...]:
        """The moves that change the outcome, most cases first: before, after, cases."""
        found = [(*move, n) for move, n in self.moves.items() if move[0] != move[1]]
        return tuple(sorted(found, key=lambda item: (-item[2], item)))


@dataclass(frozen=True, slots=True)
class MissingReport:
    """Every optional input, worst first; `rows` are the cases decided, None without a history."""

    inputs: tuple[IfNull, ...]
    rows: int | None = None

    def of(self, name: str) -> IfNull:
        """One input; raises InputNeverMissing."""
        for item in self.inputs:
            if item.text.name == name:
                return item
        raise InputNeverMissing(field="input", name=name, known=_names(self.inputs))


def missing_report(
    policy: Policy,
    *,
    history: History | None = None,
    progress: Callable[[str], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> MissingReport:
    """What happens if an input goes missing everywhere tomorrow, for each that can.

    Without a history: what the text says. With one, every case is decided again without the
    input, set-wise. `progress` hears the input that is being counted.
    Raises Cancelled, and what `evaluate_batches` raises.
    """
    texts = if_missing(policy.plan)
    if history is None:
        found = tuple(IfNull(text) for text in texts)
        return MissingReport(tuple(sorted(found, key=_worst)))
    before = _before(policy.plan, history, texts)
    counted: list[IfNull] = []
    for text in texts:
        if is_cancelled():
            raise Cancelled
        if progress is not None:
            progress(text.label)
        counted.append(_counted(policy.plan, history, text, before))
    return MissingReport(tuple(sorted(counted, key=_worst)), before.height)


def cases_moved(policy: Policy, *, history: History, name: str) -> pl.DataFrame:
    """The cases whose outcome the loss of an input changes, with the history's own columns.

    `before` and `after` are the outcomes, `gs_at` the number of the row from 0.
    Raises InputNeverMissing.
    """
    texts = if_missing(policy.plan)
    if name not in {text.name for text in texts}:
        known = ", ".join(text.name for text in texts) or "none"
        raise InputNeverMissing(field="input", name=name, known=known)
    moment = history.as_of if isinstance(history.as_of, str) else None
    named = (ROW, history.key, moment, history.label, history.amount, history.loss)
    keep = tuple(dict.fromkeys(column for column in named if column))
    with_it = _outcomes(policy.plan, history, keep=keep).rename({"outcome": "before"})
    without = _outcomes(policy.plan, history, without=name, keep=(ROW,))
    moved = with_it.join(without.rename({"outcome": "after"}), on=ROW, maintain_order="left")
    return moved.filter(pl.col("before") != pl.col("after"))


def _names(inputs: Sequence[IfNull]) -> str:
    return ", ".join(item.text.name for item in inputs) or "none"


def _worst(item: IfNull) -> tuple[float, int, int, str]:
    return (
        -(item.changed_share or 0.0),
        -item.text.outcome.rank,
        -len(item.text.rules),
        item.text.name,
    )


def _before(plan: Plan, history: History, texts: Sequence[IfMissing]) -> pl.DataFrame:
    """The outcome of every case as it is, and whether it lacks each input."""
    probes = {
        f"gs_lacks_{text.name}": Operation(
            "is_null", (Input(text.name, plan.types[text.name]),), BOOLEAN
        )
        for text in texts
    }
    return _outcomes(with_probes(plan, probes), history, values=tuple(probes))


def _counted(plan: Plan, history: History, text: IfMissing, before: pl.DataFrame) -> IfNull:
    """The moves when one input is gone; where nothing hangs on it, without deciding again."""
    lacking = int(before.get_column(f"gs_lacks_{text.name}").sum())
    after = before
    if text.rules or text.models or _is_read(plan, text.name):
        after = _outcomes(plan, history, without=text.name)
    pairs = pl.DataFrame(
        {"before": before.get_column("outcome"), "after": after.get_column("outcome")}
    )
    counts = pairs.group_by("before", "after").len()
    moves = {(row[0], row[1]): int(row[2]) for row in counts.iter_rows()}
    return IfNull(text, before.height, lacking, moves)


def _is_read(plan: Plan, name: str) -> bool:
    read = [found for expression in plan.expressions for found in expression.names]
    read += [found for part in (*plan.models, *plan.cards) for found in part.reads]
    return name in plan.inputs_below(tuple(dict.fromkeys(read)))


def _outcomes(
    plan: Plan,
    history: History,
    *,
    without: str = "",
    keep: tuple[str, ...] = (),
    values: tuple[str, ...] = (),
) -> pl.DataFrame:
    """The outcome of each case that has what is required, in the order of the history."""
    bound, source = history, numbered(history)
    if without:
        source = source.with_columns(pl.lit(None).alias(NOTHING))
        bound = replace(history, columns={**history.columns, without: NOTHING})
    batch = Batch(
        as_of=bound.as_of, columns=bound.columns, keep=keep, values=values, trace="outcome"
    )
    return pl.concat(_kept(plan, source, batch, (*keep, *values)))


def _kept(
    plan: Plan, source: pl.LazyFrame, batch: Batch, columns: Sequence[str]
) -> Iterator[pl.DataFrame]:
    for part in evaluate_batches(plan, source, batch):
        decided = part.filter(pl.col("skipped").is_null())
        yield decided.select(pl.col("outcome").cast(pl.String), *columns)
