"""Loss given default, conversion factors, and losses beyond a stated quantile."""

from collections.abc import Sequence

import numpy as np
import scipy  # its parts load at their first use: a command must start fast

from goodstanding.validation.errors import InputShape
from goodstanding.validation.inputs import aligned, hash_facts, hash_rows, numbers, probabilities
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult, Thresholds


def realised_above_estimate(
    *,
    estimate: Sequence[float],
    realised: Sequence[float],
    segment: str,
    what: str = "lgd",
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Are LGDs (or conversion factors) too low?  sqrt(N) mean(e) / sd(e), e = realised - estimate.

    Upper tail of Student's t with N - 1. Source: ECB Instructions (2019), 2.6.2 and 2.9.3.
    """
    stated, seen = numbers(estimate, what="An estimate"), numbers(realised, what="A realised rate")
    aligned(stated, seen)
    gap = seen - stated
    spread = float(gap.std(ddof=1)) if len(gap) > 1 else 0.0
    statistic = float(np.sqrt(len(gap)) * gap.mean() / spread) if spread > 0 else None
    p = None if statistic is None else float(scipy.stats.t.sf(statistic, len(gap) - 1))
    return TestResult(
        test_id=f"{what}_t",
        null_hypothesis="the estimate is at least the realised rate",
        side="upper",
        reference="ECB Instructions (2019), 2.6.2 and 2.9.3",
        statistic=statistic,
        p=p,
        n=len(gap),
        n_events=None,
        segment=segment,
        thresholds=thresholds,
        light=Light.INSUFFICIENT if p is None else thresholds.light_of_p(p),
        inputs_hash=hash_rows(estimate=stated, realised=seen),
        figures={"mean_gap": float(gap.mean())} if len(gap) else {},
    )


def kupiec(
    *,
    n: int,
    breaches: int,
    rate: float,
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Is the breach rate the stated one?  Likelihood ratio, chi-square with 1 degree of freedom.

    No breach at all is handled as the limit. Source: Kupiec (1995), proportion of failures.
    """
    stated = float(probabilities(rate, what="A breach rate")[0])
    if not 0 <= breaches <= n:
        raise InputShape(what="Breaches", why=f"{breaches} of {n} is impossible")
    statistic = p = None
    if n:
        seen = breaches / n
        best = scipy.special.xlogy(breaches, seen) + scipy.special.xlog1py(n - breaches, -seen)
        claimed = scipy.special.xlogy(breaches, stated) + scipy.special.xlog1py(
            n - breaches, -stated
        )
        statistic = max(0.0, 2 * float(best - claimed))
        p = float(scipy.stats.chi2.sf(statistic, 1))
    return TestResult(
        test_id="kupiec_pof",
        null_hypothesis="the true breach rate is the stated one",
        side="two-sided",
        reference="Kupiec (1995), Journal of Derivatives 3",
        statistic=statistic,
        p=p,
        n=n,
        n_events=breaches,
        segment=segment,
        thresholds=thresholds,
        light=Light.NOT_EVALUATED if p is None else thresholds.light_of_p(p),
        inputs_hash=hash_facts(n=n, breaches=breaches, rate=stated),
        figures={"rate": stated},
    )
