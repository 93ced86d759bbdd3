"""The outbox: what an operation makes known, and who reacts to it.

An operation publishes in its own transaction. The worker hands each message to each subscribed
handler exactly once: the delivery row and the handler's effect are one transaction. A handler
that raises is tried again later, and the message stays in sight until it succeeds.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from goodstanding.core.models import OutboxDelivery, OutboxFailure, OutboxMessage
from goodstanding.core.named_sql import named_sql

log = structlog.get_logger()

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a handler sees it."""

    message_id: UUID
    kind: str
    subject_id: UUID
    payload: Mapping[str, Any]
    recorded_at: datetime


Handler = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A handler of one kind of message, known by a name that never changes."""

    name: str
    kind: str
    handler: Handler


_subscriptions: dict[str, Subscription] = {}


def subscribe(*, kind: str, name: str, handler: Handler) -> None:
    """Register a handler; called from a room's `apps.py`. Names are unique and permanent."""
    known = _subscriptions.get(name)
    if known and known.handler is not handler:
        raise ValueError(f"two outbox handlers are named {name!r}")
    _subscriptions[name] = Subscription(name, kind, handler)


def subscriptions() -> tuple[Subscription, ...]:
    """All registered handlers, by name."""
    return tuple(_subscriptions[name] for name in sorted(_subscriptions))


def publish(*, kind: str, subject_id: UUID, payload: Mapping[str, Any]) -> UUID:
    """Write a message in the caller's transaction; returns its id."""
    message = OutboxMessage.objects.create(kind=kind, subject_id=subject_id, payload=dict(payload))
    return message.message_id


def deliver_once(*, at: datetime, limit: int = 200) -> int:
    """Hand out at most `limit` waiting messages to each handler; returns how many succeeded."""
    return sum(_deliver_to(subscription, at=at, limit=limit) for subscription in subscriptions())


def _deliver_to(subscription: Subscription, *, at: datetime, limit: int) -> int:
    parameters = {"handler": subscription.name, "kind": subscription.kind, "at": at, "most": limit}
    waiting = named_sql("core", "waiting_messages").rows(parameters)
    delivered = sum(_deliver(subscription, row, at=at) for row in waiting)
    if len(waiting) < limit:
        with connection.cursor() as cursor:
            advance = named_sql("core", "advance_cursor")
            cursor.execute(
                advance.statement, {"handler": subscription.name, "kind": subscription.kind}
            )
    return delivered


def _deliver(subscription: Subscription, row: Mapping[str, Any], *, at: datetime) -> bool:
    message = Message(
        message_id=row["message_id"],
        kind=row["kind"],
        subject_id=row["subject_id"],
        payload=json.loads(row["payload"]),
        recorded_at=row["recorded_at"],
    )
    try:
        with transaction.atomic():
            if not _claim(subscription.name, row["sequence"]):
                return False
            subscription.handler(message)
    except Exception as surprise:  # noqa: BLE001 - whatever it was is kept, shown and tried again
        _keep_failure(subscription, row, surprise=surprise, at=at)
        return False
    return True


def _claim(handler: str, sequence: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {OutboxDelivery._meta.db_table} (message_id, handler)"  # noqa: S608, SLF001
            " values (%s, %s) on conflict do nothing",
            [sequence, handler],
        )
        return cursor.rowcount == 1


def _keep_failure(
    subscription: Subscription, row: Mapping[str, Any], *, surprise: Exception, at: datetime
) -> None:
    attempt = row["attempts"] + 1
    wait = min(FIRST_RETRY * 2 ** min(row["attempts"], 16), LONGEST_RETRY)
    OutboxFailure.objects.create(
        message_id=row["sequence"],
        handler=subscription.name,
        attempt=attempt,
        error=f"{type(surprise).__name__}: {surprise}"[:2000],
        failed_at=at,
        retry_at=at + wait,
    )
    log.error(
        "outbox_delivery_failed",
        handler=subscription.name,
        message_id=str(row["message_id"]),
        attempt=attempt,
        error=type(surprise).__name__,
    )
