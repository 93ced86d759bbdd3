"""How long must an experiment be?  Bads decide, not cases."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import scipy  # its parts load at first use; special takes a third of the time of stats

from goodstanding.validation.errors import InputShape

MOST_CASES = 1e15


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSize:
    """What one effect needs: cases of the control and of the other arm, and the control's bads.

    `effect` is relative to the control's rate: -0.2 for a fifth fewer bads.
    """

    effect: float
    control_n: int
    treatment_n: int
    control_bads: float
    treatment_bads: float


def sizes(
    *,
    base_rate: float,
    effects: Sequence[float],
    alpha: float = 0.05,
    power: float = 0.8,
    ratio: float = 1.0,
) -> tuple[PlannedSize, ...]:
    """How many matured cases, to the nearest, each arm needs for each effect, two-sided.

    `ratio` is treatment cases per control case. Raises InputShape for a rate or an effect that
    leaves (0, 1). Source: Fleiss, Levin and Paik 2003, section 4, without continuity correction.
    """
    return tuple(_size(base_rate, effect, alpha, power, ratio) for effect in effects)


def _size(base_rate: float, effect: float, alpha: float, power: float, ratio: float) -> PlannedSize:
    other = base_rate * (1 + effect)
    _check(base_rate, other, alpha, power, ratio)
    mixed = (base_rate + ratio * other) / (1 + ratio)
    pooled = math.sqrt((1 + ratio) * mixed * (1 - mixed))
    apart = math.sqrt(ratio * base_rate * (1 - base_rate) + other * (1 - other))
    needed = (_z(1 - alpha / 2) * pooled + _z(power) * apart) ** 2
    squared = ratio * (base_rate - other) ** 2
    if not squared or max(1.0, ratio) * needed / squared > MOST_CASES:
        raise InputShape(
            what="The effect", why="it is so small that no experiment shows it",
            mend="Plan for the smallest effect that would change what you do.",
        )  # fmt: skip
    control = round(needed / squared)
    treatment = round(ratio * control)
    return PlannedSize(
        effect=effect,
        control_n=control,
        treatment_n=treatment,
        control_bads=control * base_rate,
        treatment_bads=treatment * other,
    )


def single_size(*, base_rate: float, effect: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """How many cases show that a rate differs from a fixed one, two-sided, to the nearest.

    Source: Fleiss, Levin and Paik 2003, section 2.5, without continuity correction.
    """
    other = base_rate * (1 + effect)
    _check(base_rate, other, alpha, power, 1.0)
    fixed = _z(1 - alpha / 2) * math.sqrt(base_rate * (1 - base_rate))
    apart = _z(power) * math.sqrt(other * (1 - other))
    return max(1, round(((fixed + apart) / (base_rate - other)) ** 2))


def power_of(
    *, base_rate: float, effect: float, control_n: int, treatment_n: int, alpha: float = 0.05
) -> float:
    """The chance that an experiment of this size shows the relative effect, two-sided."""
    other = base_rate * (1 + effect)
    _check(base_rate, other, alpha, 0.5, 1.0)
    if min(control_n, treatment_n) < 1:
        raise InputShape(what="An arm", why="it has no cases")
    mixed = (control_n * base_rate + treatment_n * other) / (control_n + treatment_n)
    pooled = math.sqrt(mixed * (1 - mixed) * (1 / control_n + 1 / treatment_n))
    apart = math.sqrt(base_rate * (1 - base_rate) / control_n + other * (1 - other) / treatment_n)
    return float(scipy.special.ndtr((abs(base_rate - other) - _z(1 - alpha / 2) * pooled) / apart))


def _check(base: float, other: float, alpha: float, power: float, ratio: float) -> None:
    if not (0 < base < 1 and 0 < other < 1) or base == other:
        raise InputShape(
            what="A planned effect", why=f"it moves a rate of {base:g} to {other:g}; both must"
            " lie between 0 and 1 and differ",
            mend="Give a base rate and a relative effect, such as 0.05 and -0.2.",
        )  # fmt: skip
    if not (0 < alpha < 1 and 0 < power < 1 and ratio > 0):
        raise InputShape(
            what="A plan", why="alpha and power lie between 0 and 1, ratio above 0",
            mend="Usual are alpha 0.05, power 0.8 and ratio 1.",
        )  # fmt: skip


def _z(probability: float) -> float:
    return float(scipy.special.ndtri(probability))
