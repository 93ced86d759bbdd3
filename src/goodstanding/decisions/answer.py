"""The answer to a caller: a view of the record, the same now and at every later reading."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from goodstanding.decisions.canonical import id_text, instant_text


class StoredDecision(msgspec.Struct, frozen=True):
    """A decision as it is committed; `record` is the document under `record_hash`."""

    decision_id: UUID
    recorded_at: datetime
    legal_entity: str
    request_digest: str
    actor: str
    record: Mapping[str, Any]
    record_hash: str
    repeated: bool = False


def stored_from(row: Mapping[str, Any], *, repeated: bool = False) -> StoredDecision:
    """A stored decision from a row of `sql/stored_decision.sql`."""
    return StoredDecision(
        decision_id=row["id"],
        recorded_at=row["recorded_at"],
        legal_entity=row["legal_entity"],
        request_digest=row["request_digest"],
        actor=row["actor"],
        record=msgspec.json.decode(row["record"]),
        record_hash=row["record_hash"],
        repeated=repeated,
    )


def answer_of(stored: StoredDecision) -> dict[str, Any]:
    """What the caller is told; `decision_id` finds the whole record again."""
    record = stored.record
    return {
        "decision_id": id_text(stored.decision_id),
        "outcome": record["outcome"],
        "decided_by": record["decided_by"],
        "reasons": record["reasons"],
        "terms": record["terms"],
        "score": record["score"],
        "points": record["points"],
        "queue": record["queue"] if record["outcome"] == "refer" else "",
        "policy": record["policy"],
        "gate": record["gate"],
        "arm": record["arm"],
        "entity": record["entity"],
        "party_id": record["party_id"],
        "as_of": record["as_of"],
        "supersedes": record["supersedes"],
        "warnings": record["warnings"],
        "recorded_at": instant_text(stored.recorded_at),
        "record_hash": stored.record_hash,
    }


def whole_of(stored: StoredDecision) -> dict[str, Any]:
    """A decision with its whole record, for those who may read why."""
    return {
        "decision_id": id_text(stored.decision_id),
        "recorded_at": instant_text(stored.recorded_at),
        "actor": stored.actor,
        "record": stored.record,
        "record_hash": stored.record_hash,
    }
