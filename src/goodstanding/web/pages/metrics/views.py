"""How are we doing? The metrics, one metric, the rows under one number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from goodstanding.core.errors import NotFound
from goodstanding.metrics.queries import (
    MetricCard,
    latest_result,
    metric_cards,
    metric_named,
    result_at,
    rows_under,
)
from goodstanding.metrics.types import MetricDefinition, MetricResult, Point
from goodstanding.web.listing import ListShape, RowSource, filter_chips, list_rows, render_list
from goodstanding.web.moment import Moment, moment_of
from goodstanding.web.navigation import address_of
from goodstanding.web.page import page
from goodstanding.web.pages.metrics.figures import (
    by_segment,
    figure_html,
    figure_text,
    interval_text,
    signal_shown,
)
from goodstanding.web.pages.metrics.pictures import picture_of
from goodstanding.web.types import Column, Empty, Signal

DESKS = {"credit": "Credit", "sellers": "Sellers", "second_line": "Second line"}
ROW_PLACES = {
    "decision": "decision",
    "case": "case",
    "finding": "finding",
    "business": "business",
    "approval": "approval",
}


@dataclass(frozen=True, slots=True)
class ShownMetric:
    """A metric's line on the overview."""

    title: str
    question: str
    url: str
    figure: SafeString | str
    period: date | None
    signal: Signal | None
    simulated: str | None


@page(verb="metrics.see_metrics")
def metrics(request: HttpRequest) -> HttpResponse:
    """Every metric with its last number, desk by desk."""
    cards = metric_cards(desk=request.GET.get("desk") or None)
    desks = [
        (title, [_shown(card) for card in cards if card.definition.desk == desk])
        for desk, title in DESKS.items()
    ]
    chips = filter_chips(
        request,
        parameter="desk",
        label="Desk",
        choices=[(desk, title, None) for desk, title in DESKS.items()],
    )
    context = {
        "desks": [(title, shown) for title, shown in desks if shown],
        "groups": [chips],
        "state": _state_of(cards),
    }
    return render(request, "metrics/metrics.html", context)


@page(verb="metrics.see_metrics")
def metric(request: HttpRequest, name: str) -> HttpResponse:
    """One metric: its picture, its table, its definition."""
    definition = metric_named(name)
    result = _result(name, moment_of(request))
    rows_url = reverse("metric_rows", args=[name])
    context = {
        "definition": definition,
        "result": result,
        "chart": picture_of(result, url=rows_url) if result else None,
        "segments": _segments(definition, result) if result else [],
        "facts": _facts(definition, result),
        "rows_url": rows_url,
        "pair": metric_named(definition.pair) if definition.pair else None,
    }
    return render(request, "metrics/metric.html", context)


@page(verb="metrics.see_metrics")
def rows(request: HttpRequest, name: str) -> HttpResponse:
    """The rows that a number counts, by the query that computed it."""
    definition = metric_named(name)
    moment = moment_of(request)
    kept = None if moment.is_past else latest_result(name=name)
    source = MetricRows(
        name=name,
        moment=Moment(kept.as_of, kept.known_at, is_past=False) if kept else moment,
        period=_period(request),
        segment=request.GET.get("segment"),
    )
    listing = list_rows(request, shape=_shape(definition), source=source)
    return render_list(
        request,
        "metrics/rows.html",
        listing=listing,
        definition=definition,
        number=_number(definition, kept, source),
        period=source.period,
        segment=source.segment,
    )


@dataclass(frozen=True, slots=True)
class MetricRows(RowSource):
    """The rows under a number, page by page."""

    name: str
    moment: Moment
    period: date | None
    segment: str | None

    def count(self) -> int:
        """How many rows the number counts."""
        return self._page(limit=0, offset=0)[0]

    def rows(self, *, start: int, stop: int, sort: str) -> Sequence[Any]:  # noqa: ARG002 - by id
        """One slice in order of id."""
        return self._page(limit=stop - start, offset=start)[1]

    def _page(self, *, limit: int, offset: int) -> tuple[int, Sequence[Any]]:
        found = rows_under(
            name=self.name,
            folder=settings.GOODSTANDING_LAKE,
            as_of=self.moment.as_of,
            known_at=self.moment.known_at,
            period=self.period,
            segment=self.segment,
            limit=limit,
            offset=offset,
        )
        return found.total, found.rows


def _result(name: str, moment: Moment) -> MetricResult | None:
    if not moment.is_past:
        return latest_result(name=name)
    return result_at(
        name=name,
        folder=settings.GOODSTANDING_LAKE,
        as_of=moment.as_of,
        known_at=moment.known_at,
    )


def _shown(card: MetricCard) -> ShownMetric:
    definition, point = card.definition, card.latest
    return ShownMetric(
        title=definition.title,
        question=definition.question,
        url=reverse("metric", args=[definition.name]),
        figure=figure_html(definition, point) if point else figure_text(definition, None),
        period=point.period if point else None,
        signal=signal_shown(card.signal),
        simulated=definition.simulated,
    )


def _state_of(cards: Sequence[MetricCard]) -> str:
    asking = [card for card in cards if card.signal.value in {"watch", "act"}]
    computed = max((card.computed_at for card in cards if card.computed_at), default=None)
    if computed is None:
        return "Nothing was computed yet"
    return f"{len(asking)} of {len(cards)} ask for attention"


def _segments(
    definition: MetricDefinition, result: MetricResult
) -> list[tuple[str, list[tuple[Point, SafeString, str]]]]:
    """Each segment's periods, newest first, each with its number and the way to its rows."""
    place = reverse("metric_rows", args=[definition.name])
    return [
        (
            segment,
            [
                (point, figure_html(definition, point), _rows_url(place, point))
                for point in reversed(points)
            ],
        )
        for segment, points in by_segment(result.points).items()
    ]


def _rows_url(place: str, point: Point) -> str:
    return f"{place}?{urlencode({'period': point.period.isoformat(), 'segment': point.segment})}"


def _facts(definition: MetricDefinition, result: MetricResult | None) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [
        ("Owner", definition.owner),
        ("Grain", definition.grain),
        ("Measure", definition.measure.value),
        ("Better", {"up": "higher", "down": "lower", "neither": "neither"}[definition.direction]),
        ("Mature", definition.maturity),
        ("Source", definition.source),
        ("Definition", f"version {definition.version}, {definition.sha256[:12]}"),
    ]
    if result is not None:
        facts.append(("As of", result.as_of))
        facts.append(("Known at", result.known_at))
    return facts


def _shape(definition: MetricDefinition) -> ListShape:
    return ListShape(
        name=f"{definition.name}-rows",
        caption="Rows under the number",
        columns=(
            Column("object_id", definition.grain.split(" ", 1)[0].capitalize(), kind="code"),
            Column("period", "Period", kind="date"),
            Column("segment", "Segment"),
            Column("numerator", "Counted", kind="number", places=2),
            Column("denominator", "Out of", kind="number", places=2),
            Column("mature", "Known", value=lambda row: "yes" if row.mature else "not yet"),
        ),
        row_url=_row_url,
        empty=Empty("No row", "Nothing was counted for this period and segment."),
    )


def _row_url(row: Any) -> str:
    place = ROW_PLACES.get(row.object_kind)
    if place is None or not address_of_object(place, row.object_id):
        return ""
    return address_of_object(place, row.object_id)


def address_of_object(place: str, object_id: str) -> str:
    """Where a row's object is shown; nothing while no room shows it."""
    from django.urls import NoReverseMatch

    try:
        return reverse(place, args=[object_id])
    except NoReverseMatch:
        return address_of(place)


def _period(request: HttpRequest) -> date | None:
    text = request.GET.get("period")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as surprise:
        raise NotFound(field="period", what="period", key=text) from surprise


def _number(definition: MetricDefinition, result: MetricResult | None, source: MetricRows) -> str:
    """The number whose rows these are, so that it can be checked against them."""
    if result is None or source.period is None:
        return ""
    for point in result.points:
        if (point.period, point.segment) == (source.period, source.segment):
            interval = interval_text(definition, point)
            return (
                f"{figure_text(definition, point.value)} ({interval})"
                if interval
                else (figure_text(definition, point.value))
            )
    return ""
