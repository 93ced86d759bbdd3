"""Computes a metric from the lake: its rows, then its points."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import sqlglot
from sqlglot.tokenizer_core import TokenType

from goodstanding.core.errors import Refusal
from goodstanding.metrics.measures import Group, chance_of, estimate, going_on
from goodstanding.metrics.types import (
    Measure,
    MetricDefinition,
    MetricResult,
    MetricRow,
    Point,
    Signal,
    Thresholds,
)

ROW_COLUMNS = (
    "object_kind",
    "object_id",
    "period",
    "segment",
    "numerator",
    "denominator",
    "mature",
)
CLUSTER = "cluster"
FEWEST_ROWS = 10
WHOLE_STATES = {Measure.COUNT, Measure.LEAST}


class MetricQueryWrong(Refusal):
    """The query of metric {name!r} gives no {column!r}, or leaves it empty in a row that counts."""

    code = "metric_query_wrong"
    mend = "Every row needs the columns that docs/metrics.md names; a mature row needs its numbers."


def compute_metric(
    definition: MetricDefinition,
    lake: duckdb.DuckDBPyConnection,
    *,
    as_of: datetime,
    known_at: datetime,
) -> MetricResult:
    """The metric's points by period and segment, as of and as known at the two instants."""
    rows = _run(definition, lake, as_of=as_of, known_at=known_at)
    columns: dict[str, Any] = rows.fetchnumpy()
    _require_whole(definition, columns)
    return MetricResult(definition, as_of, known_at, tuple(_points(definition, columns)))


def metric_rows(
    definition: MetricDefinition,
    lake: duckdb.DuckDBPyConnection,
    *,
    as_of: datetime,
    known_at: datetime,
    period: date | None = None,
    segment: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[int, list[MetricRow]]:
    """The rows under a number, in a fixed order, and how many there are in all."""
    inner, parameters = _bound(definition, as_of=as_of, known_at=known_at)
    parameters |= {"only_period": period, "only_segment": segment}
    chosen = (
        f"from ({inner}) as metric_row where ($only_period is null or period = $only_period)"
        " and ($only_segment is null or segment = $only_segment)"
    )
    total = lake.execute(f"select count(*) {chosen}", parameters).fetchall()[0][0]
    asked = {name: value for name, value in parameters.items() if not name.startswith("only_")}
    described = lake.execute(f"from ({inner}) as metric_row limit 0", asked)
    names = {column[0] for column in described.description or ()}
    columns = ", ".join((*ROW_COLUMNS, CLUSTER if CLUSTER in names else f"null as {CLUSTER}"))
    page = f" limit {int(limit)} offset {int(offset)}" if limit is not None else ""
    found = lake.execute(
        f"select {columns} {chosen}"
        f" order by period, segment, object_id, numerator, denominator{page}",
        parameters,
    ).fetchall()
    return total, [_row(values) for values in found]


def signal_of(definition: MetricDefinition, point: Point | None) -> Signal:
    """What the point asks for by the definition's thresholds.

    An estimate from fewer than FEWEST_ROWS rows asks for nothing, nor does a stability index that
    chance alone explains. Source: field guide, seller operations, section 5; model risk, section 5.
    """
    thresholds = definition.thresholds
    if point is None or point.value is None or thresholds == Thresholds():
        return Signal.NONE
    if definition.measure not in WHOLE_STATES and point.n < FEWEST_ROWS:
        return Signal.NONE
    if point.chance is not None and point.value <= point.chance:
        return Signal.GOOD
    value = point.value
    sign = -1 if definition.direction.value == "up" else 1
    if thresholds.act is not None and sign * value >= sign * thresholds.act:
        return Signal.ACT
    if thresholds.watch is not None and sign * value >= sign * thresholds.watch:
        return Signal.WATCH
    return Signal.GOOD


def _run(
    definition: MetricDefinition,
    lake: duckdb.DuckDBPyConnection,
    *,
    as_of: datetime,
    known_at: datetime,
) -> duckdb.DuckDBPyConnection:
    statement, parameters = _bound(definition, as_of=as_of, known_at=known_at)
    return lake.execute(statement, parameters)


def _bound(
    definition: MetricDefinition, *, as_of: datetime, known_at: datetime
) -> tuple[str, dict[str, Any]]:
    """The query with `:name` written `$name`, and what it asks for: the clocks, the desk."""
    pieces: list[str] = []
    position = 0
    wanted: dict[str, Any] = {}
    known = {"as_of": as_of, "known_at": known_at, "desk": definition.desk}
    tokens = sqlglot.tokenize(definition.sql, dialect="duckdb")
    for colon, word in pairwise(tokens):
        if colon.token_type is TokenType.COLON and word.text in known:
            pieces += [definition.sql[position : colon.start], f"${word.text}"]
            wanted[word.text] = known[word.text]
            position = word.end + 1
    return "".join([*pieces, definition.sql[position:]]), wanted


def _require_whole(definition: MetricDefinition, columns: Mapping[str, Any]) -> None:
    """Raise MetricQueryWrong for a column that is missing or empty where a row counts."""
    for name in ROW_COLUMNS:
        if name not in columns:
            raise MetricQueryWrong(name=definition.name, column=name)
        empty = np.ma.getmaskarray(columns[name])
        if name in {"numerator", "denominator"}:
            empty = empty & np.ma.filled(columns["mature"], fill_value=True).astype(bool)
        if empty.any():
            raise MetricQueryWrong(name=definition.name, column=name)


def _points(definition: MetricDefinition, columns: Mapping[str, Any]) -> list[Point]:
    periods = np.ma.getdata(columns["period"]).astype("datetime64[D]")
    segments = np.ma.getdata(columns["segment"]).astype(str)
    mature = np.ma.getdata(columns["mature"]).astype(bool)
    numerator, denominator = _floats(columns["numerator"]), _floats(columns["denominator"])
    cluster = np.ma.getdata(columns[CLUSTER]).astype(str) if CLUSTER in columns else None
    points: list[Point] = []
    for segment in np.unique(segments):
        here = segments == segment
        order = np.unique(periods[here])
        first = here & (periods == order[0]) & mature
        for period in order:
            among = here & (periods == period)
            counted = among & mature
            group = Group(
                numerator[counted],
                denominator[counted],
                numerator[first],
                None if cluster is None else cluster[counted],
            )
            value, low, high = estimate(definition, group)
            points.append(
                Point(
                    period=period.astype(object),
                    segment=str(segment),
                    value=value,
                    low=low,
                    high=high,
                    n=int(counted.sum()),
                    immature=int((among & ~mature).sum()) + going_on(definition, group),
                    chance=chance_of(definition, group),
                )
            )
    return points


def _floats(values: Any) -> Any:
    return np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan)


def _row(values: Sequence[Any]) -> MetricRow:
    object_kind, object_id, period, segment, numerator, denominator, mature, cluster = values
    return MetricRow(
        object_kind=object_kind,
        object_id=str(object_id),
        period=period,
        segment=segment,
        numerator=None if numerator is None else float(numerator),
        denominator=None if denominator is None else float(denominator),
        mature=bool(mature),
        cluster=cluster,
    )
