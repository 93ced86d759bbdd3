"""One training run: gates first, then the fit, then the figures, then the card."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from goodstanding.scoring.artifact import Body, encode_artifact, load_artifact
from goodstanding.scoring.training.card import TrainingRun, model_card
from goodstanding.scoring.training.fit_card import fit_scorecard
from goodstanding.scoring.training.fit_trees import fit_trees, native_margins
from goodstanding.scoring.training.gate import (
    refuse_late_inputs,
    refuse_strong_inputs,
    strength_of_inputs,
)
from goodstanding.scoring.training.recipe import DataSource, Recipe, load_recipe
from goodstanding.scoring.training.source import Sample, read_source, sample_of
from goodstanding.scoring.training.types import Evidence, Trained
from goodstanding.scoring.tree_runtime import TreesModel
from goodstanding.scoring.types import MissingHandling, Model


def train(
    *,
    recipe_path: Path,
    data_folder: Path,
    evidence: Evidence,
    leakage_allowed: bool = False,
) -> Trained:
    """Train the model of a recipe and write its card; nothing is written to disk.

    Equal recipe, data and libraries give equal bytes. Raises the refusals of the gates (inputs
    not known at the decision, inputs that are too good), of the recipe and of the data.
    """
    recipe, source = load_recipe(recipe_path)
    late = refuse_late_inputs(recipe=recipe, source=source, leakage_allowed=leakage_allowed)
    rows = read_source(source=source, folder=data_folder)
    training = sample_of(rows=rows, window=recipe.train, label=source.label)
    test = sample_of(rows=rows, window=recipe.test, label=source.label)
    strength = strength_of_inputs(recipe=recipe, sample=training, evidence=evidence)
    if not leakage_allowed:
        refuse_strong_inputs(recipe=recipe, source=source, strength=strength)
    artifact = encode_artifact(_fit(recipe, source, training))
    model = load_artifact(artifact)
    run = TrainingRun(
        recipe=recipe,
        source=source,
        recipe_sha256=_sha256(recipe_path, recipe_path.parent / recipe.data),
        rows=rows,
        samples={"train": training, "test": test},
        late_inputs=tuple(late),
        strength=strength,
    )
    scored = {name: _scored(model, sample).height for name, sample in run.samples.items()}
    figures = _figures(model, training, test, evidence)
    card = model_card(run=run, model=model, scored=scored, figures=figures)
    return Trained(artifact=artifact, card=card)


def _fit(recipe: Recipe, source: DataSource, sample: Sample) -> Body:
    if recipe.scorecard is not None:
        return fit_scorecard(recipe=recipe, source=source, sample=sample)
    return fit_trees(recipe=recipe, source=source, sample=sample)


def _figures(
    model: Model, training: Sample, test: Sample, evidence: Evidence
) -> Mapping[str, object]:
    figures: dict[str, object] = {}
    pds: dict[str, NDArray[np.float64]] = {}
    for name, sample in (("train", training), ("test", test)):
        rows = _scored(model, sample)
        pds[name] = model.score_many(rows).cast(pl.Float64).to_numpy()
        label = rows["bad"].to_numpy()
        figures[name] = evidence.quality_figures(label=label, pd=pds[name], segment=name)
    figures["stability"] = evidence.stability_figures(
        reference=pds["train"], current=pds["test"], segment="train to test"
    )
    figures["native_parity"] = _parity(model, training, test)
    return figures


def _scored(model: Model, sample: Sample) -> pl.DataFrame:
    """The rows that the model scores: those without a gap where it refuses one."""
    refusing = [item.name for item in model.features if item.missing is MissingHandling.REFUSE]
    return sample.rows.drop_nulls(refusing) if refusing else sample.rows


def _parity(model: Model, training: Sample, test: Sample) -> Mapping[str, object] | None:
    """How far the runtime is from LightGBM itself, over all scored rows of both windows."""
    if not isinstance(model, TreesModel):
        return None
    rows = pl.concat([_scored(model, training), _scored(model, test)])
    gap = np.abs(native_margins(model.body, rows) - model.margins(rows))
    return {"rows": rows.height, "largest_difference_in_log_odds": float(gap.max())}


def _sha256(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
