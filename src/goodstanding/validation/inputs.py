"""Columns of labels and probabilities, checked once and named by a hash."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goodstanding.validation.errors import (
    InputNotFinite,
    InputShape,
    LabelNotBinary,
    ProbabilityOutOfRange,
)

Floats = NDArray[np.float64]
_NAMED_ROWS = 10


def numbers(values: ArrayLike, *, what: str) -> Floats:
    """One column of finite numbers. Raises InputNotFinite with the rows that are not."""
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1:
        raise InputShape(what=what, why="it is not one column")
    _refuse_rows(~np.isfinite(column), InputNotFinite, what=what)
    return column


def labels(values: ArrayLike) -> NDArray[np.bool_]:
    """True for the bad outcome. Raises LabelNotBinary for anything but 0 and 1."""
    column = np.asarray(values, dtype=np.float64)
    _refuse_rows(~np.isin(column, (0.0, 1.0)), LabelNotBinary)
    return column == 1


def probabilities(values: ArrayLike, *, what: str = "A PD") -> Floats:
    """Probabilities strictly between 0 and 1. Raises ProbabilityOutOfRange with the rows."""
    column = np.atleast_1d(np.asarray(values, dtype=np.float64))
    inside = (column > 0) & (column < 1)
    _refuse_rows(~inside, ProbabilityOutOfRange, what=what)
    return column


def aligned(*columns: NDArray[np.generic]) -> None:
    """Raises InputShape where columns differ in length."""
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise InputShape(what="Columns", why=f"they have {sorted(lengths)} rows")


def _refuse_rows(
    wrong: NDArray[np.bool_],
    refusal: type[ProbabilityOutOfRange | LabelNotBinary | InputNotFinite],
    **facts: str,
) -> None:
    rows = np.flatnonzero(wrong)
    if len(rows):
        shown = ", ".join(map(str, rows[:_NAMED_ROWS]))
        more = f" and {len(rows) - _NAMED_ROWS} more" if len(rows) > _NAMED_ROWS else ""
        raise refusal(rows=shown + more, **facts)


def hash_rows(**columns: ArrayLike) -> str:
    """Sha256 of aligned columns, the same in whatever order the rows come.

    Numbers count to 12 significant digits, so that a last bit of a library does not change it.
    """
    names = sorted(columns)
    texts = [
        [f"{value:.12g}" for value in np.ravel(np.asarray(columns[name], float))] for name in names
    ]
    rows = sorted("|".join(row) for row in zip(*texts, strict=True))
    return _digest([",".join(names), *rows])


def hash_facts(**facts: ArrayLike) -> str:
    """Sha256 of named facts whose order means something, e.g. grades or a matrix."""
    return _digest([f"{name}={_text(facts[name])}" for name in sorted(facts)])


def _text(value: ArrayLike) -> str:
    if isinstance(value, str):
        return value
    return ",".join(f"{entry:.12g}" for entry in np.ravel(np.asarray(value, dtype=np.float64)))


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
