"""What every response carries, and what a refusal looks like."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from whitenoise.middleware import WhiteNoiseMiddleware

from goodstanding.accounts.queries import people_of_role
from goodstanding.accounts.types import Role
from goodstanding.core.errors import Refusal

POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
GetResponse = Callable[[HttpRequest], HttpResponse]


class StaticFiles(WhiteNoiseMiddleware):
    """Serves our few small files whole: an open file cannot be streamed by an async server."""

    @staticmethod
    def serve(  # pyright: ignore[reportIncompatibleMethodOverride]
        static_file: Any, request: HttpRequest
    ) -> HttpResponse:
        """The file with the headers that WhiteNoise gives it."""
        answer = static_file.get_response(request.method, request.META)
        content = b""
        if answer.file is not None:
            with answer.file as file:
                content = file.read()
        response = HttpResponse(content, status=int(answer.status))
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        return response


class ContentSecurityPolicy:
    """No inline script, no inline style, nothing from elsewhere."""

    def __init__(self, get_response: GetResponse) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the policy in the header."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class RefusalPages:
    """A refusal becomes a page that says what was refused, why, and the mend."""

    def __init__(self, get_response: GetResponse) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; an address that only takes what a form sends says so to who opens it."""
        response = self.get_response(request)
        is_read = "text/html" in request.headers.get("Accept", "")
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and is_read:
            page = render(request, "405.html", status=response.status_code)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, surprise: Exception) -> HttpResponse | None:
        """Show a refusal; let a surprise propagate."""
        if not isinstance(surprise, Refusal):
            return None
        if request.accepts("text/html"):
            context = {"refusal": surprise, "grantors": people_of_role(Role.ADMINISTRATOR)}
            return render(request, "refusal.html", context, status=surprise.status)
        return JsonResponse(
            surprise.as_problem(), status=surprise.status, content_type="application/problem+json"
        )
