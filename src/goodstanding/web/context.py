"""What every page's frame needs."""

from typing import Any

from django.http import HttpRequest

from goodstanding.web.navigation import visible_entries


def shell(request: HttpRequest) -> dict[str, Any]:
    """The rail, and who is signed in."""
    return {"navigation": visible_entries(request)}
