"""What a model artefact is, what it asks for and what it answers."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

ModelKind = Literal["scorecard", "trees"]

_DECIMAL = re.compile(r"DECIMAL\((\d{1,2}),(\d{1,2})\)")


class MissingHandling(StrEnum):
    """What a model does where an input is missing."""

    OWN_BAND = "own_band"  # the scorecard gives points for "missing"
    LEARNED = "learned"  # the trees saw it missing in training and chose a branch
    REFUSE = "refuse"  # it was never missing in training: no score


class Feature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One input of a model.

    `type` is a type of the policy language: INTEGER, DECIMAL(p,s), DOUBLE, TEXT or BOOLEAN.
    `categories` are the texts that the model knows; any other text is treated alike.
    """

    name: str
    type: str
    missing: MissingHandling
    categories: tuple[str, ...] = ()

    @property
    def scale(self) -> int:
        """Decimal places of a DECIMAL feature, 0 for the others."""
        match = _DECIMAL.fullmatch(self.type)
        return int(match.group(2)) if match else 0

    @property
    def is_numeric(self) -> bool:
        """Whether values are ordered numbers."""
        return self.type in {"INTEGER", "DOUBLE"} or self.type.startswith("DECIMAL(")

    @property
    def is_known_type(self) -> bool:
        """Whether the type is one that a model can read."""
        if self.type in {"INTEGER", "DOUBLE", "TEXT", "BOOLEAN"}:
            return True
        match = _DECIMAL.fullmatch(self.type)
        return match is not None and int(match.group(2)) <= int(match.group(1)) <= 38


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one feature adds to the log-odds of the bad outcome, against the named baseline."""

    feature: str
    log_odds: float
    points_lost: Decimal | None = None


class Attributions(msgspec.Struct, frozen=True, kw_only=True):
    """How a score came about: `baseline` plus the contributions is `margin`, all in log-odds.

    `baseline_name` says what the baseline stands for, e.g. "training mean of the margin" or
    "reference points (max)". Contributions come in the order of the model's features.
    """

    baseline_name: str
    baseline: float
    margin: float
    contributions: tuple[Contribution, ...]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A reason code with the points it cost and the characteristics that share it."""

    code: str
    points_lost: Decimal
    characteristics: tuple[str, ...]


Column = pl.Series | NDArray[np.generic] | Sequence[object]
Columns = Mapping[str, Column] | pl.DataFrame


@runtime_checkable
class Model(Protocol):
    """A model that was read from an artefact; it holds no other state.

    Scores are the probability of the bad outcome as DECIMAL(9,6), equal live and in batch.
    """

    @property
    def id(self) -> str:
        """Name of the model, e.g. sba_scorecard."""
        ...

    @property
    def version(self) -> str:
        """Version of the model, e.g. 1."""
        ...

    @property
    def kind(self) -> ModelKind:
        """What runs inside."""
        ...

    @property
    def sha256(self) -> str:
        """Digest of the artefact's bytes: the model's true name."""
        ...

    @property
    def features(self) -> tuple[Feature, ...]:
        """The inputs, in the order of the artefact."""
        ...

    def score(self, record: Mapping[str, object]) -> Decimal:
        """Probability of the bad outcome for one record."""
        ...

    def scorer_of_units(self, places: Sequence[int]) -> Callable[..., int]:
        """A function from the values of the features, in their order, to the score in millionths.

        A DECIMAL comes as an int of units of 10 ** -places, places being 0 for all else. Every
        value is taken to be of its feature's type, as publishing a policy has made sure of.
        Raises InputMissing as `score` does.
        """
        ...

    def score_many(self, columns: Columns) -> pl.Series:
        """The same for many records: Decimal(9, 6), one value a row.

        An Arrow table comes in by `polars.from_arrow`, without a copy.
        """
        ...

    def attributions(self, record: Mapping[str, object]) -> Attributions:
        """Why this record has this score."""
        ...
