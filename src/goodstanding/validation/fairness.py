"""Groups side by side: rates, gaps and their intervals. Who belongs to a group is the caller's."""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load at their first use: a command must start fast

from goodstanding.validation.intervals import Interval, newcombe


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionGap:
    """Selection rate of a group against a reference group.

    `ratio` under 0.8 is the four-fifths rule of US labour law (29 CFR 1607.4 D); it is no rule
    for credit and is shown for comparison only. `z` pools both groups.
    """

    gap: float
    ratio: float | None
    z: float | None
    p: float | None
    interval: Interval


def selection_gap(
    *, selected: int, n: int, reference_selected: int, reference_n: int
) -> SelectionGap | None:
    """How much rarer a group is selected than the reference; None where either is empty."""
    if n == 0 or reference_n == 0:
        return None
    rate, reference = selected / n, reference_selected / reference_n
    pooled = (selected + reference_selected) / (n + reference_n)
    spread = float(np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / reference_n)))
    z = (rate - reference) / spread if spread else None
    return SelectionGap(
        gap=rate - reference,
        ratio=rate / reference if reference else None,
        z=z,
        p=None if z is None else 2 * float(scipy.stats.norm.sf(abs(z))),
        interval=newcombe(
            events=selected, n=n, other_events=reference_selected, other_n=reference_n
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """False positive and false negative rate and precision; None where there are no such rows."""

    false_positive_rate: float | None
    false_negative_rate: float | None
    precision: float | None


def error_rates(
    *, true_negatives: int, false_positives: int, false_negatives: int, true_positives: int
) -> ErrorRates:
    """Error rates of one group from its four counts."""
    goods, bads = true_negatives + false_positives, false_negatives + true_positives
    called = false_positives + true_positives
    return ErrorRates(
        false_positive_rate=false_positives / goods if goods else None,
        false_negative_rate=false_negatives / bads if bads else None,
        precision=true_positives / called if called else None,
    )
