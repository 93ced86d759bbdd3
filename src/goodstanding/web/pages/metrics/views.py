"""How are we doing? The metrics, one metric, the rows under one number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
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
from goodstanding.metrics.types import Measure, MetricDefinition, MetricResult, MetricRow, Point
from goodstanding.web.cells import instant_text
from goodstanding.web.listing import ListShape, RowSource, filter_chips, list_rows, render_list
from goodstanding.web.moment import Moment, moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.metrics.figures import (
    by_segment,
    figure_html,
    figure_text,
    interval_text,
    signal_shown,
)
from goodstanding.web.pages.metrics.segments import EVERYTHING, NameSegment, segment_names
from goodstanding.web.pages.metrics.sparkline import sparkline
from goodstanding.web.types import ChipGroup, Column, Empty, Signal

DESKS = {"credit": "Credit", "sellers": "Sellers", "second_line": "Second line"}
ROW_PLACES = {"decision", "case", "finding", "business", "approval", "replay_run"}
COUNTED: Mapping[Measure, tuple[str, str]] = {
    Measure.MEDIAN: ("Duration", "Ended"),
    Measure.INCIDENCE: ("Days", "What happened"),
    Measure.GINI: ("Score, higher is worse", "Bad"),
    Measure.PSI: ("Band", "Counted"),
    Measure.CALIBRATION: ("Bad", "Expected"),
}


@dataclass(frozen=True, slots=True)
class ShownPoint:
    """A number as pages show it: its segment, its value as a link, how far it can be trusted."""

    segment: str
    period: date
    figure: SafeString
    interval: str
    n: int
    immature: int


@dataclass(frozen=True, slots=True)
class ShownMetric:
    """A metric's line on the overview: its last period, and where that came from."""

    title: str
    question: str
    url: str
    points: Sequence[ShownPoint]
    period: date | None
    path: SafeString | str
    signal: Signal | None
    simulated: str | None


@page(verb="metrics.see_metrics")
def metrics(request: HttpRequest) -> HttpResponse:
    """Every metric with its last number, desk by desk; `ask=1` leaves those that ask for it."""
    every = metric_cards()
    asking = [card for card in every if asks(card)]
    cards = [
        card
        for card in (asking if request.GET.get("ask") else every)
        if request.GET.get("desk", card.definition.desk) == card.definition.desk
    ]
    named = segment_names(at=moment_of(request).as_of)
    desks = [
        (desk, title, [shown_metric(card, named) for card in cards if card.definition.desk == desk])
        for desk, title in DESKS.items()
    ]
    context = {
        "desks": [(desk, title, shown) for desk, title, shown in desks if shown],
        "groups": _overview_chips(request, every, asking),
        "state": _state_of(every, asking),
        "lake_url": _lake_url(request),
        "empty": Empty(
            "No metric asks for attention",
            "Each is within its limits, or too young to tell.",
            action="See all metrics",
            url=request.path,
            icon="metrics",
        ),
    }
    return render(request, "metrics/metrics.html", context)


@page(verb="metrics.see_metrics")
def metric(request: HttpRequest, name: str) -> HttpResponse:
    """One metric: its picture, its numbers, its definition."""
    from goodstanding.web.pages.metrics.pictures import picture_of

    definition = metric_named(name)
    moment = moment_of(request)
    result = _result(name, moment)
    named = segment_names(at=moment.as_of)
    rows_url = reverse("metric_rows", args=[name])
    context = {
        "definition": definition,
        "result": result,
        "chart": picture_of(result, named, url=rows_url) if result else None,
        "segments": _segments(definition, result, named) if result else [],
        "facts": _facts(definition, result),
        "rows_url": rows_url,
        "pair": metric_named(definition.pair) if definition.pair else None,
        "empty": Empty(
            "No number yet",
            "The worker computes metrics once a minute from the lake. What cannot be known yet is"
            " unknown, never good.",
            action="See what the lake holds" if _lake_url(request) else "",
            url=_lake_url(request),
            icon="metrics",
        ),
    }
    return render(request, "metrics/metric.html", context)


def _lake_url(request: HttpRequest) -> str:
    """Where the lake is asked, for those who may."""
    return reverse("lake") if request.user.has_perm("metrics.query_lake") else ""


@page(verb="metrics.see_metrics")
def rows(request: HttpRequest, name: str) -> HttpResponse:
    """The rows that a number counts, by the query that computed it."""
    definition = metric_named(name)
    moment = moment_of(request)
    result = _result(name, moment)
    source = MetricRows(
        name=name,
        moment=moment if result is None else Moment(result.as_of, result.known_at, moment.is_past),
        period=_period(request),
        segment=request.GET.get("segment") or None,
    )
    named = segment_names(at=moment.as_of)
    chips = [_segment_chips(request, result, source.period, named)] if result else []
    listing = list_rows(request, shape=_shape(definition, named), source=source, chips=chips)
    point = _point(result, source)
    return render_list(
        request,
        "metrics/rows.html",
        listing=listing,
        definition=definition,
        number=_number(definition, point),
        period=source.period,
        segment=named(source.segment) if source.segment else "",
        computed=instant_text(source.moment.known_at),
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
        """One slice in order of period, segment and id."""
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


def asks(card: MetricCard) -> bool:
    """Whether the metric asks for attention or action."""
    return card.signal.value in {"watch", "act"}


def shown_metric(card: MetricCard, named: NameSegment) -> ShownMetric:
    """A metric as a line: the last number of its segments, named, the most urgent first."""
    definition = card.definition
    lead = card.latest[0] if card.latest else None
    is_alone = len({point.segment for point in card.path}) == 1
    path = [point for point in card.path if lead and point.segment == lead.segment]
    return ShownMetric(
        title=definition.title,
        question=definition.question,
        url=reverse("metric", args=[definition.name]),
        points=[_shown(definition, point, named, is_alone=is_alone) for point in card.latest],
        period=lead.period if lead else None,
        path=sparkline(path),
        signal=signal_shown(card.signal),
        simulated=definition.simulated,
    )


def _overview_chips(
    request: HttpRequest, every: Sequence[MetricCard], asking: Sequence[MetricCard]
) -> list[ChipGroup]:
    desk = request.GET.get("desk")
    here = [card for card in asking if desk in {None, card.definition.desk}]
    return [
        filter_chips(
            request,
            parameter="desk",
            label="Desk",
            everything="All desks",
            choices=[
                (desk, title, sum(card.definition.desk == desk for card in every))
                for desk, title in DESKS.items()
            ],
        ),
        filter_chips(
            request,
            parameter="ask",
            label="Attention",
            everything="Every metric",
            choices=[("1", "Asks for attention", len(here))],
        ),
    ]


def _state_of(cards: Sequence[MetricCard], asking: Sequence[MetricCard]) -> str:
    computed = max((card.computed_at for card in cards if card.computed_at), default=None)
    if computed is None:
        return "Nothing was computed yet"
    return f"{len(asking)} of {len(cards)} ask for attention, last change {instant_text(computed)}"


def _result(name: str, moment: Moment) -> MetricResult | None:
    if not moment.is_past:
        return latest_result(name=name)
    return result_at(
        name=name,
        folder=settings.GOODSTANDING_LAKE,
        as_of=moment.as_of,
        known_at=moment.known_at,
    )


def _shown(
    definition: MetricDefinition, point: Point, named: NameSegment, *, is_alone: bool
) -> ShownPoint:
    return ShownPoint(
        segment="" if is_alone or point.segment == EVERYTHING else named(point.segment),
        period=point.period,
        figure=figure_html(definition, point, url=rows_url_of(definition, point)),
        interval=interval_text(definition, point),
        n=point.n,
        immature=point.immature,
    )


def _segments(
    definition: MetricDefinition, result: MetricResult, named: NameSegment
) -> list[tuple[str, list[ShownPoint]]]:
    """Each segment's periods, newest first."""
    return [
        (
            named(segment),
            [_shown(definition, point, named, is_alone=True) for point in reversed(points)],
        )
        for segment, points in by_segment(result.points).items()
    ]


def rows_url_of(definition: MetricDefinition, point: Point) -> str:
    """Where the rows under the number are."""
    query = urlencode({"period": point.period.isoformat(), "segment": point.segment})
    return f"{reverse('metric_rows', args=[definition.name])}?{query}"


def _facts(definition: MetricDefinition, result: MetricResult | None) -> list[tuple[str, Any]]:
    thresholds = definition.thresholds
    facts: list[tuple[str, Any]] = [
        ("Owner", definition.owner),
        ("Grain", definition.grain),
        ("Measure", definition.measure.value),
        ("Better", {"up": "higher", "down": "lower", "neither": "neither"}[definition.direction]),
        ("Watch", None if thresholds.watch is None else figure_text(definition, thresholds.watch)),
        ("Act", None if thresholds.act is None else figure_text(definition, thresholds.act)),
        ("Mature", definition.maturity),
        ("Source", definition.source),
        ("Definition", f"version {definition.version}, {definition.sha256[:12]}"),
    ]
    if result is not None:
        facts.append(("As of", instant_text(result.as_of)))
        facts.append(("Known at", instant_text(result.known_at)))
    return facts


def _shape(definition: MetricDefinition, named: NameSegment) -> ListShape:
    counted, out_of = COUNTED.get(definition.measure, ("Counted", "Out of"))
    return ListShape(
        name=f"{definition.name}-rows",
        caption="Rows under the number",
        columns=(
            Column("object_id", definition.grain.split(" ", 1)[0].capitalize(), kind="code"),
            Column("period", "Period", kind="date"),
            Column("segment", "Segment", value=lambda row: named(row.segment)),
            Column("numerator", counted, kind="number", places=2),
            Column("denominator", out_of, kind="number", places=2),
            Column("mature", "Known", value=lambda row: "yes" if row.mature else "not yet"),
        ),
        row_url=_row_url,
        empty=Empty("No row", "Nothing was counted for this period and segment.", icon="metrics"),
    )


def _row_url(row: MetricRow) -> str:
    """Where the row's object is shown, else the business it belongs to, else nowhere."""
    if row.object_kind in ROW_PLACES:
        return _place(row.object_kind, row.object_id)
    if row.object_kind == "incident":
        return reverse("work_history") + "?" + urlencode({"number": row.object_id}) + "#list"
    return _place("business", row.cluster) if row.cluster else ""


def _place(name: str, key: str) -> str:
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return ""


def _period(request: HttpRequest) -> date | None:
    text = request.GET.get("period")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as surprise:
        raise NotFound(field="period", what="period", key=text) from surprise


def _segment_chips(
    request: HttpRequest, result: MetricResult, period: date | None, named: NameSegment
) -> ChipGroup:
    rows_of: dict[str, int] = {}
    for point in result.points:
        if period in {None, point.period}:
            rows_of[point.segment] = rows_of.get(point.segment, 0) + point.n + point.immature
    counted = result.definition.measure not in {Measure.MEDIAN, Measure.INCIDENCE}
    return filter_chips(
        request,
        parameter="segment",
        label="Segment",
        choices=[
            (name, named(name), n if counted else None) for name, n in sorted(rows_of.items())
        ],
    )


def _point(result: MetricResult | None, source: MetricRows) -> Point | None:
    asked = (source.period, source.segment)
    points = result.points if result else ()
    return next((point for point in points if (point.period, point.segment) == asked), None)


def _number(definition: MetricDefinition, point: Point | None) -> str:
    """The number whose rows these are, so that it can be checked against them."""
    if point is None:
        return ""
    interval = interval_text(definition, point)
    value = figure_text(definition, point.value)
    known = f"n {point.n:,}" + (f", {point.immature:,} not known yet" if point.immature else "")
    return f"{value} ({interval}) · {known}" if interval else f"{value} · {known}"
