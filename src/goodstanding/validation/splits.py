"""Did the arms get the shares they were meant to?  If not, nothing else can be read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts load at their first use: a command must start fast

from goodstanding.validation.errors import InputShape
from goodstanding.validation.inputs import Floats

MISMATCH_BELOW = 0.001
_PRIOR_STRENGTH = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCheck:
    """Units of each arm against the shares that were planned.

    `p` is that of one look; `p_any_time` holds however often somebody looks.
    """

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    chi2: float | None
    p: float | None
    p_any_time: float

    @property
    def is_mismatch(self) -> bool:
        """Whether the split is broken, judged so that looking often raises no false alarm."""
        return self.p_any_time < MISMATCH_BELOW


def check_split(*, counts: Sequence[int], shares: Sequence[float]) -> SplitCheck:
    """Sample ratio mismatch of k arms: chi-square for one look, a Bayes factor for all of them.

    `shares` are the planned ones, in any unit. Raises InputShape for fewer than two arms or a
    share of nothing. Sources: Pearson's chi-square on k - 1 degrees; Lindon and Malek 2022
    (a Dirichlet-multinomial Bayes factor is a martingale, so its inverse is a p at any time).
    """
    seen, planned = np.asarray(counts, float), np.asarray(shares, float)
    if len(seen) < 2 or len(seen) != len(planned) or np.any(planned <= 0) or np.any(seen < 0):
        raise InputShape(what="A split", why="it needs two arms or more, each with a share")
    planned = planned / planned.sum()
    total = float(seen.sum())
    expected = tuple(float(value) for value in total * planned)
    chi2 = p = None
    if total:
        chi2 = float(np.sum((seen - total * planned) ** 2 / (total * planned)))
        p = float(scipy.special.chdtrc(len(seen) - 1, chi2))
    return SplitCheck(
        counts=tuple(int(value) for value in seen),
        expected=expected,
        chi2=chi2,
        p=p,
        p_any_time=_p_any_time(seen, planned),
    )


def _p_any_time(seen: Floats, planned: Floats) -> float:
    prior = _PRIOR_STRENGTH * planned
    log_ratio = _log_beta(prior + seen) - _log_beta(prior) - float(np.sum(seen * np.log(planned)))
    return min(1.0, float(np.exp(-min(log_ratio, 700.0))))


def _log_beta(parameters: Floats) -> float:
    gammaln = scipy.special.gammaln
    return float(np.sum(gammaln(parameters)) - gammaln(np.sum(parameters)))
