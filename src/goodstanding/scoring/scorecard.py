"""A points scorecard: bands with integer points, a declared reference, reasons and a PD.

The dataclasses are the artefact; whoever emits a scorecard into another engine reads them.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Literal

import msgspec

from goodstanding.scoring.errors import ReferenceNotDeclared, ScorecardInvalid
from goodstanding.scoring.scale import Scale
from goodstanding.scoring.types import Feature, MissingHandling

Monotone = Literal["increasing", "decreasing", "none"]
Reference = Literal["max", "neutral", "mean"]


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers from `lower` (included) to `upper` (left out); None is without end.

    `reason` replaces the characteristic's reason code in this band.
    """

    lower: Decimal | None
    upper: Decimal | None
    points: int
    reason: str | None = None


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Texts (or TRUE, FALSE) that get the same points."""

    values: tuple[str, ...]
    points: int
    reason: str | None = None


class Special(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Codes that stand among the numbers and are no amounts, with points of their own."""

    values: tuple[Decimal, ...]
    points: int
    reason: str | None = None


class Fixed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points where the value is missing, or is a text that no group names."""

    points: int
    reason: str | None = None


Cell = Band | Group | Special | Fixed


class Characteristic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One input and its points.

    Numeric features have `bands` (and may have `special`); TEXT and BOOLEAN have `groups` and,
    for TEXT, `other`. `monotone` is the direction of the POINTS as the value grows. `rank`
    orders reasons that cost the same.
    """

    id: str
    feature: Feature
    rank: int
    reason: str
    missing: Fixed
    bands: tuple[Band, ...] = ()
    groups: tuple[Group, ...] = ()
    other: Fixed | None = None
    special: tuple[Special, ...] = ()
    monotone: Monotone = "none"
    neutral_points: Decimal | None = None
    mean_points: Decimal | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that a value can fall into."""
        other = (self.other,) if self.other else ()
        return (*self.bands, *self.groups, *other, *self.special, self.missing)

    @property
    def max_points(self) -> int:
        """Most points that a stated value earns; missing and special codes do not count."""
        other = (self.other,) if self.other else ()
        return max(cell.points for cell in (*self.bands, *self.groups, *other))

    def reference_points(self, reference: Reference) -> Decimal | None:
        """The points that points lost are counted from."""
        if reference == "max":
            return Decimal(self.max_points)
        return self.neutral_points if reference == "neutral" else self.mean_points


class Scorecard(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="scorecard",
    tag_field="kind",
):
    """Score = base + points of every characteristic; the PD follows from that integer.

    `reference` is the one that reasons use unless another is asked for.
    Source: field guide on decisions, section 5.
    """

    id: str
    version: str
    base: int
    scale: Scale
    reference: Reference
    characteristics: tuple[Characteristic, ...]

    @property
    def features(self) -> tuple[Feature, ...]:
        """The inputs, one a characteristic."""
        return tuple(characteristic.feature for characteristic in self.characteristics)

    @property
    def score_range(self) -> tuple[int, int]:
        """Lowest and highest score that a record can get."""
        cells = [[cell.points for cell in item.cells] for item in self.characteristics]
        return self.base + sum(map(min, cells)), self.base + sum(map(max, cells))

    def pd_table(self) -> dict[int, Decimal]:
        """PD of every score that a record can get, for engines that look it up."""
        low, high = self.score_range
        return {score: self.scale.pd_at(score) for score in range(low, high + 1)}


MAX_SCORE_SPREAD = 100_000


def check_scorecard(card: Scorecard) -> None:
    """Refuse a card whose bands leave a gap, overlap, or break its own declarations.

    Raises ScorecardInvalid, naming the characteristic and what is wrong.
    """
    if not card.characteristics:
        raise _invalid(card, "-", "it has no characteristics")
    if min(card.scale.pdo, card.scale.odds) <= 0:
        raise _invalid(card, "-", "points to double the odds, and odds, must be above 0")
    _check_unique(card)
    for characteristic in card.characteristics:
        for why in _faults(characteristic):
            raise _invalid(card, characteristic.id, why)
        if characteristic.reference_points(card.reference) is None:
            raise ReferenceNotDeclared(
                scorecard=card.id, characteristic=characteristic.id, reference=card.reference
            )
    low, high = card.score_range
    if high - low > MAX_SCORE_SPREAD:
        raise _invalid(card, "-", f"scores from {low} to {high} are too far apart")


def _check_unique(card: Scorecard) -> None:
    ids = [characteristic.id for characteristic in card.characteristics]
    names = [feature.name for feature in card.features]
    for what, values in (("id", ids), ("feature", names)):
        for value in values:
            if values.count(value) > 1:
                raise _invalid(card, value, f"its {what} stands twice on the card")


def _invalid(card: Scorecard, characteristic: str, why: str) -> ScorecardInvalid:
    return ScorecardInvalid(scorecard=card.id, characteristic=characteristic, why=why)


def _faults(item: Characteristic) -> list[str]:
    if not item.feature.is_known_type:
        return [f"{item.feature.type} is not a type that a scorecard reads"]
    if item.feature.missing is not MissingHandling.OWN_BAND:
        return ["a scorecard gives a missing value a band of its own"]
    if not item.feature.is_numeric:
        return _group_faults(item)
    if item.groups or item.other:
        return ["a numeric characteristic has bands, not groups"]
    return [*_band_faults(item.bands), *_special_faults(item), *_monotone_faults(item)]


def _band_faults(bands: tuple[Band, ...]) -> list[str]:
    if not bands:
        return ["it has no bands"]
    faults: list[str] = []
    if bands[0].lower is not None or bands[-1].upper is not None:
        faults.append("the first band must have no lower end and the last no upper end")
    for left, right in pairwise(bands):
        if left.upper is None or right.lower is None or left.upper != right.lower:
            faults.append(
                f"the band up to {left.upper} and the band from {right.lower} do not meet"
            )
    bounds = [band.upper for band in bands[:-1] if band.upper is not None]
    if not all(bound.is_finite() for bound in bounds):
        faults.append("a bound is not a finite number")
    elif any(left >= right for left, right in pairwise(bounds)):
        faults.append("the bounds do not grow")
    return faults


def _special_faults(item: Characteristic) -> list[str]:
    values = [value for special in item.special for value in special.values]
    if len(set(values)) < len(values):
        return ["a special value stands twice"]
    return [] if all(value.is_finite() for value in values) else ["a special value is not finite"]


def _monotone_faults(item: Characteristic) -> list[str]:
    points = [band.points for band in item.bands]
    if item.monotone == "increasing" and points != sorted(points):
        return ["points are declared increasing, and fall somewhere"]
    if item.monotone == "decreasing" and points != sorted(points, reverse=True):
        return ["points are declared decreasing, and rise somewhere"]
    return []


def _group_faults(item: Characteristic) -> list[str]:
    if item.bands or item.special or item.monotone != "none":
        return ["a TEXT or BOOLEAN characteristic has groups, without bands, codes or direction"]
    values = [value for group in item.groups for value in group.values]
    if not values or len(set(values)) < len(values):
        return ["its groups are empty, or name a value twice"]
    if item.feature.type == "BOOLEAN":
        closed = set(values) == {"TRUE", "FALSE"} and item.other is None
        return [] if closed else ["a BOOLEAN has the values TRUE and FALSE, and no others"]
    return [] if item.other else ["texts that no group names need points: declare `other`"]
