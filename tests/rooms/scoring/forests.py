"""Small boosted trees to test with: every kind of feature, with and without missing values."""

from functools import cache

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from goodstanding.scoring.trees import Trees
from goodstanding.scoring.types import Feature, MissingHandling

STATES = tuple(f"S{number:02d}" for number in range(70))
FEATURES = (
    Feature(name="amount", type="DECIMAL(14,2)", missing=MissingHandling.REFUSE),
    Feature(name="employees", type="INTEGER", missing=MissingHandling.LEARNED),
    Feature(name="rate", type="DOUBLE", missing=MissingHandling.LEARNED),
    Feature(name="new", type="BOOLEAN", missing=MissingHandling.LEARNED),
    Feature(name="state", type="TEXT", missing=MissingHandling.LEARNED, categories=STATES),
)


def draw_matrix(rows: int, seed: int) -> NDArray[np.float64]:
    """Rows as the trees see them, NaN where missing."""
    random = np.random.default_rng(seed)
    matrix = np.column_stack(
        [
            random.integers(100, 90_000_00, rows) / 100,
            random.integers(0, 40, rows).astype(float),
            random.normal(size=rows),
            random.integers(0, 2, rows).astype(float),
            random.integers(0, len(STATES), rows).astype(float),
        ]
    )
    for column in (1, 2, 3, 4):
        matrix[random.random(rows) < 0.1, column] = np.nan
    return matrix


@cache
def grown(leaves: int = 7, trees: int = 25) -> lightgbm.Booster:
    """A booster on invented data with a real signal in every column."""
    matrix = draw_matrix(4_000, seed=1)
    filled = np.nan_to_num(matrix)
    signal = (
        filled[:, 0] / 30_000
        - filled[:, 1] / 15
        + filled[:, 2]
        + filled[:, 3]
        + (filled[:, 4] % 7 == 0)
        + np.isnan(matrix[:, 1])
    )
    random = np.random.default_rng(2)
    label = (random.random(len(signal)) < 1 / (1 + np.exp(1 - signal))).astype(int)
    names = [feature.name for feature in FEATURES]
    table = lightgbm.Dataset(matrix, label=label, feature_name=names, categorical_feature=[4])
    settings = {
        "objective": "binary",
        "num_leaves": leaves,
        "learning_rate": 0.2,
        "min_data_in_leaf": 20,
        "max_cat_to_onehot": 2,
        "deterministic": True,
        "num_threads": 1,
        "verbose": -1,
    }
    return lightgbm.train(settings, table, num_boost_round=trees)


def forest_body(booster: lightgbm.Booster, **changes: object) -> Trees:
    """The artefact's body for a booster."""
    fields: dict[str, object] = {
        "id": "forest",
        "version": "1",
        "features": FEATURES,
        "lightgbm_text": booster.model_to_string(),
    }
    return Trees(**{**fields, **changes})  # type: ignore[arg-type]


def as_frame(matrix: NDArray[np.float64]) -> pl.DataFrame:
    """The same rows as a caller holds them, in the language's types."""
    frame = pl.DataFrame(matrix, schema=[feature.name for feature in FEATURES]).fill_nan(None)
    return frame.select(
        pl.col("amount").round(2).cast(pl.Decimal(14, 2)),
        pl.col("employees").cast(pl.Int64),
        pl.col("rate"),
        pl.col("new").cast(pl.Int8).cast(pl.Boolean),
        pl.col("state")
        .cast(pl.Int64)
        .replace_strict(dict(enumerate(STATES)), return_dtype=pl.String),
    )
