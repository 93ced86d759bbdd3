"""Are the probabilities of grades true, one by one, together, and over the years?"""

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import scipy  # its parts load at their first use: a command must start fast

from goodstanding.validation.inputs import (
    Floats,
    aligned,
    hash_facts,
    hash_rows,
    numbers,
    probabilities,
)
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult, Thresholds

BCBS_WP14 = "BCBS Working Paper 14 (2005), Studies on the Validation of Internal Rating Systems"
_FARTHEST = 12.0  # standard deviations of the common factor; beyond it lies less than 1e-32


def jeffreys(
    *,
    n: int,
    defaults: int,
    pd: float,
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Is the PD of a grade too low?  p = Beta(D + 1/2, N - D + 1/2).cdf(PD); small: too low.

    An empty grade is not evaluated. Source: ECB Instructions (2019) 2.5.3.1.
    """
    stated = float(probabilities(pd)[0])
    p = float(scipy.stats.beta.cdf(stated, defaults + 0.5, n - defaults + 0.5)) if n else None
    return _graded(
        test_id="jeffreys",
        null_hypothesis="the PD is at least the true default rate",
        reference="ECB Instructions (2019), 2.5.3.1",
        statistic=defaults / n if n else None,
        p=p,
        counts=(n, defaults, stated),
        segment=segment,
        thresholds=thresholds,
    )


def binomial(
    *,
    n: int,
    defaults: int,
    pd: float,
    segment: str,
    correlation: float = 0.0,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Is the PD too low?  p = P(X >= D), defaults independent or sharing one normal factor.

    Computed by definition; tables in print may err. Source: BCBS Working Paper 14, section III.
    """
    stated = float(probabilities(pd)[0])
    p = defaults_at_least(n=n, pd=stated, defaults=defaults, correlation=correlation) if n else None
    return _graded(
        test_id="binomial" if correlation == 0 else "binomial_one_factor",
        null_hypothesis="the true default rate is at most the PD",
        reference=BCBS_WP14,
        statistic=float(defaults) if n else None,
        p=p,
        counts=(n, defaults, stated),
        segment=segment,
        thresholds=thresholds,
        correlation=correlation,
    )


def _graded(
    *,
    test_id: str,
    null_hypothesis: str,
    reference: str,
    statistic: float | None,
    p: float | None,
    counts: tuple[int, int, float],
    segment: str,
    thresholds: Thresholds,
    correlation: float = 0.0,
) -> TestResult:
    n, defaults, stated = counts
    return TestResult(
        test_id=test_id,
        null_hypothesis=null_hypothesis,
        side="upper",
        reference=reference,
        statistic=statistic,
        p=p,
        n=n,
        n_events=defaults,
        segment=segment,
        thresholds=thresholds,
        light=Light.NOT_EVALUATED if p is None else thresholds.light_of_p(p),
        inputs_hash=hash_facts(n=n, defaults=defaults, pd=stated, correlation=correlation),
        figures={"pd": stated, "default_rate": defaults / n} if n else {"pd": stated},
    )


def defaults_at_least(*, n: int, pd: float, defaults: int, correlation: float = 0.0) -> float:
    """P(X >= defaults) among n obligors whose assets share one normal factor.

    Vasicek's model: given the factor, defaults are binomial. Integrated to 1e-9 and better: by a
    fixed number of nodes the tail of some hundred obligors is off by 1e-6, which moves a limit.
    """
    if defaults <= 0:
        return 1.0
    if defaults > n:
        return 0.0
    if correlation == 0:
        return float(scipy.special.bdtrc(defaults - 1, n, pd))
    threshold = float(scipy.special.ndtri(pd))
    shared, own = math.sqrt(correlation), math.sqrt(1 - correlation)

    def at(factor: float) -> float:
        given = scipy.special.ndtr((threshold - shared * factor) / own)
        return scipy.special.bdtrc(defaults - 1, n, given) * math.exp(-factor * factor / 2)

    # The tail falls from one to nothing where the rate given the factor is the rate asked about,
    # the more steeply the more obligors there are: that place is where the integral is split.
    rate = min(max(defaults / n, 1e-12), 1 - 1e-12)
    fall = (threshold - own * float(scipy.special.ndtri(rate))) / shared
    steep = min(max(fall, -_FARTHEST + 1), _FARTHEST - 1)
    ends = ((-_FARTHEST, steep), (steep, _FARTHEST))
    parts = [scipy.integrate.quad(at, *each, epsabs=1e-13, limit=200)[0] for each in ends]
    return float(sum(parts) / math.sqrt(2 * math.pi))


def critical_defaults(
    *, n: int, pd: float, confidence: float = 0.99, correlation: float = 0.0
) -> int:
    """Smallest number of defaults that rejects the PD: min k with P(X >= k) <= 1 - confidence."""
    low, high = 0, n + 1
    while low < high:
        middle = (low + high) // 2
        tail = defaults_at_least(n=n, pd=pd, defaults=middle, correlation=correlation)
        low, high = (low, middle) if tail <= 1 - confidence else (middle + 1, high)
    return low


def grades_chi2(
    *,
    n: Sequence[int],
    defaults: Sequence[int],
    pd: Sequence[float],
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Do all grades' PDs hold together?  Sum of (D - N PD)^2 / (N PD (1 - PD)), df grades.

    Empty grades are left out and counted in the note. Source: BCBS Working Paper 14.
    """
    stated = probabilities(pd)
    counts, bads = np.asarray(n, float), np.asarray(defaults, float)
    aligned(counts, bads, stated)
    statistic, filled = chi2_of_groups(counts=counts, bads=bads, pd=stated)
    p = float(scipy.stats.chi2.sf(statistic, filled)) if filled else None
    return TestResult(
        test_id="grades_chi2",
        null_hypothesis="every grade's true default rate is its PD",
        side="upper",
        reference=BCBS_WP14,
        statistic=statistic if filled else None,
        p=p,
        n=int(counts.sum()),
        n_events=int(bads.sum()),
        segment=segment,
        thresholds=thresholds,
        light=Light.NOT_EVALUATED if p is None else thresholds.light_of_p(p),
        inputs_hash=hash_facts(n=counts, defaults=bads, pd=stated),
        figures={"df": float(filled)},
        note=f"{len(counts) - filled} empty grades left out" if filled < len(counts) else "",
    )


def chi2_of_groups(*, counts: Floats, bads: Floats, pd: Floats) -> tuple[float, int]:
    """Sum of (D - N PD)^2 / (N PD (1 - PD)) over groups that hold rows, and how many do."""
    held = counts > 0
    counts, bads, pd = counts[held], bads[held], pd[held]
    terms = (bads - counts * pd) ** 2 / (counts * pd * (1 - pd))
    return float(terms.sum()), int(held.sum())


def multi_year_normal(
    *,
    pd: Sequence[float],
    default_rate: Sequence[float],
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Was no year's PD too low?  sum e / sqrt(T tau^2), e = d - PD, tau^2 the variance of e.

    Upper tail of the normal. Source: BCBS Working Paper 14, normal test.
    """
    stated, seen = probabilities(pd), numbers(default_rate, what="A default rate")
    aligned(stated, seen)
    gap = seen - stated
    spread = float(gap.var(ddof=1)) if len(gap) > 1 else 0.0
    statistic = float(gap.sum() / np.sqrt(len(gap) * spread)) if spread > 0 else None
    p = None if statistic is None else float(scipy.stats.norm.sf(statistic))
    return TestResult(
        test_id="multi_year_normal",
        null_hypothesis="no year's true default rate is above its PD",
        side="upper",
        reference=BCBS_WP14,
        statistic=statistic,
        p=p,
        n=len(gap),
        n_events=None,
        segment=segment,
        thresholds=thresholds,
        light=Light.INSUFFICIENT if p is None else thresholds.light_of_p(p),
        inputs_hash=hash_rows(pd=stated, default_rate=seen),
        figures={"years": float(len(gap)), "mean_gap": float(gap.mean())},
    )


def most_prudent_pd(*, n: Sequence[int], defaults: Sequence[int], confidence: float) -> list[float]:
    """Upper bounds of the PDs of grades in order, best first, that stay monotone.

    Beta.ppf(confidence, D' + 1, N' - D') with the counts of the grade and all worse ones; 1
    where every one of them defaulted. Source: Pluto and Tasche (2005).
    """
    counts, bads = np.asarray(n, float), np.asarray(defaults, float)
    aligned(counts, bads)
    pooled, lost = np.cumsum(counts[::-1])[::-1], np.cumsum(bads[::-1])[::-1]
    alive = pooled - lost
    bounds = scipy.stats.beta.ppf(confidence, lost + 1, np.where(alive > 0, alive, 1.0))
    return np.where(alive > 0, cast("Floats", bounds), 1.0).tolist()
