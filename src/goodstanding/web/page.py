"""What makes a view a page: a signed-in person who holds the verb."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from goodstanding.accounts.queries import User
from goodstanding.accounts.types import verb_named
from goodstanding.core.errors import Forbidden
from goodstanding.web.cells import instant_text
from goodstanding.web.errors import NotText, PastIsReadOnly
from goodstanding.web.moment import moment_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = Callable[Concatenate[HttpRequest, ...], HttpResponseBase]


def page(*, verb: str, in_past: bool = False) -> Callable[[View], View]:
    """Let only people who hold `<room>.<verb>` in; others sign in, or learn who can grant it.

    While a person looks at a past moment a page only shows: what is sent to it is refused
    (PastIsReadOnly), unless `in_past` says that sending changes no record.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            require_verb(request, verb=verb)
            if "\0" in unquote(request.META.get("QUERY_STRING", "")):
                raise NotText
            if request.method not in SAFE_METHODS and not in_past and moment_of(request).is_past:
                raise PastIsReadOnly(as_of=instant_text(moment_of(request).as_of))
            return view(request, *args, **kwargs)

        vars(guarded)["verb"] = verb
        return guarded

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in, and go on: where one wanted to go, or to the page whose form was sent too late.

    A fragment would be put into the page that asks for it; the whole page has to go.
    """
    back = request.get_full_path()
    if request.method not in SAFE_METHODS:
        messages.warning(
            request,
            "You were signed out meanwhile: what you sent was not kept. Sign in and repeat it.",
        )
        back = _own_address(request, request.headers.get("Referer", ""))
    if "HX-Request" not in request.headers:
        return redirect_to_login(back)
    back = _own_address(request, request.headers.get("HX-Current-URL", ""))
    return HttpResponse(status=204, headers={"HX-Redirect": redirect_to_login(back).url})


def _own_address(request: HttpRequest, address: str) -> str:
    """Path and query of an address of ours, else home."""
    parts = urlsplit(address)
    is_ours = parts.netloc == request.get_host()
    return urlunsplit(("", "", parts.path, parts.query, "")) if is_ours else reverse("home")


def person_of(request: HttpRequest) -> User:
    """The signed-in person; only behind `page`."""
    return cast("User", request.user)


def require_verb(request: HttpRequest, *, verb: str) -> None:
    """Raise Forbidden, naming the roles that may, unless the person holds the verb."""
    if not request.user.has_perm(verb):
        wanted = verb_named(verb)
        raise Forbidden(
            who=str(request.user),
            verb=wanted.label.lower(),
            roles=", ".join(role.label for role in wanted.roles),
        )
