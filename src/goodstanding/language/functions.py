"""The functions of the language: what each takes, and the type of what it gives.

A call is a function of the checker, the syntax and the level; it types the arguments itself,
because some are literals that belong to the type (`to_decimal(x, 18, 2)`). DECIMAL results are
inferred so that no digit is lost; above 38 digits the call is refused.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from goodstanding.language.refusals import refusal
from goodstanding.language.syntax import Apply, Number, Place, Syntax, Text
from goodstanding.language.tree import InList, Literal, Node, Operation
from goodstanding.language.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    TEXT,
    Kind,
    Type,
    decimal,
)
from goodstanding.language.typing_rules import as_decimal, compare, make_decimal, unify, widen

ROUND_SCALE_MAX = 18


class Typer(Protocol):
    """What a call needs of the checker."""

    @property
    def lists(self) -> "Lists": ...

    def check(self, syntax: Syntax, level: int) -> Node: ...

    def known(self, syntax: Syntax, level: int) -> Node: ...


class Lists(Protocol):
    """Declared lists by name, with the type of their values."""

    def get(self, key: str, /) -> Type | None: ...


Call: TypeAlias = Callable[[Typer, Apply, int], Node]

_EXACT = frozenset({Kind.INTEGER, Kind.DECIMAL})
_NUMBERS = _EXACT | {Kind.DOUBLE}
_ONLY_INTEGER = frozenset({Kind.INTEGER})
_ONLY_TEXT = frozenset({Kind.TEXT})
_ONLY_DATE = frozenset({Kind.DATE})


def _plain(result: Type, *wanted: frozenset[Kind], optional: int = 0) -> Call:
    """A function of fixed argument kinds and a fixed result."""

    def call(checker: Typer, syntax: Apply, level: int) -> Node:
        nodes = _arguments(checker, syntax, level, wanted, optional)
        return Operation(syntax.operator, nodes, result)

    return call


def _arguments(
    checker: Typer,
    syntax: Apply,
    level: int,
    wanted: Sequence[frozenset[Kind]],
    optional: int = 0,
) -> tuple[Node, ...]:
    _check_count(syntax, len(wanted) - optional, len(wanted))
    nodes = tuple(checker.known(argument, level) for argument in syntax.arguments)
    for node, kinds, argument in zip(nodes, wanted, syntax.arguments, strict=False):
        _check_kind(syntax, node, kinds, argument.place)
    return nodes


def _check_count(syntax: Apply, least: int, most: int | None) -> None:
    count = len(syntax.arguments)
    if count < least or (most is not None and count > most):
        wanted = str(least) if most == least else f"{least} to {most or 'many'}"
        noun = "argument" if wanted == "1" else "arguments"
        raise refusal(
            "argument_count",
            f"{syntax.operator} takes {wanted} {noun}, and got {count}.",
            f"write {usage(syntax.operator)}.",
            syntax.place,
        )


def _check_kind(syntax: Apply, node: Node, kinds: frozenset[Kind], place: Place) -> None:
    if node.type.kind in kinds:
        return
    names = " or ".join(sorted(kinds))
    mends = {
        Kind.TEXT: "turn a text into a value first: to_int, to_decimal, to_double or to_date.",
        Kind.DOUBLE: "bring it to an exact number first: to_decimal(x, p, s) or to_int(x).",
        Kind.DECIMAL: "bring it to a whole number first: trunc(x), floor(x) or to_int(x).",
        Kind.TIMESTAMP: "use a DATE, for example as_of_date.",
    }
    raise refusal(
        "argument_type",
        f"{syntax.operator} takes {names} here, and this is {node.type}.",
        mends.get(node.type.kind, "use a value of the right type."),
        place,
    )


def _literal(syntax: Apply, position: int, low: int, high: int) -> int:
    """The value of an argument that must be written out as a whole number."""
    argument = syntax.arguments[position]
    if isinstance(argument, Number) and argument.digits.isdecimal() and len(argument.digits) < 4:
        value = int(argument.digits)
        if low <= value <= high:
            return value
    raise refusal(
        "literal_argument",
        f"argument {position + 1} of {syntax.operator} is a whole number"
        f" from {low} to {high}, written out.",
        "write the number itself: the type of the result depends on it.",
        argument.place,
    )


def _safe_div(checker: Typer, syntax: Apply, level: int) -> Node:
    nodes = _arguments(checker, syntax, level, (_NUMBERS, _NUMBERS))
    return Operation("safe_div", tuple(map(_to_double, nodes)), DOUBLE)


def _to_double(node: Node) -> Node:
    if node.type == DOUBLE:
        return node
    if isinstance(node, Literal):
        return widen(node, DOUBLE)
    return Operation("to_double", (node,), DOUBLE)


def _div_round(checker: Typer, syntax: Apply, level: int) -> Node:
    _check_count(syntax, 3, 3)
    scale = _literal(syntax, 2, 0, ROUND_SCALE_MAX)
    nodes = [checker.known(argument, level) for argument in syntax.arguments[:2]]
    for node, argument in zip(nodes, syntax.arguments, strict=False):
        _check_kind(syntax, node, _EXACT, argument.place)
    over, under = map(as_decimal, nodes)
    shift = scale + under.scale - over.scale
    needed = over.precision + max(shift, 0) + (shift < 0)
    make_decimal(under.precision + max(-shift, 0), 0, syntax.place)
    result = make_decimal(max(needed, scale, 1), scale, syntax.place)
    arguments = widen(nodes[0], over), widen(nodes[1], under)
    return Operation("div_round", arguments, result)


def _round_half_up(checker: Typer, syntax: Apply, level: int) -> Node:
    _check_count(syntax, 2, 2)
    scale = _literal(syntax, 1, 0, ROUND_SCALE_MAX)
    node = checker.known(syntax.arguments[0], level)
    _check_kind(syntax, node, _EXACT, syntax.arguments[0].place)
    source = as_decimal(node)
    carry = 1 if scale < source.scale else 0
    result = make_decimal(source.integer_digits + carry + scale, scale, syntax.place)
    return Operation("round_half_up", (widen(node, source),), result)


def _to_decimal(checker: Typer, syntax: Apply, level: int) -> Node:
    _check_count(syntax, 3, 3)
    precision = _literal(syntax, 1, 1, 38)
    scale = _literal(syntax, 2, 0, precision)
    node = checker.known(syntax.arguments[0], level)
    _check_kind(syntax, node, _NUMBERS | _ONLY_TEXT, syntax.arguments[0].place)
    return Operation("to_decimal", (node,), decimal(precision, scale))


def _abs(checker: Typer, syntax: Apply, level: int) -> Node:
    nodes = _arguments(checker, syntax, level, (_NUMBERS,))
    return Operation("abs", nodes, nodes[0].type)


def _same_type(least: int) -> Call:
    """A function over values of one common type, which it returns: coalesce, min_of, max_of."""

    def call(checker: Typer, syntax: Apply, level: int) -> Node:
        _check_count(syntax, least, None)
        read = checker.check if syntax.operator == "coalesce" else checker.known
        nodes = unify([read(argument, level) for argument in syntax.arguments], syntax.place)
        return Operation(syntax.operator, nodes, nodes[0].type)

    return call


def _nullif(checker: Typer, syntax: Apply, level: int) -> Node:
    _check_count(syntax, 2, 2)
    nodes = tuple(checker.known(argument, level) for argument in syntax.arguments)
    nodes = compare("=", nodes, syntax.place).arguments
    return Operation("nullif", nodes, nodes[0].type)


def _in_list(checker: Typer, syntax: Apply, level: int) -> Node:
    _check_count(syntax, 2, 2)
    name = syntax.arguments[1]
    values = checker.lists.get(name.text) if isinstance(name, Text) else None
    if values is None or not isinstance(name, Text):
        raise refusal(
            "unknown_list",
            "the second argument of in_list is the name of a declared list, in quotes.",
            "declare the list in the policy, or correct its name.",
            name.place,
        )
    node = checker.known(syntax.arguments[0], level)
    probe = widened(node, values)
    if probe is None or values == DOUBLE:
        raise refusal(
            "type_mismatch",
            f"the list {name.text} holds {values}, and this is {node.type}.",
            "look up a value of the list's own type; a DOUBLE has no list.",
            syntax.place,
        )
    return InList(probe, name.text)


def widened(node: Node, values: Type) -> Node | None:
    """The node at the scale of a list's values, or None where it could not be one of them."""
    if node.type == values:
        return node
    fits = node.type.is_exact_number and values.kind is Kind.DECIMAL
    if not fits or node.type.scale > values.scale:
        return None
    source = as_decimal(node)
    digits = max(source.integer_digits, values.integer_digits)
    if digits + values.scale > 38:
        return None
    return widen(node, decimal(digits + values.scale, values.scale))


CALLS: dict[str, Call] = {
    "safe_div": _safe_div,
    "div_round": _div_round,
    "int_div": _plain(INTEGER, _ONLY_INTEGER, _ONLY_INTEGER),
    "mod": _plain(INTEGER, _ONLY_INTEGER, _ONLY_INTEGER),
    "round_half_up": _round_half_up,
    "floor": _plain(INTEGER, _NUMBERS),
    "ceil": _plain(INTEGER, _NUMBERS),
    "trunc": _plain(INTEGER, _NUMBERS),
    "abs": _abs,
    "min_of": _same_type(2),
    "max_of": _same_type(2),
    "coalesce": _same_type(2),
    "nullif": _nullif,
    "to_int": _plain(INTEGER, _NUMBERS | _ONLY_TEXT),
    "to_decimal": _to_decimal,
    "to_double": _plain(DOUBLE, _NUMBERS | _ONLY_TEXT),
    "to_date": _plain(DATE, _ONLY_TEXT),
    "date_diff_days": _plain(INTEGER, _ONLY_DATE, _ONLY_DATE),
    "date_diff_months": _plain(INTEGER, _ONLY_DATE, _ONLY_DATE),
    "add_days": _plain(DATE, _ONLY_DATE, _ONLY_INTEGER),
    "add_months": _plain(DATE, _ONLY_DATE, _ONLY_INTEGER),
    "lower_ascii": _plain(TEXT, _ONLY_TEXT),
    "upper_ascii": _plain(TEXT, _ONLY_TEXT),
    "trim_spaces": _plain(TEXT, _ONLY_TEXT),
    "length": _plain(INTEGER, _ONLY_TEXT),
    "substr": _plain(TEXT, _ONLY_TEXT, _ONLY_INTEGER, _ONLY_INTEGER, optional=1),
    "starts_with": _plain(BOOLEAN, _ONLY_TEXT, _ONLY_TEXT),
    "contains": _plain(BOOLEAN, _ONLY_TEXT, _ONLY_TEXT),
    "in_list": _in_list,
}

_ARGUMENTS = {
    "div_round": "a, b, s",
    "round_half_up": "x, s",
    "coalesce": "a, b, ...",
    "to_decimal": "x, p, s",
    "add_days": "day, n",
    "add_months": "day, n",
    "date_diff_days": "from_day, to_day",
    "date_diff_months": "from_day, to_day",
    "substr": "x, start, length",
    "starts_with": "x, y",
    "contains": "x, y",
    "in_list": "x, 'list'",
} | dict.fromkeys(("safe_div", "int_div", "mod", "min_of", "max_of", "nullif"), "a, b")


def usage(function: str) -> str:
    """How a function is written: `safe_div(a, b)`."""
    return f"{function}({_ARGUMENTS.get(function, 'x')})"
