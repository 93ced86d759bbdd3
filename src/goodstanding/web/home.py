"""Home is put together from cards that rooms register, by role and in an order.

A room writes `web/pages/<room>/registrations.py` and calls `register_card` there; the card's
template gets what its query returns as `card`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.accounts.queries import User
from goodstanding.accounts.types import Role
from goodstanding.web.models import TourProgress
from goodstanding.web.navigation import address_of, verb_of
from goodstanding.web.page import person_of
from goodstanding.web.types import TourStep, TourStop

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
    steps: Sequence[TourStep]

    @property
    def is_done(self) -> bool:
        """Whether every step was opened."""
        return all(step.is_done for step in self.steps)


_cards: dict[Role, list[Card]] = {}
_tours: dict[Role, tuple[str, Sequence[TourStop]]] = {}


def register_card(*, role: Role, order: int, template: str, query: Query) -> None:
    """Show a card on the home of `role`; a query that returns None leaves it out."""
    _cards.setdefault(role, []).append(Card(order, template, query))


def register_tour(*, role: Role, title: str, stops: Sequence[TourStop]) -> None:
    """Show three steps on the home of `role`."""
    _tours[role] = (title, stops)


def cards_of(request: HttpRequest, *, roles: Iterable[Role]) -> list[FilledCard]:
    """The filled cards of these roles, in order, each template once."""
    wanted = sorted(
        (card for role in roles for card in _cards.get(role, ())),
        key=lambda card: (card.order, card.template),
    )
    once = {(card.template, card.query): card for card in wanted}
    filled = [FilledCard(card.template, card.query(request)) for card in once.values()]
    return [card for card in filled if card.card is not None]


def tours_of(request: HttpRequest, *, roles: Iterable[Role]) -> list[Tour]:
    """The tours of these roles, with what the person has opened of them."""
    opened = opened_steps(owner=person_of(request))
    return [
        Tour(title, [_step(request, stop, is_done=stop.key in opened) for stop in stops])
        for title, stops in (_tours[role] for role in sorted(roles) if role in _tours)
    ]


def stop_named(key: str) -> TourStop | None:
    """The step of any tour by its key."""
    stops = (stop for _, stops in _tours.values() for stop in stops)
    return next((stop for stop in stops if stop.key == key), None)


def address_of_stop(request: HttpRequest, stop: TourStop) -> str:
    """Where the step leads for this person, or nothing."""
    for name in stop.url_names:
        url = address_of(name)
        if url and request.user.has_perm(verb_of(url)):
            return f"{url}?{stop.query}" if stop.query else url
    return ""


def opened_steps(*, owner: User) -> frozenset[str]:
    """The keys of the steps that the person has opened."""
    return frozenset(TourProgress.objects.filter(owner=owner).values_list("step", flat=True))


def open_step(*, owner: User, step: str, at: datetime) -> None:
    """Remember that the person opened the step; again changes nothing."""
    TourProgress.objects.get_or_create(owner=owner, step=step, defaults={"opened_at": at})


def _step(request: HttpRequest, stop: TourStop, *, is_done: bool) -> TourStep:
    url = reverse("tour_step", args=[stop.key]) if address_of_stop(request, stop) else ""
    return TourStep(stop.title, stop.text, url, is_done)
