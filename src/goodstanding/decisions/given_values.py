"""Input values: plain or with their origin, as callers send them; and those looked up here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from goodstanding.decisions.errors import FeatureLookedUp, InputValueUnreadable
from goodstanding.decisions.types import DecisionRequest, FeatureValue, PolicyInForce
from goodstanding.policies.engine import Given, MissingKind

LEDGER = "ledger"
_NOT_LOOKED_UP = FeatureValue(None, MissingKind.SOURCE_ERROR)
_KEYS = frozenset({"value", "source", "observed_at", "missing"})


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


def looked_up(
    version: PolicyInForce, request: DecisionRequest, features: Mapping[str, FeatureValue]
) -> dict[str, object]:
    """The features of a version as its reader takes them, each seen as of the decision.

    A feature that nobody looked up is missing by the fault of its source, never silently absent.
    Raises FeatureLookedUp where the caller sent one.
    """
    found: dict[str, object] = {}
    for name, definition in version.features.items():
        if name in request.inputs:
            raise FeatureLookedUp(field=f"inputs.{name}", name=name, definition=definition)
        feature = features.get(definition, _NOT_LOOKED_UP)
        found[name] = Given(
            value=feature.value,
            missing=None if feature.missing is None else MissingKind(feature.missing),
            observed_at=request.as_of,
            source=LEDGER,
        )
    return found


def was_looked_up(entry: Mapping[str, Any]) -> bool:
    """Whether an input of a record is a feature that was read from the ledger."""
    return bool(entry.get("definition")) and entry.get("source") == LEDGER


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
