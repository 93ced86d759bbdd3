"""Input values that are looked up here, as the policy's reader takes them."""

from collections.abc import Mapping
from typing import Any

from goodstanding.decisions.errors import FeatureLookedUp
from goodstanding.decisions.types import DecisionRequest, FeatureValue, PolicyInForce
from goodstanding.policies.engine import Given, MissingKind

LEDGER = "ledger"
_NOT_LOOKED_UP = FeatureValue(None, MissingKind.SOURCE_ERROR)


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
