"""One rounding for every score, so that live and batch agree at a cut-off."""

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import polars as pl
from numpy.typing import NDArray

SCORE_PRECISION = 9
SCORE_SCALE = 6
_STEP = Decimal(1).scaleb(-SCORE_SCALE)
_TIE_ZONE = 1e-6


def quantise_score(value: float) -> Decimal:
    """A probability as DECIMAL(9,6): shortest round-trip text, then half away from zero.

    This is `to_decimal(value, 9, 6)` of the policy language.
    """
    return Decimal(repr(float(value))).quantize(_STEP, rounding=ROUND_HALF_UP)


def millionths_nearly(value: float, *, exact: Callable[[], float]) -> int:
    """The same, times 10^6, for a probability that may be off by its last bits.

    `exact` is asked where the sixth place could hang on them.
    """
    scaled = value * 10.0**SCORE_SCALE
    below = math.floor(scaled)
    beyond = scaled - below - 0.5
    if abs(beyond) < _TIE_ZONE:
        return int(quantise_score(exact()).scaleb(SCORE_SCALE))
    return below + (beyond > 0)


def quantise_scores(values: NDArray[np.float64]) -> pl.Series:
    """The same for a column; every value equals `quantise_score` of it.

    Multiplying by 10^6 can land on the wrong side of a tie, so values near one go the exact way.
    """
    scaled = values * 10.0**SCORE_SCALE
    whole = np.floor(scaled + 0.5).astype(np.int64)
    for row in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < _TIE_ZONE):
        whole[row] = int(quantise_score(float(values[row])).scaleb(SCORE_SCALE))
    return decimals_from_millionths(whole)


def decimals_from_millionths(whole: NDArray[np.int64]) -> pl.Series:
    """Integers of 10^-6 as a Decimal(9, 6) column, without a step through floats."""
    column = pl.Series("score", whole).cast(pl.Int128)
    return column.reinterpret(dtype=pl.Decimal(SCORE_PRECISION, SCORE_SCALE))
