"""A recipe: everything that decides which model training makes, as data."""

import datetime as dt
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from goodstanding.scoring.training.errors import RecipeInvalid

ColumnKind = Literal["money", "integer", "text", "truth", "date", "share"]
RiskDirection = Literal["rises", "falls", "free"]
T = TypeVar("T")


class ColumnRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one typed column comes from the file.

    money: DECIMAL(14,2); integer: INTEGER; share: column `of` the column `source` as
    DECIMAL(5,4), half away from zero; truth: `true` and `false` name the texts, `otherwise` what
    any other text means; text: the first `first` characters; date: by `format`. Texts in
    `missing` are NULL.
    """

    kind: ColumnKind
    source: str
    of: str = ""
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    otherwise: bool | None = None
    first: int = 0
    format: str = ""
    missing: tuple[str, ...] = ()


class LabelRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bad outcome: `event_on` within `months` months of `start_on`.

    A row without the event is good if its status is one of `good_status`; with any other status,
    or none, its outcome is not known and it is left out. `said` is the definition in words.
    """

    start_on: str
    event_on: str
    status: str
    good_status: tuple[str, ...]
    months: int
    said: str


class DataSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file, how its columns are read, and what of it was known when the decision was made."""

    name: str
    file: str
    licence: str
    key: str
    columns: dict[str, ColumnRule]
    known_at_decision: tuple[str, ...]
    written_later: dict[str, str]
    label: LabelRule
    left_out_rows: dict[str, str]
    ceiling_auc: float
    facts: tuple[str, ...] = ()


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Approvals from `since` to `until`, both included."""

    since: dt.date
    until: dt.date

    def __post_init__(self) -> None:
        """Refuse a window that ends before it begins."""
        if self.until < self.since:
            raise ValueError("a window ends before it begins")


class InputChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One input: does risk rise or fall with it by declaration, and under which reason code."""

    risk: RiskDirection = "free"
    reason_code: str = ""
    why: str = ""


class ScorecardSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scale, reference and binning of a scorecard."""

    pdo: str
    score: str
    odds: str
    reference: Literal["max", "neutral", "mean"]
    max_bands: int
    min_band_share: float
    rare_text_share: float


class TreesSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Size and shrinkage of boosted trees."""

    trees: int
    leaves: int
    learning_rate: float
    min_rows_in_leaf: int
    l2: float
    min_rows_per_text: int
    text_smoothing: float


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to train, on what, when and why."""

    id: str
    version: str
    purpose: str
    data: str
    train: Window
    test: Window
    seed: int
    inputs: dict[str, InputChoice]
    inputs_left_out: dict[str, str]
    scorecard: ScorecardSettings | None = None
    trees: TreesSettings | None = None
    reasons_for_strong_inputs: dict[str, str] = {}
    demonstration: str = ""
    limits: tuple[str, ...] = ()


def load_recipe(path: Path) -> tuple[Recipe, DataSource]:
    """The recipe and the data source that it names beside itself.

    Raises RecipeInvalid where a key is unknown or of the wrong type, a column is not mapped, or
    not exactly one kind of model is asked for.
    """
    recipe = _read(path, Recipe)
    source = _read(path.parent / recipe.data, DataSource)
    _check(recipe, source)
    return recipe, source


def _read(path: Path, kind: type[T]) -> T:
    if not path.is_file():
        raise RecipeInvalid(recipe=path.stem, why=f"there is no file {path.name}")
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=kind)
    except msgspec.MsgspecError as error:
        raise RecipeInvalid(recipe=path.stem, why=str(error)) from error


def _check(recipe: Recipe, source: DataSource) -> None:
    if (recipe.scorecard is None) == (recipe.trees is None):
        raise RecipeInvalid(recipe=recipe.id, why="it must ask for a scorecard or for trees")
    label = source.label
    named = {*recipe.inputs, *source.known_at_decision, label.start_on, label.event_on}
    unmapped = sorted({*named, label.status} - set(source.columns))
    if unmapped:
        raise RecipeInvalid(recipe=recipe.id, why=f"no column is mapped for {', '.join(unmapped)}")
    if recipe.train.until >= recipe.test.since:
        raise RecipeInvalid(recipe=recipe.id, why="the test window must follow the training window")
    undecided = sorted(
        set(source.known_at_decision) - set(recipe.inputs) - set(recipe.inputs_left_out)
    )
    if undecided:
        raise RecipeInvalid(
            recipe=recipe.id, why=f"say why these are left out: {', '.join(undecided)}"
        )
