"""The scale of a scorecard: how points and odds belong together."""

import math
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from goodstanding.scoring.numbers import quantise_score


class Scale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points to double the odds, and the score at which good:bad odds are `odds` to one.

    Source: Siddiqi, Intelligent Credit Scoring, 2nd edition, chapter 10.
    """

    pdo: Decimal
    score: Decimal
    odds: Decimal

    @property
    def factor(self) -> float:
        """Points per unit of log-odds: PDO / ln 2."""
        return float(self.pdo) / math.log(2)

    @property
    def offset(self) -> float:
        """Score at even odds: score - factor * ln(odds)."""
        return float(self.score) - self.factor * math.log(float(self.odds))

    def log_odds_bad_at(self, score: float) -> float:
        """Log-odds of the bad outcome at a score."""
        return (self.offset - score) / self.factor

    def pd_at(self, score: float) -> Decimal:
        """Probability of the bad outcome at a score: 1 / (1 + odds), as DECIMAL(9,6)."""
        return quantise_score(1 / (1 + math.exp(-self.log_odds_bad_at(score))))

    def points(self, *, weight_of_evidence: float, slope: float, intercept: float, n: int) -> float:
        """Unrounded points of a band in a scorecard of `n` characteristics.

        `slope` and `intercept` are those of the log-odds of the GOOD outcome on the weight of
        evidence ln(share of goods / share of bads). The points printed on the card are these
        rounded to integers, and from then on the integers are the card.
        """
        return self.factor * (slope * weight_of_evidence + intercept / n) + self.offset / n


def round_points(points: float) -> int:
    """Points as the card prints them: nearest integer, half away from zero."""
    return int(Decimal(repr(float(points))).quantize(Decimal(1), rounding=ROUND_HALF_UP))
