"""Shapes of the deadlines room: a clock, its pauses, what is due and how it came about."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID


class ClockKind(StrEnum):
    """How a clock counts."""

    ELAPSED = "elapsed"
    BUSINESS_TIME = "business_time"
    BUSINESS_DAYS = "business_days"
    CALENDAR_DAYS = "calendar_days"
    CALENDAR_MONTHS = "calendar_months"


class CountFrom(StrEnum):
    """Whether the date of the event is day one, or the date after it."""

    EVENT_DAY = "event_day"
    DAY_AFTER = "day_after"


class Roll(StrEnum):
    """Where a last day goes that is closed: nowhere, to the next open date, to the one before."""

    NONE = "none"
    FOLLOWING = "following"
    PRECEDING = "preceding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A kind of clock and its target.

    target is in seconds for elapsed and business_time, in open dates for business_days, in
    dates for calendar_days, in months for calendar_months. count_from, end_of_day and roll
    speak to the kinds that count dates alone: end_of_day False keeps the start's wall time on
    the last day; business_days always end at the close of their last day.
    """

    kind: ClockKind
    target: int
    count_from: CountFrom = CountFrom.DAY_AFTER
    end_of_day: bool = True
    roll: Roll = Roll.NONE

    @property
    def counts_time(self) -> bool:
        """Whether it counts time (and can be paused) rather than dates."""
        return self.kind in {ClockKind.ELAPSED, ClockKind.BUSINESS_TIME}


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedSpan:
    """[starts_at, ends_at) does not count; ends_at None: still open."""

    starts_at: datetime
    ends_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTime:
    """When a clock runs out.

    due_at is a UTC instant; the deadline is met by satisfied_at <= due_at. last_day is the local
    date that ends at due_at, for kinds that count dates with end_of_day: a measure that may take
    effect only after the period may do so at due_at itself, the first instant of the next date.
    """

    due_at: datetime
    last_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdTime:
    """When so many percent of a clock are used, and when its notice may be sent."""

    percent: int
    reached_at: datetime
    notice_at: datetime


StepState = Literal["counted", "closed", "paused", "not_counted", "rolled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedStep:
    """One stretch [starts_at, ends_at) of an explanation.

    counted and running are clock time: real time for clocks that count time, whole days for
    clocks that count dates. note says why: the holiday, the pause's reason, the roll.
    """

    starts_at: datetime
    ends_at: datetime
    state: StepState
    counted: timedelta
    running: timedelta
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How a due time came about, stretch by stretch; due None while a pause is open."""

    clock: Clock
    calendar_name: str
    calendar_version: str
    zone: str
    started_at: datetime
    steps: tuple[ExplainedStep, ...]
    due: DueTime | None

    def as_json(self) -> dict[str, Any]:
        """The explanation as JSON values: instants in ISO 8601, durations in seconds."""
        return {
            "clock": self.clock.kind.value,
            "target": self.clock.target,
            "calendar": self.calendar_name,
            "calendar_version": self.calendar_version,
            "zone": self.zone,
            "started_at": self.started_at.isoformat(),
            "due_at": None if self.due is None else self.due.due_at.isoformat(),
            "steps": [
                {
                    "from": step.starts_at.isoformat(),
                    "to": step.ends_at.isoformat(),
                    "state": step.state,
                    "counted_seconds": step.counted.total_seconds(),
                    "note": step.note,
                }
                for step in self.steps
            ],
        }


class DeadlineState(StrEnum):
    """Where a deadline stands; overdue is a miss that is still open."""

    RUNNING = "running"
    PAUSED = "paused"
    OVERDUE = "overdue"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


OPEN_STATES = frozenset({DeadlineState.RUNNING, DeadlineState.PAUSED, DeadlineState.OVERDUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A deadline as it stands at an instant.

    due_at is None while paused. open_left is open time on its calendar, negative once overdue,
    None once it has ended.
    """

    id: UUID
    subject_kind: str
    subject_id: UUID
    kind: str
    legal: bool
    provision: str
    clock: Clock
    calendar_name: str
    calendar_version: str
    zone: str
    started_at: datetime
    due_at: datetime | None
    last_day: date | None
    state: DeadlineState
    open_left: timedelta | None
    ended_at: datetime | None
    pauses: tuple[PausedSpan, ...]

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in OPEN_STATES
