"""Which arm of a trial decides for a business: by a hash, so that it never changes sides.

The unit is the party or its connected group, never the event. Every engine computes the same
bucket: int(first 8 hex of sha256(salt || ':' || unit), 16) mod 10000. `bucket_sql` says it in SQL.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

import msgspec

BUCKETS = 10_000
Engine = Literal["postgres", "duckdb", "spark"]
_FIRST_HEX = {
    "postgres": "left(encode(sha256(convert_to({salt} || ':' || {unit}, 'UTF8')), 'hex'), 8)",
    "duckdb": "left(sha256({salt} || ':' || {unit}), 8)",
    "spark": "left(sha2(concat({salt}, ':', {unit}), 256), 8)",
}
_AS_NUMBER = {
    "postgres": "('x00000000' || {hex})::bit(64)::bigint",
    "duckdb": "('0x' || {hex})::bigint",
    "spark": "cast(conv({hex}, 16, 10) as bigint)",
}


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a trial: the policy version that decides, and its share in basis points."""

    name: str
    policy_hash: str
    share_basis_points: int


class Assignment(msgspec.Struct, frozen=True):
    """Where a unit fell: the arm, the unit's bucket, and the chance that the arm had."""

    arm: Arm
    bucket: int
    propensity: Decimal


def bucket(*, salt: str, unit: str) -> int:
    """The unit's place in 0..9999 under the salt."""
    return int(hashlib.sha256(f"{salt}:{unit}".encode()).hexdigest()[:8], 16) % BUCKETS


def bucket_sql(engine: Engine, *, salt: str, unit: str) -> str:
    """The same as an expression of an engine; `salt` and `unit` are expressions of text."""
    first = _FIRST_HEX[engine].format(salt=salt, unit=unit)
    return f"{_AS_NUMBER[engine].format(hex=first)} % {BUCKETS}"


def fine_bucket(*, salt: str, unit: str) -> int:
    """The unit's place in 0..999999, as experiment tables of other houses have it.

    Nothing here decides by it; source: field guide, credit portfolio, section 8.
    """
    return int(hashlib.sha256(f"{salt}:{unit}".encode()).hexdigest()[:15], 16) % 1_000_000


def assign(*, salt: str, unit: str, champion: Arm, challengers: Sequence[Arm] = ()) -> Assignment:
    """The arm of a unit.

    Challenger j of k owns the buckets [j * 10000 / k, + share); what no challenger owns is the
    champion's. So a larger share adds units to an arm and never moves one between challengers.
    """
    place = bucket(salt=salt, unit=unit)
    for number, arm in enumerate(challengers):
        start = number * BUCKETS // len(challengers)
        if start <= place < start + arm.share_basis_points:
            return Assignment(arm, place, _chance(arm.share_basis_points))
    taken = sum(arm.share_basis_points for arm in challengers)
    return Assignment(champion, place, _chance(BUCKETS - taken))


@lru_cache(maxsize=1024)
def _chance(share_basis_points: int) -> Decimal:
    return (Decimal(share_basis_points) / BUCKETS).quantize(Decimal("0.0001"))
