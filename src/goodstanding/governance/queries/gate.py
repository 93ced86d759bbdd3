"""Read the gate: its number, often; its snapshot, when the number moved."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from goodstanding.core.named_sql import named_sql
from goodstanding.governance.types.gate import (
    Allowed,
    GateSnapshot,
    GovernedState,
    OpenFinding,
    Permit,
)
from goodstanding.governance.types.words import Effect, Fallback, Severity

EVERYTHING = "infinity"


def gate_version() -> int:
    """The number that moves whenever anything moves that the gate reads; a primary-key read.

    It moves with the commit of what moved it, so a process may poll it several times a second.
    """
    return int(named_sql("governance", "gate_version").rows()[0]["version"])


def read_gate_snapshot(*, at: datetime, as_of: datetime | None = None) -> GateSnapshot:
    """Everything the gate needs of all governed versions, read in one statement.

    With `as_of` as its rows stood at that instant, for pages that look back; decisions leave it
    out, so that a row stamped by a clock ahead of theirs counts at once.
    """
    row = named_sql("governance", "gate_snapshot").rows({"as_of": as_of or EVERYTHING})[0]
    return gate_snapshot_from(row, at=at)


def gate_snapshot_from(row: Mapping[str, Any], *, at: datetime) -> GateSnapshot:
    """The snapshot in a row of `sql/gate_snapshot.sql`, for callers with a connection of their own.

    They run it with `as_of` set to EVERYTHING.
    `versions` may be the JSON text or the decoded array.
    """
    versions = row["versions"]
    bodies: Sequence[Mapping[str, Any]] = (
        json.loads(versions) if isinstance(versions, str | bytes) else versions
    )
    states = [_governed_state(body) for body in bodies]
    return GateSnapshot(int(row["version"]), at, {state.content_hash: state for state in states})


def _governed_state(body: Mapping[str, Any]) -> GovernedState:
    return GovernedState(
        content_hash=body["content_hash"],
        words=body["words"],
        use_case_id=UUID(body["use_case_id"]),
        fallback=Fallback(body["fallback"]),
        permits=tuple(_permit(each) for each in body["permits"]),
        findings=tuple(_open_finding(each) for each in body["findings"]),
        unanswered_red_since=_instant_or_none(body["unanswered_red_since"]),
    )


def _permit(body: Mapping[str, Any]) -> Permit:
    return Permit(
        permit_id=UUID(body["permit_id"]),
        use_case_id=UUID(body["use_case_id"]),
        valid_from=_instant(body["valid_from"]),
        expires_at=_instant(body["expires_at"]),
        fallback=Fallback(body["fallback"]),
        allowed=_allowed(body["allowed"]),
        max_exposure_minor=body["max_exposure_minor"],
        currency=body["currency"],
        is_exception=body["is_exception"],
        is_revoked=body["revoked_why"] is not None,
        revoked_why=body["revoked_why"] or "",
        fresh_until=_instant_or_none(body["fresh_until"]),
    )


def _open_finding(body: Mapping[str, Any]) -> OpenFinding:
    return OpenFinding(
        finding_id=UUID(body["finding_id"]),
        number=body["number"],
        severity=Severity(body["severity"]),
        effect=Effect(body["effect"]),
        segment=_allowed(body["segment"]),
        due_on=date.fromisoformat(body["due_on"]),
        cap_minor=body["cap_minor"],
        currency=body["currency"],
        quiet_until=_instant_or_none(body["quiet_until"]),
    )


def _allowed(body: Mapping[str, Sequence[str]]) -> Allowed:
    return {key: frozenset(values) for key, values in body.items()}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _instant_or_none(text: str | None) -> datetime | None:
    return None if text is None else _instant(text)
