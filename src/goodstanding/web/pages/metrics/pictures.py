"""A metric's picture: a line a segment, its interval as a band, what is immature hollow."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from goodstanding.metrics.types import MetricDefinition, MetricResult, Point, Unit
from goodstanding.web.charts import ACT, WATCH, ChartView, draw
from goodstanding.web.pages.metrics.figures import axis_title, figure_text, interval_text
from goodstanding.web.types import Column


def picture_of(result: MetricResult, *, url: str) -> ChartView | None:
    """The chart with its table; None where no period has a value."""
    definition = result.definition
    scale = 100 if definition.unit is Unit.RATIO else 1
    values = [_mark(point, scale) for point in result.points if point.value is not None]
    if not values:
        return None
    return draw(
        alt.layer(*_layers(definition, values, scale=scale)),
        title=definition.question,
        description=f"{definition.title}, {axis_title(definition)}, by period",
        columns=_columns(definition),
        rows=result.points,
        note=_note(result.points),
        url=url,
    )


def _mark(point: Point, scale: int) -> dict[str, Any]:
    return {
        "period": point.period.isoformat(),
        "segment": point.segment,
        "value": None if point.value is None else point.value * scale,
        "low": None if point.low is None else point.low * scale,
        "high": None if point.high is None else point.high * scale,
        "provisional": point.provisional,
    }


def _layers(
    definition: MetricDefinition, values: list[dict[str, Any]], *, scale: int
) -> list[alt.Chart]:
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("period:T", title=None),
        color=alt.Color(
            "segment:N",
            title=None,
            legend=None if len({value["segment"] for value in values}) == 1 else alt.Legend(),
        ),
    )
    y = alt.Y("value:Q", title=axis_title(definition))
    layers = [
        base.mark_area().encode(y=alt.Y("low:Q", title=axis_title(definition)), y2="high:Q"),
        base.mark_line().encode(y=y),
        base.transform_filter("datum.provisional").mark_point(filled=False).encode(y=y),
        base.transform_filter("!datum.provisional").mark_point(filled=True).encode(y=y),
    ]
    for level, colour in ((definition.thresholds.watch, WATCH), (definition.thresholds.act, ACT)):
        if level is not None:
            line = alt.Chart(alt.Data(values=[{"level": level * scale}]))
            layers.append(line.mark_rule(color=colour, strokeDash=[4, 4]).encode(y="level:Q"))
    return layers


def _columns(definition: MetricDefinition) -> list[Column]:
    return [
        Column("period", "Period", kind="date"),
        Column("segment", "Segment"),
        Column("value", definition.title, value=lambda p: figure_text(definition, p.value)),
        Column("interval", "95 % interval", value=lambda p: interval_text(definition, p)),
        Column("n", "n", kind="number"),
        Column("immature", "Not known yet", kind="number"),
    ]


def _note(points: Sequence[Point]) -> str:
    waiting = sum(point.immature for point in points)
    counted = sum(point.n for point in points)
    note = f"n {counted:,}"
    return f"{note} · {waiting:,} not known yet, hollow where provisional" if waiting else note
