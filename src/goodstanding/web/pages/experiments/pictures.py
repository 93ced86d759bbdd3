"""The pictures of experiments: the interval of the primary metric as it narrowed.

Import it where a picture is drawn: Altair takes half a second to load.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import altair as alt

from goodstanding.evidence.experiments.types import CurvePoint, ExperimentView, Reading
from goodstanding.web.charts import ChartView, draw
from goodstanding.web.types import Column

HEIGHT = 220


@dataclass(frozen=True, slots=True)
class _Row:
    at: datetime
    n: int
    value: float
    low: float
    high: float


def curve_pictures(view: ExperimentView, reading: Reading) -> list[ChartView]:
    """One chart an arm: the metric over looks, with the band that holds at every one of them."""
    arms = [arm.name for arm in view.plan.arms[1:]]
    return [
        _curve(view, reading, arm, points)
        for arm in arms
        if (points := [point for point in reading.curve if point.arm == arm])
    ]


def _curve(
    view: ExperimentView, reading: Reading, arm: str, points: Sequence[CurvePoint]
) -> ChartView:
    explores = reading.threshold is not None
    rows = [
        _Row(each.at, each.look.n, 100 * each.look.value, 100 * each.look.low, 100 * each.look.high)
        for each in points
    ]
    unit = "%" if explores else "points"
    line = 100 * (reading.threshold or 0.0)
    return draw(
        alt.layer(*_layers(rows, line, unit)),
        title=_title(view, rows[-1], arm, line, explores=explores),
        description=(
            f"{view.plan.metric.kind.words.capitalize()} of {arm}"
            f"{'' if explores else ' minus the control'}, {unit}, at each look;"
            " the band holds at all of them together"
        ),
        columns=[
            Column("at", "Look", kind="instant"),
            Column("n", "Units counted", kind="number"),
            Column("value", "Found", kind="number", unit=unit, places=2),
            Column("low", "From", kind="number", unit=unit, places=2),
            Column("high", "To", kind="number", unit=unit, places=2),
        ],
        rows=rows,
        height=HEIGHT,
        note=f"n {rows[-1].n:,} units · always-valid at {1 - float(view.plan.alpha):.0%}",
    )


def _title(view: ExperimentView, last: _Row, arm: str, line: float, *, explores: bool) -> str:
    kind = view.plan.metric.kind
    if last.low > line or last.high < line:
        side = "above" if last.low > line else "below"
        if explores:
            return f"The {kind.words} is surely {side} {line:.1f} %"
        return f"The {kind.words} of {arm} is surely {side} the control's"
    if explores:
        return f"Whether the {kind.words} is below {line:.1f} % is not known yet"
    said = "was shown" if view.end is not None else "is shown yet"
    return f"No difference in the {kind.words} of {arm} {said}"


def _layers(rows: Sequence[_Row], line: float, unit: str) -> list[Any]:
    values = [
        {"at": each.at.isoformat(), "value": each.value, "low": each.low, "high": each.high}
        for each in rows
    ]
    x = alt.X("at:T", title="Look", axis=alt.Axis(tickCount=6))
    base = alt.Chart(alt.Data(values=values)).encode(x=x)
    zero = alt.Chart(alt.Data(values=[{"line": line}])).mark_rule(aria=False, strokeDash=[4, 4])
    return [
        base.mark_area(aria=False).encode(y=alt.Y("low:Q", title=unit), y2="high:Q"),
        base.mark_line(aria=False, point=True).encode(y=alt.Y("value:Q", title=unit)),
        zero.encode(y="line:Q"),
    ]
