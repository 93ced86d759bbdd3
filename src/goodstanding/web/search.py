"""One search over everything: rooms register how their objects are found.

A room writes `web/pages/<room>/registrations.py` and calls `register_search` and
`register_command` there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest

from goodstanding.web.navigation import ADMINISTRATION, LOOP, address_of, places, verb_of

HITS_PER_GROUP = 8
SHORTEST_QUERY = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: its name, where it is, and what tells it from others."""

    title: str
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HitGroup:
    """Hits of one kind."""

    words: str
    hits: list[Hit]


Find = Callable[[HttpRequest, str], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Provider:
    """How objects of one kind are found, and the verb that lets a person see them."""

    words: str
    verb: str
    find: Find


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do from anywhere: words, and the name of the URL that does it."""

    words: str
    url_name: str


_providers: dict[str, Provider] = {}
_commands: dict[str, Command] = {}


def register_search(*, words: str, verb: str, find: Find) -> None:
    """Let the search find objects: `words` is their kind in the plural, best hits first."""
    _providers[words] = Provider(words, verb, find)


def register_command(*, words: str, url_name: str) -> None:
    """Offer a command to the people who may open its page."""
    _commands[words] = Command(words, url_name)


def found(request: HttpRequest, *, text: str) -> list[HitGroup]:
    """Everything that the text finds and the person may see, commands first."""
    wanted = text.strip()
    groups = [HitGroup("Commands", _matching_commands(request, wanted))]
    if len(wanted) >= SHORTEST_QUERY:
        groups += [
            HitGroup(provider.words, list(islice(provider.find(request, wanted), HITS_PER_GROUP)))
            for provider in _providers.values()
            if request.user.has_perm(provider.verb)
        ]
    return [group for group in groups if group.hits]


def _matching_commands(request: HttpRequest, text: str) -> list[Hit]:
    words = text.casefold().split()
    return [
        hit for hit in _commands_of(request) if all(word in hit.title.casefold() for word in words)
    ]


def _commands_of(request: HttpRequest) -> Iterable[Hit]:
    for place in places(request, entries=LOOP + ADMINISTRATION):
        yield Hit(f"Go to {place.word}", place.url)
    for command in _commands.values():
        url = address_of(command.url_name)
        if url and request.user.has_perm(verb_of(url)):
            yield Hit(command.words, url)
