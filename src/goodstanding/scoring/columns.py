"""Columns as they come turned into arrays that a model searches exactly."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from goodstanding.scoring.errors import InputAbsent, InputOfWrongType
from goodstanding.scoring.types import Columns, Feature

_INT64_DIGITS = 18


def row_count(columns: Columns) -> int:
    """Rows of the table; 0 where there are no columns."""
    if isinstance(columns, pl.DataFrame):
        return columns.height
    return len(next(iter(columns.values()), ()))


def column_of(columns: Columns, feature: Feature, *, model: str) -> pl.Series:
    """One feature's column.

    Raises InputAbsent where there is no such column and InputOfWrongType where its type is not
    the feature's: INTEGER also serves a DECIMAL feature, and nothing else is converted.
    """
    if isinstance(columns, pl.DataFrame):
        if feature.name not in columns.columns:
            raise InputAbsent(model=model, feature=feature.name)
        column = columns.get_column(feature.name)
    elif feature.name in columns:
        column = _as_series(columns[feature.name], feature, model=model)
    else:
        raise InputAbsent(model=model, feature=feature.name)
    if not _fits(column.dtype, feature):
        raise _wrong_type(feature, str(column.dtype), model=model)
    return column


def _as_series(raw: object, feature: Feature, *, model: str) -> pl.Series:
    if isinstance(raw, pl.Series):
        return raw
    try:
        return pl.Series(values=raw, strict=True)  # pyright: ignore[reportArgumentType]
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        raise _wrong_type(feature, str(error), model=model) from error


def _fits(given: pl.DataType, feature: Feature) -> bool:
    if given == pl.Null:
        return True
    if feature.type == "TEXT":
        return isinstance(given, pl.String | pl.Categorical | pl.Enum)
    if feature.type == "BOOLEAN":
        return given == pl.Boolean
    if feature.type == "DOUBLE":
        return given == pl.Float64
    return given.is_integer() or (given.is_decimal() and feature.type != "INTEGER")


def _wrong_type(feature: Feature, given: str, *, model: str) -> InputOfWrongType:
    return InputOfWrongType(
        model=model, feature=feature.name, wanted=feature.type, given=given, field=feature.name
    )


def float_column(column: pl.Series) -> NDArray[np.float64]:
    """Numbers or truth values as doubles; NaN where missing, NaN or infinite."""
    if column.dtype == pl.Null:
        return np.full(len(column), np.nan)
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


def integer_column(
    column: pl.Series,
) -> tuple[NDArray[np.int64] | NDArray[np.object_], int]:
    """Exact integers of 10^-scale (0 where missing), and the scale.

    Decimals of more than 18 digits come as Python integers: slower, as exact.
    """
    if column.dtype == pl.Null:
        return np.zeros(len(column), dtype=np.int64), 0
    if not isinstance(column.dtype, pl.Decimal):
        return column.cast(pl.Int64).fill_null(0).to_numpy(), 0
    scale = column.dtype.scale
    whole = column.to_physical().fill_null(0)
    if (column.dtype.precision or _INT64_DIGITS + 1) > _INT64_DIGITS:
        return np.array(whole.to_list(), dtype=object), scale
    return whole.cast(pl.Int64).to_numpy(), scale


def codes_of_texts(column: pl.Series, codes: dict[str, int], *, other: int) -> NDArray[np.int64]:
    """The code of each text (TRUE and FALSE for truth values), `other` for any unnamed one.

    Missing values also come as `other`: the caller knows where they are.
    """
    if column.dtype == pl.Null:
        return np.full(len(column), other, dtype=np.int64)
    if column.dtype == pl.Boolean:
        truth = {True: codes.get("TRUE", other), False: codes.get("FALSE", other)}
        return column.replace_strict(truth, default=other, return_dtype=pl.Int64).to_numpy()
    named = column.cast(pl.String)
    return named.replace_strict(codes, default=other, return_dtype=pl.Int64).to_numpy()
