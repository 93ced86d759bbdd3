"""The moment a person looks from: now, or a past moment that they chose for their session."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

from goodstanding.core.time import utc_now
from goodstanding.web.errors import NotAMoment

SESSION_KEY = "moment"
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """What was true `as_of`, as it was known at `known_at`; both the present unless `is_past`."""

    as_of: datetime
    known_at: datetime
    is_past: bool


class PointInTime:
    """Gives every request `as_of` and `known_at`, from the session or the clock."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Read the clock once, so that a page speaks of one instant."""
        moment = _of_session(request, now=utc_now())
        vars(request).update(moment=moment, as_of=moment.as_of, known_at=moment.known_at)
        return self.get_response(request)


def moment_of(request: HttpRequest) -> Moment:
    """The moment of this request, for views that type-check: `request.as_of` is the same."""
    return vars(request)["moment"]


def choose_moment(request: HttpRequest, *, as_of: str, known_at: str) -> None:
    """Keep the moment for the session; `known_at` follows `as_of` where it is empty.

    Raises NotAMoment unless both are instants that have passed.
    """
    chosen = _past(as_of, field="as_of")
    known = _past(known_at, field="known_at") if known_at else chosen
    request.session[SESSION_KEY] = [chosen.isoformat(), known.isoformat()]


def return_to_now(request: HttpRequest) -> None:
    """Look from the present again."""
    request.session.pop(SESSION_KEY, None)


def _past(text: str, *, field: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError) as surprise:
        raise NotAMoment(field=field, text=text) from surprise
    if not EARLIEST <= instant <= utc_now():
        raise NotAMoment(field=field, text=text)
    return instant


def _of_session(request: HttpRequest, *, now: datetime) -> Moment:
    kept = request.session.get(SESSION_KEY)
    if not kept:
        return Moment(now, now, is_past=False)
    as_of, known_at = (datetime.fromisoformat(text) for text in kept)
    return Moment(as_of, known_at, is_past=True)
