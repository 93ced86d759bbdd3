"""What evidence says to other rooms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import polars as pl

from goodstanding.evidence.changes.effect_figures import (
    CLASSES,
    GROUP,
    QUADRANTS,
    REASONS,
    SMALL_GROUP,
    WEEKDAYS,
    DataState,
    Effect,
    GroupEffect,
    LossChange,
    Need,
    Parity,
    Quadrant,
    QueueLoad,
    QueueTerms,
    ReasonChange,
)
from goodstanding.evidence.changes.types import (
    Answered,
    ChangeAsked,
    ChangeEnding,
    ChangeState,
    ChangeSummary,
    ChangeView,
    Question,
    SignStep,
    role_of,
)
from goodstanding.policies.engine import Outcome, Policy
from goodstanding.policies.engine.backtest_figures import BacktestResult
from goodstanding.policies.types import Person
from goodstanding.validation.intervals import Interval, jeffreys_interval

__all__ = [
    "CLASSES",
    "GROUP",
    "QUADRANTS",
    "REASONS",
    "SMALL_GROUP",
    "WEEKDAYS",
    "Answered",
    "BacktestRequest",
    "BacktestState",
    "BacktestSummary",
    "BacktestView",
    "ChangeAsked",
    "ChangeEnding",
    "ChangeState",
    "ChangeSummary",
    "ChangeView",
    "DataState",
    "Effect",
    "GroupEffect",
    "Line",
    "LinePoint",
    "ListsRead",
    "LossChange",
    "MovedLines",
    "Need",
    "Parity",
    "Person",
    "Quadrant",
    "Question",
    "QueueLoad",
    "QueueTerms",
    "ReasonChange",
    "SignStep",
    "role_of",
]


class BacktestState(StrEnum):
    """Where a backtest is; derived from its rows."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self in {BacktestState.FINISHED, BacktestState.FAILED, BacktestState.CANCELLED}


class ListsRead(StrEnum):
    """Which versions of kept lists the cases of a backtest read."""

    OF_THE_DAY = "day"  # those in force at the moment of each case
    PINNED = "pinned"  # those that the version tested names


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRequest:
    """What to run: a version with some constants changed, over a window, against a version.

    Without `against_hash` nothing is compared; comparing a version with itself under other
    constants is how a cut-off is moved. `lists` says which versions of kept lists are read.
    """

    text_hash: str
    dataset: str
    window: str
    constants: Mapping[str, str]
    against_hash: str = ""
    engine: str = "polars"
    lists: ListsRead = ListsRead.OF_THE_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestSummary:
    """A backtest as lists show it."""

    run_id: UUID
    policy: str
    label: str
    text_hash: str
    dataset: str
    window: str
    constants: Mapping[str, str]
    against_label: str
    engine: str
    lists: ListsRead
    requested_by: str
    requested_at: datetime
    state: BacktestState
    rows_done: int
    rows_total: int
    ended_at: datetime | None
    seconds: float | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestView:
    """A backtest with its result, once it is finished."""

    summary: BacktestSummary
    result: BacktestResult | None
    flips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A constant that divides two bands of the score, and what each side votes for.

    `value` is the constant as the policy has it; `step` is the smallest move its type allows.
    """

    constant: str
    label: str
    value: Decimal
    step: Decimal
    below: str
    above: str
    vote_below: Outcome | None
    vote_above: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePoint:
    """The approved cases if a line stood at `value` and nothing else changed.

    `decided` are all cases of the history; `loss` is what was lost on the approved ones.
    """

    value: Decimal
    approved: int
    decided: int
    labelled: int
    bads: int
    loss: float

    @property
    def bad_rate(self) -> Interval:
        """Share of bads among the approved whose outcome is known."""
        return jeffreys_interval(events=self.bads, n=self.labelled)

    @property
    def approval_rate(self) -> float:
        """Approved among all decided."""
        return self.approved / self.decided if self.decided else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedLines:
    """A history decided as the policy stands and with some of its constants moved.

    `flips` has the cases whose outcome changes: the columns of the history that were kept, and
    `before`, `after` and `score`. `curve` is the way of the line above which a case is approved;
    empty where the policy has no such line.
    """

    policy: Policy
    result: BacktestResult
    flips: pl.DataFrame
    line: Line | None
    curve: tuple[LinePoint, ...]
