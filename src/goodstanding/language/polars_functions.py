"""The functions of the language as Polars expressions over cells."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import TypeAlias

import polars as pl

from goodstanding.language.bounds import overflows
from goodstanding.language.polars_parts import (
    LARGE,
    WIDE,
    Part,
    at_most,
    cell_type,
    minus,
    narrow,
    one,
    quotient,
    reuse,
    reuse_one,
    reuse_two,
    round_off,
    two,
    when,
    wide,
)
from goodstanding.language.sql import double_limits, units_limit
from goodstanding.language.tree import Operation
from goodstanding.language.types import DAY_MAX, DECIMAL_DIGITS, DOUBLE_MAX, INTEGER_MAX, Kind

Emit: TypeAlias = Callable[[Operation, list[Part]], Part]

_INTEGER = pl.Int64()
_DOUBLE = pl.Float64()
_EPOCH_DAY = 719_163  # 1970-01-01 among proleptic days
_LETTERS = [chr(code) for code in range(ord("a"), ord("z") + 1)]
_INTEGER_TEXT = r"\A[+-]?[0-9]{1,19}\z"
_DECIMAL_TEXT = r"\A[+-]?[0-9]+(?:\.[0-9]+)?\z"
_DAY_TEXT = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z"
_SHORTEST = r"\A([0-9]+)(?:\.([0-9]+))?(?:e([+-]?[0-9]+))?\z"
_SIZE_MAX = 2**31


def settle(x: pl.Expr) -> pl.Expr:
    """A DOUBLE with -0.0 as 0.0, NULL where it is infinite or no number.

    Polars leaves out `x + 0.0`, so nought is replaced by name.
    """
    return pl.when(x == 0.0).then(0.0).when(x.abs() <= DOUBLE_MAX).then(x)


def _negate(node: Operation, parts: list[Part]) -> Part:
    if node.type.kind is Kind.DOUBLE:
        return reuse_one(parts, lambda x: pl.when(x == 0.0).then(0.0).otherwise(-x), _DOUBLE)
    if node.type.kind is Kind.INTEGER and overflows(node):
        return one(parts, lambda x: narrow(minus(x.cast(WIDE))))
    of = cell_type(node.type)
    return one(parts, lambda x: minus(x, of))


def _abs(node: Operation, parts: list[Part]) -> Part:
    if node.type.kind is Kind.INTEGER and overflows(node):
        return one(parts, lambda x: narrow(x.cast(WIDE).abs()))
    return one(parts, lambda x: x.abs())


def _widen(node: Operation, parts: list[Part]) -> Part:
    result = cell_type(node.type)
    power = 10 ** (node.type.scale - node.arguments[0].type.scale)
    return one(parts, lambda x: x.cast(result) * pl.lit(power, dtype=result))


def _divide(over: pl.Expr, under: pl.Expr | float) -> pl.Expr:
    """over / under, to the last bit.

    By a single value Polars multiplies with the reciprocal instead (-7 / 3 differs), so the
    divisor is made a column: over - over is 0 for every finite number.
    """
    return over / ((over - over) + under)


def _safe_div(_: Operation, parts: list[Part]) -> Part:
    # By 0 the quotient is infinite or no number, which settle makes NULL.
    return reuse([reuse(parts, _divide, _DOUBLE, times=3)], settle, _DOUBLE, times=3)


def _int_div(_: Operation, parts: list[Part]) -> Part:
    return reuse_two(
        parts,
        lambda a, b: narrow(quotient(a.cast(WIDE), b.cast(WIDE), half_up=False)),
        _INTEGER,
        times=4,
    )


def _mod(_: Operation, parts: list[Part]) -> Part:
    def remainder(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        divisor = when(b != 0, b.cast(WIDE).abs())
        rest = a.cast(WIDE).abs() % divisor
        return pl.when(a < 0).then(minus(rest)).otherwise(rest).cast(pl.Int64)

    return reuse(parts, remainder, _INTEGER)


def _div_round(node: Operation, parts: list[Part]) -> Part:
    over, under = (argument.type.scale for argument in node.arguments)
    shift = node.type.scale + under - over
    result = cell_type(node.type)

    def divide(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        top = a.cast(WIDE) * wide(10 ** max(shift, 0))
        bottom = b.cast(WIDE) * wide(10 ** max(-shift, 0))
        return quotient(top, bottom, half_up=True).cast(result)

    return reuse(parts, divide, result, times=6)


def _round_half_up(node: Operation, parts: list[Part]) -> Part:
    result = cell_type(node.type)
    source = cell_type(node.arguments[0].type)
    steps = node.arguments[0].type.scale - node.type.scale
    if steps <= 0:
        return one(parts, lambda x: x.cast(result) * pl.lit(10**-steps, dtype=result))
    return reuse_one(parts, lambda x: round_off(x, 10**steps, source).cast(result), result)


def _whole(node: Operation, parts: list[Part]) -> Part:
    source = node.arguments[0].type
    if source.kind is Kind.INTEGER:
        return parts[0]
    if source.kind is Kind.DOUBLE:
        return reuse(parts, _WHOLE_DOUBLE[node.name], _INTEGER)
    of = cell_type(source)
    power = pl.lit(10**source.scale, dtype=of)
    match node.name:
        case "floor":
            return one(parts, lambda x: narrow(x // power))
        case "ceil":
            return one(parts, lambda x: narrow(minus(minus(x, of) // power, of)))
        case _:
            return reuse_one(
                parts,
                lambda x: narrow(
                    pl.when(x < 0).then(minus(minus(x, of) // power, of)).otherwise(x // power)
                ),
                _INTEGER,
            )


_WHOLE_DOUBLE: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "floor": lambda x: narrow(x.floor()),
    "ceil": lambda x: narrow(x.ceil()),
    "trunc": lambda x: narrow(pl.when(x < 0).then(x.ceil()).otherwise(x.floor())),
}


def _extreme(node: Operation, parts: list[Part]) -> Part:
    result = cell_type(node.type)
    smallest = node.name == "min_of"

    def choose(first: Part, second: Part) -> Part:
        ordered = at_most(first, second) if smallest else at_most(second, first)

        def compare(a: pl.Expr, b: pl.Expr) -> pl.Expr:
            keeps = ordered(a, b) if smallest else ordered(b, a)
            return pl.when(keeps).then(a).when(~keeps).then(b)

        return reuse([first, second], compare, result, times=3)

    return reduce(choose, parts)


def _to_int(node: Operation, parts: list[Part]) -> Part:
    source = node.arguments[0].type
    match source.kind:
        case Kind.INTEGER:
            return parts[0]
        case Kind.DECIMAL:
            power = pl.lit(10**source.scale, dtype=cell_type(source))
            return reuse_one(parts, lambda x: narrow(when(x % power == 0, x // power)), _INTEGER)
        case Kind.DOUBLE:
            return reuse_one(parts, lambda x: narrow(when(x.floor() == x, x)), _INTEGER)
        case _:
            return reuse(parts, _int_of_text, _INTEGER)


def _int_of_text(x: pl.Expr) -> pl.Expr:
    return narrow(when(x.str.contains(_INTEGER_TEXT), x.str.strip_prefix("+")))


def _to_double(node: Operation, parts: list[Part]) -> Part:
    source = node.arguments[0].type
    match source.kind:
        case Kind.DOUBLE:
            return parts[0]
        case Kind.INTEGER:
            return one(parts, lambda x: x.cast(pl.Float64))
        case Kind.DECIMAL if source.precision <= 15:  # a quotient of two exact DOUBLEs
            power = float(10**source.scale)
            return reuse_one(parts, lambda x: _divide(x.cast(pl.Float64), power), _DOUBLE, times=3)
        case Kind.DECIMAL:
            power = f"e-{source.scale}"
            return one(parts, lambda x: (x.cast(pl.String) + pl.lit(power)).cast(pl.Float64))
        case _:
            number = reuse(parts, _double_of_text, _DOUBLE)
            return reuse([number], settle, _DOUBLE)


def _double_of_text(x: pl.Expr) -> pl.Expr:
    plain = when(x.str.contains(_DECIMAL_TEXT), x.str.strip_prefix("+"))
    return plain.cast(pl.Float64, strict=False)


def _to_decimal(node: Operation, parts: list[Part]) -> Part:
    source, target, result = node.arguments[0].type, node.type, cell_type(node.type)
    if source.kind is Kind.TEXT:
        return reuse_one(
            parts,
            lambda x: _decimal_of_text(x, target.precision, target.scale).cast(result),
            result,
            times=8,
        )
    if source.kind is Kind.DOUBLE:
        least, greatest = double_limits(target)

        def rounded(x: pl.Expr) -> pl.Expr:
            known = pl.when(x.abs() < least).then(0.0).when(x.abs() <= greatest).then(x)
            return _decimal_of_double(known, target.scale).cast(result)

        return reuse(parts, rounded, result, times=LARGE + 1)
    of = cell_type(source)
    limit = units_limit(source, target)
    if limit is not None:
        inside = min(limit, INTEGER_MAX) if source.kind is Kind.INTEGER else limit
        low, high = pl.lit(-inside, dtype=of), pl.lit(inside, dtype=of)
        parts = [reuse_one(parts, lambda x: when((x >= low) & (x <= high), x), of)]
    steps = source.scale - target.scale
    if steps <= 0:
        return one(parts, lambda x: x.cast(result) * pl.lit(10**-steps, dtype=result))
    return reuse_one(
        parts, lambda x: round_off(x, 10**steps, cell_type(source)).cast(result), result
    )


def _decimal_of_double(x: pl.Expr, scale: int) -> pl.Expr:
    """Digits and exponent of the shortest text, then whole-number arithmetic."""
    text = x.abs().cast(pl.String)
    whole, fraction, exponent = (text.str.extract(_SHORTEST, group) for group in (1, 2, 3))
    digits = (whole + fraction.fill_null("")).cast(WIDE)
    power = exponent.str.strip_prefix("+").cast(pl.Int64).fill_null(0)
    steps = power - fraction.str.len_chars().cast(pl.Int64).fill_null(0) + scale
    ten = wide(10)
    raised = digits * ten ** steps.clip(0, DECIMAL_DIGITS)
    divisor = ten ** (-steps).clip(0, 20)
    lowered = (digits + divisor // 2) // divisor
    units = pl.when(steps >= 0).then(raised).otherwise(lowered)
    return pl.when(x < 0).then(minus(units)).otherwise(units)


def _decimal_of_text(x: pl.Expr, precision: int, scale: int) -> pl.Expr:
    whole = x.str.extract(r"\A[+-]?0*([0-9]*)", 1)
    fraction = x.str.extract(r"\.([0-9]+)\z", 1).fill_null("")
    kept = fraction.str.head(scale + 1).str.pad_end(scale + 1, "0")
    fits = x.str.contains(_DECIMAL_TEXT) & (whole.str.len_chars() <= precision - scale)
    digits = when(fits, pl.lit("0") + whole + kept.str.head(scale)).cast(WIDE)
    size = digits + (kept.str.tail(1) >= "5").cast(WIDE)
    size = when(size <= wide(10**precision - 1), size)
    return pl.when(x.str.starts_with("-")).then(minus(size)).otherwise(size)


def _to_date(_: Operation, parts: list[Part]) -> Part:
    def read(x: pl.Expr) -> pl.Expr:
        shaped = when(x.str.contains(_DAY_TEXT) & ~x.str.starts_with("0000"), x)
        return shaped.str.to_date("%Y-%m-%d", strict=False)

    return reuse(parts, read, pl.Date(), times=3)


def _days(x: pl.Expr) -> pl.Expr:
    return x.to_physical().cast(pl.Int64)


def _add_days(_: Operation, parts: list[Part]) -> Part:
    def shift(day: pl.Expr, count: pl.Expr) -> pl.Expr:
        later = _days(day) + when((count >= -DAY_MAX) & (count <= DAY_MAX), count)
        inside = (later > -_EPOCH_DAY) & (later <= DAY_MAX - _EPOCH_DAY)
        return when(inside, later).cast(pl.Int32).cast(pl.Date)

    return reuse(parts, shift, pl.Date(), times=6)


def _last_day(year: pl.Expr, month: pl.Expr) -> pl.Expr:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    february = pl.when(leap).then(29).otherwise(28)
    return (
        pl.when(month == 2).then(february).when(month.is_in([4, 6, 9, 11])).then(30).otherwise(31)
    )


def _add_months(_: Operation, parts: list[Part]) -> Part:
    def shift(day: pl.Expr, count: pl.Expr) -> pl.Expr:
        since = day.dt.year().cast(pl.Int64) * 12 + day.dt.month() - 1
        months = since + when((count >= -120_000) & (count <= 120_000), count)
        months = when((months >= 12) & (months < 120_000), months)
        year, month = months // 12, months % 12 + 1
        number = pl.min_horizontal(day.dt.day().cast(pl.Int64), _last_day(year, month))
        return pl.date(year, month, when(months.is_not_null(), number))

    return reuse(parts, shift, pl.Date(), times=32)


def _date_diff_months(_: Operation, parts: list[Part]) -> Part:
    def months(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        year, month, day = (part.cast(pl.Int64) for part in _calendar(b))
        first_year, first_month, first_day = (part.cast(pl.Int64) for part in _calendar(a))
        short = (first_day > day) & (day != _last_day(year, month))
        return (year - first_year) * 12 + month - first_month - short.cast(pl.Int64)

    return reuse_two(
        parts,
        lambda a, b: pl.when(a <= b).then(months(a, b)).when(a > b).then(-months(b, a)),
        _INTEGER,
        times=16,
    )


def _calendar(day: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    return day.dt.year(), day.dt.month(), day.dt.day()


def _ascii(node: Operation, parts: list[Part]) -> Part:
    upper = [letter.upper() for letter in _LETTERS]
    source, target = (upper, _LETTERS) if node.name == "lower_ascii" else (_LETTERS, upper)
    return one(parts, lambda x: x.str.replace_many(source, target))


def _substr(_: Operation, parts: list[Part]) -> Part:
    def cut(text: pl.Expr, start: pl.Expr, *count: pl.Expr) -> pl.Expr:
        offset = when(start >= 1, start.clip(1, _SIZE_MAX) - 1)
        size = when(count[0] >= 0, count[0].clip(0, _SIZE_MAX)) if count else pl.lit(_SIZE_MAX)
        return when(offset.is_not_null() & size.is_not_null(), text.str.slice(offset, size))

    return reuse(parts, cut, pl.String(), times=4)


FUNCTIONS: Mapping[str, Emit] = {
    "negate": _negate,
    "abs": _abs,
    "widen": _widen,
    "||": lambda _, parts: two(parts, lambda a, b: a + b),
    "safe_div": _safe_div,
    "div_round": _div_round,
    "int_div": _int_div,
    "mod": _mod,
    "round_half_up": _round_half_up,
    "floor": _whole,
    "ceil": _whole,
    "trunc": _whole,
    "min_of": _extreme,
    "max_of": _extreme,
    "to_int": _to_int,
    "to_decimal": _to_decimal,
    "to_double": _to_double,
    "to_date": _to_date,
    "date_diff_days": lambda _, parts: two(parts, lambda a, b: _days(b) - _days(a)),
    "date_diff_months": _date_diff_months,
    "add_days": _add_days,
    "add_months": _add_months,
    "lower_ascii": _ascii,
    "upper_ascii": _ascii,
    "trim_spaces": lambda _, parts: one(parts, lambda x: x.str.strip_chars(" ")),
    "length": lambda _, parts: one(parts, lambda x: x.str.len_chars().cast(pl.Int64)),
    "substr": _substr,
    "starts_with": lambda _, parts: two(parts, lambda a, b: a.str.starts_with(b)),
    "contains": lambda _, parts: two(parts, lambda a, b: a.str.contains(b, literal=True)),
}
