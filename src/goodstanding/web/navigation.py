"""The rail, in the order of the loop."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Entry:
    """A place on the rail: its word, the URL name that it opens, the verb that shows it."""

    word: str
    url_name: str
    verb: str


@dataclass(frozen=True, slots=True)
class VisibleEntry:
    """A place as a person sees it."""

    word: str
    url: str
    is_current: bool


ENTRIES = (Entry("Home", "home", "accounts.see_home"),)


def visible_entries(request: HttpRequest) -> list[VisibleEntry]:
    """The places that the person may open."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    found: list[VisibleEntry] = []
    for entry in ENTRIES:
        if user.has_perm(entry.verb):
            url = reverse(entry.url_name)
            found.append(VisibleEntry(entry.word, url, _is_current(request.path, url)))
    return found


def _is_current(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)
