"""The fast batch engine: Polars expressions over columns of cells.

DECIMAL is a scaled integer here too (Int64 up to 18 digits, Int128 above), because Polars' own
DECIMAL loses digits when it multiplies; `polars_cells` turns a column of a table into cells.
INTEGER that can overflow runs in Int128 and comes back by a cast that gives NULL.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial

import polars as pl

from goodstanding.language.bounds import overflows
from goodstanding.language.expression import Expression
from goodstanding.language.folding import fold
from goodstanding.language.polars_functions import FUNCTIONS, settle
from goodstanding.language.polars_parts import (
    WIDE,
    Part,
    at_most,
    cell_type,
    combine,
    constant,
    equal,
    narrow,
    one,
    reuse,
    reuse_one,
    reuse_two,
    two,
    when,
)
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
from goodstanding.language.types import DATE, TIMESTAMP, Cell, Kind, Type

_COMPARE: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "is_distinct": lambda left, right: left.ne_missing(right),
}
_TRUTH: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "not": lambda x: ~x,
    "is_null": lambda x: x.is_null(),
    "is_true": lambda x: x.fill_null(value=False),
    "is_false": lambda x: (~x).fill_null(value=False),
}
FEW = 6  # up to so many texts a chain of comparisons is faster than a set
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ARITHMETIC: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
}


def emit_polars(
    expression: Expression,
    *,
    column: Callable[[str], pl.Expr] | None = None,
    lists: Mapping[str, Collection[Cell]] | None = None,
) -> pl.Expr:
    """The expression over columns of cells, giving cells: DECIMAL as scaled integers.

    `column` gives an input or parameter as a column of cells; without it the column of a table
    with that name is turned into cells on the way.
    """

    def natural(name: str) -> pl.Expr:
        return polars_cells(pl.col(name), expression.inputs[name])

    return PolarsEmitter(column=column or natural, lists=lists).emit(expression)


def polars_cells(column: pl.Expr, of: Type) -> pl.Expr:
    """A column of a table (Decimal, Date, Datetime, ...) as a column of cells."""
    if of.kind is not Kind.DECIMAL:
        return column.cast(cell_type(of))
    units = column.cast(pl.Decimal(38, of.scale)).to_physical()
    return units.cast(cell_type(of))


def polars_values(cells: pl.Expr, of: Type) -> pl.Expr:
    """Cells as a column for people: DECIMAL as Decimal(38, s), the rest as it is."""
    if of.kind is not Kind.DECIMAL:
        return cells
    return cells.cast(WIDE).reinterpret(dtype=pl.Decimal(38, of.scale))


class PolarsEmitter:
    """Emits one expression; `column` and `lists` as in `emit_polars`."""

    def __init__(
        self,
        *,
        column: Callable[[str], pl.Expr],
        lists: Mapping[str, Collection[Cell]] | None = None,
    ) -> None:
        self._column = column
        self._lists = lists or {}

    def emit(self, expression: Expression) -> pl.Expr:
        return self.part(fold(expression.tree)).expr

    def part(self, node: Node) -> Part:
        """The expression of a folded node."""
        match node:
            case Literal():
                return Part(_literal(node.value, node.type), literal=True)
            case Input():
                return Part(self._column(node.name))
            case Case():
                return self._case(node)
            case Like():
                return combine([self.part(node.operand)], _matcher(node.pattern))
            case InList():
                return self._in_list(node)
            case Operation():
                return self._operation(node, [self.part(side) for side in node.arguments])

    def _chosen(self, node: Node, narrow_type: pl.DataType | None) -> Part:
        if narrow_type is not None and isinstance(node, Literal):
            return Part(constant(node.value, narrow_type), literal=True)
        return self.part(node)

    def _operation(self, node: Operation, parts: list[Part]) -> Part:
        name = node.name
        if name in _COMPARE:
            if parts[0].literal:
                name, parts = _MIRROR.get(name, name), parts[::-1]
            return combine(parts, _COMPARE[name])
        if name in _ARITHMETIC:
            return self._arithmetic(node, parts)
        if name in _TRUTH:
            return combine(parts, _TRUTH[name])
        if name in FUNCTIONS:
            return FUNCTIONS[name](node, parts)
        match name:
            case "and" | "or":
                return self._junction(name, parts)
            case "in":
                return self._in(node, parts)
            case "between":
                return self._between(parts)
            case "coalesce":
                return combine(parts, pl.coalesce)
            case _:
                return self._nullif(node, parts)

    def _arithmetic(self, node: Operation, parts: list[Part]) -> Part:
        calculate = _ARITHMETIC[node.name]
        if node.type.kind is Kind.DOUBLE:
            return reuse([combine(parts, calculate)], settle, pl.Float64(), times=3)
        if node.type.kind is Kind.INTEGER and not overflows(node):
            return combine(parts, calculate)
        inside = WIDE if node.type.kind is Kind.INTEGER else cell_type(node.type)
        result = two(parts, lambda a, b: calculate(a.cast(inside), b.cast(inside)))
        return combine([result], narrow) if node.type.kind is Kind.INTEGER else result

    def _junction(self, name: str, parts: list[Part]) -> Part:
        def join(*given: pl.Expr) -> pl.Expr:
            joined = given[0]
            for other in given[1:]:
                joined = joined & other if name == "and" else joined | other
            return joined

        return combine(parts, join)

    def _between(self, parts: list[Part]) -> Part:
        above, below = at_most(parts[1], parts[0]), at_most(parts[0], parts[2])

        def inside(value: pl.Expr, low: pl.Expr, high: pl.Expr) -> pl.Expr:
            return above(low, value) & below(value, high)

        return reuse(parts, inside, pl.Boolean())

    def _in(self, node: Operation, parts: list[Part]) -> Part:
        members = node.arguments[1:]
        if all(isinstance(member, Literal) for member in members):
            values = [member.value for member in members if isinstance(member, Literal)]
            return self._member(parts[0], values, node.arguments[0].type)

        equals = [equal(parts[0], part) for part in parts[1:]]

        def equal_any(value: pl.Expr, *others: pl.Expr) -> pl.Expr:
            joined = equals[0](value, others[0])
            for same, other in zip(equals[1:], others[1:], strict=True):
                joined = joined | same(value, other)
            return joined

        return reuse(parts, equal_any, pl.Boolean(), times=len(members))

    def _in_list(self, node: InList) -> Part:
        members = sorted(self._lists[node.name], key=repr)
        if isinstance(node.operand, Literal):
            value = node.operand.value
            held = None if value is None else value in members
            return Part(_literal(held, node.type), literal=True)
        return self._member(self.part(node.operand), members, node.operand.type)

    def _member(self, value: Part, members: Collection[Cell | None], of: Type) -> Part:
        known = [_literal(member, of) for member in members if member is not None]
        if not known:
            never = constant(None if members else False, pl.Boolean())
            return reuse_one([value], lambda x: when(x.is_not_null(), never), pl.Boolean())
        if of.kind is Kind.TEXT and len(known) <= FEW:
            equal_any = partial(_equal_any, members=known)
            found = reuse([value], equal_any, pl.Boolean(), times=len(known))
            return found if len(known) == len(members) else one([found], _or_unknown)
        held = pl.concat([pl.select(literal).to_series() for literal in known])
        found = one([value], lambda x: x.is_in(held.implode()))
        if len(known) == len(members):
            return found
        return one([found], _or_unknown)

    def _nullif(self, node: Operation, parts: list[Part]) -> Part:
        result = cell_type(node.type)
        missing = constant(None, result)
        same = equal(*parts)
        return reuse_two(parts, lambda a, b: pl.when(same(a, b)).then(missing).otherwise(a), result)

    def _case(self, node: Case) -> Part:
        result = cell_type(node.type)
        chosen = _chosen_type(node)
        results = [self._chosen(branch.then, chosen) for branch in node.branches]
        whens = [self.part(branch.when) for branch in node.branches]
        default = self._chosen(node.default, chosen)
        count = len(whens)

        def choose(*given: pl.Expr) -> pl.Expr:
            conditions, values, otherwise = given[:count], given[count:-1], given[-1]
            chain = pl.when(conditions[0]).then(values[0])
            for condition, value in zip(conditions[1:], values[1:], strict=True):
                chain = chain.when(condition).then(value)
            return chain.otherwise(otherwise).cast(result)

        if node.operand is None:
            return combine([*whens, *results, default], choose)

        operand = self.part(node.operand)
        equals = [equal(operand, value) for value in whens]

        def compare(value: pl.Expr, *given: pl.Expr) -> pl.Expr:
            taken = (same(value, other) for same, other in zip(equals, given, strict=False))
            return choose(*taken, *given[count:])

        return reuse([operand, *whens, *results, default], compare, result, times=count)


def _or_unknown(found: pl.Expr) -> pl.Expr:
    return found | constant(None, pl.Boolean())


def _equal_any(value: pl.Expr, members: list[pl.Expr]) -> pl.Expr:
    joined = value == members[0]
    for member in members[1:]:
        joined = joined | (value == member)
    return joined


def _chosen_type(node: Case) -> pl.DataType | None:
    """A narrow type for a choice among small whole numbers, such as the points of bands."""
    results = [*(branch.then for branch in node.branches), node.default]
    is_small = node.type.is_exact_number and all(
        isinstance(item, Literal) and abs(int(item.value or 0)) < 2**15 for item in results
    )
    return pl.Int16() if is_small else None


def _literal(value: Cell | None, of: Type) -> pl.Expr:
    if value is None or of not in {DATE, TIMESTAMP}:
        return constant(value, cell_type(of))
    if of == DATE:
        return pl.lit(int(value) - 719_163, dtype=pl.Int32).cast(pl.Date)
    return pl.lit(int(value), dtype=pl.Int64).cast(pl.Datetime("us"))


def _matcher(pattern: tuple[str | Wildcard, ...]) -> Callable[[pl.Expr], pl.Expr]:
    pieces = {Wildcard.ANY_RUN: ".*", Wildcard.ANY_ONE: "."}
    text = "".join(
        pieces[part] if isinstance(part, Wildcard) else pl.escape_regex(part) for part in pattern
    )
    return lambda x: x.str.contains(rf"(?s)\A{text}\z")
