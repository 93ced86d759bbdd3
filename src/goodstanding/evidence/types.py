"""What evidence says to other rooms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from goodstanding.policies.engine.backtest_figures import BacktestResult
from goodstanding.policies.types import Person

__all__ = [
    "BacktestRequest",
    "BacktestState",
    "BacktestSummary",
    "BacktestView",
    "Person",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRequest:
    """What to run: a version with some constants changed, over a window, against a version.

    Without `against_hash` nothing is compared; comparing a version with itself under other
    constants is how a cut-off is moved.
    """

    text_hash: str
    dataset: str
    window: str
    constants: Mapping[str, str]
    against_hash: str = ""
    engine: str = "polars"


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
