"""Home: what waits for this person, and the tour of their role."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from goodstanding.accounts.queries import roles_of
from goodstanding.core.errors import NotFound
from goodstanding.core.time import utc_now
from goodstanding.web.home import address_of_stop, cards_of, open_step, stop_named, tours_of
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of

NOON_HOUR, EVENING_HOUR = 12, 18


@page(verb="accounts.see_home")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The person's own morning: the cards of their roles, most urgent first."""
    person, moment = person_of(request), moment_of(request)
    roles = roles_of(person)
    local = moment.as_of.astimezone(ZoneInfo(settings.GOODSTANDING_ZONE))
    context = {
        "greeting": f"{_greeting(local)}, {person.display_name.split()[0]}",
        "today": local,
        "cards": cards_of(request, roles=roles),
        "tours": tours_of(request, roles=roles),
    }
    return render(request, "home/home.html", context)


@page(verb="accounts.see_home")
@require_GET
def tour_step(request: HttpRequest, key: str) -> HttpResponse:
    """Lead to a step of the tour, and remember that it was opened."""
    stop = stop_named(key)
    url = address_of_stop(request, stop) if stop else ""
    if not url:
        raise NotFound(what="step of a tour called", key=key)
    open_step(owner=person_of(request), step=key, at=utc_now())
    return redirect(url)


def _greeting(local: datetime) -> str:
    if local.hour < NOON_HOUR:
        return "Good morning"
    return "Good afternoon" if local.hour < EVENING_HOUR else "Good evening"
