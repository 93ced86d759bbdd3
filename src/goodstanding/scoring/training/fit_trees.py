"""Boosted trees by LightGBM, one thread and deterministic, monotone where the recipe says so."""

from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from goodstanding.scoring.training.errors import TrainingToolsAbsent
from goodstanding.scoring.training.recipe import DataSource, Recipe, TreesSettings
from goodstanding.scoring.training.source import TYPES, Sample
from goodstanding.scoring.trees import Trees
from goodstanding.scoring.types import Feature, MissingHandling

_CONSTRAINT = {"rises": 1, "falls": -1, "free": 0}


def fit_trees(*, recipe: Recipe, source: DataSource, sample: Sample) -> Trees:
    """The boosted trees of a recipe.

    An input that was never missing in training refuses missing values, since LightGBM would
    read them as 0.
    """
    features = tuple(_feature(name, source, sample.rows[name]) for name in recipe.inputs)
    booster = _train(recipe, features, native_matrix(features, sample.rows), sample)
    return Trees(
        id=recipe.id,
        version=recipe.version,
        features=features,
        lightgbm_text=booster.model_to_string(),
    )


def _feature(name: str, source: DataSource, column: pl.Series) -> Feature:
    kind = TYPES[source.columns[name].kind]
    texts = column.drop_nulls().unique().sort().to_list() if kind == "TEXT" else []
    return Feature(
        name=name,
        type=kind,
        missing=MissingHandling.LEARNED if column.null_count() else MissingHandling.REFUSE,
        categories=tuple(texts),
    )


def native_matrix(features: tuple[Feature, ...], rows: pl.DataFrame) -> NDArray[np.float64]:
    """Rows as LightGBM sees them; written apart from the runtime, so that it can check it."""
    columns: list[NDArray[np.float64]] = []
    for feature in features:
        column = rows[feature.name]
        if feature.type == "TEXT":
            place = {text: float(at) for at, text in enumerate(feature.categories)}
            codes = [place.get(text, np.nan) for text in column]
            columns.append(np.array(codes, dtype=np.float64))
        else:
            columns.append(column.cast(pl.Float64).fill_null(np.nan).to_numpy())
    return np.column_stack(columns)


def native_margins(body: Trees, rows: pl.DataFrame) -> NDArray[np.float64]:
    """Log-odds of the bad outcome by LightGBM itself, from the artefact's own text."""
    booster = _lightgbm().Booster(model_str=body.lightgbm_text)
    return booster.predict(native_matrix(body.features, rows), raw_score=True, num_threads=1)


def _train(
    recipe: Recipe, features: tuple[Feature, ...], matrix: NDArray[np.float64], sample: Sample
) -> Any:
    lightgbm = _lightgbm()
    settings = cast("TreesSettings", recipe.trees)
    table = lightgbm.Dataset(
        matrix,
        label=sample.rows["bad"].to_numpy(),
        feature_name=[feature.name for feature in features],
        categorical_feature=[at for at, item in enumerate(features) if item.type == "TEXT"],
    )
    parameters = {
        "objective": "binary",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.min_rows_in_leaf,
        "lambda_l2": settings.l2,
        "min_data_per_group": settings.min_rows_per_text,
        "cat_smooth": settings.text_smoothing,
        "cat_l2": settings.l2,
        "monotone_constraints": [_CONSTRAINT[recipe.inputs[item.name].risk] for item in features],
        "seed": recipe.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    return lightgbm.train(parameters, table, num_boost_round=settings.trees)


def _lightgbm() -> Any:
    try:
        import lightgbm
    except ImportError as error:
        raise TrainingToolsAbsent(package="lightgbm") from error
    return cast("Any", lightgbm)
