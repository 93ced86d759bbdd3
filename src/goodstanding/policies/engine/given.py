"""Input values as callers send them: plain, or an object with their origin."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from goodstanding.core.errors import Refusal
from goodstanding.policies.engine.evaluation import MissingKind
from goodstanding.policies.engine.reading import Given

_KEYS = frozenset({"value", "source", "observed_at", "missing"})


class InputValueUnreadable(Refusal):
    """An input given as an object {why}."""

    code = "input_value_unreadable"
    mend = "Send a plain value, or an object of value, source, observed_at and missing."


def as_given(name: str, value: object) -> object:
    """The value for the policy's reader: itself, or `Given` where the caller sent an object.

    `{"value": 12, "source": "bureau", "observed_at": "2026-11-20T09:00:00Z"}` is a value with its
    source, and `{"missing": "source_error"}` says why there is none.
    Raises InputValueUnreadable for any other object.
    """
    if not isinstance(value, dict):
        return value
    parts = cast("dict[str, Any]", value)
    unknown = sorted(parts.keys() - _KEYS)
    if unknown or not parts:
        raise InputValueUnreadable(field=f"inputs.{name}", why=f"has no {', '.join(unknown)}")
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
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
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
