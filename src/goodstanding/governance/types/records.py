"""What callers hand to the operations of governance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from goodstanding.core.money import Money
from goodstanding.governance.types.words import (
    AiActClass,
    AiActRole,
    Automation,
    Effect,
    Fallback,
    Severity,
)

if TYPE_CHECKING:
    from goodstanding.accounts.queries import User as Person
else:  # the user's table needs Django; these types do not
    Person = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCaseStatement:
    """What an owner states of a use case. `jurisdictions` are ISO country codes, or EU."""

    owner: Person
    purpose: str
    decision: str
    affected_persons: str
    jurisdictions: Sequence[str]
    ai_act_role: AiActRole
    ai_act_class: AiActClass
    automation: Automation
    fallback: Fallback
    yearly_decisions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TierFactors:
    """What a tier follows from: a share in [0, 1], and scores from 1 (low) to 4 (high)."""

    exposure_share: Decimal
    regulatory_use: int
    criticality: int
    complexity: Mapping[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierOverride:
    """A tier other than the computed one, borne by a second person."""

    tier: int
    approved_by: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeAnswers:
    """Whether a jurisdiction's rules reach an entry; `profile` names them: `us-2026`, `pra`."""

    jurisdiction: str
    profile: str
    applies_theory: bool
    is_estimate: bool
    is_deterministic: bool
    is_generative: bool
    in_scope: bool
    rationale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Where an approval or exception holds.

    `allowed` maps a key of a case (`country`, `population`, `product`, ...) to the values it
    covers; a key it does not name is free. Monitoring older than `monitoring_every_days` stops it.
    """

    allowed: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    max_exposure: Money | None = None
    monitoring_every_days: int | None = None

    def allowed_as_json(self) -> dict[str, list[str]]:
        """`allowed` as it is kept: sorted, without doubles."""
        return {key: sorted(set(values)) for key, values in sorted(self.allowed.items())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """What a version is made of. Each of `facts` is `{"value", "status", "evidence"}`.

    `status` is present, derivable, convention, n-a or missing; `card` is the model card.
    """

    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    card: Mapping[str, Any] = field(default_factory=dict[str, Any])
    commit_author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """What a finding says, and its effect on decisions in `segment` while it is open."""

    title: str
    description: str
    severity: Severity
    effect: Effect
    segment: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    cap: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a finding points to: a test result, an observation, or a record (kind and id).

    The test of `test_result_id` must be run again to close it; `supporting` results are cited too.
    """

    test_result_id: UUID | None = None
    supporting: Sequence[UUID] = ()
    observation_id: UUID | None = None
    record_kind: str = ""
    record_id: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether it points to nothing."""
        return (
            self.test_result_id is None
            and self.observation_id is None
            and not (self.record_kind and self.record_id)
        )
