"""A points scorecard: bands by OptBinning, weights by logistic regression, points by the scale."""

import contextlib
import io
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import Any, cast

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from goodstanding.scoring.card_runtime import ScorecardModel
from goodstanding.scoring.scale import Scale, round_points
from goodstanding.scoring.scorecard import (
    Band,
    Characteristic,
    Fixed,
    Group,
    Monotone,
    Scorecard,
)
from goodstanding.scoring.training.errors import (
    RecipeInvalid,
    SignReversed,
    TrainingToolsAbsent,
)
from goodstanding.scoring.training.recipe import DataSource, Recipe, ScorecardSettings
from goodstanding.scoring.training.source import TYPES, Sample
from goodstanding.scoring.types import Feature, MissingHandling

_TREND = {"rises": "ascending", "falls": "descending", "free": "auto"}
_POINTS: dict[str, Monotone] = {"rises": "decreasing", "falls": "increasing", "free": "none"}
_RARE = "\0rare"
_HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Binned:
    """One input cut into cells: their bounds or texts, evidence, and the cell of each row.

    The last cell's evidence is that of texts which no cell names (0 where none were rare).
    """

    name: str
    feature: Feature
    bounds: tuple[Decimal, ...]
    texts: tuple[tuple[str, ...], ...]
    evidence: tuple[float, ...]
    other_evidence: float
    row_evidence: NDArray[np.float64]


def fit_scorecard(*, recipe: Recipe, source: DataSource, sample: Sample) -> Scorecard:
    """The scorecard of a recipe.

    A missing value gets the points of the worst band: nothing was missing in training, so
    nothing better is known. Raises RecipeInvalid for an input that separates nothing and
    SignReversed where a weight contradicts its own evidence.
    """
    settings = cast("ScorecardSettings", recipe.scorecard)
    bad = sample.rows["bad"].to_numpy() == 1
    binned = [
        _bin(name, recipe=recipe, source=source, rows=sample.rows, bad=bad)
        for name in recipe.inputs
    ]
    slopes, intercept = _weights(binned, bad, recipe)
    scale = Scale(
        pdo=Decimal(settings.pdo), score=Decimal(settings.score), odds=Decimal(settings.odds)
    )
    parts = [
        _characteristic(item, slope, rank, intercept=intercept, scale=scale, recipe=recipe)
        for rank, (item, slope) in enumerate(zip(binned, slopes, strict=True), start=1)
    ]
    card = Scorecard(
        id=recipe.id,
        version=recipe.version,
        base=sum(lowest for _, lowest in parts),
        scale=scale,
        reference=settings.reference,
        characteristics=tuple(item for item, _ in parts),
    )
    return _with_means(card, sample.rows)


def _bin(
    name: str, *, recipe: Recipe, source: DataSource, rows: pl.DataFrame, bad: NDArray[np.bool_]
) -> _Binned:
    feature = Feature(
        name=name, type=TYPES[source.columns[name].kind], missing=MissingHandling.OWN_BAND
    )
    if rows[name].null_count():
        raise RecipeInvalid(recipe=recipe.id, why=f"{name} is missing in the training rows")
    if feature.is_numeric:
        return _bin_numbers(feature, recipe, rows[name], bad)
    return _bin_texts(feature, recipe, rows[name], bad)


def _bin_numbers(
    feature: Feature, recipe: Recipe, column: pl.Series, bad: NDArray[np.bool_]
) -> _Binned:
    values = column.cast(pl.Float64).to_numpy()
    found = _splits(feature.name, recipe, values, bad, dtype="numerical")
    step = Decimal(1).scaleb(-feature.scale)
    bounds = tuple(Decimal(repr(float(split))).quantize(step, ROUND_CEILING) for split in found)
    cells = np.searchsorted(np.array([float(bound) for bound in bounds]), values, side="right")
    evidence = _evidence(cells, len(bounds) + 1, bad)
    return _Binned(
        name=feature.name,
        feature=feature,
        bounds=bounds,
        texts=(),
        evidence=tuple(evidence.tolist()),
        other_evidence=0.0,
        row_evidence=evidence[cells],
    )


def _bin_texts(
    feature: Feature, recipe: Recipe, column: pl.Series, bad: NDArray[np.bool_]
) -> _Binned:
    settings = cast("ScorecardSettings", recipe.scorecard)
    texts = column.cast(pl.String).str.to_uppercase() if feature.type == "BOOLEAN" else column
    counts = dict(texts.value_counts().iter_rows())
    enough = settings.rare_text_share * len(texts)
    common = {text for text, count in counts.items() if count >= enough}
    named = np.array([text if text in common else _RARE for text in texts], dtype=object)
    if feature.type == "BOOLEAN":
        found = _two_truths(feature.name, recipe, named)
    else:
        found = _splits(feature.name, recipe, named, bad, dtype="categorical")
    groups = [tuple(sorted(map(str, group))) for group in found]
    cell_of = {text: at for at, group in enumerate(groups) for text in group}
    cells = np.array([cell_of[text] for text in named])
    evidence = _evidence(cells, len(groups), bad)
    return _Binned(
        name=feature.name,
        feature=feature,
        bounds=(),
        texts=tuple(tuple(text for text in group if text != _RARE) for group in groups),
        evidence=tuple(evidence.tolist()),
        other_evidence=float(evidence[cell_of[_RARE]]) if _RARE in cell_of else 0.0,
        row_evidence=evidence[cells],
    )


def _two_truths(name: str, recipe: Recipe, named: NDArray[np.object_]) -> list[list[str]]:
    """TRUE and FALSE as two cells; refused where either is rare."""
    if set(named) != {"TRUE", "FALSE"}:
        raise RecipeInvalid(recipe=recipe.id, why=f"{name} is hardly ever TRUE, or FALSE")
    return [["FALSE"], ["TRUE"]]


def _splits(
    name: str, recipe: Recipe, values: NDArray[Any], bad: NDArray[np.bool_], *, dtype: str
) -> list[Any]:
    """Where OptBinning cuts; refused where it does not cut at all."""
    settings = cast("ScorecardSettings", recipe.scorecard)
    trend = {"monotonic_trend": _TREND[recipe.inputs[name].risk]} if dtype == "numerical" else {}
    binning = _optimal_binning()(
        name=name,
        dtype=dtype,
        max_n_bins=settings.max_bands,
        min_bin_size=settings.min_band_share,
        min_prebin_size=settings.min_band_share,
        **trend,
    )
    binning.fit(values, bad.astype(int))
    found = list(binning.splits)
    if len(found) < (1 if dtype == "numerical" else 2):
        raise RecipeInvalid(
            recipe=recipe.id,
            why=f"{name} separates nothing in its declared direction; leave it out",
        )
    return found


def _optimal_binning() -> Any:
    """OptBinning's class; its optional solvers print about each other when they are loaded."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            from optbinning import OptimalBinning  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise TrainingToolsAbsent(package="optbinning") from error
    return cast("Any", OptimalBinning)


def _evidence(cells: NDArray[np.intp], count: int, bad: NDArray[np.bool_]) -> NDArray[np.float64]:
    """ln(share of goods / share of bads) per cell; an empty class counts as half a row."""
    goods = np.maximum(np.bincount(cells[~bad], minlength=count), _HALF) / (~bad).sum()
    bads = np.maximum(np.bincount(cells[bad], minlength=count), _HALF) / bad.sum()
    return np.log(goods / bads)


def _weights(
    binned: list[_Binned], bad: NDArray[np.bool_], recipe: Recipe
) -> tuple[list[float], float]:
    """Slopes and intercept of the log-odds of GOOD on the evidence."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise TrainingToolsAbsent(package="scikit-learn") from error
    matrix = np.column_stack([item.row_evidence for item in binned])
    fit = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=200)
    fit.fit(matrix, (~bad).astype(int))
    found = cast("Any", fit)
    slopes = cast("list[float]", found.coef_[0].tolist())
    reversed_inputs = [item.name for item, slope in zip(binned, slopes, strict=True) if slope <= 0]
    if reversed_inputs:
        raise SignReversed(model=recipe.id, inputs=", ".join(reversed_inputs))
    return slopes, float(found.intercept_[0])


def _characteristic(
    item: _Binned, slope: float, rank: int, *, intercept: float, scale: Scale, recipe: Recipe
) -> tuple[Characteristic, int]:
    """The characteristic with its lowest points moved into the base, and those points."""
    choice, n = recipe.inputs[item.name], len(recipe.inputs)

    def points(evidence: float) -> int:
        return round_points(
            scale.points(weight_of_evidence=evidence, slope=slope, intercept=intercept, n=n)
        )

    lowest = min(points(evidence) for evidence in item.evidence)
    earned = [points(evidence) - lowest for evidence in item.evidence]
    edges = [None, *item.bounds, None]
    bands = tuple(
        Band(lower=lower, upper=upper, points=earned[at])
        for at, (lower, upper) in enumerate(pairwise(edges))
    )
    is_text = item.feature.type == "TEXT"
    groups = tuple(
        Group(values=texts, points=earned[at]) for at, texts in enumerate(item.texts) if texts
    )
    characteristic = Characteristic(
        id=item.name,
        feature=item.feature,
        rank=rank,
        reason=choice.reason_code or item.name.upper(),
        missing=Fixed(points=0),
        bands=bands if item.feature.is_numeric else (),
        groups=groups,
        other=Fixed(points=points(item.other_evidence) - lowest) if is_text else None,
        monotone=_POINTS[choice.risk] if item.feature.is_numeric else "none",
        neutral_points=Decimal(points(0.0) - lowest),
        mean_points=Decimal(0),
    )
    return characteristic, lowest


def _with_means(card: Scorecard, rows: pl.DataFrame) -> Scorecard:
    """The card with the mean points of the training rows, at two places."""
    model = ScorecardModel(card=card, sha256="")
    points = [
        [cell.points for _, cell in model.cells(record)] for record in rows.iter_rows(named=True)
    ]
    means = [round(Decimal(sum(column)) / len(points), 2) for column in zip(*points, strict=True)]
    items = [
        msgspec.structs.replace(item, mean_points=mean)
        for item, mean in zip(card.characteristics, means, strict=True)
    ]
    return msgspec.structs.replace(card, characteristics=tuple(items))
