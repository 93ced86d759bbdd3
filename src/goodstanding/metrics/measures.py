"""How rows become a value with its interval: one function a measure, all pure.

Each takes the mature rows of one period and segment as equally long arrays and returns
(value, low, high); None where the rows do not support it. Bounds are 95 %.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodstanding.metrics.types import Measure, MetricDefinition
from goodstanding.validation.discrimination import area_under_curve
from goodstanding.validation.intervals import chi_square_quantile, normal_quantile, wilson
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
    cluster: NDArray[np.str_] | None = None


def estimate(definition: MetricDefinition, group: Group) -> Estimate:
    """The definition's measure over the group."""
    if not group.numerator.size:
        return NOTHING
    return MEASURES[definition.measure](group, definition)


def chance_of(definition: MetricDefinition, group: Group) -> float | None:
    """What a stability index passes once in twenty though nothing moved; None of other measures.

    Source: Yurdakul and Naranjo (2020): (1/N + 1/M) times chi-square's 95 % point, B - 1 degrees.
    """
    n, m = group.numerator.size, group.reference.size
    if definition.measure is not Measure.PSI or not n or not m:
        return None
    bands = np.unique(np.concatenate([group.reference, group.numerator])).size
    return (1 / n + 1 / m) * chi_square_quantile(0.95, bands - 1) if bands > 1 else None


def going_on(definition: MetricDefinition, group: Group) -> int:
    """How many rows of a median or an incidence are not at their end yet; 0 of other measures."""
    censored = group.denominator == 0
    if definition.measure is Measure.INCIDENCE:
        censored &= group.numerator < float(definition.horizon_days or math.inf)
    elif definition.measure is not Measure.MEDIAN:
        return 0
    return int(censored.sum())


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
    if not residual.any():
        return value, None, None  # rows without any spread bound nothing
    error = math.sqrt(n / (n - 1) * float((residual**2).sum())) / abs(total)
    width = normal_quantile(0.975) * error
    below_nought = min(group.numerator.min(), group.denominator.min()) < 0
    return value, value - width if below_nought else max(0.0, value - width), value + width


def _count(group: Group, _: MetricDefinition) -> Estimate:
    """A state counted in full: no sample, so no interval."""
    return float(group.numerator.sum()), None, None


def _least(group: Group, _: MetricDefinition) -> Estimate:
    """The smallest of them, read off one row."""
    return float(group.numerator.min()), None, None


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
    width = 2 * normal_quantile(0.975) * math.sqrt(area.variance)
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
    """Observed bads over expected; exact Poisson interval of the observed (Garwood 1936)."""
    expected = float(group.denominator.sum())
    if expected == 0:
        return NOTHING
    observed = float(group.numerator.sum())
    low = chi_square_quantile(0.025, 2 * observed) / 2 if observed else 0.0
    high = chi_square_quantile(0.975, 2 * observed + 2) / 2
    return observed / expected, low / expected, high / expected


def _incidence(group: Group, definition: MetricDefinition) -> Estimate:
    """Aalen-Johansen within the horizon; bootstrap over clusters of rows with a fixed seed.

    Without an event every draw is 0, which bounds nothing: then Wilson's upper bound of the rows
    whose end is known.
    """
    horizon = float(definition.horizon_days or math.inf)
    cause = group.denominator.astype(int)
    value = _incidence_of(group.numerator, cause, horizon)
    if not ((cause == 1) & (group.numerator <= horizon)).any():
        followed = int(((cause != 0) | (group.numerator >= horizon)).sum())
        return value, 0.0 if followed else None, wilson(events=0, n=followed).high
    values = [_incidence_of(group.numerator[pick], cause[pick], horizon) for pick in _draws(group)]
    low, high = np.quantile(values, [0.025, 0.975])
    return value, float(low), float(high)


def _draws(group: Group) -> Iterator[NDArray[np.int_]]:
    """Rows of clusters drawn with replacement; each row is its own cluster where none is named."""
    n = group.numerator.size
    named = np.arange(n) if group.cluster is None else group.cluster
    members: list[NDArray[np.int_]] = [
        np.flatnonzero(named == cluster) for cluster in np.unique(named)
    ]
    draw = np.random.default_rng(20261122)
    for _ in range(BOOTSTRAPS):
        picked = draw.integers(0, len(members), len(members))
        yield np.concatenate([members[int(place)] for place in picked])


def _incidence_of(duration: Floats, cause: NDArray[np.int_], horizon: float) -> float:
    return cumulative_incidence(duration=duration.tolist(), cause=cause.tolist(), until=horizon)


MEASURES: dict[Measure, Callable[[Group, MetricDefinition], Estimate]] = {
    Measure.PROPORTION: _proportion,
    Measure.RATIO: _ratio,
    Measure.COUNT: _count,
    Measure.LEAST: _least,
    Measure.MEDIAN: _median,
    Measure.GINI: _gini,
    Measure.PSI: _psi,
    Measure.CALIBRATION: _calibration,
    Measure.INCIDENCE: _incidence,
}
