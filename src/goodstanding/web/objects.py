"""Where the object of an audit line or of an event has its page."""

from collections.abc import Callable

from django.urls import NoReverseMatch

_pages: dict[str, Callable[[str], str]] = {}


def register_object(*, kind: str, url: Callable[[str], str]) -> None:
    """Lead from `(object_kind, object_id)` of the audit trail to the object's page."""
    _pages[kind] = url


def address_of_object(*, kind: str, object_id: str) -> str:
    """The object's page, or nothing where no room shows this kind, or no object has such an id.

    A line of the trail is shown whatever was once written into it.
    """
    try:
        return _pages[kind](object_id) if kind in _pages else ""
    except (NoReverseMatch, ValueError):
        return ""
