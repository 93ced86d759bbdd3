"""Facts and imports as other rooms see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """What happened: to be recorded, or to correct what was recorded of the same subject and kind.

    `subject` names the thing it happened to (a loan, an order, an incident); `party_id` the party
    it concerns, where there is one. Money is in minor units. `recorded_at` is given only for
    imported history, where it is the instant at which the source knew.
    """

    kind: str
    subject: str
    effective_at: datetime
    party_id: UUID | None = None
    amount_minor: int | None = None
    currency: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    recorded_at: datetime | None = None
    retracted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FactOrigin:
    """Where recorded facts come from: our legal entity, the source, the instant, the import."""

    legal_entity: str
    source: str
    at: datetime
    simulated: bool = False
    import_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact in the version that was known at a moment."""

    fact_id: UUID
    kind: str
    party_id: UUID | None
    subject: str
    version_no: int
    effective_at: datetime
    recorded_at: datetime
    amount_minor: int | None
    currency: str | None
    attributes: Mapping[str, Any]
    source: str
    simulated: bool
    import_id: UUID | None
    legal_entity: str


@dataclass(frozen=True, slots=True)
class FactVersion:
    """One version in the history of a fact, retractions included."""

    fact_id: UUID
    version_no: int
    retracted: bool
    effective_at: datetime
    recorded_at: datetime
    amount_minor: int | None
    currency: str | None
    attributes: Mapping[str, Any]
    source: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of facts handed in: new ones, corrections, and those that said nothing new."""

    new: int
    corrected: int
    unchanged: int
