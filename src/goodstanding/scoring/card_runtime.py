"""Running a scorecard: one record by bisection, a column by integer search."""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from goodstanding.scoring.columns import (
    codes_of_texts,
    column_of,
    float_column,
    integer_column,
    row_count,
)
from goodstanding.scoring.errors import InputAbsent, InputOfWrongType, ReferenceNotDeclared
from goodstanding.scoring.numbers import SCORE_SCALE, decimals_from_millionths
from goodstanding.scoring.scorecard import (
    Cell,
    Characteristic,
    Reference,
    Scorecard,
    check_scorecard,
)
from goodstanding.scoring.types import (
    Attributions,
    Columns,
    Contribution,
    Feature,
    ModelKind,
    Reason,
)

_TRUTH = {True: "TRUE", False: "FALSE"}


class ScorecardModel:
    """A scorecard, ready to score. Checked once when it is made."""

    def __init__(self, *, card: Scorecard, sha256: str) -> None:
        """Compile `card`; raises ScorecardInvalid where it contradicts itself."""
        check_scorecard(card)
        self.card = card
        self._sha256 = sha256
        self._finders = tuple(
            (item.feature.name, _finder(item, model=card.id)) for item in card.characteristics
        )
        self._pd = card.pd_table()

    @property
    def id(self) -> str:
        return self.card.id

    @property
    def version(self) -> str:
        return self.card.version

    @property
    def kind(self) -> ModelKind:
        return "scorecard"

    @property
    def sha256(self) -> str:
        return self._sha256

    @property
    def features(self) -> tuple[Feature, ...]:
        return self.card.features

    @property
    def finders(self) -> tuple["Finder", ...]:
        """For each feature, in their order, the function from its value to its cell."""
        return tuple(find for _, find in self._finders)

    def points(self, record: Mapping[str, object]) -> int:
        """The score in points: base plus the integer points of every characteristic."""
        total = self.card.base
        try:
            for name, find in self._finders:
                total += find(record[name]).points
        except KeyError as absent:
            raise InputAbsent(model=self.id, feature=absent.args[0]) from None
        return total

    def score(self, record: Mapping[str, object]) -> Decimal:
        """Probability of the bad outcome at the record's points."""
        return self._pd[self.points(record)]

    def scorer_of_units(self, places: Sequence[int]) -> Callable[..., int]:
        """The score in millionths of values in units of 10 ** -places."""
        finders = [
            _finder_of_units(item, scale, find)
            for item, scale, find in zip(
                self.card.characteristics, places, self.finders, strict=True
            )
        ]
        base, pd = self.card.base, self._pd_in_millionths()

        def score(*values: object) -> int:
            found = zip(finders, values, strict=True)
            return pd[base + sum([find(value).points for find, value in found])]

        return score

    def points_many(self, columns: Columns) -> NDArray[np.int64]:
        """Points of many records."""
        total = np.full(row_count(columns), self.card.base, dtype=np.int64)
        for item in self.card.characteristics:
            total += _points_of_column(item, columns, model=self.id)
        return total

    def score_many(self, columns: Columns) -> pl.Series:
        """PDs of many records, Decimal(9, 6)."""
        low, high = self.card.score_range
        pd = self._pd_in_millionths()
        table = np.array([pd[score] for score in range(low, high + 1)])
        return decimals_from_millionths(table[self.points_many(columns) - low])

    def cells(self, record: Mapping[str, object]) -> tuple[tuple[Characteristic, Cell], ...]:
        """The cell that each characteristic's value falls into, in the order of the card."""
        return tuple(zip(self.card.characteristics, self.cells_found(record), strict=True))

    def cells_found(self, record: Mapping[str, object]) -> tuple[Cell, ...]:
        """The cells alone: everything that the card says of a record follows from them."""
        try:
            return tuple([find(record[name]) for name, find in self._finders])
        except KeyError as absent:
            raise InputAbsent(model=self.id, feature=absent.args[0]) from None

    def reasons(
        self, record: Mapping[str, object], *, reference: Reference | None = None, limit: int = 4
    ) -> tuple[Reason, ...]:
        """The reason codes that cost most points, at most `limit`.

        Characteristics that lost nothing are left out; those that share a code are added up;
        order is points lost, then declared rank, then id.
        """
        by_code: dict[str, list[tuple[Decimal, Characteristic]]] = defaultdict(list)
        for item, cell in self.cells(record):
            lost = self._reference_points(item, reference) - cell.points
            if lost > 0:
                by_code[cell.reason or item.reason].append((lost, item))
        ranked = sorted(by_code.items(), key=_reason_order)
        return tuple(
            Reason(
                code=code,
                points_lost=sum((lost for lost, _ in parts), Decimal(0)),
                characteristics=tuple(item.id for _, item in parts),
            )
            for code, parts in ranked[:limit]
        )

    def attributions(self, record: Mapping[str, object]) -> Attributions:
        """Points lost against the card's reference, in points and in log-odds of bad."""
        scale = self.card.scale
        parts = [
            (item.feature.name, self._reference_points(item, None) - cell.points)
            for item, cell in self.cells(record)
        ]
        score = self.points(record)
        at_reference = score + sum(float(lost) for _, lost in parts)
        return Attributions(
            baseline_name=f"reference points ({self.card.reference})",
            baseline=scale.log_odds_bad_at(at_reference),
            margin=scale.log_odds_bad_at(score),
            contributions=tuple(
                Contribution(feature=name, log_odds=float(lost) / scale.factor, points_lost=lost)
                for name, lost in parts
            ),
        )

    def _pd_in_millionths(self) -> dict[int, int]:
        return {score: int(pd.scaleb(SCORE_SCALE)) for score, pd in self._pd.items()}

    def _reference_points(self, item: Characteristic, reference: Reference | None) -> Decimal:
        wanted = reference or self.card.reference
        points = item.reference_points(wanted)
        if points is None:
            raise ReferenceNotDeclared(scorecard=self.id, characteristic=item.id, reference=wanted)
        return points


def _reason_order(
    entry: tuple[str, list[tuple[Decimal, Characteristic]]],
) -> tuple[Decimal, int, str]:
    parts = entry[1]
    lost = sum((lost for lost, _ in parts), Decimal(0))
    return -lost, min(item.rank for _, item in parts), min(item.id for _, item in parts)


Finder = Callable[[object], Cell]


def _finder(item: Characteristic, *, model: str) -> Finder:
    kind = item.feature.type
    if kind == "BOOLEAN":
        return _boolean_finder(item, model=model)
    if kind == "TEXT":
        return _text_finder(item, model=model)
    return (
        _double_finder(item, model=model) if kind == "DOUBLE" else _number_finder(item, model=model)
    )


def _finder_of_units(item: Characteristic, scale: int, find: Finder) -> Finder:
    """The same cell by a whole number of units of 10 ** -scale."""
    if scale == 0:
        return find
    step = 10**scale
    bounds = [math.ceil(Fraction(bound) * step) for bound in _bounds(item)]
    special = {Fraction(value) * step: cell for cell in item.special for value in cell.values}
    bands, missing = item.bands, item.missing

    def find_units(units: object) -> Cell:
        if units is None:
            return missing
        number = cast("int", units)
        return special.get(number) or bands[bisect_right(bounds, number)]

    return find_units


def _number_finder(item: Characteristic, *, model: str) -> Finder:
    allowed = {int} if item.feature.type == "INTEGER" else {int, Decimal}
    bounds = [_plain(bound) for bound in _bounds(item)]
    bands, missing = item.bands, item.missing
    special = {value: cell for cell in item.special for value in cell.values}

    def find(value: object) -> Cell:
        if value is None:
            return missing
        if type(value) not in allowed:
            raise _wrong_type(item.feature, value, model=model)
        if special and (code := special.get(value)) is not None:  # pyright: ignore[reportArgumentType]
            return code
        return bands[bisect_right(bounds, value)]  # pyright: ignore[reportArgumentType]

    return find


def _double_finder(item: Characteristic, *, model: str) -> Finder:
    bounds = [float(bound) for bound in _bounds(item)]
    bands, missing = item.bands, item.missing
    special = {float(value): cell for cell in item.special for value in cell.values}

    def find(value: object) -> Cell:
        if value is None:
            return missing
        if type(value) is not float:
            raise _wrong_type(item.feature, value, model=model)
        if not math.isfinite(value):
            return missing
        return special.get(value) or bands[bisect_right(bounds, value)]

    return find


def _text_finder(item: Characteristic, *, model: str) -> Finder:
    cells: dict[object, Cell] = {value: cell for cell in item.groups for value in cell.values}
    missing = item.missing
    other = item.other or missing

    def find(value: object) -> Cell:
        if value is None:
            return missing
        if type(value) is not str:
            raise _wrong_type(item.feature, value, model=model)
        return cells.get(value, other)

    return find


def _boolean_finder(item: Characteristic, *, model: str) -> Finder:
    named = {value: cell for cell in item.groups for value in cell.values}
    missing = item.missing

    def find(value: object) -> Cell:
        if value is None:
            return missing
        if type(value) is not bool:
            raise _wrong_type(item.feature, value, model=model)
        return named[_TRUTH[value]]

    return find


def _plain(bound: Decimal) -> int | Decimal:
    return int(bound) if bound == bound.to_integral_value() else bound


def _wrong_type(feature: Feature, value: object, *, model: str) -> InputOfWrongType:
    return InputOfWrongType(
        model=model,
        feature=feature.name,
        wanted=feature.type,
        given=type(value).__name__,
        field=feature.name,
    )


def _points_of_column(item: Characteristic, columns: Columns, *, model: str) -> NDArray[np.int64]:
    column = column_of(columns, item.feature, model=model)
    if not item.feature.is_numeric:
        return _points_of_texts(item, column)
    if item.feature.type == "DOUBLE":
        values = float_column(column)
        points = _points_of_numbers(item, values, [float(bound) for bound in _bounds(item)], float)
        points[np.isnan(values)] = item.missing.points
        return points
    whole, scale = integer_column(column)
    step = Decimal(10) ** scale
    ceilings = [math.ceil(bound * step) for bound in _bounds(item)]
    points = _points_of_numbers(item, whole, ceilings, lambda value: value * step)
    points[column.is_null().to_numpy()] = item.missing.points
    return points


def _bounds(item: Characteristic) -> list[Decimal]:
    return [band.upper for band in item.bands if band.upper is not None]


def _points_of_numbers(
    item: Characteristic,
    values: NDArray[np.float64] | NDArray[np.int64] | NDArray[np.object_],
    bounds: Sequence[float],
    to_unit: Callable[[Decimal], float | Decimal],
) -> NDArray[np.int64]:
    """Points by band; `to_unit` says a special value in the unit of `values`.

    A bound outside of 64 bits lies beyond every value, so it is searched as an object.
    """
    per_band = np.array([band.points for band in item.bands], dtype=np.int64)
    fits = values.dtype == object or all(abs(bound) < 2**63 for bound in bounds)
    edges = np.array(bounds, dtype=values.dtype if fits else object)
    points = per_band[np.searchsorted(edges, values, side="right")]
    for special in item.special:
        for value in map(to_unit, special.values):
            if value == int(value):
                points[values == int(value)] = special.points
            elif isinstance(value, float):
                points[values == value] = special.points
    return points


def _points_of_texts(item: Characteristic, column: pl.Series) -> NDArray[np.int64]:
    other = (item.other or item.missing).points
    named = {value: group.points for group in item.groups for value in group.values}
    points = codes_of_texts(column, named, other=other).copy()
    points[column.is_null().to_numpy()] = item.missing.points
    return points
