"""What every page's frame needs."""

from typing import Any

from django.http import HttpRequest

from goodstanding.accounts.queries import roles_of
from goodstanding.web.navigation import ADMINISTRATION, address_of, places

THEMES = ("system", "light", "dark")
DOCK_PLACES = 4


def shell(request: HttpRequest) -> dict[str, Any]:
    """The rail, the person and the role, the theme and the moment; made once a request.

    A request that failed before its session or person was known gets the plain frame.
    """
    kept = vars(request)
    if "frame" not in kept:
        kept["frame"] = _frame(request)
    return kept["frame"]


def _frame(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "system")
    frame: dict[str, Any] = {"theme": theme if theme in THEMES else "system", "themes": THEMES}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return frame
    navigation = places(request)
    return frame | {
        "navigation": navigation,
        "administration": places(request, entries=ADMINISTRATION),
        "dock": navigation[:DOCK_PLACES],
        "dock_more": navigation[DOCK_PLACES:],
        "moment": vars(request).get("moment"),
        "role_words": ", ".join(sorted(role.label for role in roles_of(user))),
        "moment_url": address_of("moment"),
        "search_url": address_of("search"),
    }
