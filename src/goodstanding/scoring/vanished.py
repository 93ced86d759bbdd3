"""What stands in for a model whose artefact is not at hand: it gives no score, and says why."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NoReturn

import polars as pl

from goodstanding.scoring.columns import row_count
from goodstanding.scoring.errors import InputMissing
from goodstanding.scoring.types import Attributions, Columns, Feature, ModelKind


class ModelVanished(InputMissing):
    """The model with the sha256 {model} is not at hand."""

    code = "model_vanished"
    status = 409
    mend = "Restore the backup that holds its artefact; until then its approval is suspended."


class VanishedModel:
    """A model by its sha256 alone, so that a policy that pins it can still be read and refer."""

    def __init__(self, sha256: str) -> None:
        """Take the place of the artefact with this digest."""
        self._sha256 = sha256

    @property
    def id(self) -> str:
        return "(not at hand)"

    @property
    def version(self) -> str:
        return ""

    @property
    def kind(self) -> ModelKind:
        return "trees"

    @property
    def sha256(self) -> str:
        return self._sha256

    @property
    def features(self) -> tuple[Feature, ...]:
        return ()

    def score(self, record: Mapping[str, object]) -> Decimal:
        """No score: raises ModelVanished."""
        del record
        self._refuse()

    def scorer_of_units(self, places: Sequence[int]) -> Callable[..., int]:
        """A function that raises ModelVanished."""
        del places
        return lambda *_: self._refuse()

    def score_many(self, columns: Columns) -> pl.Series:
        """No score for any row."""
        return pl.Series("score", [None] * row_count(columns), dtype=pl.Decimal(9, 6))

    def attributions(self, record: Mapping[str, object]) -> Attributions:
        """No parts: raises ModelVanished."""
        del record
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ModelVanished(model=self._sha256, feature="")
