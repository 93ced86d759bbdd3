"""Time until something happens, when not everything has happened yet.

At equal times events come before censoring. Durations may be entered late (left truncation).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts load at their first use: a command must start fast
from numpy.typing import NDArray

CENSORED = 0
EVENT = 1


@dataclass(frozen=True, slots=True)
class Survival:
    """A step function: after `time[i]` the share `survival[i]` is still without the event.

    `low` and `high` bound the 95 % interval on the log-log scale.
    """

    time: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def quantile(self, share: float) -> tuple[float | None, float | None, float | None]:
        """The time by which `share` had the event, and its interval; None where not reached."""
        left = 1 - share

        def first(curve: Sequence[float]) -> float | None:
            reached = (t for t, s in zip(self.time, curve, strict=True) if s <= left + 1e-12)
            return next(reached, None)

        return first(self.survival), first(self.low), first(self.high)


def kaplan_meier(
    *, duration: Sequence[float], ended: Sequence[bool], level: float = 0.95
) -> Survival:
    """The survival curve of durations of which some have not `ended` yet (same unit throughout).

    Source: Kaplan and Meier 1958; interval: Greenwood's variance on the log-log scale
    (Kalbfleisch and Prentice 1980).
    """
    times, events, at_risk = _table(duration, [EVENT if e else CENSORED for e in ended], EVENT)
    z = float(scipy.stats.norm.ppf((1 + level) / 2))
    survival: list[float] = []
    low: list[float] = []
    high: list[float] = []
    share, greenwood = 1.0, 0.0
    for d, n in zip(events, at_risk, strict=True):
        share *= 1 - d / n
        greenwood += d / (n * (n - d)) if n > d else 0.0
        survival.append(share)
        below, above = _log_log_interval(share, greenwood, z)
        low.append(below)
        high.append(above)
    return Survival(tuple(times), tuple(survival), tuple(low), tuple(high))


def share_by(
    *, duration: Sequence[float], ended: Sequence[bool], until: float, level: float = 0.95
) -> tuple[float, float, float]:
    """The share that had the event by `until`, and its interval, from cases of unequal age.

    So that young cases and old ones are compared at one horizon; 0 where none has ended by then.
    """
    curve = kaplan_meier(duration=duration, ended=ended, level=level)
    reached = [place for place, time in enumerate(curve.time) if time <= until]
    if not reached:
        return 0.0, 0.0, 0.0
    last = reached[-1]
    return 1 - curve.survival[last], 1 - curve.high[last], 1 - curve.low[last]


def cumulative_incidence(
    *, duration: Sequence[float], cause: Sequence[int], of: int = EVENT, until: float
) -> float:
    """The share that has had the cause `of` by `until`, with the other causes competing.

    `cause` is 0 where nothing has happened yet, else the number of what happened first.
    Source: Aalen and Johansen 1978: F(t) = sum of S(t-) d/n, S of all causes together.
    """
    times = np.asarray(duration, dtype=float)
    causes = np.asarray(cause)
    survival, incidence = 1.0, 0.0
    for t in np.unique(times[(causes != CENSORED) & (times <= until)]):
        at_risk = int((times >= t).sum())
        here = times == t
        incidence += survival * int((here & (causes == of)).sum()) / at_risk
        survival *= 1 - int((here & (causes != CENSORED)).sum()) / at_risk
    return incidence


def _table(
    duration: Sequence[float], cause: Sequence[int], of: int
) -> tuple[list[float], list[int], list[int]]:
    times = np.asarray(duration, dtype=float)
    causes: NDArray[np.int_] = np.asarray(cause)
    distinct = np.unique(times[causes == of])
    events = [int(((times == t) & (causes == of)).sum()) for t in distinct]
    return [float(t) for t in distinct], events, [int((times >= t).sum()) for t in distinct]


def _log_log_interval(share: float, greenwood: float, z: float) -> tuple[float, float]:
    if not 0 < share < 1:
        return share, share
    width = z * math.sqrt(greenwood) / abs(math.log(share))
    return share ** math.exp(width), share ** math.exp(-width)
