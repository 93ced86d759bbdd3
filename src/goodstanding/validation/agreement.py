"""Do two people, or a person and a machine, give the same answer beyond chance?"""

from collections.abc import Sequence

import numpy as np

from goodstanding.validation.errors import InputShape


def cohen_kappa(table: Sequence[Sequence[int]]) -> float | None:
    """Agreement beyond chance of a square table of counts; None where chance alone explains all.

    Source: Cohen (1960).
    """
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise InputShape(what="An agreement table", why="it must be square")
    total = counts.sum()
    if total == 0:
        return None
    agreed = np.trace(counts) / total
    by_chance = float(np.sum(counts.sum(axis=0) * counts.sum(axis=1))) / total**2
    return None if by_chance == 1 else float((agreed - by_chance) / (1 - by_chance))
