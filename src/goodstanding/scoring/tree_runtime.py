"""Running boosted trees: many rows in ONNX, few trees for one row in Python; why, by leaves."""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from goodstanding.scoring.columns import codes_of_texts, column_of, float_column, row_count
from goodstanding.scoring.errors import InputAbsent, InputMissing, InputOfWrongType
from goodstanding.scoring.numbers import SCORE_SCALE, millionths_nearly, quantise_scores
from goodstanding.scoring.onnx_graph import onnx_graph
from goodstanding.scoring.tree_shap import LeafTable
from goodstanding.scoring.tree_walk import walk_of
from goodstanding.scoring.trees import Trees, parse_trees
from goodstanding.scoring.types import (
    Attributions,
    Columns,
    Contribution,
    Feature,
    MissingHandling,
    ModelKind,
)

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = NDArray[np.float64]
_BATCH_ROWS = 65_536


class TreesModel:
    """Boosted trees, ready to score. The ONNX session is made once, when it is first needed."""

    def __init__(self, *, body: Trees, sha256: str) -> None:
        """Read and check the trees; raises ArtifactUnsafe for what may not run."""
        self.body = body
        self._sha256 = sha256
        self._trees = parse_trees(body)
        self.onnx_bytes = onnx_graph(trees=self._trees, n_features=len(body.features), name=body.id)
        walk = walk_of(self._trees, n_features=len(body.features))
        self._margin_of = walk or self.margin_by_graph
        self._encoders = tuple((item.name, _encoder(item, model=body.id)) for item in body.features)

    @property
    def id(self) -> str:
        return self.body.id

    @property
    def version(self) -> str:
        return self.body.version

    @property
    def kind(self) -> ModelKind:
        return "trees"

    @property
    def sha256(self) -> str:
        return self._sha256

    @property
    def features(self) -> tuple[Feature, ...]:
        return self.body.features

    def score(self, record: Mapping[str, object]) -> Decimal:
        """Probability of the bad outcome for one record."""
        return Decimal(self._millionths(self._row(record))).scaleb(-SCORE_SCALE)

    def scorer_of_units(self, places: Sequence[int]) -> Callable[..., int]:
        """The score in millionths of values in units of 10 ** -places."""
        encoders = [
            _encoder_of_units(item, model=self.id, units=10**scale)
            for item, scale in zip(self.features, places, strict=True)
        ]
        return lambda *values: self._millionths(
            [encode(value) for encode, value in zip(encoders, values, strict=True)]
        )

    def score_many(self, columns: Columns) -> pl.Series:
        """PDs of many records, Decimal(9, 6)."""
        return quantise_scores(_probability(self.margins(columns)))

    def margins(self, columns: Columns) -> Floats:
        """Log-odds of the bad outcome of many records."""
        rows = self._matrix(columns)
        parts = [
            self._margins(rows[start : start + _BATCH_ROWS])
            for start in range(0, len(rows), _BATCH_ROWS)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def attributions(self, record: Mapping[str, object]) -> Attributions:
        """Path-dependent Shapley values in log-odds of bad, against the training mean."""
        row = np.array(self._row(record))
        paid = self._leaves.contributions(row)
        return Attributions(
            baseline_name="training mean of the margin",
            baseline=self._leaves.baseline,
            margin=self._leaves.margin(row),
            contributions=tuple(
                Contribution(feature=item.name, log_odds=float(value))
                for item, value in zip(self.features, paid, strict=True)
            ),
        )

    @cached_property
    def _session(self) -> "InferenceSession":
        return _session(self.onnx_bytes)

    @cached_property
    def _leaves(self) -> LeafTable:
        return LeafTable(
            trees=self._trees, categories=[len(item.categories) for item in self.features]
        )

    def split_points(self, feature: int) -> tuple[float, ...]:
        """The numbers at which some tree asks about a feature, by its place; in their order."""
        found = {
            node.threshold
            for tree in self._trees
            for node in tree.nodes
            if node.feature == feature and node.members is None
        }
        return tuple(sorted(point for point in found if math.isfinite(point)))

    def _margins(self, rows: Floats) -> Floats:
        made = cast("list[Floats]", self._session.run(["margin"], {"features": rows}))
        return made[0][:, 0]

    def margin_by_graph(self, row: Sequence[float]) -> float:
        """Log-odds of bad of one row by ONNX, which few trees need for many rows only."""
        return float(self._margins(np.array([row]))[0])

    def _millionths(self, row: Sequence[float]) -> int:
        margin = self._margin_of(row)
        return millionths_nearly(_nearly(margin), exact=lambda: _probability_of(margin))

    def _row(self, record: Mapping[str, object]) -> list[float]:
        try:
            return [encode(record[name]) for name, encode in self._encoders]
        except KeyError as absent:
            raise InputAbsent(model=self.id, feature=absent.args[0]) from None

    def _matrix(self, columns: Columns) -> Floats:
        rows = np.empty((row_count(columns), len(self.features)))
        for at, feature in enumerate(self.features):
            rows[:, at] = _encode_column(column_of(columns, feature, model=self.id), feature)
            if feature.missing is MissingHandling.REFUSE and np.isnan(rows[:, at]).any():
                self._refuse_missing(columns, feature)
        return rows

    def _refuse_missing(self, columns: Columns, feature: Feature) -> None:
        """Refuse unless every gap is a text that the model does not know."""
        column = column_of(columns, feature, model=self.id)
        if feature.type != "TEXT" or column.is_null().any():
            raise InputMissing(model=self.id, feature=feature.name, field=feature.name)


def _session(graph: bytes) -> "InferenceSession":
    """One thread, so that a row's sum does not depend on its neighbours; no profiling."""
    import onnxruntime as ort  # a process that scores row by row does without it

    options = cast("Any", ort).SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _probability(margin: Floats) -> Floats:
    """1 / (1 + exp(-margin)).

    Margins beyond 700 are 0 or 1 at six places long before, and exp would overflow.
    """
    return 1 / (1 + np.exp(-np.minimum(np.maximum(margin, -700.0), 700.0)))


def _probability_of(margin: float) -> float:
    """The same for one row, by the same routine."""
    return float(_probability(np.array([margin]))[0])


def _nearly(margin: float) -> float:
    """The same by `math.exp`, which may differ in the last bit and costs a tenth."""
    return 1 / (1 + math.exp(-min(max(margin, -700.0), 700.0)))


Encoder = Callable[[object], float]


def _encoder(feature: Feature, *, model: str) -> Encoder:
    kinds = {"INTEGER": {int}, "DOUBLE": {float}, "BOOLEAN": {bool}, "TEXT": {str}}
    allowed = kinds.get(feature.type, {int, Decimal})
    codes = {text: float(code) for code, text in enumerate(feature.categories)}
    refuses = feature.missing is MissingHandling.REFUSE

    def missing() -> float:
        if refuses:
            raise InputMissing(model=model, feature=feature.name, field=feature.name)
        return math.nan

    def encode(value: object) -> float:
        if value is None:
            return missing()
        if type(value) not in allowed:
            raise InputOfWrongType(
                model=model,
                feature=feature.name,
                wanted=feature.type,
                given=type(value).__name__,
                field=feature.name,
            )
        if codes:
            return codes.get(cast("str", value), math.nan)
        number = float(cast("float", value))
        return number if math.isfinite(number) else missing()

    return encode


def _encoder_of_units(feature: Feature, *, model: str, units: int) -> Callable[[Any], float]:
    """How a value whose type is known becomes a number of the row; units divide exactly rounded."""
    if feature.type == "TEXT" and feature.missing is not MissingHandling.REFUSE:
        codes = {text: float(code) for code, text in enumerate(feature.categories)}
        return lambda value: codes.get(value, math.nan)
    usual = _encoder(feature, model=model)
    if units == 1:
        return usual
    return lambda value: usual(None) if value is None else value / units


def _encode_column(column: pl.Series, feature: Feature) -> Floats:
    if feature.type != "TEXT":
        return float_column(column)
    codes = {text: code for code, text in enumerate(feature.categories)}
    found = codes_of_texts(column, codes, other=-1)
    return np.where(found < 0, np.nan, found.astype(np.float64))
