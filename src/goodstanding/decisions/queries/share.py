"""Read who falls into a share of a policy's traffic, and how its arms went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from goodstanding.core.named_sql import named_sql


@dataclass(frozen=True, slots=True)
class SharePreview:
    """Of the businesses that asked lately: how many a share would decide, and how many it does.

    Shares own the lowest buckets, so one of the two always contains the other.
    """

    businesses: int
    inside: int
    inside_now: int

    @property
    def joining(self) -> int:
        """How many the version would decide newly."""
        return max(0, self.inside - self.inside_now)

    @property
    def leaving(self) -> int:
        """How many would go back to the champion."""
        return max(0, self.inside_now - self.inside)


@dataclass(frozen=True, slots=True)
class ArmOfShare:
    """What one arm decided: businesses, decisions, outcomes, and how often the fallback did."""

    arm: str
    units: int
    decisions: int
    approved: int
    referred: int
    declined: int
    fallbacks: int


def share_preview(
    *, policy: str, salt: str, share: int, share_now: int, since: datetime, known_at: datetime
) -> SharePreview:
    """Who of the businesses with live decisions since an instant falls into a share.

    Both shares are numbers of the 10,000 buckets; 0 is none.
    """
    units = units_by_bucket(policy=policy, salt=salt, since=since, known_at=known_at)
    return SharePreview(
        businesses=sum(units.values()),
        inside=sum(count for bucket, count in units.items() if bucket < share),
        inside_now=sum(count for bucket, count in units.items() if bucket < share_now),
    )


def units_by_bucket(
    *, policy: str, salt: str, since: datetime, known_at: datetime
) -> Mapping[int, int]:
    """How many businesses with live decisions in a span fell into each bucket."""
    rows = named_sql("decisions", "share_units").rows(
        {"policy": policy, "salt": salt, "since": since, "known_at": known_at}
    )
    return {row["bucket"]: row["units"] for row in rows}


def arms_of_share(*, policy: str, since: datetime, known_at: datetime) -> Sequence[ArmOfShare]:
    """What each arm of a policy's live traffic decided since an instant."""
    rows = named_sql("decisions", "share_arms").rows(
        {"policy": policy, "since": since, "known_at": known_at}
    )
    return [ArmOfShare(**row) for row in rows]
