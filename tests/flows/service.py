"""The decision service in this process, asked over ASGI as a client would ask."""

import asyncio
import base64
import os
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from django.conf import settings

from goodstanding.api.decision_service.application import DecisionService
from goodstanding.core.time import utc_now


def the_service(*, per_second: float = 10_000, clock: Callable[[], datetime] = utc_now) -> Any:
    """The application, as `serve.decision_service` makes it."""
    return DecisionService(
        database_url=os.environ["GOODSTANDING_DATABASE_URL"],
        digest_key=base64.b64decode(settings.GOODSTANDING_DIGEST_KEY),
        clock=clock,
        per_second=per_second,
    )


@asynccontextmanager
async def running(service: Any):
    """The service between startup and shutdown, with a client."""
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    life = asyncio.create_task(service({"type": "lifespan"}, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    transport = httpx.ASGITransport(app=service)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            assert (await client.get("/healthz")).status_code == 200  # no caller comes too early
            yield client
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await life


def a_body(**changed: Any) -> dict[str, Any]:
    """A request that trade_uk approves; a changed value of None takes the field away."""
    body: dict[str, Any] = {
        "policy": "trade_uk",
        "entity": {"scheme": "companies_house", "value": "01234567"},
        "as_of": datetime.now(UTC).isoformat(),
        "inputs": {
            "dpd_max": 0, "vat_ok": True, "utilisation": 0.50, "amount": 100, "tenure_months": 24,
        },
    }  # fmt: skip
    return {name: value for name, value in (body | changed).items() if value is not None}


def headers(key: str, idempotency_key: str) -> dict[str, str]:
    """What every request carries."""
    return {"authorization": f"Bearer {key}", "idempotency-key": idempotency_key}
