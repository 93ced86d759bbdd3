"""What the pages about a version show: runs, requests, approvals, threads, use cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goodstanding.core.money import Money
from goodstanding.governance.types.results import ResultSummary
from goodstanding.governance.types.words import (
    AiActClass,
    AiActRole,
    Automation,
    ExceptionKind,
    Fallback,
    FindingStatus,
    VersionKind,
)
from goodstanding.validation.types import Light, Thresholds, worst_light


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A rule in words, whether it holds, and why not."""

    words: str
    holds: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A validation run with its results and the opinion on it."""

    run_id: UUID
    version_id: UUID
    validator_id: UUID
    validator: str
    ran_at: datetime
    data_description: str
    run_hash: str
    result_hash: str
    thresholds_version: str
    thresholds_source: str
    results: Sequence[ResultSummary]
    grade: int | None
    because: str
    summary: str
    opined_at: datetime | None

    @property
    def worst(self) -> Light:
        """The light of the run: ERROR outranks RED."""
        return worst_light(result.light for result in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSummary:
    """A request for approval, its conditions, and how it was answered."""

    request_id: UUID
    version_id: UUID
    version_words: str
    run_id: UUID
    use_case: str
    use_case_title: str
    allowed: Mapping[str, Sequence[str]]
    max_exposure: Money | None
    monitoring_every_days: int | None
    fallback: Fallback
    valid_from: datetime
    expires_at: datetime
    reason: str
    is_demonstration: bool
    developer_id: UUID
    developer: str
    validator_id: UUID
    validator: str
    requested_by_id: UUID
    requested_by: str
    requested_at: datetime
    approval_id: UUID | None = None
    returned_at: datetime | None = None
    returned_by: str = ""
    returned_why: str = ""

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has answered it."""
        return self.approval_id is None and self.returned_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSummary:
    """An approval, its people and conditions, and how it ends.

    `is_bound` says whether version, run, thresholds and conditions still give the digest that was
    approved.
    """

    as_of: datetime
    approval_id: UUID
    request: RequestSummary
    approver_id: UUID
    approver: str
    reason: str
    approved_at: datetime
    ends_at: datetime
    expiry_changed_by: str
    expiry_changed_at: datetime | None
    expiry_changed_why: str
    revoked_at: datetime | None
    revoked_by: str
    revoked_why: str
    binding_hash: str
    is_bound: bool

    @property
    def is_in_force(self) -> bool:
        """Whether its time has come and has not ended."""
        return self.revoked_at is None and self.request.valid_from <= self.as_of < self.ends_at

    @property
    def days_left(self) -> int:
        """Whole days left; 0 once it has ended."""
        return max(0, (self.ends_at - self.as_of).days) if self.is_in_force else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionSummary:
    """An exception, its controls, its end."""

    as_of: datetime
    exception_id: UUID
    version_id: UUID
    kind: ExceptionKind
    finding_number: int | None
    reason: str
    controls: str
    requested_by: str
    granted_by: str
    granted_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @property
    def is_in_force(self) -> bool:
        """Whether it still allows what it allowed."""
        return self.ended_at is None and self.as_of < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One word in a thread; a disposition settles it."""

    answer: str
    disposition: str
    answered_by: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A question of the challenge and what was said to it."""

    question_id: UUID
    version_id: UUID
    finding_id: UUID | None
    question: str
    asked_by_id: UUID
    asked_by: str
    asked_at: datetime
    answers: Sequence[Answer]

    @property
    def is_settled(self) -> bool:
        """Whether who asked has said what came of it."""
        return any(answer.disposition for answer in self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCaseSummary:
    """A use case as its owner stated it last."""

    use_case_id: UUID
    code: str
    title: str
    desk: str
    legal_entity: str
    number: int
    owner: str
    owner_email: str
    purpose: str
    decision: str
    affected_persons: str
    jurisdictions: Sequence[str]
    ai_act_role: AiActRole
    ai_act_class: AiActClass
    automation: Automation
    yearly_decisions: int | None
    fallback: Fallback
    reason: str
    stated_by: str
    stated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySummary:
    """A policy or model by name, before and beside its versions.

    `tier` and `thresholds` are None until they are assessed and set.
    """

    entry_id: UUID
    kind: VersionKind
    name: str
    title: str
    use_case: str
    use_case_title: str
    owner: str
    vendor: str
    entered_at: datetime
    versions: int
    tier: int | None
    thresholds: Thresholds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedVersion:
    """A version as others point to it."""

    version_id: UUID
    words: str
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step in a finding's life."""

    number: int
    state: FindingStatus
    reason: str
    by: str
    at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRecord:
    """A tier assessment as it was made."""

    tier: int
    computed_tier: int
    materiality: int
    complexity: int
    rationale: str
    assessed_by: str
    override_approved_by: str
    assessed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRecord:
    """A jurisdiction's rules, and whether they reach the entry."""

    jurisdiction: str
    profile: str
    in_scope: bool
    rationale: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """What changed around a version."""

    kind: str
    is_material: bool
    description: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationRecord:
    """What monitoring saw."""

    observation_id: UUID
    measure: str
    light: Light
    statistic: float | None
    p_value: float | None
    n: int
    evidence: str
    reported_by: str
    observed_at: datetime
    finding_numbers: tuple[int, ...] = ()
