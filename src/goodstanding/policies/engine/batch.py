"""What the batch engines share: levels, names, masks, the table that comes out.

A batch answer has one row for each row that came in, in the same order:

    outcome      approve, refer or decline; NULL where the row was skipped
    skipped      the first required input that the row lacks, else NULL
    true_0 ...   rules that are TRUE, unknown_0 ... UNKNOWN, as bits: rule i is bit i % 62 of
                 word i // 62; defaulted_0 ... and cancelled_0 ... where the policy has such
    points       sum of the points of the TRUE rules
    band         number of the score band, NULL where the score is missing
    score        the value that the bands read
    <term>       each limit, term or price, NULL where the outcome does not give it

beside the columns and values that the caller asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal, get_args

from goodstanding.core.errors import Refusal
from goodstanding.policies.engine.evaluation import Outcome
from goodstanding.policies.engine.plan import POINTS, Computed, Plan
from goodstanding.policies.engine.python_target import Votes, bits, cancellations

WORD = 62
OWN_COLUMNS = frozenset({"outcome", "skipped", "points", "band", "score"})
Engine = Literal["polars", "duckdb", "spark"]
ENGINES: Mapping[str, Engine] = {name: name for name in get_args(Engine)}
Trace = Literal["full", "outcome"]


class ColumnMissing(Refusal):
    """The table has no column {column} for the required input {name}."""

    code = "column_missing"
    mend = "Rename a column, or say which one it is: columns={{'{name}': '...'}}."


class ColumnOfWrongType(Refusal):
    """The column {column} is {given}, and the input {name} is {wanted}."""

    code = "column_type"
    mend = "Convert it before: a policy never rounds or parses a column by itself."


class EngineUnknown(Refusal):
    """There is no batch engine {engine}."""

    code = "engine_unknown"
    mend = "Use polars, duckdb or spark."


class KeptColumnMissing(Refusal):
    """The table has no column {column} to keep."""

    code = "kept_column_missing"
    mend = "Its columns are: {known}."


class KeptColumnTaken(Refusal):
    """The answer has a column {column} of its own, so the table's cannot be kept."""

    code = "kept_column_taken"
    mend = "Rename it in the table, or take it from the table by the row's place."


class ColumnOfNoInput(Refusal):
    """`columns` names the input {name}, and the policy has none of that name."""

    code = "column_of_no_input"
    mend = "Its inputs are: {known}. Write columns={{'input': 'column'}}."


class ValueUnknown(Refusal):
    """The policy computes no {name}."""

    code = "value_unknown"
    mend = "It computes: {known}."


class AsOfColumn(Refusal):
    """The policy reads the moment of the decision, and {why}."""

    code = "as_of_column"
    mend = "Give as_of: an instant with its zone, or the name of a DATE or TIMESTAMP column."


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """How a table is read and what stands in the answer.

    `as_of` is one instant for all rows or the name of a column. `columns` maps inputs to columns
    where the names differ. `keep` are columns of the source that stand in the answer as they are,
    `values` computed values and model scores to show. `is_normalised` says that values passed the
    boundary before (NFC, bounds), as in the lake, and are taken as they are.
    """

    as_of: datetime | str | None = None
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    keep: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    trace: Trace = "full"
    is_normalised: bool = False


@dataclass(frozen=True)
class Masks:
    """Names of mask columns for a plan."""

    plan: Plan

    @cached_property
    def words(self) -> int:
        """Number of words that the rules need; at least one."""
        return max(1, -(-len(self.plan.rules) // WORD))

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The masks that this policy can fill."""
        found = ["true", "unknown"]
        if any(rule.with_defaults is not None for rule in self.plan.rules):
            found.append("defaulted")
        if cancellations(self.plan):
            found.append("cancelled")
        return tuple(found)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All mask columns."""
        return tuple(f"{kind}_{word}" for kind in self.kinds for word in range(self.words))

    def rules_of(self, word: int) -> list[tuple[int, int]]:
        """The rules of a word: index in the policy, and value of the bit."""
        first = word * WORD
        last = min(first + WORD, len(self.plan.rules))
        return [(at, 1 << (at - first)) for at in range(first, last)]


def whole_mask(words: Iterable[int]) -> int:
    """One mask of any width from the words of a row, as `Decided` has it."""
    return sum(value << (WORD * at) for at, value in enumerate(words))


@dataclass(frozen=True)
class Names:
    """Column names inside of a query, which no column of the source is likely to have."""

    def of(self, name: str) -> str:
        """The column of an input, parameter or computed value."""
        return f"gs_v_{name}"

    def rule(self, at: int) -> str:
        """The column of a rule's truth, after its defaults."""
        return f"gs_r_{at}"

    def raw_rule(self, at: int) -> str:
        """The column of a rule's truth before its defaults."""
        return f"gs_q_{at}"

    def term(self, at: int) -> str:
        """The column of a term before it is known whether it is given."""
        return f"gs_t_{at}"


def levels(items: Sequence[Computed], known: Iterable[str]) -> list[list[Computed]]:
    """Computed values by depth: each level reads only what stands in the levels before it."""
    done = set(known)
    rest = list(items)
    found: list[list[Computed]] = []
    while rest:
        ready = [item for item in rest if done.issuperset(item.expression.names)]
        if not ready:
            raise AssertionError("a plan is ordered, so some value is always ready")
        found.append(ready)
        done |= {item.name for item in ready}
        rest = [item for item in rest if item not in ready]
    return found


def score_source(plan: Plan) -> str | None:
    """The name of the score's source; None without a score."""
    return plan.score.declaration.source if plan.score else None


def needed_values(plan: Plan, values: Iterable[str] = ()) -> set[str]:
    """Inputs and computed values that something evaluated in batch reads, and `values`."""
    read = set(values) | {name for expression in plan.expressions for name in expression.names}
    read |= {name for model in plan.models for name in model.reads}
    source = score_source(plan)
    return read | ({source} if source and source != POINTS else set())


@dataclass(frozen=True)
class Ballot:
    """Which rules vote for what, in lists of rule numbers: what masks mean to a batch engine."""

    decline_if_true: tuple[int, ...]
    refer_if_true: tuple[int, ...]
    decline_if_unknown: tuple[int, ...]
    refer_if_unknown: tuple[int, ...]
    cancelled_by: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, plan: Plan) -> "Ballot":
        """The ballot of a plan."""
        votes = Votes.of(plan)
        count = len(plan.rules)
        cancelled: dict[int, tuple[int, ...]] = {}
        for by, mask in cancellations(plan):
            for at in bits(mask, count):
                cancelled[at] = (*cancelled.get(at, ()), by.bit_length() - 1)
        return cls(
            decline_if_true=bits(votes.decline_if_true, count),
            refer_if_true=bits(votes.refer_if_true, count),
            decline_if_unknown=bits(votes.decline_if_unknown, count),
            refer_if_unknown=bits(votes.refer_if_unknown, count),
            cancelled_by=cancelled,
        )


def outcome_rank(outcome: Outcome | None) -> int:
    """The rank of a vote; no vote is the mildest."""
    return 0 if outcome is None else outcome.rank
