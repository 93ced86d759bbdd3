"""Re-derive: look the features of a decision up in the ledger again, as of its own moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from goodstanding.core.audit import write_audit
from goodstanding.decisions.errors import UnknownDecision
from goodstanding.decisions.given_values import was_looked_up
from goodstanding.decisions.models import Decision
from goodstanding.policies.engine import as_text
from goodstanding.policies.features import feature_named
from goodstanding.policies.queries import AskedFeatures, look_up_features


@dataclass(frozen=True, slots=True)
class RederivedFeature:
    """A feature as it was recorded, and as the ledger gives it now for the same moment.

    Values stand as in the record; where there is none, the kind of missing value.
    """

    name: str
    definition: str
    recorded: str
    derived: str

    @property
    def is_same(self) -> bool:
        """Whether the ledger still says what it said."""
        return self.recorded == self.derived


@dataclass(frozen=True, slots=True)
class Rederived:
    """The features of a decision, looked up again."""

    decision_id: UUID
    as_of: datetime
    features: tuple[RederivedFeature, ...]

    @property
    def differing(self) -> tuple[RederivedFeature, ...]:
        """Those for which the ledger says something else now."""
        return tuple(item for item in self.features if not item.is_same)

    def __str__(self) -> str:
        """The one line that people read."""
        return f"{len(self.differing)} of {len(self.features)} features differ"


@transaction.atomic
def rederive_features(*, decision_id: UUID, by: str, at: datetime) -> Rederived:
    """Look the features of a decision up again, as of the decision and as was known then.

    Nothing that was recorded later counts, so a difference means that facts came with an earlier
    moment of recording than that at which they came: an import of history. The decision stays as
    it is. Raises UnknownDecision, and FeatureUnknown for a definition that is gone.
    """
    decision = Decision.objects.filter(id=decision_id).first()
    if decision is None:
        raise UnknownDecision(decision_id=decision_id)
    record = msgspec.json.decode(decision.record)
    entries = {name: entry for name, entry in record["inputs"].items() if was_looked_up(entry)}
    definitions = [feature_named(entry["definition"]) for entry in entries.values()]
    as_of = datetime.fromisoformat(record["as_of"])
    asked = AskedFeatures(
        as_of=as_of,
        legal_entity=decision.legal_entity,
        party_id=None if record["party_id"] is None else UUID(record["party_id"]),
        entity=decision.entity,
        event=decision.entity,
    )
    [found] = look_up_features(definitions, asked=[asked])
    features = tuple(
        RederivedFeature(
            name, entry["definition"], _recorded(entry), _words(as_text(again.value), again.missing)
        )
        for (name, entry), again in zip(entries.items(), found, strict=True)
    )
    result = Rederived(decision_id, as_of, features)
    write_audit(
        actor=by, action="rederive_features", object_kind="decision", object_id=decision_id, at=at,
        detail={"differing": [item.name for item in result.differing]},
    )  # fmt: skip
    return result


def _recorded(entry: dict[str, Any]) -> str:
    return _words(entry["value"], entry.get("missing"))


def _words(value: object, missing: str | None) -> str:
    return missing.replace("_", " ") if missing else str(value)
