"""Filters and tags that every template may use without loading anything."""

import re
from datetime import date, datetime, timedelta
from typing import Any, cast

from django import template
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from goodstanding.core.money import Money
from goodstanding.web import cells
from goodstanding.web.listing import Listing
from goodstanding.web.page import person_of
from goodstanding.web.saved_views import views_of
from goodstanding.web.types import Estimate, Level, Signal

register = template.Library()
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


@register.filter
def instant(value: datetime | None, zone: str = "") -> str:
    """An instant as people here write it: 22 Nov 2026 14:05 GMT."""
    return cells.instant_text(value, zone=zone)


@register.filter
def local(text: str) -> str:
    """A sentence with its instants in UTC told in the house's zone."""
    return cells.local_text(text)


@register.filter
def day(value: date | None) -> str:
    """A date: 22 Nov 2026."""
    return cells.day_text(value)


@register.filter
def duration(value: timedelta | float | None) -> str:
    """A duration in words: 38 min, 2 h 5 min, 3 days 4 h; a number counts seconds."""
    return cells.duration_text(value)


@register.filter
def money(amount_minor: int | None, currency: str) -> str:
    """Minor units with their currency, as en-GB writes them."""
    return "" if amount_minor is None else Money(amount_minor, currency).as_text()


@register.filter
def number(value: Any, places: int = 0) -> str:
    """A number with its thousands separated."""
    return cells.number_text(value, places=places)


@register.filter
def percent(value: float | None, places: int = 1) -> str:
    """A fraction as a percentage."""
    return cells.percent_text(value, places=places)


@register.filter
def initials(name: str) -> str:
    """The first letters of a person's first and last name."""
    words = name.split()
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()


@register.filter
def words(code: str) -> str:
    """A code as people read it."""
    return cells.words(code)


@register.filter
def counted(count: int, words: str) -> str:
    """A count with its noun, `case,cases`: 1 case, 1,204 cases."""
    one, many = words.split(",")
    return f"{count:,} {one if count == 1 else many}"


@register.simple_tag
def time(value: datetime | None, zone: str = "") -> SafeString | str:
    """An instant as a `time` element, with its zone."""
    return cells.instant_html(value, zone=zone)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small inline picture; the words beside it say what it means."""
    return render_to_string(f"icons/{name}.html")


@register.simple_tag
def signal(level: Level, word: str, *, filled: bool = False) -> SafeString:
    """A signal as shape, word and colour: good, watch, act, neutral, past."""
    return cells.signal_html(Signal(level, word), filled=filled)


@register.simple_tag
def estimate(
    value: float | None,
    n: int | None = None,
    low: float | None = None,
    high: float | None = None,
    places: int = 1,
    *,
    provisional: bool = False,
) -> SafeString:
    """A ratio with its interval and n, marked where it is provisional."""
    return cells.estimate_html(Estimate(value, n, low, high, provisional), places=places)


@register.simple_tag
def why(url: str, of: str) -> SafeString:
    """The link beside an automated result; `of` completes "Why" for a screen reader."""
    return format_html(
        '<a class="why" href="{}">Why<span class="visually-hidden"> {}</span></a>', url, of
    )


@register.simple_tag(takes_context=True)
def saved_views(context: template.Context, listing: Listing) -> SafeString:
    """The menu of the person's saved views of a list."""
    request: HttpRequest = context["request"]
    views = views_of(
        owner=person_of(request),
        list_name=listing.shape.name,
        path=listing.path,
        query=listing.query,
    )
    return render_to_string(
        "components/saved_views.html", {"views": views, "listing": listing}, request
    )


@register.filter
def facts(value: Any) -> str:
    """A fact of a record as people read it: a list by its members, an instant as a time."""
    match value:
        case list():
            return ", ".join(facts(item) for item in cast("list[Any]", value))
        case dict():
            pairs = cast("dict[str, Any]", value).items()
            return ", ".join(f"{cells.words(name).lower()} {facts(fact)}" for name, fact in pairs)
        case bool():
            return "yes" if value else "no"
        case str() if INSTANT.fullmatch(value):
            return cells.instant_text(datetime.fromisoformat(value))
        case None:
            return "none"
        case _:
            return str(value)


@register.simple_block_tag  # pyright: ignore[reportAttributeAccessIssue, reportUntypedFunctionDecorator]
def fold(content: str, title: str, note: str = "", key: str = "", *, shown: bool = False) -> Any:
    """A section of evidence that folds; `shown` opens it, `note` stands at its right."""
    return render_to_string(
        "components/fold.html",
        {"content": content, "title": title, "note": note, "key": key, "shown": shown},
    )
