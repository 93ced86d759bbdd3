"""Has the population, or the grading of it, moved?"""

from collections.abc import Sequence

import numpy as np
import scipy  # its parts load at their first use: a command must start fast
from numpy.typing import ArrayLike

from goodstanding.validation.errors import InputShape
from goodstanding.validation.inputs import Floats, aligned, hash_facts, numbers
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult, Thresholds

_HALF = 0.5


def stability_index(*, expected: Sequence[float], actual: Sequence[float]) -> float:
    """PSI = sum (a - e) ln(a / e) over bins fixed from the reference.

    Takes counts. An empty bin counts as half a row and is never dropped, so that samples
    without a common bin are far apart and not equal. Source: Siddiqi (2017).
    """
    reference, current = _shares(expected), _shares(actual)
    aligned(reference, current)
    return float(np.sum((current - reference) * np.log(current / reference)))


def population_stability(
    *,
    expected: Sequence[int],
    actual: Sequence[int],
    segment: str,
    what: str = "score",
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Do two samples come from one population?  PSI against (1/N + 1/M) chi-square(B - 1).

    AMBER needs PSI at the amber cut and p under 5 %, RED at the red cut and under 1 %: on small
    samples chance alone passes 0.10. Source: Yurdakul and Naranjo (2020).
    """
    reference, current = np.asarray(expected, float), np.asarray(actual, float)
    if len(reference) < 2:
        raise InputShape(what="Bins", why="a stability index needs at least two")
    n, m = int(reference.sum()), int(current.sum())
    if min(n, m) == 0:
        psi = p = benchmark = None
        light = Light.NOT_EVALUATED
    else:
        psi = stability_index(expected=expected, actual=actual)
        unit = 1 / n + 1 / m
        p = float(scipy.stats.chi2.sf(psi / unit, len(reference) - 1))
        benchmark = unit * float(scipy.stats.chi2.ppf(0.95, len(reference) - 1))
        light = _psi_light(psi, p, thresholds)
    figures = {} if benchmark is None else {"benchmark": benchmark, "bins": float(len(reference))}
    empty = int(np.sum((reference == 0) | (current == 0)))
    return TestResult(
        test_id=f"psi:{what}",
        null_hypothesis="both samples come from one population",
        side="upper",
        reference="Siddiqi (2017); Yurdakul and Naranjo (2020), Journal of Risk Model Validation",
        statistic=psi,
        p=p,
        n=n + m,
        n_events=None,
        segment=segment,
        thresholds=thresholds,
        light=light,
        inputs_hash=hash_facts(expected=reference, actual=current),
        figures=figures,
        effect_gate=f"PSI >= {thresholds.psi_amber:g} amber, >= {thresholds.psi_red:g} red",
        note=f"{empty} empty bins counted as half a row" if empty else "",
    )


def _psi_light(psi: float, p: float, thresholds: Thresholds) -> Light:
    if psi >= thresholds.psi_red and p < thresholds.red_p:
        return Light.RED
    if psi >= thresholds.psi_amber and p < thresholds.amber_p:
        return Light.AMBER
    return Light.GREEN


def _shares(counts: Sequence[float]) -> Floats:
    column = numbers(counts, what="Bin counts")
    total = column.sum()
    if total <= 0 or (column < 0).any():
        raise InputShape(what="Bin counts", why="they must be 0 or more, and not all 0")
    floor = _HALF if total > 1 + 1e-9 else 0.0
    if floor == 0 and (column == 0).any():
        raise InputShape(what="Bin shares", why="an empty bin needs counts, not shares")
    return np.maximum(column, floor) / total


def bin_edges(reference: ArrayLike, *, bins: int = 10) -> Floats:
    """Inner edges of bins that hold equally many rows of the reference; ties merge bins."""
    column = numbers(reference, what="The reference")
    return np.unique(np.quantile(column, np.arange(1, bins) / bins))


def bin_counts(values: ArrayLike, *, edges: Floats) -> list[int]:
    """Rows per bin (lower edge left out, upper edge included)."""
    column = numbers(values, what="The sample")
    place = np.searchsorted(edges, column, side="left")
    return [int(count) for count in np.bincount(place, minlength=len(edges) + 1)]


def information_value(*, bad: Sequence[int], good: Sequence[int]) -> float:
    """IV = sum (share of goods - share of bads) * ln of their ratio, over bins.

    An empty cell counts as half a row. Source: Siddiqi (2017).
    """
    return stability_index(expected=bad, actual=good)


def concentration_of_grades(
    *,
    current: Sequence[float],
    initial: Sequence[float],
    segment: str,
    by: str = "number",
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """Has the rating system become more concentrated?  By number or by exposure of each grade.

    CV = sqrt(K sum (R - 1/K)^2), HI = 1 + ln((CV^2 + 1) / K) / ln K,
    p = 1 - Phi(sqrt(K - 1)(CV_c - CV_i) / sqrt(CV_c^2 (1/2 + CV_c^2))).
    Source: ECB Instructions (2019), 2.5.5.3.
    """
    now, then = numbers(current, what="Grades"), numbers(initial, what="Grades")
    aligned(now, then)
    grades = len(now)
    if grades < 2 or now.sum() <= 0 or then.sum() <= 0:
        raise InputShape(what="Grades", why="at least two are needed, and they may not be empty")
    cv_now, cv_then = _variation(now), _variation(then)
    spread = np.sqrt(cv_now**2 * (0.5 + cv_now**2))
    statistic = float(np.sqrt(grades - 1) * (cv_now - cv_then) / spread) if spread else None
    p = None if statistic is None else float(scipy.stats.norm.sf(statistic))
    return TestResult(
        test_id=f"grade_concentration:{by}",
        null_hypothesis="the grades are not more concentrated than at the start",
        side="upper",
        reference="ECB Instructions (2019), 2.5.5.3",
        statistic=statistic,
        p=p,
        n=round(float(now.sum())),
        n_events=None,
        segment=segment,
        thresholds=thresholds,
        light=Light.NOT_EVALUATED if p is None else thresholds.light_of_p(p),
        inputs_hash=hash_facts(current=now, initial=then),
        figures={
            "cv_current": cv_now,
            "cv_initial": cv_then,
            "hi_current": herfindahl_of_grades(current),
            "hi_initial": herfindahl_of_grades(initial),
        },
    )


def herfindahl_of_grades(counts: Sequence[float]) -> float:
    """Herfindahl index of grades on the ECB's scale: 0 spread evenly, 1 in one grade."""
    column = numbers(counts, what="Grades")
    return 1 + float(np.log((_variation(column) ** 2 + 1) / len(column)) / np.log(len(column)))


def herfindahl(exposures: ArrayLike) -> float:
    """Sum of squared shares of groups, 1/n to 1; small portfolios are biased upwards by 1/n."""
    column = numbers(exposures, what="Exposures")
    return float(np.sum((column / column.sum()) ** 2))


def _variation(counts: Floats) -> float:
    share = counts / counts.sum()
    return float(np.sqrt(len(counts) * np.sum((share - 1 / len(counts)) ** 2)))


def matrix_weighted_bandwidth(matrix: Sequence[Sequence[int]]) -> tuple[float | None, float | None]:
    """How far customers migrate towards worse (upper) and better (lower) grades, 0 to 1.

    upper = sum over j > i of |i - j| N_ij / sum over j > i of max(K - i, i - 1) N_ij; lower
    likewise; None where nobody moved that way. Source: ECB Instructions (2019), 2.5.5.1.
    """
    counts = _square(matrix)
    grades = len(counts)
    row, column = np.indices(counts.shape)
    furthest = np.maximum(grades - 1 - row, row)
    return tuple(  # pyright: ignore[reportReturnType]
        _ratio(np.sum((np.abs(row - column) * counts)[side]), np.sum((furthest * counts)[side]))
        for side in (column > row, column < row)
    )


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def migration_z(
    matrix: Sequence[Sequence[int]],
) -> dict[tuple[int, int], tuple[float, float] | None]:
    """Does migration get rarer away from the diagonal?  (z, p = Phi(z)) per cell, from 1.

    z = (p_near - p_ij) / sqrt((p_ij (1 - p_ij) + p_near (1 - p_near) + 2 p_ij p_near) / N_i), near
    being the neighbour towards the diagonal. Undefined cells are None. Small p: it grows.
    Source: ECB Instructions (2019), 2.5.5.2.
    """
    counts = _square(matrix)
    found: dict[tuple[int, int], tuple[float, float] | None] = {}
    for i, total in enumerate(counts.sum(axis=1)):
        for j in range(len(counts)):
            if i != j:
                near = j - 1 if j > i else j + 1
                found[i + 1, j + 1] = _cell_z(counts[i, j], counts[i, near], float(total))
    return found


def _cell_z(count: float, count_near: float, total: float) -> tuple[float, float] | None:
    if total == 0:
        return None
    here, near = count / total, count_near / total
    variance = (here * (1 - here) + near * (1 - near) + 2 * here * near) / total
    if variance <= 0:
        return None
    z = float((near - here) / np.sqrt(variance))
    return z, float(scipy.stats.norm.cdf(z))


def _square(matrix: Sequence[Sequence[int]]) -> Floats:
    counts = np.asarray(matrix, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or (counts < 0).any():
        raise InputShape(what="A migration matrix", why="it must be square, without negatives")
    return counts
