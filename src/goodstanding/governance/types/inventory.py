"""A version as the inventory shows it at one instant; its state is derived, never typed in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from goodstanding.governance.types.gate import GateState, GateStatus
from goodstanding.governance.types.words import VersionKind


class VersionState(StrEnum):
    """Where a version stands in its life."""

    REGISTERED = "registered"
    IN_VALIDATION = "in_validation"
    VALIDATED = "validated"
    WAITING_FOR_APPROVAL = "waiting_for_approval"
    BLOCKED = "blocked"
    IN_FORCE = "approval_in_force"
    IN_FORCE_BY_EXCEPTION = "in_force_by_exception"
    NOT_STARTED = "approval_not_started"
    SUSPENDED = "suspended"
    MONITORING_STALE = "monitoring_stale"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    RETIRED = "retired"

    @property
    def words(self) -> str:
        """The state as pages say it."""
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryRow:
    """One version, its people, and what the gate would say of it at `as_of`."""

    as_of: datetime
    version_id: UUID
    entry_id: UUID
    kind: VersionKind
    name: str
    title: str
    vendor: str
    label: str
    content_hash: str
    registered_at: datetime
    commit_author: str
    use_case: str
    use_case_title: str
    legal_entity: str
    owner: str
    developer: str
    tier: int | None
    validated_at: datetime | None
    opinion: int | None
    waiting_since: datetime | None
    approved_at: datetime | None
    ends_at: datetime | None
    is_demonstration: bool
    is_change_pending: bool
    is_retired: bool
    open_findings: int
    blocking_findings: int
    standing: GateState

    @property
    def words(self) -> str:
        """The version as sentences name it."""
        return f"{self.kind} {self.name} {self.label}"

    @property
    def may_decide(self) -> bool:
        """Whether it may decide anything now."""
        return self.standing.is_current and not self.is_retired

    @property
    def days_left(self) -> int | None:
        """Whole days of approval left; None where none is in force."""
        if not self.standing.is_current or self.ends_at is None:
            return None
        return (self.ends_at - self.as_of).days

    @property
    def state(self) -> VersionState:
        """Where it stands in its life."""
        if self.is_retired:
            return VersionState.RETIRED
        if self.standing.code in _BY_CODE:
            return _BY_CODE[self.standing.code]
        if self.standing.state in _BY_STATUS:
            if self.standing.state is GateStatus.SUSPENDED and self.approved_at is None:
                return VersionState.BLOCKED
            return _BY_STATUS[self.standing.state]
        return self._before_approval()

    def _before_approval(self) -> VersionState:
        if self.waiting_since is not None:
            return VersionState.WAITING_FOR_APPROVAL
        if self.opinion is not None:
            return VersionState.VALIDATED
        if self.validated_at is not None:
            return VersionState.IN_VALIDATION
        return VersionState.REGISTERED


_BY_CODE = {
    "approval_in_force": VersionState.IN_FORCE,
    "exception_in_force": VersionState.IN_FORCE_BY_EXCEPTION,
    "approval_not_started": VersionState.NOT_STARTED,
    "approval_revoked": VersionState.REVOKED,
}
_BY_STATUS = {
    GateStatus.SUSPENDED: VersionState.SUSPENDED,
    GateStatus.EXPIRED: VersionState.LAPSED,
    GateStatus.MONITORING_STALE: VersionState.MONITORING_STALE,
}
