"""A metric's picture: a line a segment, its interval as a band, what is immature hollow.

Import it where a picture is drawn: Altair takes half a second to load.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import altair as alt

from goodstanding.metrics.types import MetricDefinition, MetricResult, Point, Unit
from goodstanding.web.charts import ACT, SERIES, SURFACE, WATCH, ChartView, draw
from goodstanding.web.pages.metrics.figures import (
    axis_title,
    by_segment,
    figure_text,
    interval_text,
)
from goodstanding.web.pages.metrics.segments import NameSegment
from goodstanding.web.types import Column

MOST_SEGMENTS = len(SERIES)
YEAR, MONTH = 360, 27  # days at which periods are told apart by year, by month
MOST_TICKS = 7
LINE_OF_TEXT = 0.08  # of the height of a picture


def picture_of(result: MetricResult, named: NameSegment, *, url: str) -> ChartView | None:
    """The chart with its table, segments by name; None where no period has a value."""
    definition = result.definition
    scale = 100 if definition.unit is Unit.RATIO else 1
    drawn = [point for point in result.points if point.value is not None]
    segments = _largest(drawn)
    values = [_mark(point, named, scale) for point in drawn if point.segment in segments]
    if not values:
        return None
    return draw(
        alt.layer(*_layers(definition, values, [named(each) for each in segments], scale=scale)),
        title=definition.question,
        description=f"{definition.title}, {axis_title(definition)}, by period",
        columns=_columns(definition, named),
        rows=result.points,
        note=_note(result.points, left_out=len({p.segment for p in drawn}) - len(segments)),
        url=url,
    )


def period_format(periods: Sequence[date]) -> str:
    """How the time axis names periods that lie so far apart: years, months, or days."""
    days = sorted(set(periods))
    gap = min((b - a).days for a, b in pairwise(days)) if len(days) > 1 else 1
    return "%Y" if gap >= YEAR else "%b %Y" if gap >= MONTH else "%-d %b"


def _largest(points: Sequence[Point]) -> list[str]:
    """The segments with most rows, in the order of their colours."""
    rows = {segment: sum(p.n for p in found) for segment, found in by_segment(points).items()}
    return sorted(rows, key=lambda segment: (-rows[segment], segment))[:MOST_SEGMENTS]


def _mark(point: Point, named: NameSegment, scale: int) -> dict[str, Any]:
    return {
        "period": point.period.isoformat(),
        "segment": named(point.segment),
        "value": None if point.value is None else point.value * scale,
        "low": None if point.low is None else point.low * scale,
        "high": None if point.high is None else point.high * scale,
        "provisional": point.provisional,
    }


def _layers(
    definition: MetricDefinition,
    values: list[dict[str, Any]],
    segments: Sequence[str],
    *,
    scale: int,
) -> list[alt.Chart]:
    periods = [date.fromisoformat(value["period"]) for value in values]
    one_period = len(set(periods)) == 1
    base = alt.Chart(alt.Data(values=values)).encode(
        x=_across(segments) if one_period else _time_axis(periods),
        color=alt.Color("segment:N", legend=None, scale=_colours(segments)),
    )
    y = alt.Y("value:Q", title=axis_title(definition))
    interval = base.transform_filter("datum.low != null && datum.high != null").encode(
        y=alt.Y("low:Q", title=axis_title(definition)), y2="high:Q"
    )
    return [
        interval.mark_rule(strokeWidth=6, opacity=0.25, aria=False)
        if one_period
        else interval.mark_area(aria=False),
        *([] if one_period else [base.mark_line(aria=False).encode(y=y)]),
        base.transform_filter("!datum.provisional").mark_point(filled=True, aria=False).encode(y=y),
        base.transform_filter("datum.provisional")
        .mark_point(filled=True, fill=SURFACE, strokeWidth=1.5, size=44, aria=False)
        .encode(y=y),
        *(
            []
            if one_period or len(segments) == 1
            else [_names(definition, values, segments, scale=scale)]
        ),
        *_thresholds(definition, scale=scale),
    ]


def _time_axis(periods: Sequence[date]) -> alt.X:
    form = period_format(periods)
    days = [alt.DateTime(year=day.year, month=day.month, date=day.day) for day in set(periods)]
    if len(days) <= MOST_TICKS:
        axis = alt.Axis(format=form, labelOverlap=True, values=days)
    else:
        axis = alt.Axis(format=form, labelOverlap=True, tickCount=MOST_TICKS)
    return alt.X("period:T", title=None, axis=axis)


def _across(segments: Sequence[str]) -> alt.X:
    return alt.X(
        "segment:N", title=None, sort=list(segments), axis=alt.Axis(labelAngle=0, labelFlush=False)
    )


def _colours(segments: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=list(segments), range=list(SERIES[: len(segments)]))


def _names(
    definition: MetricDefinition,
    values: list[dict[str, Any]],
    segments: Sequence[str],
    *,
    scale: int,
) -> alt.Chart:
    """Each line's name above its last point, in its colour: no legend to look up."""
    last = [
        max((v for v in values if v["segment"] == segment), key=lambda v: v["period"])
        for segment in segments
    ]
    placed = _apart(last, gap=LINE_OF_TEXT * _height(definition, values, scale=scale))
    return (
        alt.Chart(alt.Data(values=placed))
        .mark_text(align="right", dy=-10, dx=6, fontWeight=600, aria=False)
        .encode(
            x=alt.X("period:T"),
            y=alt.Y("place:Q", title=axis_title(definition)),
            text="segment:N",
            color=alt.Color("segment:N", legend=None, scale=_colours(segments)),
        )
    )


def _height(definition: MetricDefinition, values: list[dict[str, Any]], *, scale: int) -> float:
    """How much the axis of values spans: from zero or below to the highest that is drawn."""
    levels = (definition.thresholds.watch, definition.thresholds.act)
    drawn = [level * scale for level in levels if level is not None]
    for value in values:
        drawn += [value[key] for key in ("value", "low", "high") if value[key] is not None]
    return float(max(0, *drawn) - min(0, *drawn))


def _apart(names: list[dict[str, Any]], *, gap: float) -> list[dict[str, Any]]:
    """The names from the lowest up, each at its value or as much higher as the one below needs."""
    placed: list[dict[str, Any]] = []
    for name in sorted(names, key=lambda each: each["value"]):
        lowest = placed[-1]["place"] + gap if placed else name["value"]
        placed.append(name | {"place": max(name["value"], lowest)})
    return placed


def _thresholds(definition: MetricDefinition, *, scale: int) -> list[alt.Chart]:
    levels = (
        ("watch", definition.thresholds.watch, WATCH),
        ("act", definition.thresholds.act, ACT),
    )
    layers: list[alt.Chart] = []
    for word, level, colour in levels:
        if level is None:
            continue
        words = f"{word} {figure_text(definition, level)}"
        line = alt.Chart(alt.Data(values=[{"level": level * scale, "words": words}]))
        layers.append(
            line.mark_rule(color=colour, strokeDash=[4, 4], aria=False).encode(y="level:Q")
        )
        layers.append(
            line.mark_text(color=colour, align="left", dy=-6, x=4, aria=False).encode(
                y="level:Q", text="words:N"
            )
        )
    return layers


def _columns(definition: MetricDefinition, named: NameSegment) -> list[Column]:
    return [
        Column("period", "Period", kind="date"),
        Column("segment", "Segment", value=lambda p: named(p.segment)),
        Column("value", definition.title, value=lambda p: figure_text(definition, p.value)),
        Column("interval", "95 % interval", value=lambda p: interval_text(definition, p)),
        Column("n", "n", kind="number"),
        Column("immature", "Not known yet", kind="number"),
    ]


def _note(points: Sequence[Point], *, left_out: int) -> str:
    waiting = sum(point.immature for point in points)
    parts = [f"n {sum(point.n for point in points):,}"]
    if any(point.low is not None for point in points):
        parts.append("bands are 95 % intervals")
    if waiting:
        parts.append(f"{waiting:,} not known yet, hollow points are provisional")
    if left_out:
        parts.append(f"{left_out} smaller segments in the table only")
    return " · ".join(parts)
