"""What policies says to other rooms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from goodstanding.policies.engine.embedded_tests import TestReport
from goodstanding.policies.engine.findings import StaticFinding

if TYPE_CHECKING:
    from goodstanding.accounts.queries import User

    Person: TypeAlias = User
else:
    Person: TypeAlias = Any  # a user of the accounts room; its tables load after the types

SHARE_OF = 10_000
EMERGENCY_AT_MOST = timedelta(days=14)


class Status(StrEnum):
    """Where a version of a policy is in its life."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    SHADOW = "shadow"
    SHARE = "share"
    CHAMPION = "champion"
    RETIRED = "retired"

    @property
    def decides(self) -> bool:
        """Whether decisions are made by a version in this status."""
        return self in {Status.SHARE, Status.CHAMPION}

    @property
    def runs(self) -> bool:
        """Whether a version in this status is evaluated on live traffic."""
        return self.decides or self is Status.SHADOW


NEXT = {
    None: {Status.DRAFT},
    Status.DRAFT: {Status.PROPOSED, Status.SHADOW, Status.RETIRED},
    Status.PROPOSED: {Status.APPROVED, Status.DRAFT, Status.SHADOW, Status.RETIRED},
    Status.APPROVED: {Status.SHADOW, Status.SHARE, Status.CHAMPION, Status.RETIRED},
    Status.SHADOW: {
        Status.PROPOSED,
        Status.APPROVED,
        Status.SHARE,
        Status.CHAMPION,
        Status.RETIRED,
    },
    Status.SHARE: {Status.SHARE, Status.SHADOW, Status.CHAMPION, Status.RETIRED},
    Status.CHAMPION: {Status.RETIRED},
    Status.RETIRED: {Status.SHADOW, Status.SHARE, Status.CHAMPION},
}
"""From where a version may go where; a retired one comes back by a rollback.

What decides was approved before, and what is approved was proposed before: `NEEDS` says so.
"""
NEEDS = {
    Status.APPROVED: Status.PROPOSED,
    Status.SHARE: Status.APPROVED,
    Status.CHAMPION: Status.APPROVED,
}
"""A step, and the step that the version must have taken before, at whatever time."""
UNTIL_APPROVED = frozenset({Status.PROPOSED, Status.APPROVED})
"""Steps that a version takes until it is approved, and never after."""


@dataclass(frozen=True, slots=True)
class RunningVersion:
    """A version that live traffic meets: champion, share or shadow.

    `share` counts buckets of 10,000 and is 0 except for SHARE; `since` is when it began.
    """

    name: str
    text_hash: str
    tree_hash: str
    label: str
    status: Status
    share: int
    since: datetime


@dataclass(frozen=True, slots=True)
class ShadowStint:
    """A time that a version spent in shadow: decisions of transactions in [from_xid, below_xid).

    `until` and `below_xid` are None while it lasts.
    """

    stint_id: UUID
    name: str
    label: str
    text_hash: str
    since: datetime
    until: datetime | None
    from_xid: int
    below_xid: int | None


@dataclass(frozen=True, slots=True)
class EarlierChampion:
    """A version that decided before; `gap` says why it may not decide again, empty where it may."""

    label: str
    text_hash: str
    decided_from: datetime
    decided_until: datetime
    gap: str


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One step in the life of a version."""

    number: int
    label: str
    text_hash: str
    status: Status
    share: int
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyView:
    """A version that was approved in an emergency, and what came of its after-review.

    `lapsed_at` is the instant from which it decides nothing; None while it may, or for good once
    the review confirmed it.
    """

    name: str
    title: str
    version_id: UUID
    text_hash: str
    label: str
    reason: str
    approved_by: str
    approved_at: datetime
    expires_at: datetime
    is_confirmed: bool | None
    reviewed_by: str
    reviewed_at: datetime | None
    review: str
    lapsed_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """A version as lists show it."""

    version_id: UUID
    name: str
    label: str
    title: str
    desk: str
    text_hash: str
    tree_hash: str
    author: str
    published_at: datetime
    status: Status
    since: datetime


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a version may decide: its static findings and its embedded tests."""

    findings: tuple[StaticFinding, ...]
    tests: TestReport
    errors: tuple[StaticFinding, ...]

    @property
    def is_ready(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.errors and self.tests.passed


LIST_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
LIST_VALUES_MAX = 10_000


class ListStepKind(StrEnum):
    """What happened to a version of a kept list."""

    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ListSummary:
    """A version of a kept list as lists show it."""

    name: str
    label: str
    type_name: str
    version: str
    values: tuple[str, ...]
    reason: str
    author: str
    author_id: UUID
    written_at: datetime
    valid_from: date
    expires_on: date | None
    approved_by: str
    approved_at: datetime | None
    withdrawn_by: str
    is_expired: bool

    @property
    def standing(self) -> str:
        """Where it stands: withdrawn, expired, not approved, or approved."""
        if self.withdrawn_by:
            return "withdrawn"
        if self.is_expired:
            return "expired"
        return "approved" if self.approved_by else "not approved"


ArtefactBytes = Mapping[str, bytes]


class DraftStep(StrEnum):
    """What a state of a draft came of."""

    BEGUN = "begun"
    CHANGED = "changed"
    RESTORED = "restored"
    PUBLISHED = "published"
    DISCARDED = "discarded"

    @property
    def ends(self) -> bool:
        """Whether nothing follows."""
        return self in {DraftStep.PUBLISHED, DraftStep.DISCARDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftState:
    """One state of a draft, and who made it of what."""

    draft_id: UUID
    number: int
    name: str
    base_hash: str
    text: str
    step: DraftStep
    words: str
    written_by: str
    written_at: datetime
