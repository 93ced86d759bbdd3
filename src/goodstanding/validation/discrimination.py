"""Does the model rank the bad above the good?  A higher score means a worse risk throughout."""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load at their first use: a command must start fast
from numpy.typing import ArrayLike, NDArray

from goodstanding.validation.inputs import Floats, aligned, hash_rows, labels, numbers
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult, Thresholds

ECB_31 = "ECB Instructions for reporting the validation results of internal models (2019), 3.1"
ECB_2541 = "ECB Instructions (2019), 2.5.4.1"
DELONG = "DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44"


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaUnderCurve:
    """AUC with DeLong's variance and a normal interval, cut at 0 and 1 where `clipped`."""

    auc: float
    variance: float
    low: float
    high: float
    clipped: bool
    n: int
    n_events: int

    @property
    def gini(self) -> float:
        """Accuracy ratio: 2 AUC - 1."""
        return 2 * self.auc - 1


def area_under_curve(
    *, label: ArrayLike, score: ArrayLike, level: float = 0.95
) -> AreaUnderCurve | None:
    """AUC, ties counting one half; None where all rows are of one class.

    Variance: var(V10) / n_bad + var(V01) / n_good with n - 1, 0 where a class has one row.
    Source: ECB Instructions (2019) 3.1, DeLong et al. (1988).
    """
    bad, value = _pair(label, score)
    if bad.all() or not bad.any():
        return None
    of_bad, of_good = _placements(bad, value)
    auc = float(of_bad.mean())
    variance = _variance(of_bad) / len(of_bad) + _variance(of_good) / len(of_good)
    half = float(scipy.stats.norm.ppf((1 + level) / 2)) * float(np.sqrt(variance))
    low, high = auc - half, auc + half
    return AreaUnderCurve(
        auc=auc,
        variance=variance,
        low=max(low, 0.0),
        high=min(high, 1.0),
        clipped=low < 0 or high > 1,
        n=len(bad),
        n_events=int(bad.sum()),
    )


def kolmogorov_smirnov(*, label: ArrayLike, score: ArrayLike) -> float | None:
    """Largest distance between the score's distributions of bad and good; None for one class."""
    bad, value = _pair(label, score)
    if bad.all() or not bad.any():
        return None
    order = np.argsort(value, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(value[order])), len(value) - 1)
    share_bad = np.cumsum(bad[order])[ends] / bad.sum()
    share_good = np.cumsum(~bad[order])[ends] / (~bad).sum()
    return float(np.max(np.abs(share_bad - share_good)))


def auc_against_development(
    *,
    label: ArrayLike,
    score: ArrayLike,
    auc_at_development: float,
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Has discrimination fallen since development, whose AUC is taken as fixed?

    S = (AUC_init - AUC_curr) / s, p = 1 - Phi(S). Source: ECB Instructions (2019) 2.5.4.1.
    """
    now = area_under_curve(label=label, score=score)
    n, n_events = _counts(label)
    statistic = p = None
    if now is not None and now.variance > 0:
        statistic = (auc_at_development - now.auc) / float(np.sqrt(now.variance))
        p = float(scipy.stats.norm.sf(statistic))
    return TestResult(
        test_id="auc_vs_development",
        null_hypothesis="the AUC at development is not above the current one",
        side="upper",
        reference=ECB_2541,
        statistic=statistic,
        p=p,
        n=n,
        n_events=n_events,
        segment=segment,
        thresholds=thresholds,
        light=_light(p, n=n, n_events=n_events, thresholds=thresholds),
        inputs_hash=hash_rows(label=label, score=score),
        figures={"auc_at_development": auc_at_development, **_figures(now)},
    )


def paired_delong(
    *,
    label: ArrayLike,
    champion: ArrayLike,
    challenger: ArrayLike,
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Do two models rank the same rows equally well?

    Z = (AUC_champion - AUC_challenger) / s with the covariance of the two on these rows.
    Models that rank alike score Z 0 and p 1. Source: DeLong et al. (1988).
    """
    bad, first = _pair(label, champion)
    _, second = _pair(label, challenger)
    n, n_events = _counts(label)
    statistic = p = None
    figures: dict[str, float] = {}
    if bad.any() and not bad.all():
        statistic, figures = _delong(bad, first, second)
        p = None if statistic is None else 2 * float(scipy.stats.norm.sf(abs(statistic)))
    return TestResult(
        test_id="paired_delong",
        null_hypothesis="champion and challenger have the same AUC",
        side="two-sided",
        reference=DELONG,
        statistic=statistic,
        p=p,
        n=n,
        n_events=n_events,
        segment=segment,
        thresholds=thresholds,
        light=_light(p, n=n, n_events=n_events, thresholds=thresholds),
        inputs_hash=hash_rows(label=label, champion=champion, challenger=challenger),
        figures=figures,
    )


def _delong(
    bad: NDArray[np.bool_], first: Floats, second: Floats
) -> tuple[float | None, dict[str, float]]:
    places = [_placements(bad, score) for score in (first, second)]
    of_bad = places[0][0] - places[1][0]
    of_good = places[0][1] - places[1][1]
    variance = _variance(of_bad) / len(of_bad) + _variance(of_good) / len(of_good)
    champion, challenger = (float(place[0].mean()) for place in places)
    gap = champion - challenger
    figures = {"auc_champion": champion, "auc_challenger": challenger, "variance_of_gap": variance}
    if variance == 0:
        return (0.0 if gap == 0 else None), figures
    return gap / float(np.sqrt(variance)), figures


def _pair(label: ArrayLike, score: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    bad, value = labels(label), numbers(score, what="The score")
    aligned(bad, value)
    return bad, value


def _placements(bad: NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    """V10: per bad, the share of goods below it; V01: per good, the share of bads above it."""
    goods, bads = np.sort(score[~bad]), np.sort(score[bad])
    below = np.searchsorted(goods, score[bad], "left") + np.searchsorted(goods, score[bad], "right")
    under = np.searchsorted(bads, score[~bad], "left") + np.searchsorted(bads, score[~bad], "right")
    return below / (2 * len(goods)), 1 - under / (2 * len(bads))


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _counts(label: ArrayLike) -> tuple[int, int]:
    bad = labels(label)
    return len(bad), int(bad.sum())


def _figures(area: AreaUnderCurve | None) -> dict[str, float]:
    if area is None:
        return {}
    return {"auc": area.auc, "variance": area.variance, "low": area.low, "high": area.high}


def _light(p: float | None, *, n: int, n_events: int, thresholds: Thresholds) -> Light:
    """Too few of either class shows numbers and decides nothing; one class shows none."""
    if n_events in {0, n}:
        return Light.NOT_EVALUATED
    if p is None or min(n_events, n - n_events) < thresholds.min_events:
        return Light.INSUFFICIENT
    return thresholds.light_of_p(p)
