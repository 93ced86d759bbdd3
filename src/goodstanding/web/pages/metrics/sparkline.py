"""A metric's latest course, a word wide."""

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

from goodstanding.metrics.types import Point

WIDTH, HEIGHT, EDGE = 112, 28, 4


def sparkline(points: Sequence[Point]) -> SafeString | str:
    """The path of one segment, a word wide; its last point hollow where provisional."""
    known = [point for point in points if point.value is not None][-24:]
    if len(known) < 2:
        return ""
    values = [point.value or 0.0 for point in known]
    lowest, spread = min(values), (max(values) - min(values)) or 1.0
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    height = HEIGHT - 2 * EDGE
    places = [
        (EDGE + i * step, EDGE + height * (1 - (value - lowest) / spread))
        for i, value in enumerate(values)
    ]
    x, y = places[-1]
    return format_html(
        '<svg class="spark" width="{}" height="{}" viewBox="0 0 {} {}" aria-hidden="true">'
        '<polyline points="{}" fill="none" stroke="var(--chart-1)" stroke-width="1.5"/>'
        '<circle cx="{}" cy="{}" r="2.5" fill="{}" stroke="var(--chart-1)"/></svg>',
        WIDTH,
        HEIGHT,
        WIDTH,
        HEIGHT,
        " ".join(f"{across:.1f},{down:.1f}" for across, down in places),
        f"{x:.1f}",
        f"{y:.1f}",
        "var(--surface)" if known[-1].provisional else "var(--chart-1)",
    )
