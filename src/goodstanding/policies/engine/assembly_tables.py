"""Decision tables as what every engine knows: computed values and rules.

A table makes the value `<table>_row`, the id of the row that applies: empty where none does and
unknown where a missing value leaves that open. Each output is a choice by that id, and each row
with an effect a rule that asks for it. So tables need nothing of any engine.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from goodstanding.language.errors import ExpressionRefused
from goodstanding.language.expression import Expression
from goodstanding.language.syntax import Place as SyntaxPlace
from goodstanding.language.tree import Branch, Case, Input, Literal, Node, Operation
from goodstanding.language.types import BOOLEAN, TEXT, Kind
from goodstanding.language.typing_rules import common_type, sum_types, widen
from goodstanding.policies.engine.cells import CellTests, cell_tree, read_cell, row_tree
from goodstanding.policies.engine.definition import (
    ColumnDeclaration,
    DecisionRow,
    DecisionTable,
    HitPolicy,
    OnMissing,
    OutputDeclaration,
    RuleDeclaration,
)
from goodstanding.policies.engine.document import Scalar
from goodstanding.policies.engine.evaluation import Effect
from goodstanding.policies.engine.mistakes import sentence
from goodstanding.policies.engine.plan import Computed, PlannedColumn, PlannedRow, PlannedTable
from goodstanding.policies.engine.scope import Scope
from goodstanding.policies.engine.trees import may_be_unknown

NO_ROW = ""
_HERE = SyntaxPlace(1, 1)


def plan_table(
    table: DecisionTable, *, scope: Scope
) -> tuple[PlannedTable | None, tuple[Computed, ...]]:
    """The table with its cells typed, and the values of its columns that are computed.

    None after a fault, which is in the log. What the table gives comes of `table_values`.
    """
    columns: list[PlannedColumn] = []
    computed: list[Computed] = []
    for at, declared in enumerate(table.columns):
        column, value = _column(table, declared, scope)
        if column is None:
            return None, ()
        cells = [row.tests[at] for row in table.rows]
        names_missing = any("missing" in cell.text for cell in cells)
        columns.append(replace(column, tests_missing=names_missing))
        computed += [value] if value else []
    before = len(scope.log.mistakes)
    rows = tuple(_row(table, row, columns, scope) for row in table.rows)
    if len(scope.log.mistakes) > before:
        return None, ()
    return PlannedTable(table, tuple(columns), rows), tuple(computed)


def _column(
    table: DecisionTable, declared: ColumnDeclaration, scope: Scope
) -> tuple[PlannedColumn | None, Computed | None]:
    """A column that reads one name tests it; any other expression gets a name of its own."""
    expression = scope.parse(declared.written, path=declared.path)
    if expression is None:
        return None, None
    tree = expression.tree
    if isinstance(tree, Input):
        return PlannedColumn(declared, tree.name, tree.type, tests_missing=False), None
    name = f"{table.name}_{declared.name}"
    scope.types[name] = tree.type
    label = declared.name.replace("_", " ")
    value = Computed(name, label, expression, table=table.name)
    return PlannedColumn(declared, name, tree.type, tests_missing=False), value


def _row(
    table: DecisionTable, row: DecisionRow, columns: Sequence[PlannedColumn], scope: Scope
) -> PlannedRow:
    cells: list[CellTests] = []
    trees: list[Node] = []
    for column, written in zip(columns, row.tests, strict=True):
        cell = read_cell(
            written,
            column.type,
            constants=scope.constants,
            path=column.declaration.path,
            log=scope.log,
        )
        value = Input(column.name, column.type)
        tree = cell_tree(cell, value, is_two_valued=column.tests_missing)
        cells.append(cell)
        trees += [] if tree is None else [tree]
    path = table.columns[0].path
    values = tuple(
        _value(written, output, table, path, scope)
        for written, output in zip(row.values, table.outputs, strict=True)
    )
    return PlannedRow(row, tuple(cells), Expression(row_tree(trees), ""), values)


def _value(
    written: Scalar, output: OutputDeclaration, table: DecisionTable, path: str, scope: Scope
) -> Expression | None:
    """What an output cell gives, in the type of its column; None for `-` and after a fault."""
    if written.text == "-":
        return None
    if output.type.kind is Kind.DATE and written.text[:1].isdigit():
        text = f"DATE '{written.text}'"
        written = Scalar(text, written.place, written.style, text)
    found = scope.parse(written, path=path)
    if found is None:
        return None
    try:
        common = common_type([Input("output", output.type), found.tree], _HERE)
    except ExpressionRefused:
        common = None
    if common != output.type:
        scope.log.add(
            written.place,
            path,
            f"The output {output.name} is {output.type}, and {written.text} is {found.type}.",
            "Write a value of that type, or declare the output wider.",
            code="table_value",
        )
        return None
    by_value = table.hit in {HitPolicy.COLLECT_MIN, HitPolicy.COLLECT_MAX}
    if by_value and not isinstance(found.tree, Literal):
        scope.log.add(
            written.place,
            path,
            f"Under `{table.hit.value}` a value is a constant.",
            "Write a number, or the name of a constant.",
            code="table_value",
        )
        return None
    return Expression(widen(found.tree, output.type), written.text)


def table_values(table: PlannedTable, *, scope: Scope) -> tuple[Computed, ...]:
    """The row that applies, and the outputs."""
    declared = table.declaration
    row = Computed(
        declared.row_name,
        f"row of {declared.label}",
        Expression(_row_found(table), ""),
        table=declared.name,
    )
    found = [row]
    for at, output in enumerate(declared.outputs):
        tree = _output(table, at, output, scope)
        if tree is not None:
            found.append(
                Computed(output.name, output.label, Expression(tree, ""), table=declared.name)
            )
    return tuple(found)


def _row_found(table: PlannedTable) -> Node:
    if table.declaration.hit.is_collect:
        return _rows_found(table)
    names = [(row.condition.tree, _text(row.declaration.id)) for row in table.in_order]
    if table.declaration.hit is not HitPolicy.UNIQUE:
        return _first(names, _text(NO_ROW))
    branches = [Branch(condition, name) for condition, name in names]
    unknown = [Branch(_is_null(condition), Literal(None, TEXT)) for condition, _ in names]
    return Case(None, (*branches, *unknown), _text(NO_ROW), TEXT)


def _first(items: Iterable[tuple[Node, Node]], otherwise: Node) -> Node:
    """The value of the first TRUE condition; unknown where an unknown one stands before it."""
    branches: list[Branch] = []
    for condition, value in items:
        if isinstance(condition, Literal):
            otherwise = value
            break
        branches.append(Branch(condition, value))
        branches.append(Branch(_is_null(condition), Literal(None, otherwise.type)))
    return Case(None, tuple(branches), otherwise, otherwise.type) if branches else otherwise


def _rows_found(table: PlannedTable) -> Node:
    """The ids of all rows that match, parted by spaces."""
    parts = [_each(row, _text(f" {row.declaration.id}"), _text("")) for row in table.rows]
    joined = _balanced(parts, lambda left, right: Operation("||", (left, right), TEXT))
    return Operation("trim_spaces", (joined,), TEXT)


def _each(row: PlannedRow, value: Node, otherwise: Node) -> Node:
    condition = row.condition.tree
    if isinstance(condition, Literal):
        return value
    branches = (
        Branch(condition, value),
        Branch(_is_null(condition), Literal(None, value.type)),
    )
    return Case(None, branches, otherwise, value.type)


def _output(table: PlannedTable, at: int, output: OutputDeclaration, scope: Scope) -> Node | None:
    match table.declaration.hit:
        case HitPolicy.COLLECT_SUM:
            return _sum(table, at, output, scope)
        case HitPolicy.COLLECT_MIN | HitPolicy.COLLECT_MAX:
            return _extreme(table, at, output)
        case _:
            return _chosen(table, at, output)


def _chosen(table: PlannedTable, at: int, output: OutputDeclaration) -> Node:
    branches = tuple(
        Branch(_text(row.declaration.id), value.tree)
        for row in table.in_order
        if (value := row.values[at]) is not None
    )
    nothing = Literal(None, output.type)
    row = Input(table.declaration.row_name, TEXT)
    return Case(row, branches, nothing, output.type) if branches else nothing


def _sum(table: PlannedTable, at: int, output: OutputDeclaration, scope: Scope) -> Node | None:
    if not output.type.is_number:
        _refuse_kind(table, output, scope)
        return None
    zero = Literal(0.0 if output.type.kind is Kind.DOUBLE else 0, output.type)
    parts = [
        _each(row, value.tree, zero) for row in table.rows if (value := row.values[at]) is not None
    ]
    if not parts:
        return zero
    try:
        total = _balanced(parts, _plus)
    except ExpressionRefused as refused:
        scope.log.add(
            output.place, output.name, sentence(refused.problem), "Declare the output narrower."
        )
        return None
    is_wider = total.type != output.type
    return Operation("to_decimal", (total,), output.type) if is_wider else total


def _plus(left: Node, right: Node) -> Node:
    if left.type.kind is not Kind.DECIMAL:
        return Operation("+", (left, right), left.type)
    wide, result = sum_types(left.type, right.type, _HERE)
    return Operation("+", (widen(left, wide), widen(right, wide)), result)


def _extreme(table: PlannedTable, at: int, output: OutputDeclaration) -> Node:
    """The least or greatest value of the rows that match: the first of them in that order."""
    valued = [
        (cast("float", value.tree.value), row.condition.tree, value.tree)
        for row in table.rows
        if (value := row.values[at]) is not None and isinstance(value.tree, Literal)
    ]
    descends = table.declaration.hit is HitPolicy.COLLECT_MAX
    valued.sort(key=lambda item: item[0], reverse=descends)
    ordered = [(condition, value) for _, condition, value in valued]
    return _first(ordered, Literal(None, output.type))


def _refuse_kind(table: PlannedTable, output: OutputDeclaration, scope: Scope) -> None:
    scope.log.add(
        output.place,
        f"tables.{table.declaration.name}.outputs.{output.name}",
        f"{output.type} has no sum.",
        "Declare a number, or choose another hit policy.",
    )


def _balanced(parts: Sequence[Node], join: Callable[[Node, Node], Node]) -> Node:
    """The parts joined two by two, so that no engine meets a deep tree."""
    found = list(parts)
    while len(found) > 1:
        joined = [join(left, right) for left, right in zip(found[::2], found[1::2], strict=False)]
        found = [*joined, found[-1]] if len(found) % 2 else joined
    return found[0]


def settled(item: Computed, nullable: Collection[str], *, closed: Mapping[str, int]) -> Computed:
    """A value of a table without the branches for what cannot be missing here.

    `closed` counts the rows of each table that always finds one, by the name of that value.
    """
    if not item.table:
        return item
    tree = _settled(item.expression.tree, nullable)
    is_choice = isinstance(tree, Case) and isinstance(tree.operand, Input)
    if is_choice and isinstance(tree, Case) and isinstance(tree.operand, Input):
        name = tree.operand.name
        if name not in nullable and closed.get(name) == len(tree.branches):
            tree = replace(tree, branches=tree.branches[:-1], default=tree.branches[-1].then)
            tree = tree if tree.branches else tree.default
    return replace(item, expression=Expression(tree, item.expression.text))


def _settled(node: Node, nullable: Collection[str]) -> Node:
    match node:
        case Case(operand=None):
            kept = tuple(
                Branch(branch.when, _settled(branch.then, nullable))
                for branch in node.branches
                if not _never_null(branch.when, nullable)
            )
            return replace(node, branches=kept)
        case Operation():
            arguments = tuple(_settled(part, nullable) for part in node.arguments)
            return replace(node, arguments=arguments)
        case _:
            return node


def _never_null(when: Node, nullable: Collection[str]) -> bool:
    if not isinstance(when, Operation) or when.name != "is_null":
        return False
    return not may_be_unknown(when.arguments[0], nullable)


def is_closed(table: PlannedTable) -> bool:
    """Whether some row tests nothing, so that one always applies."""
    ends = any(isinstance(row.condition.tree, Literal) for row in table.rows)
    return ends and not table.declaration.hit.is_collect


def table_rules(table: PlannedTable) -> tuple[RuleDeclaration, ...]:
    """The rules that a table makes; one that only holds its answer to missing values included."""
    declared = table.declaration
    found = [_rule(table, row) for row in table.rows if row.declaration.effect is not None]
    if not found and declared.on_missing in {OnMissing.REFER, OnMissing.DECLINE}:
        found.append(_unmatched(declared))
    return tuple(found)


def _rule(table: PlannedTable, row: PlannedRow) -> RuleDeclaration:
    declared, line = table.declaration, row.declaration
    text = row.condition.to_text()
    return RuleDeclaration(
        id=table.rule_id(row),
        label=line.label,
        when=Scalar(text, line.place, "", text),
        effect=line.effect or Effect.NOTE,
        reason=line.reason,
        on_missing=declared.on_missing,
        points=line.points,
        table=declared.name,
        path=f"tables.{declared.name}.{line.id}",
        place=line.place,
    )


def _unmatched(table: DecisionTable) -> RuleDeclaration:
    text = f"{table.row_name} = '{NO_ROW}'"
    return RuleDeclaration(
        id=f"{table.name}.no-row",
        label=f"No row of {table.label} applies",
        when=Scalar(text, table.place, "", text),
        effect=Effect.NOTE,
        on_missing=table.on_missing,
        table=table.name,
        path=f"tables.{table.name}",
        place=table.place,
    )


def rule_conditions(table: PlannedTable) -> dict[str, Expression]:
    """By the id of each rule of a table: what the engines evaluate."""
    declared = table.declaration
    found = {f"{declared.name}.no-row": _is_row(declared, NO_ROW)}
    for row in table.rows:
        found[table.rule_id(row)] = (
            row.condition if declared.hit.is_collect else _is_row(declared, row.declaration.id)
        )
    return found


def _is_row(table: DecisionTable, row_id: str) -> Expression:
    row = Input(table.row_name, TEXT)
    return Expression(Operation("=", (row, _text(row_id)), BOOLEAN), "")


def _text(text: str) -> Literal:
    return Literal(text, TEXT)


def _is_null(node: Node) -> Node:
    return Operation("is_null", (node,), BOOLEAN)
