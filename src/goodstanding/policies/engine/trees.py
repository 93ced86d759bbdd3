"""Trees that the policy itself makes: substitution, what may be unknown, cards as expressions."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import cast

from goodstanding.language.bounds import overflows
from goodstanding.language.expression import Expression, parse_expression
from goodstanding.language.tree import (
    Branch,
    Case,
    InList,
    Input,
    Like,
    Literal,
    Node,
    Operation,
)
from goodstanding.language.types import INTEGER, Kind, Type, decimal
from goodstanding.scoring.scorecard import Characteristic, Scorecard

PD = decimal(9, 6)
_NEVER_UNKNOWN = {"is_null", "is_true", "is_false", "is_distinct"}
_MAY_FAIL = {"to_decimal", "to_date", "add_days", "add_months", "nullif", "substr"}
_SEARCH = 4
_WEIGHTS = {
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">=", "is_null", "is_true", "is_false"), 1),
    **dict.fromkeys(("and", "or", "not"), 0),
}


def substitute(node: Node, put: Callable[[Input], Node]) -> Node:
    """The tree with every input replaced by what `put` makes of it."""
    return rewritten(node, lambda part: put(part) if isinstance(part, Input) else part)


def rewritten(node: Node, put: Callable[[Node], Node]) -> Node:
    """The tree with every node replaced by what `put` makes of it, leaves first."""
    match node:
        case Literal() | Input():
            return put(node)
        case Operation():
            parts = tuple(rewritten(part, put) for part in node.arguments)
            return put(replace(node, arguments=parts))
        case Like() | InList():
            return put(replace(node, operand=rewritten(node.operand, put)))
        case Case():
            operand = None if node.operand is None else rewritten(node.operand, put)
            branches = tuple(
                Branch(rewritten(branch.when, put), rewritten(branch.then, put))
                for branch in node.branches
            )
            default = rewritten(node.default, put)
            return put(replace(node, operand=operand, branches=branches, default=default))


def may_be_unknown(node: Node, nullable: Collection[str]) -> bool:
    """Whether the value can be NULL, given the names that can; errs on the side of yes."""
    match node:
        case Literal():
            return node.value is None
        case Input():
            return node.name in nullable
        case Like() | InList():
            return may_be_unknown(node.operand, nullable)
        case Case():
            results = (*(branch.then for branch in node.branches), node.default)
            return any(may_be_unknown(part, nullable) for part in results)
        case Operation():
            return _operation_may_be_unknown(node, nullable)


def _operation_may_be_unknown(node: Operation, nullable: Collection[str]) -> bool:
    if node.name in _NEVER_UNKNOWN:
        return False
    parts = [may_be_unknown(part, nullable) for part in node.arguments]
    return all(parts) if node.name == "coalesce" else any(parts) or _may_fail(node)


def weight(node: Node) -> int:
    """About how long Python takes for it: a look at a value is 1, a search of a set 4 more."""
    match node:
        case Literal():
            return 0
        case Input():
            return 1
        case Like() | InList():
            return _SEARCH + weight(node.operand)
        case Case():
            parts = [part for branch in node.branches for part in (branch.when, branch.then)]
            parts += [node.default] if node.operand is None else [node.default, node.operand]
            return sum(map(weight, parts))
        case Operation():
            return _WEIGHTS.get(node.name, _SEARCH) + sum(map(weight, node.arguments))


def fails_by_itself(node: Node) -> bool:
    """Whether some operation below can be unknown although all its arguments are there."""
    return may_be_unknown(node, ())


def _may_fail(node: Operation) -> bool:
    """Whether the operation itself can have no result: overflow, x/0, bad text, no such day."""
    kind = node.arguments[0].type.kind
    match node.name:
        case "+" | "-" | "*":
            return node.type.kind is Kind.DOUBLE or _overflows(node)
        case "negate" | "abs":
            return _overflows(node)
        case "safe_div" | "div_round" | "int_div" | "mod":
            under = node.arguments[1]
            return not (isinstance(under, Literal) and under.value and kind is not Kind.DOUBLE)
        case "floor" | "ceil" | "trunc" | "to_int":
            return kind is not Kind.INTEGER
        case "to_double":
            return kind is Kind.TEXT
        case _:
            return node.name in _MAY_FAIL


def _overflows(node: Operation) -> bool:
    return node.type.kind is Kind.INTEGER and overflows(node)


def points_expression(
    card: Scorecard, *, names: Mapping[str, str], types: Mapping[str, Type]
) -> Expression:
    """The card's points: base plus a CASE for each characteristic, in the card's order.

    `names` maps the card's features to names of the policy. Raises ExpressionRefused where a
    name is unknown or of another kind than the bounds.
    """
    total: Node = Literal(card.base, INTEGER)
    for item in card.characteristics:
        text = _characteristic_text(item, names[item.feature.name])
        part = parse_expression(text, types=types, expect=INTEGER)
        total = Operation("+", (total, part.tree), INTEGER)
    return Expression(total, "")


def _characteristic_text(item: Characteristic, name: str) -> str:
    branches: list[str] = []
    for special in item.special:
        branches += [
            f"WHEN {name} BETWEEN {value} AND {value} THEN {special.points}"
            for value in map(_number, special.values)
        ]
    for band in item.bands:
        if band.upper is not None:
            branches.append(f"WHEN {name} < {_number(band.upper)} THEN {band.points}")
        else:
            branches.append(f"WHEN {name} IS NOT NULL THEN {band.points}")
    for group in item.groups:
        if item.feature.type == "BOOLEAN":
            branches += [f"WHEN {name} IS {value} THEN {group.points}" for value in group.values]
        else:
            values = ", ".join("'" + value.replace("'", "''") + "'" for value in group.values)
            branches.append(f"WHEN {name} IN ({values}) THEN {group.points}")
    if item.other is not None:
        branches.append(f"WHEN {name} IS NOT NULL THEN {item.other.points}")
    return f"CASE {' '.join(branches)} ELSE {item.missing.points} END"


def _number(value: Decimal) -> str:
    return format(value, "f")


def pd_expression(card: Scorecard, *, points_name: str) -> Expression:
    """The PD of the card's points, by a search tree over its score range."""
    table = card.pd_table()
    low, high = card.score_range
    points = Input(points_name, INTEGER)

    def search(first: int, last: int) -> Node:
        if first == last:
            return Literal(int(table[first].scaleb(6)), PD)
        middle = (first + last) // 2
        below = Operation("<=", (points, Literal(middle, INTEGER)), _boolean())
        return Case(None, (Branch(below, search(first, middle)),), search(middle + 1, last), PD)

    found = search(low, high)
    unknown = Operation("is_null", (points,), _boolean())
    return Expression(Case(None, (Branch(unknown, Literal(None, PD)),), found, PD), "")


def _boolean() -> Type:
    return Type(Kind.BOOLEAN)


def literal_of(cell: object, type_: Type) -> Literal:
    """A constant of the tree."""
    return Literal(cast("bool | int | float | str", cell), type_)
