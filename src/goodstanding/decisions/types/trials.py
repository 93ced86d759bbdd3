"""A trial: which arm decides for whom, as the hot path must know it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Unit(StrEnum):
    """What stays on one side of a trial: a business, or all that are connected with it."""

    PARTY = "party"
    CONNECTED_GROUP = "connected_group"

    @property
    def words(self) -> str:
        """The unit in words."""
        return {Unit.PARTY: "business", Unit.CONNECTED_GROUP: "connected group"}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialArm:
    """An arm: the version that decides in it, and its share in basis points of units.

    An arm that explores approves whom its policy declines by the score alone, with at most
    `limit_minor`, until `budget_minor` has been granted; both are None in the others.
    """

    name: str
    policy_hash: str
    share_basis_points: int
    limit_minor: int | None = None
    budget_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTrial:
    """A trial that has not ended; the first arm is the control, whose units no other arm owns."""

    trial_id: UUID
    policy: str
    salt: str
    unit: Unit
    arms: tuple[TrialArm, ...]
    lowest_score: Decimal | None
    currency: str
    started_at: datetime
    spent_minor: dict[str, int]

    @property
    def control(self) -> TrialArm:
        """The arm that all others are compared with."""
        return self.arms[0]

    def is_spent(self) -> bool:
        """Whether some arm's budget does not hold another limit."""
        return any(
            arm.limit_minor is not None
            and arm.budget_minor is not None
            and arm.budget_minor - self.spent_minor.get(arm.name, 0) < arm.limit_minor
            for arm in self.arms
        )
