"""Input values as callers send them: plain, or an object with their origin."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from goodstanding.core.errors import Refusal
from goodstanding.policies.engine.evaluation import MissingKind

_KEYS = frozenset({"value", "source", "observed_at", "missing"})


class Given(msgspec.Struct, frozen=True):
    """A value with where it came from; or the kind of missing value, if it did not come.

    `observed_at` is when we knew it, for the input's max_age; `source` says who told us.
    """

    value: object = None
    missing: MissingKind | None = None
    observed_at: datetime | None = None
    source: str = ""


class InputValueUnreadable(Refusal):
    """An input given as an object {why}."""

    code = "input_value_unreadable"
    mend = "Send a plain value, or an object of value, source, observed_at and missing."


def as_given(name: str, parts: Mapping[str, Any]) -> Given:
    """What an input's value says that was sent as an object.

    `{"value": 12, "source": "bureau", "observed_at": "2026-11-20T09:00:00Z"}` is a value with its
    source, and `{"missing": "source_error"}` says why there is none.
    Raises InputValueUnreadable for any other object.
    """
    unknown = sorted(parts.keys() - _KEYS)
    if unknown or not parts:
        why = f"has no {', '.join(unknown)}" if unknown else "is empty"
        raise InputValueUnreadable(field=f"inputs.{name}", why=why)
    return Given(
        value=parts.get("value"),
        source=str(parts.get("source") or ""),
        observed_at=_observed_at(name, parts),
        missing=_missing(name, parts),
    )


def _observed_at(name: str, parts: Mapping[str, Any]) -> datetime | None:
    text = parts.get("observed_at")
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(str(text))
        instant = None if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        instant = None
    if instant is None:
        field = f"inputs.{name}.observed_at"
        raise InputValueUnreadable(field=field, why="needs observed_at as an instant with its zone")
    return instant


def _missing(name: str, parts: Mapping[str, Any]) -> MissingKind | None:
    kind = parts.get("missing")
    if kind is None:
        return None
    try:
        return MissingKind(str(kind))
    except ValueError as surprise:
        known = ", ".join(MissingKind)
        field = f"inputs.{name}.missing"
        raise InputValueUnreadable(field=field, why=f"knows the kinds {known}") from surprise
