"""Tier, days and opinion by the schedule of the guide."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from goodstanding.governance.types import Severity
from goodstanding.governance.types.tiers import (
    complexity_of,
    due_on,
    exposure_band,
    is_overdue,
    opinion_grade,
    review_due,
    tier_from,
)


@pytest.mark.parametrize(
    ("share", "band"),
    [("0.25", 4), ("0.249999", 3), ("0.10", 3), ("0.02", 2), ("0.019999", 1), ("0", 1)],
)
def test_exposure_bands(share: str, band: int) -> None:
    assert exposure_band(Decimal(share)) == band


@pytest.mark.parametrize(
    ("scores", "complexity"),
    [([2, 3], 3), ([1, 2], 2), ([2, 2, 3], 2), ([2, 3, 3], 3), ([4], 4), ([1, None, 4], 3)],
)
def test_complexity_is_the_mean_rounded_half_up(scores: list[int | None], complexity: int) -> None:
    assert complexity_of({str(index): each for index, each in enumerate(scores)}) == complexity


def test_complexity_without_a_score_is_no_number() -> None:
    with pytest.raises(ValueError, match="no factor"):
        complexity_of({"algorithm": None})


@pytest.mark.parametrize(
    ("materiality", "complexity", "tier"),
    [
        (4, 1, 1), (4, 4, 1), (3, 3, 1), (3, 2, 2), (2, 3, 2), (2, 2, 3), (1, 3, 3), (1, 2, 4),
    ],
)  # fmt: skip
def test_tier_from_materiality_and_complexity(materiality: int, complexity: int, tier: int) -> None:
    found = tier_from(
        exposure_share=Decimal(0),
        regulatory_use=1,
        criticality=materiality,
        factors={"algorithm": complexity},
    )

    assert (found.materiality, found.complexity, found.tier) == (materiality, complexity, tier)


@pytest.mark.parametrize(
    ("severity", "tier", "days"),
    [("S1", 1, 30), ("S1", 4, 90), ("S2", 2, 90), ("S3", 3, 180), ("S4", 4, 365)],
)
def test_days_to_mend(severity: str, tier: int, days: int) -> None:
    opened = date(2026, 1, 1)

    assert (due_on(severity=Severity(severity), tier=tier, opened_on=opened) - opened).days == days


def test_a_finding_is_not_overdue_on_its_last_day() -> None:
    assert not is_overdue(due=date(2026, 1, 31), today=date(2026, 1, 31))
    assert is_overdue(due=date(2026, 1, 31), today=date(2026, 2, 1))


def test_review_is_clamped_to_the_months_end() -> None:
    leap_day = datetime(2024, 2, 29, 12, tzinfo=UTC)

    assert review_due(tier=1, approved_at=leap_day) == datetime(2025, 2, 28, 12, tzinfo=UTC)
    assert review_due(tier=3, approved_at=leap_day) == datetime(2026, 2, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("severities", "impact", "grade"),
    [
        ([], None, 1),
        (["S4"], None, 2),
        (["S3", "S4"], None, 2),
        (["S2", "S4"], None, 3),
        (["S4", "S1"], None, 4),
        ([], "0.0499", 1),
        ([], "0.05", 3),
        (["S3"], "0.10", 4),
        (["S1"], "0.05", 4),
        (["S2"], "0.01", 3),
    ],
)
def test_opinion_follows_from_findings_and_impact(
    severities: list[str], impact: str | None, grade: int
) -> None:
    found, because = opinion_grade(
        open_severities=[Severity(each) for each in severities],
        impact_share=None if impact is None else Decimal(impact),
    )

    assert found == grade
    assert because
