"""Requests that tests decide on."""

from datetime import datetime
from typing import Any

from goodstanding.core.ids import new_id
from goodstanding.decisions.types import Caller, DecisionRequest, Entity, Origin, Question
from tests.instants import NOON
from tests.rooms.decisions.rows import KEYS

BUYER_LTD = Entity("companies_house", "01234567")
TRADE: dict[str, Any] = {
    "dpd_max": 0, "vat_ok": True, "utilisation": "0.50", "amount": "100.00", "tenure_months": 24,
}  # fmt: skip
BUYER: dict[str, Any] = {
    "amount": "250.00", "born_on": "1980-02-29", "share": 0.1, "seen_at": "2026-11-01T08:00:00Z",
    "since": "2020-01-31", "country": "GB", "checked": True, "visits": 7,
}  # fmt: skip


def a_request(
    policy: str = "trade_uk",
    *,
    entity: Entity = BUYER_LTD,
    as_of: datetime = NOON,
    key: str | None = None,
    **inputs: Any,
) -> DecisionRequest:
    """A request of a policy; named inputs replace the usual ones."""
    usual = TRADE if policy == "trade_uk" else BUYER
    return DecisionRequest(
        policy=policy,
        entity=entity,
        as_of=as_of,
        inputs=usual | inputs,
        idempotency_key=key or KEYS.next(),
    )


def a_question(
    request: DecisionRequest | None = None,
    *,
    at: datetime = NOON,
    legal_entity: str = "GS-UK",
    origin: Origin = Origin.LIVE,
) -> Question:
    """The request as it arrives."""
    return Question(
        request=request or a_request(),
        caller=Caller("key:abc", legal_entity, "key:abc"),
        arrived_at=at,
        request_digest="d" * 64,
        decision_id=new_id(),
        origin=origin,
    )
