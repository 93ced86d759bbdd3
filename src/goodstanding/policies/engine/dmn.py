"""Decision tables as DMN 1.3, for modellers and engines that read the standard.

Each table is a decision with one decision table; what its columns read are input data. DMN knows
no open answer: where a value is missing, a row of ours that could match leaves the table open,
and in DMN it does not match. The description of each decision says so.
Source: OMG DMN 1.3 (formal/2021-02-01), namespace 20191111.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET

from goodstanding.core.errors import Refusal
from goodstanding.language.tree import Input, Literal, Node, Operation, walk
from goodstanding.language.types import Cell, Kind, Type
from goodstanding.policies.engine.cells import CellTests, Test
from goodstanding.policies.engine.definition import HitPolicy
from goodstanding.policies.engine.evaluation import as_text
from goodstanding.policies.engine.plan import PlannedRow, PlannedTable
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.ranges import Range
from goodstanding.policies.engine.values import value_of

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"
_TYPES = {
    Kind.BOOLEAN: "boolean",
    Kind.TEXT: "string",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "date and time",
}
_AGGREGATION = {
    HitPolicy.COLLECT_SUM: "SUM",
    HitPolicy.COLLECT_MIN: "MIN",
    HitPolicy.COLLECT_MAX: "MAX",
}
_OPEN = "A missing value leaves a row open in the policy; here it does not match."
Attributes = dict[str, str]


class NoTables(Refusal):
    """{policy} has no decision tables, and DMN holds nothing else of a policy."""

    code = "no_tables"
    mend = "Export it as sql or json."


class NotInDmn(Refusal):
    """Row {row} of the table {table} gives `{expression}`, which has no equal in DMN."""

    code = "not_in_dmn"
    mend = "Give a constant, a name, or a sum, difference or product of them."


@dataclass(frozen=True, slots=True)
class _Column:
    """A result column of one decision: its type, and what each row gives, as FEEL."""

    name: str
    type: str
    given: dict[str, str]


def policy_dmn(policy: Policy) -> str:
    """The decision tables of a policy as one DMN 1.3 document, in XML.

    Row ids and labels are annotations. Raises NoTables, and NotInDmn for an output that FEEL
    would not compute alike.
    """
    tables = policy.plan.tables
    if not tables:
        raise NoTables(policy=policy.name)
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(
        _tag("definitions"),
        {
            "id": f"policy_{policy.name}",
            "name": policy.definition.title,
            "namespace": f"urn:goodstanding:policy:{policy.name}:{policy.tree_hash}",
        },
    )
    _add(root, "description", text=f"{policy.name} {policy.version}, text {policy.text_hash}")
    for name, type_ in _inputs(tables).items():
        data = _add(root, "inputData", {"id": f"input_{name}", "name": name})
        _add(data, "variable", {"name": name, "typeRef": _type(type_)})
    for table in tables:
        for name, columns in _decisions(table):
            _decision(root, table, name, columns)
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(
    above: ET.Element, name: str, attributes: Attributes | None = None, *, text: str = ""
) -> ET.Element:
    found = ET.SubElement(above, _tag(name), attributes or {})
    found.text = text or None
    return found


def _inputs(tables: Sequence[PlannedTable]) -> dict[str, Type]:
    """What the columns test, and what the outputs read beside it."""
    found = {column.name: column.type for table in tables for column in table.columns}
    for table in tables:
        for row in table.rows:
            for value in row.values:
                found |= dict(value.inputs) if value else {}
    return found


def _type(type_: Type) -> str:
    return _TYPES.get(type_.kind, "number")


def _decisions(table: PlannedTable) -> Iterator[tuple[str, list[_Column]]]:
    """A table as one decision; one for each output where they are gathered one by one."""
    name, outputs = table.declaration.name, list(_output_columns(table))
    effects = list(_effect_columns(table)) if table.declaration.has_effects else []
    if table.declaration.hit not in _AGGREGATION:
        yield name, [*outputs, *effects] or [_row_column(table)]
        return
    for output in outputs:
        yield f"{name}_{output.name}", [output]
    if effects:
        yield f"{name}_effects", effects


def _output_columns(table: PlannedTable) -> Iterator[_Column]:
    for at, output in enumerate(table.declaration.outputs):
        given: dict[str, str] = {}
        for row in table.rows:
            value = row.values[at]
            if value is not None:
                given[row.declaration.id] = _feel(value.tree, table, row)
        yield _Column(output.name, _type(output.type), given)


def _row_column(table: PlannedTable) -> _Column:
    """What a table says that gives nothing else: which row it was."""
    return _Column(
        "row", "string", {row.declaration.id: _quoted(row.declaration.id) for row in table.rows}
    )


def _effect_columns(table: PlannedTable) -> Iterator[_Column]:
    rows = [row.declaration for row in table.rows]
    effects = {row.id: _quoted(row.effect.value) for row in rows if row.effect}
    yield _Column("effect", "string", effects)
    yield _Column("reason", "string", {row.id: _quoted(row.reason) for row in rows if row.reason})
    yield _Column("points", "number", {row.id: str(row.points) for row in rows if row.effect})


def _decision(root: ET.Element, table: PlannedTable, name: str, columns: Sequence[_Column]) -> None:
    declared = table.declaration
    decision = _add(root, "decision", {"id": f"decision_{name}", "name": name})
    _add(decision, "description", text=f"{declared.label}. {_OPEN}")
    types = {"typeRef": columns[0].type} if len(columns) == 1 else {}
    _add(decision, "variable", {"name": name, **types})
    read = {column.name for column in table.columns}
    read |= {below for row in table.rows for value in row.values if value for below in value.inputs}
    for below in sorted(read):
        needs = _add(decision, "informationRequirement", {"id": f"need_{name}_{below}"})
        _add(needs, "requiredInput", {"href": f"#input_{below}"})
    held = _add(decision, "decisionTable", {"id": f"table_{name}", **_hit(table, columns)})
    for column in table.columns:
        label = column.declaration.name
        shown = _add(held, "input", {"id": f"column_{name}_{label}", "label": label})
        expression = {"id": f"reads_{name}_{label}", "typeRef": _type(column.type)}
        _add(_add(shown, "inputExpression", expression), "text", text=column.name)
    for column in columns:
        heading = {"id": f"output_{name}_{column.name}", "typeRef": column.type}
        _add(held, "output", heading | ({"name": column.name} if len(columns) > 1 else {}))
    _add(held, "annotation", {"name": "row"})
    _add(held, "annotation", {"name": "label"})
    for row in table.in_order:
        # Where one row answers, one that gives nothing keeps those behind it from answering.
        gives = any(row.declaration.id in column.given for column in columns)
        if gives or not declared.hit.is_collect:
            _row(held, table, name, row, columns)


def _hit(table: PlannedTable, columns: Sequence[_Column]) -> Attributes:
    """Rows by priority are written in that order, of which the first counts."""
    hit = table.declaration.hit
    if hit.is_collect:
        is_effects = columns[0].name == "effect"
        gathers = (
            {} if is_effects or hit not in _AGGREGATION else {"aggregation": _AGGREGATION[hit]}
        )
        return {"hitPolicy": "COLLECT", **gathers}
    return {"hitPolicy": "UNIQUE" if hit is HitPolicy.UNIQUE else "FIRST"}


def _row(
    held: ET.Element,
    table: PlannedTable,
    name: str,
    row: PlannedRow,
    columns: Sequence[_Column],
) -> None:
    declared = row.declaration
    rule = _add(held, "rule", {"id": f"row_{name}_{declared.id}"})
    for at, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
        entry = _add(rule, "inputEntry", {"id": f"test_{name}_{declared.id}_{at}"})
        _add(entry, "text", text=_unary(cell, column.type))
    for column in columns:
        entry = _add(rule, "outputEntry", {"id": f"gives_{name}_{declared.id}_{column.name}"})
        _add(entry, "text", text=column.given.get(declared.id, "null"))
    for text in (declared.id, declared.label):
        _add(_add(rule, "annotationEntry"), "text", text=text)


def _unary(cell: CellTests, type_: Type) -> str:
    """A cell as FEEL's unary tests."""
    if cell.takes_anything:
        return "-"
    tests = ", ".join(part for test in cell.tests for part in _tests(test, type_))
    return f"not({tests})" if cell.is_denied else tests


def _tests(test: Test, type_: Type) -> list[str]:
    if test.range is None:
        return ["null"]
    if test.range.among is not None:
        return [_literal(value, type_) for value in sorted(test.range.among, key=str)]
    return [_interval(test.range, type_)]


def _interval(range_: Range, type_: Type) -> str:
    if range_.low is None and range_.high is not None:
        return f"{'<=' if range_.high_included else '<'} {_literal(range_.high, type_)}"
    if range_.high is None and range_.low is not None:
        return f"{'>=' if range_.low_included else '>'} {_literal(range_.low, type_)}"
    ends = [_literal(end, type_) for end in (range_.low, range_.high) if end is not None]
    opening, closing = "[" if range_.low_included else "(", "]" if range_.high_included else ")"
    return f"{opening}{'..'.join(ends)}{closing}"


def _feel(node: Node, table: PlannedTable, row: PlannedRow) -> str:
    match node:
        case Literal(value=value) if value is not None:
            return _literal(value, node.type)
        case Input():
            return node.name
        case Operation(name="widen", arguments=(inner,)):
            return _feel(inner, table, row)
        case Operation(name="+" | "-" | "*" as sign, arguments=(left, right)) if (
            node.type.is_exact_number
        ):
            return f"({_feel(left, table, row)} {sign} {_feel(right, table, row)})"
        case _:
            written = next(each for each in row.values if each and _holds(each.tree, node))
            raise NotInDmn(
                row=row.declaration.id, table=table.declaration.name, expression=written.text
            )


def _holds(tree: Node, node: Node) -> bool:
    return any(part is node for part in walk(tree))


def _literal(cell: Cell, type_: Type) -> str:
    value = value_of(cell, type_)
    match type_.kind:
        case Kind.TEXT:
            return _quoted(str(value))
        case Kind.BOOLEAN:
            return str(value).lower()
        case Kind.DATE:
            return f'date("{as_text(value)}")'
        case Kind.TIMESTAMP:
            return f'date and time("{as_text(value)}")'
        case Kind.DOUBLE:
            return format(Decimal(repr(value)), "f")
        case _:
            return str(as_text(value))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
