"""Read metrics: the latest computed, a moment of the past, and the rows under a number."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import msgspec

from goodstanding.metrics.catalogue import catalogue, metric_named
from goodstanding.metrics.compute import compute_metric, metric_rows, signal_of
from goodstanding.metrics.lake import open_lake, tables
from goodstanding.metrics.models import ComputedMetric, SavedQuery
from goodstanding.metrics.operations import expected_tables
from goodstanding.metrics.sandbox import run_query
from goodstanding.metrics.types import (
    MetricDefinition,
    MetricResult,
    MetricRow,
    Point,
    QueryResult,
    Signal,
)

QUERY_MEMORY_MB = 1024


@dataclass(frozen=True, slots=True)
class MetricCard:
    """A metric as the overview shows it: its last numbers, what they ask for, and their path.

    `latest` holds the last period, a point a segment, the one that asks for most first.
    """

    definition: MetricDefinition
    latest: tuple[Point, ...]
    signal: Signal
    computed_at: datetime | None
    path: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class RowsUnder:
    """The rows under a number: how many there are, and the asked page of them."""

    total: int
    rows: tuple[MetricRow, ...]


@dataclass(frozen=True, slots=True)
class LakeTableState:
    """A table of the lake as its page shows it."""

    name: str
    rows: int
    files: int
    bytes: int
    columns: tuple[tuple[str, str], ...]
    below_xid: int


def every_metric() -> list[str]:
    """The names of all metrics."""
    return list(catalogue())


def metric_definitions(*, desk: str | None = None) -> list[MetricDefinition]:
    """All metrics, or those of a desk, in the order of their files."""
    return [found for found in catalogue().values() if desk in {None, found.desk}]


def metric_cards(*, desk: str | None = None) -> list[MetricCard]:
    """The metrics with their last computed numbers."""
    return [_card(definition) for definition in metric_definitions(desk=desk)]


def latest_result(*, name: str) -> MetricResult | None:
    """The metric as last computed; None before the first time."""
    definition = metric_named(name)
    row = ComputedMetric.objects.filter(metric=name).order_by("-known_at").first()
    if row is None:
        return None
    points = msgspec.convert(row.points, tuple[Point, ...])
    return MetricResult(definition, row.as_of, row.known_at, points)


def result_at(*, name: str, folder: Path, as_of: datetime, known_at: datetime) -> MetricResult:
    """The metric computed now for a moment of the past."""
    with open_lake(folder, expected=expected_tables()) as lake:
        return compute_metric(metric_named(name), lake, as_of=as_of, known_at=known_at)


def rows_under(
    *,
    name: str,
    folder: Path,
    as_of: datetime,
    known_at: datetime,
    period: date | None,
    segment: str | None,
    limit: int | None = 100,
    offset: int = 0,
) -> RowsUnder:
    """The rows that a number counts, by the same query that computed it."""
    with open_lake(folder, expected=expected_tables()) as lake:
        total, rows = metric_rows(
            metric_named(name),
            lake,
            as_of=as_of,
            known_at=known_at,
            period=period,
            segment=segment,
            limit=limit,
            offset=offset,
        )
    return RowsUnder(total, tuple(rows))


def query_lake(*, text: str, folder: Path, seconds: float = 10, limit: int = 1000) -> QueryResult:
    """A person's own SELECT on the lake, within limits."""
    with open_lake(folder, expected=expected_tables(), memory_mb=QUERY_MEMORY_MB) as lake:
        return run_query(lake, text=text, seconds=seconds, limit=limit)


def lake_state(*, folder: Path) -> list[LakeTableState]:
    """What the lake holds."""
    return [
        LakeTableState(
            name=manifest.table,
            rows=manifest.rows,
            files=len(manifest.files),
            bytes=sum(file.bytes for file in manifest.files),
            columns=manifest.columns,
            below_xid=manifest.below_xid,
        )
        for manifest in tables(folder)
    ]


def saved_queries() -> list[tuple[str, str]]:
    """The latest text of each saved query, by name."""
    rows = SavedQuery.objects.order_by("name", "-recorded_at").distinct("name")
    return [(row.name, row.text) for row in rows]


def _card(definition: MetricDefinition) -> MetricCard:
    result = latest_result(name=definition.name)
    latest = sorted(result.latest if result else (), key=lambda p: _urgency(definition, p))
    return MetricCard(
        definition=definition,
        latest=tuple(latest),
        signal=signal_of(definition, latest[0] if latest else None),
        computed_at=result.known_at if result else None,
        path=result.points if result else (),
    )


def _urgency(definition: MetricDefinition, point: Point) -> tuple[int, int, str]:
    order = [Signal.ACT, Signal.WATCH, Signal.GOOD, Signal.NONE]
    return order.index(signal_of(definition, point)), -point.n, point.segment
