"""How rows become a value with its interval: one function a measure, all pure.

Each takes the mature rows of one period and segment as two equally long arrays and returns
(value, low, high); None where the rows do not support a value. Bounds are 95 %.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from goodstanding.metrics.types import Measure, MetricDefinition
from goodstanding.validation.discrimination import area_under_curve
from goodstanding.validation.intervals import wilson
from goodstanding.validation.stability import stability_index
from goodstanding.validation.survival import cumulative_incidence, kaplan_meier

Floats = NDArray[np.float64]
Estimate = tuple[float | None, float | None, float | None]
NOTHING: Estimate = (None, None, None)

FEWEST_BADS = 30
BOOTSTRAPS = 200


@dataclass(frozen=True, slots=True)
class Group:
    """The mature rows of one period and segment; `reference` those of the first period."""

    numerator: Floats
    denominator: Floats
    reference: Floats


def estimate(definition: MetricDefinition, group: Group) -> Estimate:
    """The definition's measure over the group."""
    if not group.numerator.size:
        return NOTHING
    return MEASURES[definition.measure](group, definition)


def _proportion(group: Group, _: MetricDefinition) -> Estimate:
    """Wilson's interval: each row is one case that did or did not (Wilson 1927)."""
    n, events = int(group.denominator.sum()), int(group.numerator.sum())
    if n == 0:
        return NOTHING
    interval = wilson(events=events, n=n)
    return events / n, interval.low, interval.high


def _ratio(group: Group, _: MetricDefinition) -> Estimate:
    """A ratio of sums, with the delta method's interval (Cochran 1977, section 6.4)."""
    total = float(group.denominator.sum())
    if total == 0:
        return NOTHING
    value = float(group.numerator.sum()) / total
    n = group.numerator.size
    if n < 2:
        return value, None, None
    residual = group.numerator - value * group.denominator
    error = math.sqrt(n / (n - 1) * float((residual**2).sum())) / abs(total)
    width = float(norm.ppf(0.975)) * error
    return value, value - width, value + width


def _count(group: Group, _: MetricDefinition) -> Estimate:
    """A count with the exact Poisson interval (Garwood 1936)."""
    count = float(group.numerator.sum())
    low = float(chi2.ppf(0.025, 2 * count)) / 2 if count else 0.0
    return count, low, float(chi2.ppf(0.975, 2 * count + 2)) / 2


def _median(group: Group, _: MetricDefinition) -> Estimate:
    """Kaplan-Meier's median, so that what still goes on counts; never the mean of the closed."""
    curve = kaplan_meier(duration=group.numerator.tolist(), ended=(group.denominator == 1).tolist())
    return curve.quantile(0.5)


def _gini(group: Group, _: MetricDefinition) -> Estimate:
    """2 AUC - 1 with DeLong's interval; unknown under 30 bads or goods."""
    bad = group.denominator == 1
    if min(int(bad.sum()), int((~bad).sum())) < FEWEST_BADS:
        return NOTHING
    area = area_under_curve(label=bad, score=group.numerator)
    if area is None:
        return NOTHING
    width = 2 * float(norm.ppf(0.975)) * math.sqrt(area.variance)
    value = 2 * area.auc - 1
    return value, max(-1.0, value - width), min(1.0, value + width)


def _psi(group: Group, _: MetricDefinition) -> Estimate:
    """The population stability index against the first period's bands; no interval is honest."""
    if min(group.reference.size, group.numerator.size) < FEWEST_BADS:
        return NOTHING
    bands = np.unique(np.concatenate([group.reference, group.numerator]))
    expected = [float((group.reference == band).sum()) for band in bands]
    actual = [float((group.numerator == band).sum()) for band in bands]
    return stability_index(expected=expected, actual=actual), None, None


def _calibration(group: Group, _: MetricDefinition) -> Estimate:
    """Observed bads over expected, with the exact Poisson interval of the observed."""
    expected = float(group.denominator.sum())
    if expected == 0:
        return NOTHING
    observed, low, high = _count(group, _)
    return (observed or 0) / expected, (low or 0) / expected, (high or 0) / expected


def _incidence(group: Group, definition: MetricDefinition) -> Estimate:
    """Aalen-Johansen within the horizon; bootstrap over rows with a fixed seed."""
    horizon = float(definition.horizon_days or math.inf)
    cause = group.denominator.astype(int)
    value = _incidence_of(group.numerator, cause, horizon)
    draw = np.random.default_rng(20261122)
    n = group.numerator.size
    values = [
        _incidence_of(group.numerator[pick], cause[pick], horizon)
        for pick in (draw.integers(0, n, n) for _ in range(BOOTSTRAPS))
    ]
    low, high = np.quantile(values, [0.025, 0.975])
    return value, float(low), float(high)


def _incidence_of(duration: Floats, cause: NDArray[np.int_], horizon: float) -> float:
    return cumulative_incidence(duration=duration.tolist(), cause=cause.tolist(), until=horizon)


MEASURES: dict[Measure, Callable[[Group, MetricDefinition], Estimate]] = {
    Measure.PROPORTION: _proportion,
    Measure.RATIO: _ratio,
    Measure.COUNT: _count,
    Measure.MEDIAN: _median,
    Measure.GINI: _gini,
    Measure.PSI: _psi,
    Measure.CALIBRATION: _calibration,
    Measure.INCIDENCE: _incidence,
}
