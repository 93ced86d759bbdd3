"""What may enter a model: only what was known at the decision, and nothing that is too good."""

import zlib
from collections.abc import Mapping

import numpy as np
import polars as pl

from goodstanding.scoring.training.errors import (
    InputNotKnownAtDecision,
    InputTooGood,
    RecipeInvalid,
)
from goodstanding.scoring.training.recipe import DataSource, Recipe
from goodstanding.scoring.training.source import Sample
from goodstanding.scoring.training.types import Evidence

FOLDS = 5


def refuse_late_inputs(*, recipe: Recipe, source: DataSource, leakage_allowed: bool) -> list[str]:
    """The inputs that were not known at the decision; none, unless a demonstration says why.

    Raises InputNotKnownAtDecision, naming each and why it is late.
    """
    late = [name for name in recipe.inputs if name not in source.known_at_decision]
    if leakage_allowed and not recipe.demonstration.strip():
        raise RecipeInvalid(
            recipe=recipe.id, why="a demonstration of leakage needs a written reason in the recipe"
        )
    if recipe.demonstration and not recipe.id.endswith("_demo"):
        raise RecipeInvalid(recipe=recipe.id, why="the id of a demonstration must end with _demo")
    if late and not leakage_allowed:
        told = "; ".join(
            f"{name} ({source.written_later.get(name, 'not on the list')})" for name in late
        )
        raise InputNotKnownAtDecision(model=recipe.id, inputs=told)
    return late


def strength_of_inputs(*, recipe: Recipe, sample: Sample, evidence: Evidence) -> dict[str, float]:
    """AUC that each raw input reaches alone on the training rows, by values and out of fold."""
    fold = np.array([zlib.crc32(key.encode()) % FOLDS for key in sample.rows["key"]])
    label = sample.rows["bad"].to_numpy()
    return {
        name: evidence.univariate_auc(
            values=plain_values(sample.rows[name]), label=label, fold=fold
        )
        for name in recipe.inputs
    }


def plain_values(column: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """A column as plain numbers or texts, None where missing."""
    plain = column.cast(pl.Float64) if column.dtype.is_decimal() else column
    return np.array(plain.to_list(), dtype=object)


def refuse_strong_inputs(
    *, recipe: Recipe, source: DataSource, strength: Mapping[str, float]
) -> None:
    """Raises InputTooGood for inputs above the ceiling without a written reason."""
    unexplained = [
        f"{name} (AUC {auc:.3f})"
        for name, auc in strength.items()
        if auc > source.ceiling_auc and not recipe.reasons_for_strong_inputs.get(name, "").strip()
    ]
    if unexplained:
        raise InputTooGood(
            model=recipe.id, inputs=", ".join(unexplained), ceiling=source.ceiling_auc
        )
