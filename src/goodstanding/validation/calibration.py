"""Are the probabilities of rows true, in groups of score and one by one?"""

import numpy as np
import scipy  # its parts load at their first use: a command must start fast
from numpy.typing import ArrayLike, NDArray

from goodstanding.validation.grades import chi2_of_groups
from goodstanding.validation.inputs import Floats, aligned, hash_rows, labels, probabilities
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, Side, TestResult, Thresholds


def brier_score(*, label: ArrayLike, pd: ArrayLike) -> float:
    """Mean squared distance of PD and outcome. Source: Brier (1950)."""
    bad, stated = _pair(label, pd)
    return float(np.mean((stated - bad) ** 2))


def expected_calibration_error(*, label: ArrayLike, pd: ArrayLike, groups: int = 10) -> float:
    """Mean distance of PD and bad rate over equally large groups of ascending PD, by rows."""
    bad, stated = _pair(label, pd)
    parts = _score_groups(stated, groups)
    gaps = [abs(float(stated[part].mean() - bad[part].mean())) * len(part) for part in parts]
    return sum(gaps) / len(bad)


def hosmer_lemeshow(
    *,
    label: ArrayLike,
    pd: ArrayLike,
    segment: str,
    groups: int = 10,
    in_sample: bool,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Do PDs hold across groups of ascending PD?  df groups - 2 in sample, groups out of it.

    Rows with equal PDs stay in one group, that of their middle row. Source: Hosmer and
    Lemeshow (1980).
    """
    bad, stated = _pair(label, pd)
    parts = _score_groups(stated, groups)
    counts = np.array([len(part) for part in parts], float)
    bads = np.array([bad[part].sum() for part in parts], float)
    means = np.array([stated[part].mean() for part in parts])
    statistic, used = chi2_of_groups(counts=counts, bads=bads, pd=means)
    df = used - 2 if in_sample else used
    p = float(scipy.stats.chi2.sf(statistic, df)) if df > 0 else None
    return TestResult(
        test_id="hosmer_lemeshow",
        null_hypothesis="in every group the true default rate is the mean PD",
        side="upper",
        reference="Hosmer and Lemeshow (1980), Communications in Statistics A9",
        statistic=statistic,
        p=p,
        n=len(bad),
        n_events=int(bad.sum()),
        segment=segment,
        thresholds=thresholds,
        light=Light.INSUFFICIENT if p is None else thresholds.light_of_p(p),
        inputs_hash=hash_rows(label=label, pd=pd),
        figures={"df": float(df), "groups": float(used)},
        note="rows with equal PDs stay in the group of their middle row",
    )


def calibration_table(
    *, label: ArrayLike, pd: ArrayLike, groups: int = 10
) -> list[dict[str, float]]:
    """Per group of ascending PD: rows, bads, mean PD, bad rate; the groups of Hosmer-Lemeshow."""
    bad, stated = _pair(label, pd)
    return [
        {
            "n": float(len(part)),
            "bads": float(bad[part].sum()),
            "mean_pd": float(stated[part].mean()),
            "bad_rate": float(bad[part].mean()),
        }
        for part in _score_groups(stated, groups)
    ]


def _score_groups(stated: Floats, groups: int) -> list[NDArray[np.intp]]:
    """Row numbers per group of ascending PD; equal PDs are never torn apart."""
    middle = (scipy.stats.rankdata(stated, "average") - 0.5) / len(stated)
    group = np.minimum((middle * groups).astype(int), groups - 1)
    parts = [np.flatnonzero(group == number) for number in range(groups)]
    return [part for part in parts if len(part)]


def spiegelhalter(
    *,
    label: ArrayLike,
    pd: ArrayLike,
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Is the Brier score what true PDs would give?  Two-sided normal z.

    z = sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p)). Source: Spiegelhalter (1986).
    """
    bad, stated = _pair(label, pd)
    weight = 1 - 2 * stated
    spread = float(np.sqrt(np.sum(weight**2 * stated * (1 - stated))))
    statistic = float(np.sum((bad - stated) * weight)) / spread if spread else None
    return _row_test(
        test_id="spiegelhalter",
        null_hypothesis="every PD is true",
        side="two-sided",
        reference="Spiegelhalter (1986), Statistics in Medicine 5",
        statistic=statistic,
        p=None if statistic is None else 2 * float(scipy.stats.norm.sf(abs(statistic))),
        columns=(bad, stated),
        segment=segment,
        thresholds=thresholds,
        figures={"brier": brier_score(label=label, pd=pd)},
    )


def calibration_line(
    *,
    label: ArrayLike,
    pd: ArrayLike,
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Is the line logit(y) = intercept + slope * logit(PD) the diagonal?

    Likelihood ratio of (0, 1) against the best line, chi-square with 2 degrees of freedom.
    Source: Cox (1958), Biometrika 45.
    """
    bad, stated = _pair(label, pd)
    if bad.all() or not bad.any():
        statistic, p, figures = None, None, dict[str, float]()
    else:
        line, gain = _best_line(bad.astype(np.float64), scipy.special.logit(stated))
        statistic = max(0.0, 2 * gain)
        p = float(scipy.stats.chi2.sf(statistic, 2))
        figures = {"intercept": float(line[0]), "slope": float(line[1])}
    return _row_test(
        test_id="calibration_line",
        null_hypothesis="the intercept is 0 and the slope is 1",
        side="upper",
        reference="Cox (1958), Biometrika 45",
        statistic=statistic,
        p=p,
        columns=(bad, stated),
        segment=segment,
        thresholds=thresholds,
        figures=figures,
    )


def _best_line(bad: Floats, log_odds: Floats) -> tuple[Floats, float]:
    """Intercept and slope of the likeliest line, and its log-likelihood above the diagonal's.

    By exact first and second derivatives, so that the last printed digit is the same on every
    processor.
    """
    columns = np.column_stack((np.ones(len(log_odds)), log_odds))

    def loss(line: Floats) -> float:
        margin = columns @ line
        return float(np.sum(np.logaddexp(0, margin) - bad * margin))

    def slope(line: Floats) -> Floats:
        return columns.T @ (scipy.special.expit(columns @ line) - bad)

    def curvature(line: Floats) -> Floats:
        chance = scipy.special.expit(columns @ line)
        return (columns * (chance * (1 - chance))[:, None]).T @ columns

    diagonal = np.array([0.0, 1.0])
    best = scipy.optimize.minimize(
        loss, diagonal, jac=slope, hess=curvature, method="trust-exact", options={"gtol": 1e-9}
    )
    return best.x, loss(diagonal) - float(best.fun)


def _row_test(
    *,
    test_id: str,
    null_hypothesis: str,
    side: Side,
    reference: str,
    statistic: float | None,
    p: float | None,
    columns: tuple[NDArray[np.bool_], Floats],
    segment: str,
    thresholds: Thresholds,
    figures: dict[str, float],
) -> TestResult:
    bad, stated = columns
    return TestResult(
        test_id=test_id,
        null_hypothesis=null_hypothesis,
        side=side,
        reference=reference,
        statistic=statistic,
        p=p,
        n=len(bad),
        n_events=int(bad.sum()),
        segment=segment,
        thresholds=thresholds,
        light=Light.NOT_EVALUATED if p is None else thresholds.light_of_p(p),
        inputs_hash=hash_rows(label=bad, pd=stated),
        figures=figures,
    )


def _pair(label: ArrayLike, pd: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    bad, stated = labels(label), probabilities(pd)
    aligned(bad, stated)
    return bad, stated
