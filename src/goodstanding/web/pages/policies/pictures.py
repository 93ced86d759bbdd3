"""The pictures of policies: what a line costs wherever it stands, and who moves where.

Import it where a picture is drawn: Altair takes half a second to load.
"""

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from goodstanding.evidence.types import Line, LinePoint
from goodstanding.policies.engine.backtest_figures import BacktestResult, Group
from goodstanding.web.cells import number_text, percent_text
from goodstanding.web.charts import SERIES, ChartView, draw
from goodstanding.web.pages.policies.matrix import Matrix
from goodstanding.web.pages.policies.words import DONE, estimate_of
from goodstanding.web.types import Column

PRESENT, ASKED = "as it stands", "as asked"
HEIGHT = 220
LEFT_PART = 0.6  # a line further right has its words at its left


def curve_pictures(
    curve: Sequence[LinePoint], *, line: Line, present: float, currency: str
) -> list[ChartView]:
    """The bad rate of the approved and the share approved, by the place of the line."""
    if not curve:
        return []
    asked = float(line.value)
    places = _places(curve, present=present, asked=asked)
    columns = [
        Column("value", line.label[:1].upper() + line.label[1:], kind="number"),
        Column("approved", "Approved", kind="number"),
        Column("approval_rate", "Approval rate", kind="ratio", places=1),
        Column("rate", "Bad rate of the approved", kind="ratio", places=1,
               value=lambda point: estimate_of(point.bad_rate)),
        Column("loss", "Written off", kind="number", unit=currency),
    ]  # fmt: skip
    note = f"n {curve[0].decided:,} · the verticals are the line {PRESENT} and {ASKED}"
    shared: dict[str, Any] = {"columns": columns, "rows": curve, "height": HEIGHT, "note": note}
    return [
        draw(
            alt.layer(*_rate_layers(curve, line), *places),
            title=_rate_title(curve),
            description=f"Bad rate of the approved, % of cases, by {line.label}; band 95 %",
            **shared,
        ),
        draw(
            alt.layer(*_share_layers(curve, line), *places),
            title="What each point of strictness costs in approvals",
            description=f"Approved, % of cases (simulated policy), by {line.label}",
            **shared,
        ),
    ]


def _rate_title(curve: Sequence[LinePoint]) -> str:
    known = [point for point in curve if point.bad_rate.value is not None]
    if not known:
        return "No outcome is known yet"
    first, last = known[0], known[-1]
    return (
        f"From {number_text(first.value)} to {number_text(last.value)} the bad rate of the"
        f" approved goes from {percent_text(first.bad_rate.value)} to"
        f" {percent_text(last.bad_rate.value)}"
    )


def _axis(line: Line) -> alt.X:
    return alt.X(
        "value:Q",
        title=line.label[:1].upper() + line.label[1:],
        scale=alt.Scale(zero=False, nice=False),
        axis=alt.Axis(tickCount=6),
    )


def _rate_layers(curve: Sequence[LinePoint], line: Line) -> list[alt.Chart]:
    values = [
        {
            "value": float(point.value),
            "rate": 100 * (point.bad_rate.value or 0),
            "low": 100 * (point.bad_rate.low or 0),
            "high": 100 * (point.bad_rate.high or 0),
        }
        for point in curve
        if point.bad_rate.value is not None
    ]
    base = alt.Chart(alt.Data(values=values)).encode(x=_axis(line))
    return [
        base.mark_area(aria=False).encode(y=alt.Y("low:Q", title="% bad"), y2="high:Q"),
        base.mark_line(aria=False).encode(y=alt.Y("rate:Q", title="% bad")),
    ]


def _share_layers(curve: Sequence[LinePoint], line: Line) -> list[alt.Chart]:
    values = [{"value": float(point.value), "share": 100 * point.approval_rate} for point in curve]
    base = alt.Chart(alt.Data(values=values)).encode(x=_axis(line))
    y = alt.Y("share:Q", title="% approved", scale=alt.Scale(domain=[0, 100]))
    return [base.mark_line(aria=False, color=SERIES[2]).encode(y=y)]


def _places(curve: Sequence[LinePoint], *, present: float, asked: float) -> list[alt.Chart]:
    """Verticals where the line stands and where it is asked to stand, each with its words."""
    low, high = float(curve[0].value), float(curve[-1].value)
    middle = low + (high - low) * LEFT_PART
    found = _vertical(present, PRESENT, dash=[4, 4], down=8, is_left=present <= middle)
    if asked != present:
        found += _vertical(asked, ASKED, dash=[1, 0], down=24, is_left=asked <= middle)
    return found


def _vertical(
    value: float, words: str, *, dash: list[int], down: int, is_left: bool
) -> list[alt.Chart]:
    at = alt.Chart(alt.Data(values=[{"value": value, "words": f"{number_text(value)} {words}"}]))
    place = alt.X("value:Q")
    align: Literal["left", "right"] = "left" if is_left else "right"
    return [
        at.mark_rule(aria=False, color=SERIES[1], strokeWidth=1.5, strokeDash=dash).encode(x=place),
        at.mark_text(
            aria=False, align=align, dx=6 if is_left else -6, y=down, color=SERIES[1],
            fontWeight=600,
        ).encode(x=place, text="words:N"),
    ]  # fmt: skip


def outcome_picture(result: BacktestResult) -> ChartView:
    """How many of the decided cases have each outcome, as it stands and as asked."""
    decided = max(1, result.decided)
    after = {group.name: group.tally.n for group in result.outcomes}
    sides = {ASKED if result.comparison else "decided": after}
    if result.comparison is not None:
        before = Matrix.sums(result.comparison.moves)[0]
        sides = {PRESENT: {name: tally.n for name, tally in before.items()}} | sides
    rows = [
        {"side": side, "outcome": DONE[name], "n": found.get(name, 0),
         "share": found.get(name, 0) / decided}
        for name in DONE if any(found.get(name) for found in sides.values())
        for side, found in sides.items()
    ]  # fmt: skip
    return draw(
        _outcome_bars(rows, list(sides)),
        title="How the cases are decided" if len(sides) == 1 else "What changes for the cases",
        description="Decided cases by outcome, % of cases (simulated policy)",
        columns=[
            Column("outcome", "Outcome", value=lambda row: row["outcome"]),
            Column("side", "Policy", value=lambda row: row["side"]),
            Column("n", "Cases", kind="number", value=lambda row: row["n"]),
            Column("share", "Share", kind="ratio", places=1, value=lambda row: row["share"]),
        ],
        rows=rows,
        note=f"n {result.decided:,} decided",
        height=HEIGHT,
    )


def _outcome_bars(rows: Sequence[dict[str, Any]], sides: list[str]) -> Any:
    values = [row | {"percent": 100 * row["share"], "said": f"{row['share']:.1%}"} for row in rows]
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    axis = alt.Axis(labelAngle=0, labelFlush=False)
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("outcome:N", title=None, sort=outcomes, axis=axis),
        xOffset=alt.XOffset("side:N", sort=sides),
        y=alt.Y("percent:Q", title="% of cases"),
    )
    colours = alt.Scale(domain=sides, range=[SERIES[1], SERIES[0]][-len(sides) :])
    legend = None if len(sides) == 1 else alt.Legend(title=None, orient="top")
    return alt.layer(
        base.mark_bar(aria=False).encode(color=alt.Color("side:N", scale=colours, legend=legend)),
        base.mark_text(aria=False, dy=-6).encode(text="said:N"),
    )


def band_picture(result: BacktestResult) -> ChartView | None:
    """The bad rate of each band of the score as it was seen, and as the model expected it."""
    known = [each for each in result.bands if each.tally.labelled]
    if not known:
        return None
    labelled = sum(each.tally.labelled for each in known)
    return draw(
        alt.layer(*_band_layers(known)),
        title="Does the score put risk in order?",
        description="Bad rate by band of the score, % of cases, 95 % intervals; tick: by the model",
        columns=[
            Column("name", "Band"),
            Column("n", "Cases", kind="number", value=lambda each: each.tally.n),
            Column("rate", "Bad rate", kind="ratio", places=1,
                   value=lambda each: estimate_of(each.tally.bad_rate)),
            Column("expected", "Bad, by the model", kind="number", places=1,
                   value=lambda each: each.tally.expected),
        ],
        rows=known,
        note=f"n {labelled:,} with a known outcome",
        height=HEIGHT,
    )  # fmt: skip


def _band_layers(bands: Sequence[Group]) -> list[alt.Chart]:
    values = [_band_mark(each) for each in bands]
    axis = alt.Axis(labelAngle=0, labelFlush=False)
    x = alt.X("band:N", title=None, sort=[each.name for each in bands], axis=axis)
    base = alt.Chart(alt.Data(values=values)).encode(x=x)
    title = "% bad"
    return [
        base.mark_rule(strokeWidth=6, opacity=0.25, aria=False).encode(
            y=alt.Y("low:Q", title=title), y2="high:Q"
        ),
        base.mark_point(filled=True, size=64, aria=False).encode(y=alt.Y("rate:Q", title=title)),
        base.transform_filter("datum.expected != null")
        .mark_tick(color=SERIES[1], thickness=2, size=36, aria=False)
        .encode(y="expected:Q"),
    ]


def _band_mark(group: Group) -> dict[str, Any]:
    rate, expected = group.tally.bad_rate, group.tally.expected
    return {
        "band": group.name,
        "rate": 100 * (rate.value or 0),
        "low": 100 * (rate.low or 0),
        "high": 100 * (rate.high or 0),
        "expected": None if expected is None else 100 * expected / group.tally.n,
    }
