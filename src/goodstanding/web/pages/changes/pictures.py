"""The pictures of a change: who moves where, and what it asks of the queues.

Import it where a picture is drawn: Altair takes half a second to load.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt

from goodstanding.evidence.types import WEEKDAYS, Effect, QueueLoad
from goodstanding.policies.engine.backtest_figures import Move
from goodstanding.web.cells import number_text
from goodstanding.web.charts import QUIET, SERIES, ChartView, draw
from goodstanding.web.pages.changes.words import hours_words
from goodstanding.web.pages.policies.words import DONE
from goodstanding.web.types import Column

OUTCOMES = ("approve", "refer", "decline")
GAP = 0.04  # of the whole height, between two outcomes
STEPS = 16
HEIGHT = 260


def flow_picture(effect: Effect, *, url: str) -> ChartView | None:
    """Who moves where: bands from the outcome as it stands to the outcome as asked."""
    comparison = effect.result.comparison
    if comparison is None or not effect.result.decided:
        return None
    moves = [move for move in comparison.moves if move.tally.n]
    title = f"{effect.flips:,} of {effect.result.decided:,} cases change their outcome"
    return draw(
        _flow(moves, effect.result.decided),
        title=title if effect.flips else "Nobody changes the outcome",
        description=(
            "Cases by outcome: as it stands on the left, as asked on the right, in proportion"
        ),
        columns=[
            Column("before", "As it stands", value=lambda move: DONE[move.before]),
            Column("after", "As asked", value=lambda move: DONE[move.after]),
            Column("n", "Cases", kind="number", value=lambda move: move.tally.n),
            Column("amount", "Amount", kind="number", unit=effect.result.currency,
                   value=lambda move: move.tally.amount),
            Column("bads", "Bad", kind="number", value=lambda move: move.tally.bads),
        ],
        rows=moves,
        note=f"n {effect.result.decided:,}",
        url=url,
        height=HEIGHT,
    )  # fmt: skip


def _flow(moves: Sequence[Move], decided: int) -> alt.LayerChart | alt.FacetChart:
    left, right = _places(moves, "before", decided), _places(moves, "after", decided)
    bands = list(_bands(moves, left, right, decided))
    words = [*_labels(moves, left, "before", 0.0), *_labels(moves, right, "after", 1.0)]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.22, 1.22], nice=False))
    y = alt.Y("low:Q", axis=None, scale=alt.Scale(reverse=True, nice=False, zero=False))
    areas = alt.Chart(alt.Data(values=bands)).encode(
        x=x, y=y, y2="high:Q", detail="band:N",
        color=alt.Color(
            "kind:N", legend=None,
            scale=alt.Scale(domain=["stays", "moves"], range=[QUIET, SERIES[0]]),
        ),
        opacity=alt.Opacity(
            "kind:N", legend=None, scale=alt.Scale(domain=["stays", "moves"], range=[0.18, 0.75])
        ),
    )  # fmt: skip
    texts = alt.Chart(alt.Data(values=words)).encode(x=x, y=alt.Y("y:Q", axis=None), text="words:N")
    return alt.layer(
        areas.mark_area(aria=False),
        texts.transform_filter("datum.x == 0").mark_text(aria=False, align="right", dx=-8),
        texts.transform_filter("datum.x == 1").mark_text(aria=False, align="left", dx=8),
    )


def _places(moves: Sequence[Move], side: str, decided: int) -> dict[str, float]:
    """Where each outcome begins, from the top down."""
    found: dict[str, float] = {}
    at = 0.0
    for outcome in OUTCOMES:
        n = sum(move.tally.n for move in moves if getattr(move, side) == outcome)
        if n:
            found[outcome] = at
            at += n / decided + GAP
    return found


def _bands(
    moves: Sequence[Move], left: dict[str, float], right: dict[str, float], decided: int
) -> Iterator[dict[str, Any]]:
    starts, ends = dict(left), dict(right)
    order = sorted(
        moves, key=lambda move: (OUTCOMES.index(move.before), OUTCOMES.index(move.after))
    )
    for move in order:
        width = move.tally.n / decided
        top_left, top_right = starts[move.before], ends[move.after]
        starts[move.before] += width
        ends[move.after] += width
        kind = "stays" if move.before == move.after else "moves"
        for step in range(STEPS + 1):
            x = step / STEPS
            top = top_left + (top_right - top_left) * (3 * x**2 - 2 * x**3)
            yield {
                "band": f"{move.before} {move.after}", "kind": kind,
                "x": x, "low": top, "high": top + width,
            }  # fmt: skip


def _labels(
    moves: Sequence[Move], places: dict[str, float], side: str, x: float
) -> Iterator[dict[str, Any]]:
    decided = sum(move.tally.n for move in moves)
    for outcome, top in places.items():
        n = sum(move.tally.n for move in moves if getattr(move, side) == outcome)
        yield {"x": x, "y": top + n / decided / 2, "words": f"{DONE[outcome]} {number_text(n)}"}


def hours_picture(effect: Effect) -> ChartView | None:
    """Staff hours by weekday over all known queues, as it stands and as asked."""
    known = [load for load in effect.queues if load.queue is not None and load.weeks]
    if not known:
        return None
    rows = [_day(known, at) for at in range(len(WEEKDAYS))]
    values = [
        {"day": row["day"][:3], "side": side, "hours": row[key]}
        for row in rows
        for side, key in (("as it stands", "before"), ("as asked", "after"))
    ]
    chart = (
        alt.Chart(alt.Data(values=values))
        .mark_bar(aria=False)
        .encode(
            x=alt.X("day:N", sort=[day[:3] for day in WEEKDAYS], title=None,
                    axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("side:N", sort=["as it stands", "as asked"]),
            y=alt.Y("hours:Q", title=None),
            color=alt.Color(
                "side:N", title=None, sort=["as it stands", "as asked"],
                scale=alt.Scale(domain=["as it stands", "as asked"], range=[SERIES[4], SERIES[0]]),
            ),
        )
    )  # fmt: skip
    return draw(
        chart,
        title=f"The queues are asked for {hours_words(effect.hours_change)}",
        description="Staff hours a week by weekday of the referral, at standard minutes",
        columns=[
            Column("day", "Day"),
            Column("before", "As it stands", kind="number", unit="h", places=1),
            Column("after", "As asked", kind="number", unit="h", places=1),
        ],
        rows=rows,
        note=f"a mean week of the {known[0].weeks:,.0f} weeks of the history",
        height=180,
    )


def _day(loads: Sequence[QueueLoad], at: int) -> dict[str, Any]:
    return {
        "day": WEEKDAYS[at],
        "before": sum(load.hours(load.before[at]) or 0.0 for load in loads),
        "after": sum(load.hours(load.after[at]) or 0.0 for load in loads),
    }
