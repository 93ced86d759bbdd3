"""Strict functions applied to cells, one by one: the meaning, without any code generation."""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from goodstanding.language import scalar
from goodstanding.language.tree import Operation
from goodstanding.language.types import Cell, Kind

Apply: TypeAlias = Callable[[Operation, Sequence[Any]], Cell | None]

_COMPARISONS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_ROUNDED: dict[str, Callable[[float], int]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
}


def apply_strict(node: Operation, values: Sequence[Any]) -> Cell | None:
    """The result of a comparison or a strict function on known cells, None where there is none."""
    if node.name in _COMPARISONS:
        return _COMPARISONS[node.name](*values)
    own = _APPLY.get(node.name)
    return _PLAIN[node.name](*values) if own is None else own(node, values)


def _number(node: Operation, value: Any) -> Cell | None:
    match node.type.kind:
        case Kind.INTEGER:
            return scalar.clip_integer(value)
        case Kind.DOUBLE:
            return scalar.finite(value)
        case _:
            return value


def _arithmetic(node: Operation, values: Sequence[Any]) -> Cell | None:
    return _number(node, _ARITHMETIC[node.name](*values))


def _whole(node: Operation, values: Sequence[Any]) -> Cell | None:
    (value,) = values
    source = node.arguments[0].type
    if source.kind is Kind.DOUBLE:
        return scalar.whole_double(value, _ROUNDED[node.name])
    power = 10**source.scale
    match node.name:
        case "floor":
            return scalar.clip_integer(value // power)
        case "ceil":
            return scalar.clip_integer(-(-value // power))
        case _:
            return scalar.clip_integer(scalar.truncate(value, power))


def _div_round(node: Operation, values: Sequence[Any]) -> Cell | None:
    over, under = (argument.type.scale for argument in node.arguments)
    shift = node.type.scale + under - over
    powers = 10 ** max(shift, 0), 10 ** max(-shift, 0)
    return scalar.div_round(values[0], values[1], *powers)


def _rescale(node: Operation, values: Sequence[Any]) -> Cell | None:
    return scalar.decimal_of_units(
        values[0], node.arguments[0].type.scale, node.type.precision, node.type.scale
    )


def _to_int(node: Operation, values: Sequence[Any]) -> Cell | None:
    (value,) = values
    source = node.arguments[0].type
    match source.kind:
        case Kind.TEXT:
            return scalar.int_of_text(value)
        case Kind.DOUBLE:
            return scalar.int_of_double(value)
        case _:
            return scalar.int_of_units(value, 10**source.scale)


def _to_decimal(node: Operation, values: Sequence[Any]) -> Cell | None:
    (value,) = values
    match node.arguments[0].type.kind:
        case Kind.TEXT:
            return scalar.decimal_of_text(value, node.type.precision, node.type.scale)
        case Kind.DOUBLE:
            return scalar.decimal_of_double(value, node.type.precision, node.type.scale)
        case _:
            return _rescale(node, values)


def _to_double(node: Operation, values: Sequence[Any]) -> Cell | None:
    (value,) = values
    source = node.arguments[0].type
    match source.kind:
        case Kind.TEXT:
            return scalar.double_of_text(value)
        case Kind.DOUBLE:
            return value
        case _:
            return value / 10**source.scale


def _substr(_: Operation, values: Sequence[Any]) -> Cell | None:
    return scalar.substr(*values) if len(values) == 3 else scalar.substr_rest(*values)


_APPLY: dict[str, Apply] = {
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    "negate": lambda node, values: _number(node, 0 - values[0]),
    "abs": lambda node, values: _number(node, abs(values[0])),
    "widen": _rescale,
    "round_half_up": _rescale,
    "div_round": _div_round,
    "floor": _whole,
    "ceil": _whole,
    "trunc": _whole,
    "to_int": _to_int,
    "to_decimal": _to_decimal,
    "to_double": _to_double,
    "substr": _substr,
}
_PLAIN: dict[str, Callable[..., Cell | None]] = {
    "not": operator.not_,
    "||": operator.add,
    "safe_div": scalar.safe_div,
    "int_div": scalar.int_div,
    "mod": scalar.mod,
    "min_of": min,
    "max_of": max,
    "to_date": scalar.date_of_text,
    "date_diff_days": scalar.date_diff_days,
    "date_diff_months": scalar.date_diff_months,
    "add_days": scalar.add_days,
    "add_months": scalar.add_months,
    "lower_ascii": scalar.lower_ascii,
    "upper_ascii": scalar.upper_ascii,
    "trim_spaces": scalar.trim_spaces,
    "length": len,
    "starts_with": str.startswith,
    "contains": operator.contains,
}
