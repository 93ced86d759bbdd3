"""Polars expressions with their size, and whole-number arithmetic on them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from goodstanding.language.types import Kind, Type

# Polars calculates equal parts of a query once, however often they stand in it; but it must find
# them. Above this size a part that is needed more than once goes through a function of Python.
LARGE = 128
_TYPES: dict[Kind, pl.DataType] = {
    Kind.BOOLEAN: pl.Boolean(),
    Kind.INTEGER: pl.Int64(),
    Kind.DOUBLE: pl.Float64(),
    Kind.TEXT: pl.String(),
    Kind.DATE: pl.Date(),
    Kind.TIMESTAMP: pl.Datetime("us"),
}
WIDE = pl.Int128()


@dataclass(frozen=True, slots=True)
class Part:
    """An expression and how many nodes it has, repeats included.

    A literal must not stand on the left of a comparison: Polars then may answer with one row.
    """

    expr: pl.Expr
    size: int = 1
    literal: bool = False


One: TypeAlias = Callable[[pl.Expr], pl.Expr]
Two: TypeAlias = Callable[[pl.Expr, pl.Expr], pl.Expr]
Many: TypeAlias = Callable[..., pl.Expr]


def cell_type(of: Type) -> pl.DataType:
    """The column type of cells: scaled integers for DECIMAL."""
    if of.kind is Kind.DECIMAL:
        return pl.Int64() if of.precision <= 18 else WIDE
    return _TYPES[of.kind]


def equal(left: Part, right: Part) -> Two:
    """left = right over their expressions, a literal on the right."""
    if left.literal and not right.literal:
        return lambda a, b: b == a
    return lambda a, b: a == b


def at_most(left: Part, right: Part) -> Two:
    """left <= right over their expressions, a literal on the right."""
    if left.literal and not right.literal:
        return lambda a, b: b >= a
    return lambda a, b: a <= b


def combine(parts: Sequence[Part], body: Many) -> Part:
    """A body that uses each part once."""
    return Part(body(*(part.expr for part in parts)), 1 + sum(part.size for part in parts))


def reuse(parts: Sequence[Part], body: Many, result: pl.DataType, *, times: int = 2) -> Part:
    """A body that uses each part up to `times` times; large parts are calculated once, apart."""
    if sum(part.size for part in parts) * times <= LARGE:
        size = 1 + times * sum(part.size for part in parts)
        return Part(body(*(part.expr for part in parts)), size)
    names = [f"part_{number}" for number in range(len(parts))]
    inner = body(*(pl.col(name) for name in names))

    def run(batches: Sequence[pl.Series]) -> pl.Series:
        height = max(len(batch) for batch in batches)
        columns = [
            batch if len(batch) == height else batch.new_from_index(0, height) for batch in batches
        ]
        frame = pl.DataFrame(dict(zip(names, columns, strict=True)))
        return frame.select(inner.alias("result"))["result"]

    bound = pl.map_batches(
        [part.expr for part in parts], run, return_dtype=result, is_elementwise=True
    )
    return Part(bound, 1 + sum(part.size for part in parts))


def one(parts: Sequence[Part], body: One) -> Part:
    """A body that uses the first part once."""
    return combine(parts, body)


def two(parts: Sequence[Part], body: Two) -> Part:
    """A body that uses each of two parts once."""
    return combine(parts, body)


def reuse_one(parts: Sequence[Part], body: One, result: pl.DataType, *, times: int = 2) -> Part:
    """`reuse` of the first part."""
    return reuse(parts, body, result, times=times)


def reuse_two(parts: Sequence[Part], body: Two, result: pl.DataType, *, times: int = 2) -> Part:
    """`reuse` of two parts."""
    return reuse(parts, body, result, times=times)


def constant(value: object, of: pl.DataType) -> pl.Expr:
    """A literal of a column type."""
    return pl.lit(value, dtype=of)


def wide(value: int) -> pl.Expr:
    """A whole number of 128 bits."""
    return pl.lit(value, dtype=WIDE)


def when(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
    """The value where the condition holds, else NULL."""
    return pl.when(condition).then(value)


def narrow(expr: pl.Expr) -> pl.Expr:
    """A whole number as INTEGER, NULL outside 64 bits."""
    return expr.cast(pl.Int64, strict=False)


def minus(units: pl.Expr, of: pl.DataType = WIDE) -> pl.Expr:
    """The number with the other sign: Polars cannot negate 128 bits."""
    return pl.lit(0, dtype=of) - units


def quotient(over: pl.Expr, under: pl.Expr, *, half_up: bool) -> pl.Expr:
    """over / under in 128 bits, truncated to zero or rounded half away from it; NULL by 0."""
    divisor = when(under != wide(0), under.abs())
    size = over.abs() // divisor
    if half_up:
        rest = over.abs() % divisor
        size = size + (rest >= divisor - rest).cast(WIDE)
    return pl.when((over < 0) == (under < 0)).then(size).otherwise(minus(size))


def round_off(units: pl.Expr, power: int, of: pl.DataType) -> pl.Expr:
    """units / power, rounded half away from zero; power is 10 or more."""
    half, whole = (pl.lit(part, dtype=of) for part in (power // 2, power))
    size = (units.abs() + half) // whole
    return pl.when(units < 0).then(minus(size, of)).otherwise(size)
