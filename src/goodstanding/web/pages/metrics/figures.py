"""A metric's numbers as people read them, by unit."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString

from goodstanding.metrics.types import MetricDefinition, Point, Unit
from goodstanding.metrics.types import Signal as Asks
from goodstanding.web.cells import duration_text
from goodstanding.web.types import Signal

WORDED: dict[Unit, Callable[[float], str]] = {
    Unit.RATIO: lambda value: f"{value * 100:.1f} %",
    Unit.COUNT: lambda value: f"{value:,.0f}",
    Unit.HOURS: lambda value: duration_text(timedelta(hours=value)),
    Unit.DAYS: lambda value: f"{value:,.1f} days",
    Unit.INDEX: lambda value: f"{value:.3f}",
}
NOT_KNOWN = "not known yet"
LEVELS = {
    Asks.GOOD: Signal("good", "Within limits"),
    Asks.WATCH: Signal("watch", "Watch"),
    Asks.ACT: Signal("act", "Act"),
}


def figure_text(definition: MetricDefinition, value: float | None) -> str:
    """The value with its unit: 3.2 %, 12 days, 0.41."""
    if value is None:
        return NOT_KNOWN
    return WORDED[definition.unit](value)


def interval_text(definition: MetricDefinition, point: Point) -> str:
    """The 95 % interval, or nothing where the measure has none."""
    if point.low is None and point.high is None:
        return ""
    low, high = (
        "beyond" if bound is None else figure_text(definition, bound)
        for bound in (point.low, point.high)
    )
    return f"{low} to {high}"


def figure_html(definition: MetricDefinition, point: Point, *, url: str) -> SafeString:
    """The value as the way to its rows, and the mark of what is provisional."""
    value = format_html(
        '<a href="{}"><strong class="nowrap">{}</strong></a>',
        url,
        figure_text(definition, point.value),
    )
    if not point.provisional:
        return value
    mark = (
        ' <span class="tag" title="Some rows of the period cannot be known yet">provisional</span>'
    )
    return value + SafeString(mark)


def signal_shown(asks: Asks) -> Signal | None:
    """The signal beside a number; None where the metric has no thresholds."""
    return LEVELS.get(asks)


def axis_title(definition: MetricDefinition) -> str:
    """What the value's axis says: its unit."""
    words = {
        Unit.RATIO: "%",
        Unit.COUNT: "count",
        Unit.HOURS: "hours",
        Unit.DAYS: "days",
        Unit.INDEX: "index",
    }
    return words[definition.unit]


def by_segment(points: Sequence[Point]) -> dict[str, list[Point]]:
    """The points of each segment in order of period."""
    found: dict[str, list[Point]] = {}
    for point in sorted(points, key=lambda point: (point.segment, point.period)):
        found.setdefault(point.segment, []).append(point)
    return found
