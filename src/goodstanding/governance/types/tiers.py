"""Tier, review interval, days to mend, opinion: the house's schedule, versioned and pure.

Source: field guide on model risk, sections 3 and 6; house conventions, not law.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from dateutil.relativedelta import relativedelta

from goodstanding.governance.types.words import Severity

SCHEDULE_VERSION: Final = "house-1"
STRICTEST_TIER: Final = 1
EXPOSURE_BANDS: Final = ((Decimal("0.25"), 4), (Decimal("0.10"), 3), (Decimal("0.02"), 2))
LOWEST_SCORE, HIGHEST_SCORE = 1, 4
REVIEW_MONTHS: Final = {1: 12, 2: 12, 3: 24, 4: 36}
DAYS_TO_MEND: Final = {
    Severity.S1: (30, 45, 60, 90),
    Severity.S2: (60, 90, 120, 180),
    Severity.S3: (90, 120, 180, 270),
    Severity.S4: (180, 270, 365, 365),
}
GRADE_OF_SEVERITY: Final = {Severity.S1: 4, Severity.S2: 3, Severity.S3: 2, Severity.S4: 2}
IMPACT_GRADES: Final = ((Decimal("0.10"), 4), (Decimal("0.05"), 3))
NO_FINDING_GRADE: Final = 1


@dataclass(frozen=True, slots=True)
class Tier:
    """The tier and the two scores it follows from, each 1 to 4; tier 1 is the strictest."""

    materiality: int
    complexity: int
    tier: int


def exposure_band(share: Decimal) -> int:
    """The band, 1 to 4, of a share of the balance in [0, 1]."""
    return next((band for least, band in EXPOSURE_BANDS if share >= least), LOWEST_SCORE)


def complexity_of(factors: Mapping[str, int | None]) -> int:
    """The mean of the scored factors, half up in integers; unscored ones are left out.

    Raises ValueError if no factor is scored.
    """
    scores = [score for score in factors.values() if score is not None]
    if not scores:
        raise ValueError("no factor of complexity is scored")
    return (2 * sum(scores) + len(scores)) // (2 * len(scores))


def tier_from(
    *,
    exposure_share: Decimal,
    regulatory_use: int,
    criticality: int,
    factors: Mapping[str, int | None],
) -> Tier:
    """The tier of an entry of the inventory; all scores are 1 (low) to 4 (high)."""
    materiality = max(exposure_band(exposure_share), regulatory_use, criticality)
    complexity = complexity_of(factors)
    return Tier(materiality, complexity, _tier(materiality, complexity))


def _tier(materiality: int, complexity: int) -> int:
    is_complex = complexity >= 3
    if materiality == 4 or (materiality == 3 and is_complex):
        return 1
    if materiality == 3 or (materiality == 2 and is_complex):
        return 2
    if materiality == 2 or is_complex:
        return 3
    return 4


def review_due(*, tier: int, approved_at: datetime) -> datetime:
    """When the version must have been reviewed; an approval may not outlast it.

    Months are clamped to the month's end: 31 January and one month is 28 or 29 February.
    """
    return approved_at + relativedelta(months=REVIEW_MONTHS[tier])


def due_on(*, severity: Severity, tier: int, opened_on: date) -> date:
    """The last day to mend a finding; it is overdue from the next day on."""
    return opened_on + timedelta(days=DAYS_TO_MEND[severity][tier - 1])


def is_overdue(*, due: date, today: date) -> bool:
    """Whether the day has passed; not on the day itself."""
    return today > due


def opinion_grade(
    *, open_severities: Iterable[Severity], impact_share: Decimal | None
) -> tuple[int, str]:
    """The opinion, 1 (good) to 4, and what it follows from; an impact only ever raises it.

    `impact_share` is the share of the estimate that the weaknesses move, a fraction.
    """
    worst = min(open_severities, default=None)
    grade = NO_FINDING_GRADE if worst is None else GRADE_OF_SEVERITY[worst]
    because = "no open finding" if worst is None else f"worst open finding is {worst}"
    if impact_share is not None:
        raised = next((grade for least, grade in IMPACT_GRADES if impact_share >= least), 1)
        if raised > grade:
            return raised, f"an impact of {impact_share:.1%} raises it; {because}"
    return grade, because
