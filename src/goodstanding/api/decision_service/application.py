"""The decision service: authenticate, read the question, decide, answer once it is durable."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
import structlog

from goodstanding.accounts.errors import KeyRefused
from goodstanding.accounts.queries import KeyInForce
from goodstanding.api.authentication import (
    DECIDE,
    READ_DECISIONS,
    READ_EXPERIMENTS,
    RateLimit,
    bearer_token,
    require_scope,
)
from goodstanding.api.decision_service.bodies import MOST_BYTES_READ, DecisionBody, read_body
from goodstanding.api.decision_service.current import Current
from goodstanding.api.decision_service.experiments import (
    experiment_memo,
    list_experiments,
    power_table,
    whole_experiment,
)
from goodstanding.api.decision_service.http import (
    Receive,
    Response,
    Scope,
    Send,
    headers_of,
    json_response,
    problem,
    receive_body,
    send_response,
)
from goodstanding.api.decision_service.openapi import openapi_document
from goodstanding.api.decision_service.routes import DECISIONS, ROUTES, template_of
from goodstanding.api.errors import (
    IdempotencyKeyMissing,
    MethodNotAllowed,
    NoSuchPath,
    NotJson,
    SurpriseHere,
    TooManyStrangers,
)
from goodstanding.core.errors import Refusal
from goodstanding.core.ids import new_id
from goodstanding.decisions.errors import UnknownDecision
from goodstanding.decisions.operations import DatabaseThread, LiveDecisions, keep_rejected_event
from goodstanding.decisions.queries import answer_of, canonical_entity, whole_of
from goodstanding.decisions.types import Caller, DecisionRequest, Entity, Question

log = structlog.get_logger()

KEY_AT_MOST = 200
FIRST_READ_SECONDS = 10
STRANGERS_PER_SECOND = 20
"""Requests without a key in force that an address may send, before it hears that it is too many."""
KEPT_STATUSES = frozenset({400, 404, 422})
_DIGESTED = msgspec.json.Encoder(order="sorted")


class Request(msgspec.Struct, frozen=True):
    """A request past the door: its headers by lower-case name, and when it arrived."""

    method: str
    path: str
    headers: Mapping[bytes, bytes]
    receive: Receive
    arrived_at: datetime
    arrived_ns: int
    query_string: bytes = b""
    address: str = ""

    @property
    def query(self) -> Mapping[str, Sequence[str]]:
        """The parameters behind the question mark, each with its values in order."""
        text = self.query_string.decode("latin-1")
        return parse_qs(text, keep_blank_values=True)

    def header(self, name: bytes) -> str | None:
        """A header's text, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


class DecisionService:
    """The ASGI application. `clock` is the present instant in UTC."""

    def __init__(
        self,
        *,
        database_url: str,
        digest_key: bytes,
        clock: Callable[[], datetime],
        per_second: float,
    ) -> None:
        """Decide for callers with keys; connections and threads start with the application."""
        self._keyed_digest = hashlib.blake2b(key=digest_key, digest_size=32)  # RFC 7693
        self._clock = clock
        self._current = Current(clock=clock)
        self._live = LiveDecisions(database_url=database_url, in_force=self._current.in_force)
        self._limit = RateLimit(per_second=per_second)
        self._strangers = RateLimit(per_second=STRANGERS_PER_SECOND)
        self._keeper = DatabaseThread("rejected")
        self._reader = DatabaseThread("experiments")
        self._document = openapi_document()
        self._operations: Mapping[str, Callable[[Request], Awaitable[Response]]] = {
            "decide": self._decide,
            "read_decision": self._read,
            "list_experiments": self._experiments,
            "read_experiment": self._experiment,
            "read_memo": self._memo,
            "experiment_power": self._power,
            "describe": self._describe,
            "health": self._health,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the application."""
        if scope["type"] == "lifespan":
            await self._live_and_die(receive, send)
            return
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        await send_response(send, await self._answer(scope, receive))

    async def _live_and_die(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._current.start()
                # A process takes no calls before it can answer: its neighbours do. Where the
                # database is away it comes up all the same, and says so.
                await asyncio.to_thread(self._current.await_first, seconds=FIRST_READ_SECONDS)
                await send({"type": "lifespan.startup.complete"})
            else:
                self._current.stop()
                await self._live.close()
                await self._keeper.close()
                await self._reader.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        request = Request(
            scope["method"], scope["path"], headers_of(scope), receive,
            self._clock(), time.monotonic_ns(), scope.get("query_string", b""),
            (scope.get("client") or ("",))[0],
        )  # fmt: skip
        try:
            return await self._route(request)
        except Refusal as refusal:
            return problem(refusal, headers=_headers_of_refusal(refusal))
        except Exception:
            reference = new_id()
            log.exception("surprise", reference=str(reference), path=request.path)
            return problem(SurpriseHere(reference=reference))

    async def _route(self, request: Request) -> Response:
        methods = ROUTES.get(template_of(request.path))
        if methods is None:
            raise NoSuchPath(path=request.path)
        operation = methods.get(request.method)
        if operation is None:
            raise MethodNotAllowed(
                method=request.method, path=request.path, allowed=", ".join(methods)
            )
        return await self._operations[operation](request)

    def _authenticate(self, request: Request, *scopes: str) -> KeyInForce:
        try:
            token = bearer_token(request.header(b"authorization"))
            key = self._current.key_in_force(token=token, at=request.arrived_at)
        except KeyRefused:
            self._strangers.take(request.address, refusal=TooManyStrangers)
            raise
        require_scope(key, *scopes)
        self._limit.take(key.prefix)
        return key

    async def _decide(self, request: Request) -> Response:
        key = self._authenticate(request, DECIDE)
        _require_json(request)
        idempotency_key = _idempotency_key(request)
        body = await receive_body(request.receive, most_bytes=MOST_BYTES_READ)
        try:
            question = self._question(request, key, idempotency_key, read_body(body))
            stored = await self._live.decide(question)
        except Refusal as refusal:
            if refusal.status in KEPT_STATUSES:
                await self._keep_rejected(request, key, body, refusal)
            raise
        answer = answer_of(stored)
        headers = [(b"location", f"{DECISIONS}/{answer['decision_id']}".encode())]
        if stored.repeated:
            headers.append((b"idempotency-replayed", b"true"))
        return json_response(answer, status=201, headers=headers)

    def _question(
        self, request: Request, key: KeyInForce, idempotency_key: str, body: DecisionBody
    ) -> Question:
        digest = self._keyed_digest.copy()
        digest.update(_DIGESTED.encode(body))
        return Question(
            request=DecisionRequest(
                policy=body.policy,
                entity=canonical_entity(Entity(body.entity.scheme, body.entity.value)),
                as_of=body.as_of,
                inputs=body.inputs,
                idempotency_key=idempotency_key,
                supersedes=body.supersedes,
            ),
            caller=Caller(key.actor, key.legal_entity, key.actor),
            arrived_at=request.arrived_at,
            arrived_ns=request.arrived_ns,
            request_digest=digest.hexdigest(),
            decision_id=new_id(),
        )

    async def _keep_rejected(
        self, request: Request, key: KeyInForce, body: bytes, refusal: Refusal
    ) -> None:
        """Keep the event that was refused, off the loop, so that no neighbour waits for it."""
        await self._keeper.run(
            lambda: keep_rejected_event(
                legal_entity=key.legal_entity,
                actor=key.actor,
                body=body,
                refusal=refusal,
                at=request.arrived_at,
            )
        )

    async def _read(self, request: Request) -> Response:
        key = self._authenticate(request, READ_DECISIONS, DECIDE)
        text = request.path.removeprefix(f"{DECISIONS}/")
        try:
            decision_id = UUID(text)
        except ValueError as surprise:
            raise UnknownDecision(decision_id=text) from surprise
        stored = await self._live.stored(decision_id=decision_id, legal_entity=key.legal_entity)
        return json_response(whole_of(stored))

    async def _experiments(self, request: Request) -> Response:
        """Read off the loop, like all of experiments: no decision waits for their figures."""
        entity = self._authenticate(request, READ_EXPERIMENTS).legal_entity
        return json_response(
            await self._reader.run(
                lambda: list_experiments(legal_entity=entity, query=request.query)
            )
        )

    async def _experiment(self, request: Request) -> Response:
        entity = self._authenticate(request, READ_EXPERIMENTS).legal_entity
        return json_response(
            await self._reader.run(
                lambda: whole_experiment(
                    path=request.path, legal_entity=entity, at=request.arrived_at
                )
            )
        )

    async def _memo(self, request: Request) -> Response:
        entity = self._authenticate(request, READ_EXPERIMENTS).legal_entity
        return json_response(
            await self._reader.run(lambda: experiment_memo(path=request.path, legal_entity=entity))
        )

    async def _power(self, request: Request) -> Response:
        self._authenticate(request, READ_EXPERIMENTS)
        return json_response(await self._reader.run(lambda: power_table(query=request.query)))

    async def _describe(self, _request: Request) -> Response:
        return json_response(self._document)

    async def _health(self, _request: Request) -> Response:
        confirmed = self._current.is_confirmed
        return json_response(
            {"status": "ok" if confirmed else "stale"}, status=200 if confirmed else 503
        )


def _require_json(request: Request) -> None:
    content_type = request.header(b"content-type") or "application/json"
    if content_type.split(";", 1)[0].strip().lower() != "application/json":
        raise NotJson(field="Content-Type", content_type=content_type)


def _idempotency_key(request: Request) -> str:
    key = request.header(b"idempotency-key") or ""
    if not (0 < len(key) <= KEY_AT_MOST and key.isascii() and key.isprintable()):
        raise IdempotencyKeyMissing(field="Idempotency-Key", most=KEY_AT_MOST)
    return key


def _headers_of_refusal(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    headers: list[tuple[bytes, bytes]] = []
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(refusal, MethodNotAllowed):
        headers.append((b"allow", str(refusal.facts["allowed"]).encode()))
    if refusal.status in {429, 503}:
        headers.append((b"retry-after", str(refusal.facts.get("retry_after", 1)).encode()))
    return headers
