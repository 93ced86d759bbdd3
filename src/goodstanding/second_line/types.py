"""What callers hand to the second line's desk."""

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from goodstanding.governance.types import Person, TierFactors


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Who plays which part for an entry; the room of governance holds them apart."""

    owner: Person
    developer: Person
    validator: Person
    approver: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultsSeen:
    """How many of `n` cases of a segment went bad, where the model said `pd`, a fraction."""

    segment: str
    n: int
    defaults: int
    pd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftSeen:
    """Cases by bin of the score, at development and now; both have the same bins."""

    segment: str
    expected: tuple[int, ...]
    actual: tuple[int, ...]


DEMONSTRATION_FACTORS = TierFactors(
    exposure_share=Decimal("0.3"),
    regulatory_use=2,
    criticality=3,
    complexity={"algorithm": 3, "data": 2, "explainability": 2},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRows:
    """One window of labelled rows: `key`, the model's inputs, and `bad` as 0 or 1.

    `name` says which window it is, in words that results carry as their segment; `fingerprint` is
    the digest of the typed rows.
    """

    name: str
    rows: pl.DataFrame
    fingerprint: str
