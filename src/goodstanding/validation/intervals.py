"""Intervals of rates and of differences of rates, always within their range."""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load at first use; special takes a third of the time of stats

from goodstanding.validation.errors import InputShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure and its interval; low and high are None where there are no rows."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def wilson(*, events: int, n: int, level: float = 0.95) -> Interval:
    """Score interval of a rate. Source: Wilson (1927)."""
    _check(events, n)
    if n == 0:
        return Interval(value=None, low=None, high=None, n=0)
    z = _z(level)
    rate = events / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * float(np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    low = 0.0 if events == 0 else centre - half
    high = 1.0 if events == n else centre + half
    return Interval(value=rate, low=low, high=high, n=n)


def jeffreys_interval(*, events: int, n: int, level: float = 0.95) -> Interval:
    """Equal-tailed interval of Beta(x + 1/2, n - x + 1/2), 0 and 1 at the ends.

    Source: Brown, Cai and DasGupta (2001).
    """
    _check(events, n)
    if n == 0:
        return Interval(value=None, low=None, high=None, n=0)
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else beta_quantile(tail, events + 0.5, n - events + 0.5)
    high = 1.0 if events == n else beta_quantile(1 - tail, events + 0.5, n - events + 0.5)
    return Interval(value=events / n, low=low, high=high, n=n)


def clopper_pearson(*, events: int, n: int, level: float = 0.95) -> Interval:
    """Interval that never covers too rarely. Source: Clopper and Pearson (1934)."""
    _check(events, n)
    if n == 0:
        return Interval(value=None, low=None, high=None, n=0)
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else beta_quantile(tail, events, n - events + 1)
    high = 1.0 if events == n else beta_quantile(1 - tail, events + 1, n - events)
    return Interval(value=events / n, low=low, high=high, n=n)


def newcombe(
    *, events: int, n: int, other_events: int, other_n: int, level: float = 0.95
) -> Interval:
    """Interval of rate - other rate by Wilson's limits of both.

    Source: Newcombe (1998), Statistics in Medicine 17, method 10.
    """
    first = wilson(events=events, n=n, level=level)
    second = wilson(events=other_events, n=other_n, level=level)
    if first.value is None or second.value is None:
        return Interval(value=None, low=None, high=None, n=n + other_n)
    gap = first.value - second.value
    below = np.hypot(first.value - (first.low or 0.0), (second.high or 0.0) - second.value)
    above = np.hypot((first.high or 0.0) - first.value, second.value - (second.low or 0.0))
    return Interval(value=gap, low=float(gap - below), high=float(gap + above), n=n + other_n)


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The quantile of a beta distribution."""
    return float(scipy.special.betaincinv(a, b, probability))


def chi_square_quantile(probability: float, degrees: float) -> float:
    """The quantile of a chi-square distribution; degrees of freedom need not be whole."""
    return 2 * float(scipy.special.gammaincinv(degrees / 2, probability))


def normal_quantile(probability: float) -> float:
    """The quantile of the standard normal distribution."""
    return float(scipy.special.ndtri(probability))


def _z(level: float) -> float:
    return normal_quantile((1 + level) / 2)


def _check(events: int, n: int) -> None:
    if not 0 <= events <= n:
        raise InputShape(what="A rate", why=f"{events} events of {n} rows is impossible")
