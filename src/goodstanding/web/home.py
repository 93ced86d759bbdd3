"""Home is put together from cards that rooms register, by role and in an order.

A room writes `web/pages/<room>/registrations.py` and calls `register_card` there; the card's
template gets what its query returns as `card`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from goodstanding.accounts.types import Role
from goodstanding.web.types import TourStep

Query = Callable[[HttpRequest], Any]


@dataclass(frozen=True, slots=True)
class Card:
    """A card of somebody's morning: its place, its template, and what fills it."""

    order: int
    template: str
    query: Query


@dataclass(frozen=True, slots=True)
class FilledCard:
    """A card as it is shown."""

    template: str
    card: Any


@dataclass(frozen=True, slots=True)
class Tour:
    """Three steps for a role's first ten minutes."""

    title: str
    steps: Callable[[HttpRequest], list[TourStep]]


_cards: dict[Role, list[Card]] = {}
_tours: dict[Role, Tour] = {}


def register_card(*, role: Role, order: int, template: str, query: Query) -> None:
    """Show a card on the home of `role`; a query that returns None leaves it out."""
    _cards.setdefault(role, []).append(Card(order, template, query))


def register_tour(
    *, role: Role, title: str, steps: Callable[[HttpRequest], list[TourStep]]
) -> None:
    """Show three steps on the home of `role`."""
    _tours[role] = Tour(title, steps)


def cards_of(request: HttpRequest, *, roles: Iterable[Role]) -> list[FilledCard]:
    """The filled cards of these roles, in order, each template once."""
    wanted = sorted(
        (card for role in roles for card in _cards.get(role, ())),
        key=lambda card: (card.order, card.template),
    )
    once = {(card.template, card.query): card for card in wanted}
    filled = [FilledCard(card.template, card.query(request)) for card in once.values()]
    return [card for card in filled if card.card is not None]


def tours_of(*, roles: Iterable[Role]) -> list[Tour]:
    """The tours of these roles."""
    return [_tours[role] for role in roles if role in _tours]
