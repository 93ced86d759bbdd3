"""What change requests say to other rooms."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from goodstanding.accounts.types import Role
from goodstanding.evidence.changes.effect_figures import Effect

DESK_MANAGERS = {
    "credit": Role.CREDIT_RISK_MANAGER,
    "sellers": Role.SELLER_RISK_MANAGER,
    "second_line": Role.MODEL_RISK_MANAGER,
}


class ChangeState(StrEnum):
    """Where a change request is; derived from its rows."""

    COMPUTING = "computing"
    FAILED = "failed"
    WAITING = "waiting"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen to it."""
        return self in {ChangeState.APPROVED, ChangeState.RETURNED, ChangeState.WITHDRAWN}


def role_of(signer: str, *, desk: str) -> Role:
    """The role that a policy's chain names: the desk's own manager, or a role by its name."""
    if signer == "desk_manager":
        return DESK_MANAGERS.get(desk, Role.CREDIT_RISK_MANAGER)
    return Role(signer)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAsked:
    """What is asked: a version instead of the one in force, on the cases of a window, and why."""

    text_hash: str
    dataset: str
    window: str
    why: str
    is_demonstration: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSummary:
    """A change request as lists show it, at an instant."""

    change_id: UUID
    policy: str
    title: str
    desk: str
    label: str
    text_hash: str
    author_id: UUID
    author: str
    against_label: str
    against_hash: str
    why: str
    dataset: str
    window: str
    sign_off: tuple[str, ...]
    is_demonstration: bool
    requested_by_id: UUID
    requested_by: str
    requested_at: datetime
    latest_run_id: UUID | None
    latest_run_state: str | None
    evidence_id: UUID | None
    evidence_at: datetime | None
    message: str
    signed: int
    moved_at: datetime
    state: ChangeState

    @property
    def next_role(self) -> Role | None:
        """Who signs next; None where the chain is complete or the request is over."""
        if self.state.is_over or self.signed >= len(self.sign_off):
            return None
        return role_of(self.sign_off[self.signed], desk=self.desk)

    @property
    def is_computing(self) -> bool:
        """Whether evidence is being computed now, for the first time or again."""
        return self.latest_run_id is not None and self.latest_run_state is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer in the thread of a question."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its answers, the oldest first."""

    question_id: UUID
    text: str
    by: str
    at: datetime
    answers: tuple[Answered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignStep:
    """A step of the chain: the role, and who signed; `by` is empty while it waits."""

    step: int
    role: Role
    by: str = ""
    reason: str = ""
    at: datetime | None = None
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEnding:
    """How a request ended without approval."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """A change request with its evidence, its thread and its chain."""

    summary: ChangeSummary
    effect: Effect | None
    seconds: float | None
    rows_done: int
    rows_total: int
    questions: tuple[Question, ...]
    steps: tuple[SignStep, ...]
    ending: ChangeEnding | None
