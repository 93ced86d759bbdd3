"""Enter what decides: policies and models by name, versions by their artefacts and cards."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import transaction

from goodstanding.governance import operations as governance
from goodstanding.governance.types import (
    Artefact,
    EntrySummary,
    Person,
    TierFactors,
    VersionKind,
)
from goodstanding.scoring.artifact import load_artifact
from goodstanding.scoring.types import Model
from goodstanding.second_line.errors import (
    ArtefactOfAnother,
    CardUnusable,
)
from goodstanding.second_line.types import DEMONSTRATION_FACTORS, Hands
from goodstanding.validation.types import HOUSE_THRESHOLDS

PRESENT = "present"


@transaction.atomic
def enter_for_governance(
    *,
    kind: VersionKind,
    name: str,
    title: str,
    use_case: str,
    hands: Hands,
    at: datetime,
    factors: TierFactors = DEMONSTRATION_FACTORS,
    tier_rationale: str = "Decides a large share of the book by itself",
) -> UUID:
    """Enter a policy or model with its tier and the house's thresholds; returns the entry's id."""
    entry = governance.enter_inventory(
        kind=kind, name=name, title=title, use_case=use_case, owner=hands.owner,
        by=hands.owner, at=at,
    )  # fmt: skip
    governance.assess_tier(
        kind=kind, name=name, factors=factors, rationale=tier_rationale, by=hands.validator, at=at
    )
    governance.set_thresholds(
        kind=kind, name=name, thresholds=HOUSE_THRESHOLDS, reason="House cuts", by=hands.validator,
        at=at,
    )  # fmt: skip
    return entry


def register_model(
    *, card: Mapping[str, Any], content_hash: str, name: str, hands: Hands, at: datetime
) -> UUID:
    """Register a model version from its card; returns the version's id.

    The facts of the inventory are read from the card, each with where it stands there.
    """
    return governance.register_version(
        kind=VersionKind.MODEL,
        name=name,
        content_hash=content_hash,
        label=str(card["model"]["version"]),
        developer=hands.developer,
        by=hands.developer,
        at=at,
        artefact=Artefact(facts=facts_of(card), card=card),
    )


@transaction.atomic
def register_uploaded_model(
    *,
    entry: EntrySummary,
    artefact: bytes,
    card: Mapping[str, Any],
    developer: Person,
    by: Person,
    at: datetime,
) -> UUID:
    """Register a model version by the bytes of its artefact; returns the version's id.

    `card` is the model card, or empty. Raises what `load_artifact` refuses, ArtefactOfAnother,
    CardUnusable, and the refusals of `register_version`.
    """
    model = load_artifact(artefact)
    if model.id != entry.name:
        raise ArtefactOfAnother(field="artefact", given=model.id, name=entry.name)
    return governance.register_version(
        kind=VersionKind.MODEL,
        name=entry.name,
        content_hash=model.sha256,
        label=model.version,
        developer=developer,
        by=by,
        at=at,
        artefact=_artefact_of(card, model) if card else None,
    )


def _artefact_of(card: Mapping[str, Any], model: Model) -> Artefact:
    try:
        described = card["model"]["sha256"]
        facts = facts_of(card)
    except (KeyError, TypeError) as error:
        raise CardUnusable(field="card", why=f"it lacks {error}") from error
    if described != model.sha256:
        raise CardUnusable(field="card", why="it describes another artefact")
    return Artefact(facts=facts, card=card)


def facts_of(card: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What an inventory asks of a model, out of its card: value, status and where it stands."""
    made_with = cast("Mapping[str, Any]", card["made_with"])
    found: dict[str, tuple[Any, str]] = {
        "Purpose": (card["purpose"], "purpose"),
        "Type": (card["model"]["kind"], "model.kind"),
        "Output": (card["model"]["output"], "model.output"),
        "Features": (", ".join(each["name"] for each in card["inputs"]), "inputs"),
        "Training data": (card["windows"]["train"]["fingerprint"], "windows.train.fingerprint"),
        "Outcome": (card["label"]["definition"], "label.definition"),
        "Seed": (card["recipe"]["seed"], "recipe.seed"),
        "Recipe": (card["recipe"]["sha256"], "recipe.sha256"),
        "Code": (made_with["code_sha256"], "made_with.code_sha256"),
        "Lock file": (made_with["lock_sha256"], "made_with.lock_sha256"),
        "Limits of use": ("; ".join(card["limits"]), "limits"),
    }
    return {
        name: {
            "value": value,
            "status": PRESENT if value not in (None, "") else "missing",
            "evidence": f"model card, {where}",
        }
        for name, (value, where) in found.items()
    }
