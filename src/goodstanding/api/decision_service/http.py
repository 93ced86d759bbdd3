"""The little of HTTP that the decision service needs over ASGI."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

import msgspec

from goodstanding.api.errors import BodyTooLarge
from goodstanding.core.errors import Refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

JSON = b"application/json"
PROBLEM = b"application/problem+json"
ENCODER = msgspec.json.Encoder(order="sorted")  # so that an answer is the same bytes for ever


class Response(msgspec.Struct, frozen=True):
    """A whole response."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: Headers = ()


def problem(refusal: Refusal, *, headers: Headers = ()) -> Response:
    """A refusal as a problem document (RFC 9457)."""
    return Response(refusal.status, ENCODER.encode(refusal.as_problem()), PROBLEM, headers)


def json_response(document: Any, *, status: int = 200, headers: Headers = ()) -> Response:
    """A document as JSON."""
    return Response(status, ENCODER.encode(document), JSON, headers)


async def receive_body(receive: Receive, *, most_bytes: int) -> bytes:
    """The whole body; raises BodyTooLarge as soon as it is longer than `most_bytes`."""
    message = await receive()
    body = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most_bytes:
            raise BodyTooLarge(field="body", most_kib=most_bytes // 1024)
    return body


async def send_response(send: Send, response: Response) -> None:
    """Send it in one piece."""
    headers = [
        (b"content-type", response.content_type),
        (b"content-length", str(len(response.body)).encode()),
        *response.headers,
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def headers_of(scope: Scope) -> Mapping[bytes, bytes]:
    """The request's headers by lower-case name; of one sent twice the last."""
    return dict(scope["headers"])
