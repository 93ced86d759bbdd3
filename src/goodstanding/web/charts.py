"""Charts: one theme, drawn to SVG here, so that page, pack and test show the same picture.

Write an Altair chart (or a Vega-Lite mapping) without width, title or colours of its own, and
hand it to `draw` with the rows under it. Shade by opacity, not by a colour ramp, so that the
picture follows light and dark.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from django.utils.safestring import SafeString, mark_safe

from goodstanding.web.cells import cell_html
from goodstanding.web.types import Column

INK, QUIET, LINE, SURFACE = "#1a1b1e", "#5a5d65", "#e3e0d9", "#fffffe"
SERIES = ("#2350b1", "#b35901", "#0b7a76", "#8e3b8b", "#6b6f77")
GOOD, WATCH, ACT, PAST = "#17703e", "#8a5301", "#b3261f", "#643a9d"
HATCH = "#c9c7c1"
WIDE, NARROW = 720, 420
TOKENS = {
    INK: "ink", QUIET: "quiet", LINE: "line", SURFACE: "surface",
    GOOD: "good", WATCH: "watch", ACT: "act", PAST: "past",
    **{colour: f"chart-{place}" for place, colour in enumerate(SERIES, start=1)},
}  # fmt: skip
HATCH_PATTERN = (
    '<defs><pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" stroke="#8a8c92"'
    ' stroke-width="2"/></pattern></defs>'
)
THEME: dict[str, Any] = {
    "background": None,
    "font": "sans-serif",
    "padding": {"left": 0, "right": 8, "top": 4, "bottom": 0},
    "view": {"stroke": None},
    "range": {"category": list(SERIES)},
    "axis": {
        "labelColor": QUIET, "labelFontSize": 12, "titleColor": QUIET, "titleFontSize": 12,
        "titleFontWeight": "normal", "domainColor": LINE, "tickColor": LINE, "gridColor": LINE,
        "labelPadding": 4, "titlePadding": 8, "tickSize": 4, "labelLimit": 160,
    },
    "axisX": {"grid": False, "labelFlush": True},
    "axisY": {
        "domain": False, "ticks": False, "titleAngle": 0, "titleAlign": "left",
        "titleAnchor": "end", "titleY": -10, "titleX": 0, "tickCount": 5,
    },
    "line": {"color": SERIES[0], "strokeWidth": 2, "strokeCap": "round", "strokeJoin": "round"},
    "area": {"color": SERIES[0], "opacity": 0.16},
    "bar": {"color": SERIES[0]},
    "point": {"color": SERIES[0], "filled": True, "size": 36},
    "rule": {"color": QUIET, "strokeWidth": 1},
    "text": {"color": INK, "fontSize": 12},
    "rect": {"color": SERIES[0]},
    "legend": {
        "labelColor": QUIET, "titleColor": QUIET, "labelFontSize": 12, "titleFontSize": 12,
        "titleFontWeight": "normal", "orient": "top", "symbolSize": 64, "padding": 0,
    },
    "header": {"labelColor": INK, "labelFontSize": 12, "titleColor": QUIET, "titleFontSize": 12},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChartView:
    """A drawn chart as `components/chart.html` shows it, its table beside it."""

    title: str
    description: str
    wide: SafeString
    narrow: SafeString
    columns: Sequence[Column]
    cells: Sequence[Sequence[tuple[Column, SafeString | str]]]
    note: str
    url: str


def draw(
    chart: Any,
    *,
    title: str,
    description: str,
    columns: Sequence[Column],
    rows: Sequence[Any],
    note: str = "",
    url: str = "",
    height: int = 240,
) -> ChartView:
    """A chart for a page, in the widths of a desk and of a phone.

    `title` states the finding or the question, `description` what is drawn and in which unit (it
    is read out in place of the picture), `rows` with `columns` are its table, `note` says n,
    maturity and source, `url` leads to the rows under it.
    """
    specification = _specification(chart)
    return ChartView(
        title=title,
        description=description,
        wide=_for_page(as_svg(specification, width=WIDE, height=height)),
        narrow=_for_page(as_svg(specification, width=NARROW, height=height)),
        columns=columns,
        cells=[[(column, cell_html(column, row)) for column in columns] for row in rows],
        note=note,
        url=url,
    )


def as_svg(chart: Any, *, width: int = WIDE, height: int = 240) -> str:
    """A chart as an SVG document in light colours, for packs and files."""
    specification = dict(_specification(chart))
    if "facet" not in specification and "hconcat" not in specification:
        specification.setdefault("height", height)
        specification |= {"width": width, "autosize": {"type": "fit-x", "contains": "padding"}}
    specification["config"] = THEME | specification.get("config", {})
    return _render(json.dumps(specification, sort_keys=True, default=str))


def _specification(chart: Any) -> dict[str, Any]:
    specification: dict[str, Any] = (
        dict(cast("Mapping[str, Any]", chart))
        if isinstance(chart, Mapping)
        else chart.to_dict(validate=False)
    )
    own = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json"}
    specification.pop("config", None)
    return {**own, **specification}


@lru_cache(maxsize=512)
def _render(specification: str) -> str:
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(specification)
    if HATCH in svg:
        name = f"hatch-{hashlib.sha256(specification.encode()).hexdigest()[:8]}"
        start = svg.index(">") + 1
        pattern = HATCH_PATTERN.format(name=name)
        svg = svg[:start] + pattern + svg[start:].replace(HATCH, f"url(#{name})")
    return svg


def _for_page(svg: str) -> SafeString:
    """The picture with our colours as tokens, so that it follows the person's theme."""
    for colour, token in TOKENS.items():
        svg = svg.replace(f'"{colour}"', f'"var(--{token})"')
    return mark_safe(svg)  # noqa: S308 - drawn by vl-convert, which escapes text
