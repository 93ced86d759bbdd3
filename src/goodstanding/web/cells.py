"""Values as people read them, and table cells made of them."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from goodstanding.core.money import Money
from goodstanding.web.types import Column, Estimate, Level, Signal

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SHAPES: dict[Level, str] = {
    "good": "M6 0a6 6 0 1 0 0 12A6 6 0 0 0 6 0zm-.9 8.7L2.6 6.2l1-1 1.5 1.5 3.3-3.3 1 1z",
    "watch": "M6 .5 12 11.5H0zM5.4 4.5v3.4h1.2V4.5zm0 4.3V10h1.2V8.8z",
    "act": "M3.5 0h5L12 3.5v5L8.5 12h-5L0 8.5v-5zM5.3 2.8v4h1.4v-4zm0 5v1.4h1.4V7.8z",
    "neutral": "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1zm0 1.4a3.6 3.6 0 1 1 0 7.2 3.6 3.6 0 0 1 0-7.2z",
    "past": "M6 0a6 6 0 1 0 0 12A6 6 0 0 0 6 0zm-.7 2.5h1.4v3.2l2 1.3-.7 1.1-2.7-1.8z",
}
UTC_INSTANT = re.compile(r"\b(\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}) UTC\b")
MINUTE, HOUR, DAY = 60, 3600, 86_400


def instant_text(value: datetime | None, *, zone: str = "") -> str:
    """An instant as people here write it, in the house's zone or the one named."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(zone or settings.GOODSTANDING_ZONE))
    return local.strftime("%-d %b %Y %H:%M %Z")


def local_text(text: str) -> str:
    """A sentence whose instants in UTC are told in the house's zone, as the page tells its own.

    What a decision recorded stays in UTC; only what a person reads here is turned.
    """
    return UTC_INSTANT.sub(_in_house_zone, text)


def _in_house_zone(found: re.Match[str]) -> str:
    instant = datetime.strptime(found.group(1), "%d %b %Y %H:%M").replace(tzinfo=UTC)
    return instant_text(instant)


def day_text(value: date | None) -> str:
    """A date: 22 Nov 2026."""
    return value.strftime("%-d %b %Y") if value else ""


def duration_text(value: timedelta | float | None) -> str:
    """A duration as people say it: 38 min, 2 h 5 min, 3 days 4 h; seconds where a number."""
    if value is None:
        return ""
    seconds = round(value.total_seconds() if isinstance(value, timedelta) else value)
    sign, seconds = (MINUS if seconds < 0 else ""), abs(seconds)
    if seconds < MINUTE:
        return f"{sign}{seconds} s"
    minutes = round(seconds / MINUTE)
    if minutes < HOUR // MINUTE:
        return f"{sign}{minutes} min"
    if minutes < DAY // MINUTE:
        return sign + _two(minutes // 60, "h", minutes % 60, "min")
    hours = round(seconds / HOUR)
    return sign + _two(hours // 24, "day" if hours // 24 == 1 else "days", hours % 24, "h")


def _two(large: int, large_word: str, small: int, small_word: str) -> str:
    return f"{large} {large_word}" + (f" {small} {small_word}" if small else "")


def number_text(value: Any, *, places: int = 0) -> str:
    """A number with thousands separated and the places asked for."""
    return "" if value is None else f"{value:,.{places}f}".replace("-", MINUS)


def percent_text(value: float | None, *, places: int = 1) -> str:
    """A fraction as a percentage."""
    return "" if value is None else f"{number_text(value * 100, places=places)}\N{NO-BREAK SPACE}%"


CAPITALS = {"api": "API", "sla": "SLA", "dmn": "DMN"}


def words(code: str) -> str:
    """A code as people read it: make_api_key is Make API key."""
    said = " ".join(CAPITALS.get(word, word) for word in code.lower().split("_"))
    return said[:1].upper() + said[1:]


def signal_html(signal: Signal, *, filled: bool = False) -> SafeString:
    """A signal as shape, word and colour."""
    return format_html(
        '<span class="signal is-{}{}"><svg class="shape" viewBox="0 0 12 12" aria-hidden="true">'
        '<path fill-rule="evenodd" d="{}"/></svg>{}</span>',
        signal.level,
        " is-filled" if filled else "",
        SHAPES[signal.level],
        signal.word,
    )


def instant_html(value: datetime | None, *, zone: str = "") -> SafeString | str:
    """An instant as a `time` element."""
    if value is None:
        return NONE
    *day, clock, zone_word = instant_text(value, zone=zone).split(" ")
    return format_html(
        '<time datetime="{}"><span class="nowrap">{}</span> <span class="nowrap">{}</span></time>',
        value.isoformat(),
        " ".join(day),
        f"{clock} {zone_word}",
    )


def estimate_html(estimate: Estimate, *, places: int = 1) -> SafeString:
    """An estimate with its interval and n; a provisional one is underlined and says so."""
    if estimate.value is None:
        reason = "no rows" if estimate.n == 0 else "not known yet"
        return format_html('<span class="quiet">{}</span>', reason)
    text = percent_text(estimate.value, places=places)
    value = (
        format_html(
            '<span class="provisional" title="Provisional: not all rows are mature">{}</span>'
            ' <span class="tag">provisional</span>',
            text,
        )
        if estimate.provisional
        else text
    )
    return format_html(
        '<span class="estimate">{}{}{}</span>', value, _interval(estimate, places), _n(estimate)
    )


def _interval(estimate: Estimate, places: int) -> SafeString | str:
    if estimate.low is None or estimate.high is None:
        return ""
    return format_html(
        ' <span class="interval">{}\N{EN DASH}{}</span>',
        number_text(estimate.low * 100, places=places),
        percent_text(estimate.high, places=places),
    )


def _n(estimate: Estimate) -> SafeString | str:
    if estimate.n is None:
        return ""
    return format_html(' <span class="n">n\N{NO-BREAK SPACE}{}</span>', number_text(estimate.n))


def cell_html(column: Column, row: Any) -> SafeString | str:
    """The cell of a column in a row, with its link where it has one."""
    value = column.of(row)
    url = column.link(row) if column.link and value is not None else ""
    if column.template:
        context = {"row": row, "value": value, "column": column, "url": url}
        return render_to_string(column.template, context)
    shown = value_html(column, value)
    return format_html('<a class="row-link" href="{}">{}</a>', url, shown) if url else shown


def value_html(column: Column, value: Any) -> SafeString | str:
    """A value in the form of the column's kind; what is not there is a dash."""
    if value is None or value == "":
        return NONE
    if column.kind in _FORMS:
        return _FORMS[column.kind](value, column)
    return str(value)


def _ratio(value: Any, column: Column) -> SafeString | str:
    if isinstance(value, Estimate):
        return estimate_html(value, places=column.places)
    return percent_text(value, places=column.places)


def _money(value: Any, _: Column) -> str:
    return value.as_text() if isinstance(value, Money) else str(value)


def _code(value: Any, _: Column) -> SafeString:
    """Codes one by one, so that a row of many may break between them."""
    return format_html_join(" ", "<code>{}</code>", ((code,) for code in str(value).split(", ")))


def _tag(value: Any, _: Column) -> SafeString:
    return format_html('<span class="tag">{}</span>', value)


def _number(value: Any, column: Column) -> str:
    return number_text(value, places=column.places)


def _instant(value: Any, _: Column) -> SafeString | str:
    return instant_html(value)


def _date(value: Any, _: Column) -> str:
    return day_text(value)


def _duration(value: Any, _: Column) -> str:
    return duration_text(value)


def _signal(value: Any, _: Column) -> SafeString:
    return signal_html(value)


_FORMS: dict[str, Callable[[Any, Column], SafeString | str]] = {
    "code": _code,
    "number": _number,
    "money": _money,
    "ratio": _ratio,
    "instant": _instant,
    "date": _date,
    "duration": _duration,
    "signal": _signal,
    "tag": _tag,
}
