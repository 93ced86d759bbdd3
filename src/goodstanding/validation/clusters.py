"""Errors of means and ratios where cases come in groups: a group is one draw, not many."""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goodstanding.validation.errors import InputShape
from goodstanding.validation.inputs import Floats, aligned, numbers

Groups: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class GroupedRatio:
    """A ratio of sums over groups, and the variance of one group's part in it.

    `value` is None where nothing is in the denominator; the error of the ratio is
    sqrt(variance / groups).
    """

    groups: int
    numerator: float
    denominator: float
    value: float | None
    variance: float

    @property
    def standard_error(self) -> float | None:
        """The cluster-robust standard error of the ratio."""
        return None if self.value is None else math.sqrt(self.variance / self.groups)


def grouped_error(*, values: ArrayLike, groups: Groups) -> float:
    """The cluster-robust standard error of a mean; with a group a row the usual one.

    Source: Liang and Zeger 1986, with G / (G - 1) for few groups. 0 for a single group.
    """
    column = numbers(values, what="The values")
    aligned(column, groups)
    _, place = np.unique(groups, return_inverse=True)
    sums = np.bincount(place, weights=column - column.mean())
    count = len(sums)
    if count < 2:
        return 0.0
    return float(np.sqrt(count / (count - 1) * np.sum(sums**2)) / len(column))


def ratio_of_groups(*, numerator: ArrayLike, denominator: ArrayLike) -> GroupedRatio:
    """A ratio of sums where each row is a group, e.g. bads of a business over its approvals.

    The variance is that of the linearised ratio (Cochran 1977, section 6.4). Raises InputShape
    for a negative denominator.
    """
    above, below = numbers(numerator, what="The numerator"), _counts(denominator)
    aligned(above, below)
    total, count = float(below.sum()), len(below)
    if total == 0:
        return GroupedRatio(count, float(above.sum()), 0.0, None, 0.0)
    ratio = float(above.sum()) / total
    parts = (above - ratio * below) / (total / count)
    variance = float(parts.var(ddof=1)) if count > 1 else 0.0
    return GroupedRatio(count, float(above.sum()), total, ratio, variance)


def _counts(values: ArrayLike) -> Floats:
    column = numbers(values, what="The denominator")
    if np.any(column < 0):
        raise InputShape(what="The denominator", why="it is negative")
    return column
