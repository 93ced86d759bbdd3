"""Filters and tags that every template may use: money, instants, durations, ratios."""

from datetime import datetime

from django import template

from goodstanding.core.money import Money

register = template.Library()


@register.filter
def instant(value: datetime | None) -> str:
    """An instant as people here write it: 22 Nov 2026 14:05 UTC."""
    return value.strftime("%-d %b %Y %H:%M UTC") if value else ""


@register.filter
def money(amount_minor: int | None, currency: str) -> str:
    """Minor units with their currency, as en-GB writes them."""
    return "" if amount_minor is None else Money(amount_minor, currency).as_text()
