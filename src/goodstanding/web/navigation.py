"""The rail, in the order of the loop."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse


@dataclass(frozen=True, slots=True)
class Entry:
    """A place on the rail: its word and the name of its URL, which is also its icon's."""

    word: str
    url_name: str


@dataclass(frozen=True, slots=True)
class Place:
    """An entry as a person sees it."""

    word: str
    url: str
    icon: str
    is_current: bool


LOOP = (
    Entry("Home", "home"),
    Entry("Businesses", "businesses"),
    Entry("Decisions", "decisions"),
    Entry("Cases", "cases"),
    Entry("Team", "team"),
    Entry("Portfolio", "portfolio"),
    Entry("Policies", "policies"),
    Entry("Metrics", "metrics"),
    Entry("Models", "models"),
    Entry("Audit trail", "audit_trail"),
)
ADMINISTRATION = (Entry("People", "people"), Entry("API keys", "api_keys"))


def places(request: HttpRequest, *, entries: tuple[Entry, ...] = LOOP) -> list[Place]:
    """The places that exist and that the person may open; the verb is the page's own."""
    if not request.user.is_authenticated:
        return []
    found: list[Place] = []
    for entry in entries:
        url = address_of(entry.url_name)
        if url and request.user.has_perm(verb_of(url)):
            is_current = _is_current(request.path, url)
            found.append(Place(entry.word, url, f"icons/{entry.url_name}.html", is_current))
    return found


def address_of(url_name: str) -> str:
    """Where a URL name leads, or nothing while no room serves it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def verb_of(url: str) -> str:
    """The verb that the page at this address asks for; raises KeyError if it asks for none."""
    return vars(resolve(url).func)["verb"]


def _is_current(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)
