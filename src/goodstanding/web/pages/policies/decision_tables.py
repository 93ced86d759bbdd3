"""Decision tables as the page shows them: heads, and a line for each row."""

from collections.abc import Iterator
from dataclasses import dataclass

from goodstanding.policies.engine.definition import HitPolicy, OnMissing
from goodstanding.policies.engine.plan import Plan, PlannedRow, PlannedTable

_HITS = {
    HitPolicy.UNIQUE: "exactly one row applies",
    HitPolicy.FIRST: "the first row that matches applies",
    HitPolicy.PRIORITY: "of the rows that match, the one of the least priority applies",
    HitPolicy.COLLECT: "every row that matches applies",
    HitPolicy.COLLECT_SUM: "the values of all rows that match are added up",
    HitPolicy.COLLECT_MIN: "the least value of the rows that match",
    HitPolicy.COLLECT_MAX: "the greatest value of the rows that match",
}
_MISSING = {
    OnMissing.REFER: "a missing value that leaves the row open is referred",
    OnMissing.DECLINE: "a missing value that leaves the row open is declined",
    OnMissing.IGNORE: "a missing value that leaves the row open gives nothing",
}


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its label, and for one that is tested what it reads."""

    label: str
    reads: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its id, its tests and what it gives, each under the label of its column."""

    id: str
    label: str
    tests: tuple[tuple[str, str], ...]
    gives: tuple[tuple[str, str], ...]
    place: int


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A decision table."""

    name: str
    label: str
    applies: str
    if_missing: str
    tests: tuple[Head, ...]
    gives: tuple[Head, ...]
    lines: tuple[Line, ...]


def shown_tables(plan: Plan) -> tuple[ShownTable, ...]:
    """Every decision table of a policy, in the order of the text."""
    return tuple(_shown(table, plan) for table in plan.tables)


def _shown(table: PlannedTable, plan: Plan) -> ShownTable:
    declared = table.declaration
    tests = tuple(
        Head(plan.label_of(column.name), column.declaration.written.text.strip())
        for column in table.columns
    )
    gives = tuple(Head(label) for label, _ in _given(table, table.rows[0]))
    return ShownTable(
        name=declared.name,
        label=declared.label,
        applies=_HITS[declared.hit],
        if_missing=_MISSING[declared.on_missing] if declared.on_missing else "",
        tests=tests,
        gives=gives,
        lines=tuple(_line(table, row, tests) for row in table.rows),
    )


def _line(table: PlannedTable, row: PlannedRow, tests: tuple[Head, ...]) -> Line:
    declared = row.declaration
    cells = zip((head.label for head in tests), (cell.text for cell in declared.tests), strict=True)
    is_own = declared.label != f"Row {declared.id} of {table.declaration.label}"
    return Line(
        id=declared.id,
        label=declared.label if is_own else "",
        tests=tuple((label, _any(text)) for label, text in cells),
        gives=tuple(_given(table, row)),
        place=declared.place.line,
    )


def _any(text: str) -> str:
    return "" if text == "-" else text


def _given(table: PlannedTable, row: PlannedRow) -> Iterator[tuple[str, str]]:
    """What a row gives by label: outputs, and the effect of a table that has any."""
    outputs = table.declaration.outputs
    declared = row.declaration
    for output, cell in zip(outputs, declared.values, strict=True):
        yield output.label, _any(cell.text).strip("'")
    if table.declaration.hit is HitPolicy.PRIORITY:
        yield "priority", str(declared.priority)
    if table.declaration.has_effects:
        yield "effect", declared.effect.value if declared.effect else ""
        yield "reason", declared.reason
        yield "points", str(declared.points) if declared.effect else ""
