"""Shapes of the cases room: words of a case, its list row, its page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from goodstanding.deadlines.types import Deadline


class CaseKind(StrEnum):
    """What a case asks."""

    DECISION_REVIEW = "decision_review"
    REINSTATEMENT = "reinstatement"
    MANUAL = "manual"
    IMPORTED = "imported"


class How(StrEnum):
    """How a case came to somebody, or to nobody."""

    CLAIM = "claim"
    ROUTING = "routing"
    REASSIGNMENT = "reassignment"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case to be opened: what it is about, and what a policy said, if one did.

    reasons are the policy's, ranked; attributes are facts of the source, shown as they are.
    source is "live", "import" or "demonstration".
    """

    kind: CaseKind
    queue: str
    legal_entity: str
    party_id: UUID | None = None
    decision_id: UUID | None = None
    enforcement_id: UUID | None = None
    reference: str = ""
    policy: str = ""
    policy_hash: str = ""
    policy_outcome: str = ""
    reasons: tuple[Mapping[str, Any], ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    source: str = "live"


class Closed(StrEnum):
    """Why a case is closed."""

    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    MOOT = "moot"


class EscalationKind(StrEnum):
    """Asking for a skill, or for authority."""

    FUNCTIONAL = "functional"
    HIERARCHICAL = "hierarchical"


class Measure(StrEnum):
    """What an enforcement does to an account, mildest first."""

    WARNING = "warning"
    LISTING_RESTRICTION = "listing_restriction"
    CATEGORY_RESTRICTION = "category_restriction"
    PAYOUT_HOLD = "payout_hold"
    SUSPENDED = "suspended"
    PENDING_TERMINATION = "pending_termination"
    TERMINATED = "terminated"

    @property
    def severity(self) -> int:
        """1 (warning) to 7 (terminated)."""
        return list(Measure).index(self) + 1


class Ground(StrEnum):
    """Why a measure was taken, in the words of the transparency database."""

    ILLEGAL = "illegal"
    INCOMPATIBLE = "incompatible"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEnforcement:
    """A measure to be taken: on whom, of what scope, on which ground, told in which words.

    statement is what the seller receives. exception_code lets a termination take effect without
    the full notice. calendar names the working calendar of the deadlines that follow.
    """

    party_id: UUID
    legal_entity: str
    measure: Measure
    scope: str
    ground: Ground
    clause: str
    statement: str
    regime: str
    starts_at: datetime
    ends_at: datetime | None = None
    territory: str = ""
    automated_detection: bool = False
    decision_id: UUID | None = None
    exception_code: str = ""
    calendar: str = "england"
    source: str = "live"


class AppealOutcome(StrEnum):
    """What a second person decided about an enforcement."""

    UPHELD = "upheld"
    MODIFIED = "modified"
    OVERTURNED = "overturned"


class ReinstatementKind(StrEnum):
    """Why an account came back; never pooled.

    R1 wrong on the evidence then available, R2 new evidence, R3 the violation was real and is
    remedied, R4 on conditions, R5 timeout, order or technical.
    """

    ERROR_CORRECTED = "R1"
    NEW_EVIDENCE = "R2"
    REMEDIATED = "R3"
    CONDITIONAL = "R4"
    ADMINISTRATIVE = "R5"

    @property
    def label(self) -> str:
        """The kind in the words of the screens."""
        return self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something a playbook asks to do; discretionary unless required."""

    code: str
    title: str
    stage: str
    required: bool
    repeatable: bool
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeOption:
    """An outcome that a playbook allows, with the reason codes that may carry it."""

    code: str
    title: str
    reason_codes: tuple[str, ...]
    needs_amount: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """How a kind of case is worked: steps, evidence, outcomes, standard time."""

    name: str
    version: str
    title: str
    standard_minutes: int
    steps: tuple[Step, ...]
    required_evidence: tuple[str, ...]
    outcomes: tuple[OutcomeOption, ...]
    reasons: dict[str, str]

    def outcome(self, code: str) -> OutcomeOption | None:
        """The option with this code, or None."""
        return next((option for option in self.outcomes if option.code == code), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """A queue with the terms in force."""

    code: str
    title: str
    purpose: str
    desk: str
    calendar: str
    sla: str
    skill: str
    playbook: str
    standard_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case as a list shows it at an instant.

    deadline is the open deadline with the least open time left, or the last one to end.
    """

    id: UUID
    number: int
    reference: str
    kind: CaseKind
    queue_code: str
    queue_title: str
    desk: str
    legal_entity: str
    party_id: UUID | None
    decision_id: UUID | None
    policy: str
    policy_outcome: str
    opened_at: datetime
    standard_minutes: int
    holder_id: UUID | None
    holder_name: str
    reassignments: int
    reopenings: int
    outcome: str
    overrides_policy: bool
    closed_at: datetime | None
    waits: bool
    source: str
    deadline: Deadline | None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be worked."""
        return self.closed_at is None

    @property
    def label(self) -> str:
        """What colleagues call it."""
        return f"C-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened to a case: when, who, what, and the words kept."""

    at: datetime
    who: str
    kind: str
    title: str
    text: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMove:
    """A case of a reassignment: who had it before (None: nobody), and whether it went on since."""

    case_id: UUID
    number: int
    back_to_id: UUID | None
    back_to: str | None
    went_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassignment:
    """Cases that one deed gave to one person."""

    id: UUID
    at: datetime
    by_name: str
    to_name: str
    reason: str
    moves: tuple[CaseMove, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step of the pinned playbook and what became of it."""

    step: Step
    state: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """A piece of evidence on a case."""

    id: UUID
    kind: str
    title: str
    content: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """A question to the business that waits for its answer, and what it pauses."""

    id: UUID
    question: str
    sent_at: datetime
    sent_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEscalation:
    """A question to a colleague that waits for its answer."""

    id: UUID
    kind: EscalationKind
    question: str
    to_id: UUID
    to: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcementView:
    """An enforcement as its reviewer sees it."""

    id: UUID
    party_id: UUID
    legal_entity: str
    measure: Measure
    scope: str
    ground: Ground
    clause: str
    statement: str
    decided_by_id: UUID | None
    decided_by: str
    decided_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    automated: bool
    appealable_until: datetime | None
    reinstated: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """All that a case's page shows."""

    row: CaseRow
    reasons: tuple[dict[str, Any], ...]
    playbook: Playbook
    steps: tuple[StepView, ...]
    evidence: tuple[EvidenceView, ...]
    missing_evidence: tuple[str, ...]
    deadlines: tuple[Deadline, ...]
    timeline: tuple[TimelineEntry, ...]
    requests: tuple[OpenRequest, ...]
    escalations: tuple[OpenEscalation, ...]
    enforcement: EnforcementView | None
    grounds: str
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Why routing, or a claim, passed a person over."""

    person_id: UUID
    person_name: str
    code: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Where a case went, who was passed over, and why; person_id None: nobody could take it."""

    case_id: UUID
    person_id: UUID | None
    skips: tuple[Skip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one person has, at an instant; nobody is ranked by it.

    likely is what they can finish before its SLA by working in order of open time left, each
    case at its standard minutes.
    """

    person_id: UUID
    person_name: str
    is_absent: bool
    open_cases: int
    open_minutes: int
    due_today: int
    overdue: int
    unlikely: int
    work_limit_minutes: int | None
    first_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamToday:
    """A team's day: who has what, what is due, and what is unlikely to meet its SLA."""

    loads: tuple[Load, ...]
    open_cases: int
    unassigned: int
    due_today: int
    overdue: int
    unlikely: tuple[CaseRow, ...]
    first_due_at: datetime | None
    least_left: timedelta | None
