"""A metric's definition, its points, and the rows under them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Unit(StrEnum):
    """What a metric's value is measured in."""

    RATIO = "ratio"
    COUNT = "count"
    HOURS = "hours"
    DAYS = "days"
    INDEX = "index"


class Measure(StrEnum):
    """How rows become a value.

    `ratio`: sum of numerators over sum of denominators. `proportion`: the same, where each row is
    one case that did or did not (numerator 0 or 1, denominator 1), so that Wilson's interval
    holds. `count`: sum of numerators, counted in full, so without an interval. `least`: the
    smallest numerator, the row that asks first. `median`: Kaplan-Meier of `numerator` (a duration)
    where `denominator` 1 says that it ended and 0 that it goes on. `gini`: 2 AUC - 1 of
    `numerator` (a score, higher is worse) against `denominator` (1 bad, 0 good). `psi`: the
    population stability index of the bands in `numerator` against the first period's.
    `calibration`: observed bads over expected (`numerator` 0 or 1, `denominator` a probability).
    `incidence`: Aalen-Johansen, share of an event within the metric's horizon, `numerator` in
    days, `denominator` 1 event, 2 competing, 0 censored; rows of one `cluster` are drawn together.
    """

    RATIO = "ratio"
    PROPORTION = "proportion"
    COUNT = "count"
    LEAST = "least"
    MEDIAN = "median"
    GINI = "gini"
    PSI = "psi"
    CALIBRATION = "calibration"
    INCIDENCE = "incidence"


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


class Signal(StrEnum):
    """What a value asks for, by the metric's thresholds."""

    GOOD = "good"
    WATCH = "watch"
    ACT = "act"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where a value asks for attention, and from where for action, in the metric's unit."""

    watch: float | None = None
    act: float | None = None


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric as its file declares it.

    `sql` yields the rows that the metric counts: object_kind, object_id, period (a date),
    segment, numerator, denominator, mature, and where rows belong together (several of one
    business) their cluster. The same query gives the value and its drill-down,
    so that a number always agrees with the rows under it.
    """

    name: str
    title: str
    question: str
    desk: str
    version: int
    owner: str
    unit: Unit
    measure: Measure
    grain: str
    direction: Direction
    thresholds: Thresholds
    maturity: str
    source: str
    reads: tuple[str, ...]
    pair: str | None
    horizon_days: int | None
    simulated: str | None
    banner: str | None
    sql: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Point:
    """A metric's value for a period and segment, and how far it can be trusted.

    `value` is None where no row is mature. `low` and `high` bound the 95 % interval. `n` counts
    mature rows, `immature` those that cannot be known yet, and in a median or an incidence those
    of the `n` that still go on; a period with any is provisional. `chance` is what a stability
    index passes once in twenty times though nothing moved.
    """

    period: date
    segment: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    immature: int
    chance: float | None = None

    @property
    def provisional(self) -> bool:
        """Whether later knowledge may move the value."""
        return self.immature > 0


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One row under a number: a decision, a case, a fact, a finding."""

    object_kind: str
    object_id: str
    period: date
    segment: str
    numerator: float | None
    denominator: float | None
    mature: bool
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class MetricResult:
    """A metric as computed: definition, clocks, points by period and segment."""

    definition: MetricDefinition
    as_of: datetime
    known_at: datetime
    points: tuple[Point, ...]

    @property
    def latest(self) -> tuple[Point, ...]:
        """The points of the last period that has a value, one a segment."""
        valued = [point for point in self.points if point.value is not None]
        last = max((point.period for point in valued), default=None)
        return tuple(point for point in valued if point.period == last)


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A query's columns (name, type) and rows; `cut` where there were more than the limit."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    cut: bool
