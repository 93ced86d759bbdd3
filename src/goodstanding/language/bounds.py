"""How large an INTEGER can become, so that checks of overflow appear only where it can happen."""

from goodstanding.language.tree import Case, Literal, Node, Operation
from goodstanding.language.types import DAY_MAX, INTEGER_MAX, INTEGER_MIN, Kind

_MONTH_MAX = 9999 * 12
_ANY = (INTEGER_MIN, INTEGER_MAX)


def integer_bounds(node: Node) -> tuple[int, int]:
    """Least and greatest value that an INTEGER or DECIMAL node can have, in units of its scale."""
    if node.type.kind is Kind.DECIMAL and not isinstance(node, Literal):
        limit = 10**node.type.precision - 1
        return -limit, limit
    match node:
        case Literal():
            value = int(node.value or 0)
            return value, value
        case Case():
            parts = [integer_bounds(branch.then) for branch in node.branches]
            return _span([*parts, integer_bounds(node.default)])
        case Operation():
            return _clip(_operation_bounds(node))
        case _:
            return _ANY


def raw_bounds(node: Operation) -> tuple[int, int]:
    """Bounds of the result of + - * and negate before it is checked for overflow."""
    sides = [integer_bounds(argument) for argument in node.arguments]
    match node.name:
        case "+":
            (low, high), (other_low, other_high) = sides
            return low + other_low, high + other_high
        case "-":
            (low, high), (other_low, other_high) = sides
            return low - other_high, high - other_low
        case "*":
            products = [one * other for one in sides[0] for other in sides[1]]
            return min(products), max(products)
        case "negate":
            return -sides[0][1], -sides[0][0]
        case _:
            low, high = sides[0]
            return (0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))


def overflows(node: Operation) -> bool:
    """Whether the INTEGER result of + - * negate or abs can leave 64 bits."""
    low, high = raw_bounds(node)
    return low < INTEGER_MIN or high > INTEGER_MAX


def _operation_bounds(node: Operation) -> tuple[int, int]:
    match node.name:
        case "+" | "-" | "*" | "negate" | "abs":
            return raw_bounds(node)
        case "length":
            return 0, INTEGER_MAX
        case "date_diff_days":
            return -DAY_MAX, DAY_MAX
        case "date_diff_months":
            return -_MONTH_MAX, _MONTH_MAX
        case "mod":
            reach = max(map(abs, integer_bounds(node.arguments[1]))) - 1
            low, high = integer_bounds(node.arguments[0])
            return max(min(low, 0), -max(reach, 0)), min(max(high, 0), max(reach, 0))
        case "coalesce" | "min_of" | "max_of":
            return _span([integer_bounds(argument) for argument in node.arguments])
        case "nullif":
            return integer_bounds(node.arguments[0])
        case _:
            return _ANY


def _span(parts: list[tuple[int, int]]) -> tuple[int, int]:
    return min(low for low, _ in parts), max(high for _, high in parts)


def _clip(bounds: tuple[int, int]) -> tuple[int, int]:
    return max(bounds[0], INTEGER_MIN), min(bounds[1], INTEGER_MAX)
