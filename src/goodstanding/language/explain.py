"""Evaluate one record again, slowly, and tell where a value was lost.

Batch engines carry only true and unknown; the warnings of a record are derived here. The walk is
written apart from the generated code, over the same scalar functions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goodstanding.language import scalar
from goodstanding.language.expression import Expression
from goodstanding.language.printer import print_tree
from goodstanding.language.reference import apply_strict
from goodstanding.language.tree import Case, InList, Input, Like, Literal, Node, Operation
from goodstanding.language.types import Cell, Kind


@dataclass(frozen=True, slots=True)
class Warned:
    """An operation whose arguments were known and whose result does not exist.

    `code` is overflow, division_by_zero, bad_text, not_whole or out_of_range.
    """

    code: str
    operation: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The value of an expression on one record, its warnings, and its inputs that were missing."""

    value: Cell | None
    warnings: tuple[Warned, ...]
    missing: tuple[str, ...]


def explain(
    expression: Expression,
    cells: Mapping[str, Cell | None],
    *,
    lists: Mapping[str, frozenset[Cell]] | None = None,
) -> Explanation:
    """Evaluate on the cells of one record by input name; an absent name counts as unknown."""
    walk = _Walk(cells, lists or {})
    value = walk.value(expression.tree)
    missing = tuple(name for name in expression.inputs if cells.get(name) is None)
    return Explanation(value, tuple(dict.fromkeys(walk.warnings)), missing)


def constant_value(node: Node) -> Cell | None:
    """The value of a node that reads neither inputs nor lists."""
    return _Walk({}, {}).value(node)


class _Walk:
    """One evaluation; every branch is evaluated only where the record reaches it."""

    def __init__(
        self, cells: Mapping[str, Cell | None], lists: Mapping[str, frozenset[Cell]]
    ) -> None:
        self._cells = cells
        self._lists = lists
        self.warnings: list[Warned] = []

    def value(self, node: Node) -> Cell | None:
        match node:
            case Literal():
                return node.value
            case Input():
                return self._cells.get(node.name)
            case Case():
                return self._case(node)
            case Like():
                text = self.value(node.operand)
                return None if text is None else scalar.like_matcher(node.pattern)(str(text))
            case InList():
                cell = self.value(node.operand)
                return None if cell is None else cell in self._lists[node.name]
            case Operation():
                return self._operation(node)

    def _case(self, node: Case) -> Cell | None:
        wanted = True if node.operand is None else self.value(node.operand)
        for branch in node.branches:
            found = self.value(branch.when)
            if found is not None and found == wanted:
                return self.value(branch.then)
        return self.value(node.default)

    def _operation(self, node: Operation) -> Cell | None:
        if node.name == "coalesce":
            found = (self.value(argument) for argument in node.arguments)
            return next((cell for cell in found if cell is not None), None)
        values = [self.value(argument) for argument in node.arguments]
        match node.name:
            case "and":
                return scalar.conjunction(*values)
            case "or":
                return scalar.disjunction(*values)
            case "is_null":
                return values[0] is None
            case "is_true" | "is_false":
                return values[0] is (node.name == "is_true")
            case "is_distinct":
                return values[0] != values[1]
            case "nullif":
                return None if None not in values and values[0] == values[1] else values[0]
            case "in":
                return None if values[0] is None else scalar.membership(*values)
            case "between":
                return self._between(node, values)
            case _:
                known = [cell for cell in values if cell is not None]
                return self._strict(node, known) if len(known) == len(values) else None

    def _between(self, node: Operation, values: list[Cell | None]) -> bool | None:
        value, low, high = values
        above = self._compare(node, ">=", (value, low))
        below = self._compare(node, "<=", (value, high))
        return scalar.conjunction(above, below)

    def _compare(self, node: Operation, name: str, sides: Sequence[Cell | None]) -> Cell | None:
        if None in sides:
            return None
        return apply_strict(Operation(name, node.arguments[:2], node.type), sides)

    def _strict(self, node: Operation, values: Sequence[Cell]) -> Cell | None:
        result = apply_strict(node, values)
        if result is None:
            self.warnings.append(Warned(_reason(node, values), print_tree(node)))
        return result


def _reason(node: Operation, values: Sequence[Cell]) -> str:
    source = node.arguments[0].type.kind
    if node.name in {"safe_div", "div_round", "int_div", "mod"} and not values[1]:
        return "division_by_zero"
    if node.name in {"to_int", "to_decimal", "to_double", "to_date"} and source is Kind.TEXT:
        return "bad_text"
    if node.name == "to_int" and abs(float(values[0])) < 2.0**63:
        return "not_whole"
    return "out_of_range" if node.name in {"add_days", "add_months", "substr"} else "overflow"
