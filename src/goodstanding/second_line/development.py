"""The data that models were developed on: declared by who ships it, and read anew from there.

A folder of models holds recipes, the data source that each names, and the artefacts made of them;
the rows lie in a folder of their own. Nothing is taken from whoever developed the model: rows,
windows and labels are made again from the file, and must give the fingerprints of the model card.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from goodstanding.scoring.artifact import load_artifact
from goodstanding.scoring.training.recipe import DataSource, Recipe, load_recipe
from goodstanding.scoring.training.source import Sample, fingerprint, read_source, sample_of
from goodstanding.scoring.types import Model
from goodstanding.second_line.errors import DevelopmentAbsent, DevelopmentDiffers
from goodstanding.second_line.types import LabelledRows

RECIPE, MODEL = ".recipe.yaml", ".model.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """A model, the rows it learned on, the rows it was tested on, and what was written later.

    `written_later` maps a column to why it is known only after the decision.
    """

    model: Model
    learned: LabelledRows
    tested: LabelledRows
    written_later: Mapping[str, str]


_folders: dict[Path, Path] = {}


def register_development(*, models: Path, rows: Path) -> None:
    """Say that the models of a folder, by their recipes, were developed on rows in another."""
    _folders[models] = rows


def is_known(*, content_hash: str) -> bool:
    """Whether the recipe of a model's artefact is here."""
    return _recipe_of(content_hash) is not None


def development_of(*, content_hash: str, words: str, card: Mapping[str, Any]) -> Development:
    """The model with this artefact and its rows, read anew.

    `words` name the version. Raises DevelopmentAbsent where no recipe here made the artefact,
    DevelopmentDiffers where the rows are not those of its card, and SourceUnreadable where the
    file is not there or cannot be read.
    """
    found = _recipe_of(content_hash)
    if found is None:
        raise DevelopmentAbsent(words=words)
    recipe, rows = found
    development = read_development(recipe=recipe, rows=rows)
    _require_same(development, card, words=words)
    return development


def read_development(*, recipe: Path, rows: Path) -> Development:
    """What a recipe asks for, with its shipped artefact. Raises RecipeInvalid, SourceUnreadable."""
    asked, source = load_recipe(recipe)
    model = load_artifact(_artefact(recipe))
    learned, tested = _windows(asked, source, model, rows=rows)
    return Development(
        model=model, learned=learned, tested=tested, written_later=source.written_later
    )


def _recipe_of(content_hash: str) -> tuple[Path, Path] | None:
    """The recipe whose artefact this is, and the folder of its rows."""
    for models, rows in _folders.items():
        for recipe in sorted(models.glob(f"*{RECIPE}")):
            artefact = _artefact(recipe)
            if artefact.is_file() and load_artifact(artefact).sha256 == content_hash:
                return recipe, rows
    return None


def _artefact(recipe: Path) -> Path:
    return recipe.with_name(recipe.name.removesuffix(RECIPE) + MODEL)


def _windows(
    recipe: Recipe, source: DataSource, model: Model, *, rows: Path
) -> tuple[LabelledRows, LabelledRows]:
    everything = read_source(source=source, folder=rows)
    learned, tested = (
        _labelled(sample_of(rows=everything, window=window, label=source.label), model)
        for window in (recipe.train, recipe.test)
    )
    return learned, tested


def _labelled(sample: Sample, model: Model) -> LabelledRows:
    inputs = [feature.name for feature in model.features]
    first, last = (f"{day:%-d %b %Y}" for day in (sample.first_approval, sample.last_approval))
    return LabelledRows(
        name=f"approvals of {first} to {last}",
        rows=sample.rows,
        fingerprint=fingerprint(sample.rows.select("key", *inputs, "bad")),
    )


def _require_same(development: Development, card: Mapping[str, Any], *, words: str) -> None:
    windows = cast("Mapping[str, Mapping[str, Any]]", card.get("windows", {}))
    read = {"train": development.learned, "test": development.tested}
    for key, window in read.items():
        stated = windows.get(key, {}).get("fingerprint")
        if stated != window.fingerprint:
            raise DevelopmentDiffers(
                words=words, window=window.name, read=window.fingerprint[:12],
                stated=str(stated)[:12] if stated else "none",
            )  # fmt: skip
