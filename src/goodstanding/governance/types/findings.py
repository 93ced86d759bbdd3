"""A finding as pages and other rooms see it, at one instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goodstanding.governance.types.tiers import is_overdue
from goodstanding.governance.types.words import Effect, FindingStatus, Severity, VersionKind

SETTLED = frozenset({FindingStatus.VALIDATED_CLOSED, FindingStatus.RISK_ACCEPTED})
STEPS: Mapping[FindingStatus, tuple[FindingStatus, ...]] = {
    FindingStatus.OPEN: (FindingStatus.ACTION_PLAN_AGREED, FindingStatus.RISK_ACCEPTED),
    FindingStatus.ACTION_PLAN_AGREED: (FindingStatus.IN_PROGRESS, FindingStatus.RISK_ACCEPTED),
    FindingStatus.IN_PROGRESS: (
        FindingStatus.SUBMITTED_FOR_CLOSURE,
        FindingStatus.RISK_ACCEPTED,
    ),
    FindingStatus.SUBMITTED_FOR_CLOSURE: (
        FindingStatus.VALIDATED_CLOSED,
        FindingStatus.IN_PROGRESS,
        FindingStatus.RISK_ACCEPTED,
    ),
    FindingStatus.RISK_ACCEPTED: (FindingStatus.ACTION_PLAN_AGREED, FindingStatus.RISK_ACCEPTED),
    FindingStatus.VALIDATED_CLOSED: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSummary:
    """One finding, with the state that holds at `at`."""

    at: datetime
    finding_id: UUID
    number: int
    title: str
    severity: Severity
    effect: Effect
    segment: Mapping[str, Sequence[str]]
    cap_minor: int | None
    currency: str | None
    due_on: date
    tier: int
    opened_at: datetime
    version_id: UUID
    content_hash: str
    kind: VersionKind
    name: str
    label: str
    responsible_id: UUID
    responsible: str
    opened_by_id: UUID
    opened_by: str
    test_result_id: UUID | None
    state: FindingStatus
    state_since: datetime
    state_number: int
    accepted_until: datetime | None
    excepted_until: datetime | None

    @property
    def version_words(self) -> str:
        """The version as sentences name it."""
        return f"{self.kind} {self.name} {self.label}"

    @property
    def is_open(self) -> bool:
        """Whether it is neither closed nor accepted."""
        return self.state not in SETTLED

    @property
    def is_excepted(self) -> bool:
        """Whether an exception allows use in spite of it."""
        return self.excepted_until is not None and self.excepted_until > self.at

    @property
    def is_overdue(self) -> bool:
        """Whether it is open after its last day."""
        return self.is_open and is_overdue(due=self.due_on, today=self.at.date())

    @property
    def days_left(self) -> int:
        """Days to the last day; negative when it has passed."""
        return (self.due_on - self.at.date()).days

    @property
    def possible(self) -> tuple[FindingStatus, ...]:
        """What it can become from here."""
        return STEPS[self.state]
