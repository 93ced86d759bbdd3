"""The canonical text of a tree: what an author would write for exactly this meaning.

Reading it again gives the same tree. Comments, spacing and needless brackets of the original
are gone, so two texts with one meaning print alike.
"""

from datetime import date
from decimal import Decimal

from goodstanding.language.patterns import write_pattern
from goodstanding.language.tree import (
    Case,
    InList,
    Input,
    Like,
    Literal,
    Node,
    Operation,
    Wildcard,
)
from goodstanding.language.types import INTEGER_MAX, Cell, Kind, Type

_BINARY = frozenset({"=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "||"})
_SUFFIX = {"is_null": "IS NULL", "is_true": "IS TRUE", "is_false": "IS FALSE"}
_ESCAPES = "!~^#|&"


def print_tree(node: Node) -> str:
    """The canonical text of a node."""
    match node:
        case Literal():
            return print_literal(node.value, node.type)
        case Input():
            return node.name
        case Case():
            return _case(node)
        case Like():
            return f"{_operand(node.operand)} LIKE {_pattern(node.pattern)}"
        case InList():
            return f"in_list({print_tree(node.operand)}, {quote_text(node.name)})"
        case Operation():
            return _operation(node)


def print_literal(value: Cell | None, literal_type: Type) -> str:
    """A constant as an author writes it."""
    if value is None:
        return "NULL"
    match literal_type.kind:
        case Kind.BOOLEAN:
            return "TRUE" if value else "FALSE"
        case Kind.TEXT:
            return quote_text(str(value))
        case Kind.DATE:
            return f"DATE '{date.fromordinal(int(value)).isoformat()}'"
        case Kind.DOUBLE:
            return _double_text(float(value))
        case _:
            return format_units(int(value), literal_type.scale)


def _double_text(value: float) -> str:
    """Its digits; beyond the reach of INTEGER all of them and a point, which read as DECIMAL."""
    digits = f"{Decimal(repr(value)):f}"
    is_whole = "." not in digits
    return f"{int(value)}.0" if is_whole and abs(value) > INTEGER_MAX else digits


def format_units(units: int, scale: int) -> str:
    """A scaled integer with its point: 125 at scale 2 is 1.25."""
    if scale == 0:
        return str(units)
    digits = f"{abs(units):0{scale + 1}d}"
    return f"{'-' if units < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def quote_text(text: str) -> str:
    """A text in quotes, as the language and standard SQL write it."""
    return "'" + text.replace("'", "''") + "'"


def _operation(node: Operation) -> str:
    name, arguments = node.name, node.arguments
    if name == "widen":
        return print_tree(arguments[0])
    if name in {"and", "or"}:
        return f" {name.upper()} ".join(map(_operand, arguments))
    if name in _BINARY:
        return f"{_operand(arguments[0])} {name} {_operand(arguments[1])}"
    if name in _SUFFIX:
        return f"{_operand(arguments[0])} {_SUFFIX[name]}"
    match name:
        case "not":
            return f"NOT {_operand(arguments[0])}"
        case "negate":
            return f"-{_operand(arguments[0])}"
        case "is_distinct":
            return f"{_operand(arguments[0])} IS DISTINCT FROM {_operand(arguments[1])}"
        case "in":
            values = ", ".join(map(_operand, arguments[1:]))
            return f"{_operand(arguments[0])} IN ({values})"
        case "between":
            value, low, high = map(_operand, arguments)
            return f"{value} BETWEEN {low} AND {high}"
        case _:
            return f"{name}({', '.join([*map(print_tree, arguments), *_settings(node)])})"


def _settings(node: Operation) -> list[str]:
    """The literal arguments that live in the type of the result."""
    if node.name == "to_decimal":
        return [str(node.type.precision), str(node.type.scale)]
    return [str(node.type.scale)] if node.name in {"div_round", "round_half_up"} else []


def _operand(node: Node) -> str:
    while isinstance(node, Operation) and node.name == "widen":
        node = node.arguments[0]
    text = print_tree(node)
    if isinstance(node, Literal):
        return f"({text})" if text.startswith("-") else text
    is_call = isinstance(node, Operation) and text.startswith(f"{node.name}(")
    return text if isinstance(node, Input | Case | InList) or is_call else f"({text})"


def _case(node: Case) -> str:
    operand = "" if node.operand is None else f" {_operand(node.operand)}"
    branches = "".join(
        f" WHEN {print_tree(branch.when)} THEN {print_tree(branch.then)}"
        for branch in node.branches
    )
    return f"CASE{operand}{branches} ELSE {print_tree(node.default)} END"


def _pattern(parts: tuple[str | Wildcard, ...]) -> str:
    plain = "".join(part for part in parts if isinstance(part, str))
    if not set(plain) & {"%", "_", "\\"}:
        return quote_text(write_pattern(parts, ""))
    escape = next(mark for mark in _ESCAPES if mark not in plain)
    return f"{quote_text(write_pattern(parts, escape))} ESCAPE '{escape}'"
