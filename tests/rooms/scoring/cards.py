"""The guide's scorecard, and ways to draw one as a table."""

from decimal import Decimal

from goodstanding.scoring.scale import Scale
from goodstanding.scoring.scorecard import Band, Characteristic, Fixed, Monotone, Scorecard
from goodstanding.scoring.types import Feature, MissingHandling

GUIDE_SCALE = Scale(pdo=Decimal(20), score=Decimal(600), odds=Decimal(50))


def banded(
    name: str,
    type_: str,
    *,
    rank: int,
    reason: str,
    bounds: tuple[str, ...],
    points: tuple[int, ...],
    missing: int,
    monotone: Monotone,
    mean: int,
) -> Characteristic:
    """A numeric characteristic from its inner bounds and its points."""
    edges = [None, *map(Decimal, bounds), None]
    return Characteristic(
        id=name,
        feature=Feature(name=name, type=type_, missing=MissingHandling.OWN_BAND),
        rank=rank,
        reason=reason,
        missing=Fixed(points=missing),
        bands=tuple(
            Band(lower=edges[at], upper=edges[at + 1], points=value)
            for at, value in enumerate(points)
        ),
        monotone=monotone,
        mean_points=Decimal(mean),
    )


TENURE = banded(
    "tenure_months",
    "INTEGER",
    rank=1,
    reason="TENURE",
    bounds=("12", "36"),
    points=(10, 25, 40),
    missing=5,
    monotone="increasing",
    mean=28,
)
DAYS_PAST_DUE = banded(
    "dpd_max_12m",
    "INTEGER",
    rank=2,
    reason="DPD",
    bounds=("1", "31"),
    points=(60, 35, 0),
    missing=20,
    monotone="decreasing",
    mean=50,
)
UTILISATION = banded(
    "utilisation",
    "DECIMAL(5,2)",
    rank=3,
    reason="UTIL",
    bounds=("0.30", "0.80"),
    points=(45, 30, 8),
    missing=15,
    monotone="decreasing",
    mean=33,
)
DISPUTED = banded(
    "disputed_share",
    "DECIMAL(5,2)",
    rank=4,
    reason="DISPUTE",
    bounds=("0.02", "0.10"),
    points=(30, 18, 2),
    missing=18,
    monotone="decreasing",
    mean=24,
)


def guide_card(**changes: object) -> Scorecard:
    """The scorecard of the guide, section 5, with changes."""
    fields: dict[str, object] = {
        "id": "guide",
        "version": "1",
        "base": 430,
        "scale": GUIDE_SCALE,
        "reference": "max",
        "characteristics": (TENURE, DAYS_PAST_DUE, UTILISATION, DISPUTED),
    }
    return Scorecard(**{**fields, **changes})  # type: ignore[arg-type]


GUIDE_APPLICANT: dict[str, object] = {
    "tenure_months": 12,
    "dpd_max_12m": 0,
    "utilisation": Decimal("0.80"),
    "disputed_share": Decimal("0.02"),
}
