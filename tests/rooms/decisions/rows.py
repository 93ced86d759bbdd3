"""Rows as the hot path writes them."""

from dataclasses import dataclass
from typing import Any

from goodstanding.core.ids import new_id
from goodstanding.decisions.types import Row
from tests.instants import NOON


@dataclass
class Keys:
    """Makes idempotency keys that differ."""

    number: int = 0

    def next(self) -> str:
        self.number += 1
        return f"key-{self.number}"


KEYS = Keys()


def a_row(**changed: Any) -> Row:
    """A row that the table takes, with what a test wants different."""
    values: dict[str, Any] = {
        "id": new_id(),
        "legal_entity": "demo_us",
        "claimed_by": "key:abc",
        "idempotency_key": KEYS.next(),
        "request_digest": "d" * 64,
        "origin": "live",
        "actor": "key:abc",
        "desk": "credit",
        "policy": "sba_underwriting",
        "policy_hash": "a" * 64,
        "entity": "sba_loan:1000014003",
        "party_id": None,
        "as_of": NOON,
        "outcome": "approve",
        "amount_minor": 5_000_000,
        "limit_minor": None,
        "currency": "USD",
        "score": "541",
        "gate_state": "current",
        "approval_id": new_id(),
        "arm": "champion",
        "bucket": 77,
        "rule_states": "TFU",
        "reason_codes": "UTIL,TENURE",
        "supersedes_id": None,
        "arrived_ns": 1_000_000,
        "record": b'{"outcome":"approve"}',
        "record_hash": "e" * 64,
    }
    return Row(**values | changed)
