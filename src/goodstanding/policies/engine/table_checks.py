"""Static findings of decision tables: gaps, overlaps, rows never reached, rows at odds."""

from collections.abc import Generator, Iterator

from goodstanding.policies.engine.definition import HitPolicy
from goodstanding.policies.engine.findings import Severity, StaticFinding
from goodstanding.policies.engine.mistakes import Place
from goodstanding.policies.engine.plan import Plan, PlannedRow, PlannedTable
from goodstanding.policies.engine.table_regions import Grid, TooManyRegions, grid_of


def check_tables(plan: Plan) -> Iterator[StaticFinding]:
    """The findings of every decision table."""
    for table in plan.tables:
        grid = grid_of(table, plan)
        try:
            yield from _gaps(table, grid)
            yield from _rows(table, grid)
        except TooManyRegions:
            yield _at_table(
                Severity.WARNING,
                "table_not_checked",
                table,
                f"The table {table.declaration.name} has more regions than are looked at, so its"
                " gaps and hidden rows are not known.",
                "Split it into tables of fewer columns.",
            )


def _at_table(
    severity: Severity, code: str, table: PlannedTable, message: str, mend: str
) -> StaticFinding:
    name = table.declaration.name
    return StaticFinding(severity, code, table.declaration.place, f"tables.{name}", message, mend)


def _at_row(
    severity: Severity, code: str, table: PlannedTable, row: PlannedRow, message: str, mend: str
) -> StaticFinding:
    place: Place = row.declaration.place
    return StaticFinding(severity, code, place, f"tables.{table.rule_id(row)}", message, mend)


def _gaps(table: PlannedTable, grid: Grid) -> Iterator[StaticFinding]:
    """A record without a row: an error where the table owes a value, else only told."""
    declared = table.declaration
    if declared.hit.is_collect:
        return
    example = grid.gap()
    if example is None:
        return
    yield _at_table(
        Severity.ERROR if declared.outputs else Severity.NOTE,
        "table_gap",
        table,
        f"No row of {declared.name} covers a record such as {example}.",
        "Add a row for it, or a last row of `-` that takes the rest."
        if declared.outputs
        else "It has no vote of this table; add a row if it should.",
    )


def _rows(table: PlannedTable, grid: Grid) -> Iterator[StaticFinding]:
    unreached: set[str] = set()
    for row, column in grid.never():
        unreached.add(row.declaration.id)
        yield _at_row(
            Severity.ERROR,
            "row_never_true",
            table,
            row,
            f"No record matches row {row.declaration.id}: the declared bounds of {column}"
            " exclude it.",
            "Correct the cell, or the bounds of the input.",
        )
    unreached |= yield from _at_odds(table, grid)
    if table.declaration.hit in {HitPolicy.FIRST, HitPolicy.PRIORITY}:
        for row in grid.masked():
            if row.declaration.id not in unreached:
                unreached.add(row.declaration.id)
                yield _at_row(
                    Severity.ERROR,
                    "row_masked",
                    table,
                    row,
                    f"Row {row.declaration.id} is never reached: the rows before it cover all"
                    " that it matches.",
                    "Move it up, or take it out.",
                )
    yield from _overlaps(table, grid, unreached)


def _at_odds(table: PlannedTable, grid: Grid) -> Generator[StaticFinding, None, set[str]]:
    """Two rows with the same tests: at odds where they answer differently, else one too many."""
    found: set[str] = set()
    for first, second in grid.same_tests():
        name = second.declaration.id
        if name in found:
            continue
        differ = _answer(first) != _answer(second)
        if table.declaration.hit.is_collect and not differ:
            continue
        found.add(name)
        yield _at_row(
            Severity.ERROR,
            "rows_contradict" if differ else "row_repeated",
            table,
            second,
            f"Row {name} has the tests of row {first.declaration.id}"
            + (" and another answer." if differ else " and its answer."),
            "Keep one of them, or tell them apart.",
        )
    return found


def _answer(row: PlannedRow) -> tuple[object, ...]:
    declared = row.declaration
    return (declared.effect, declared.reason, declared.points, *row.values)


def _overlaps(table: PlannedTable, grid: Grid, unreached: set[str]) -> Iterator[StaticFinding]:
    hit = table.declaration.hit
    if hit.is_collect:
        return
    met = [
        (first, second, example)
        for first, second, example in grid.overlaps()
        if not {first.declaration.id, second.declaration.id} & unreached
    ]
    if hit is HitPolicy.UNIQUE:
        for first, second, example in met:
            yield _overlap(Severity.ERROR, table, first, second, example)
        return
    tied = [
        pair
        for pair in met
        if hit is HitPolicy.PRIORITY and _priority(pair[0]) == _priority(pair[1])
    ]
    for first, second, example in tied:
        yield _overlap(Severity.ERROR, table, first, second, example)
    told = [
        pair
        for pair in met
        if pair not in tied and not _is_rest(pair[1]) and _answer(pair[0]) != _answer(pair[1])
    ]
    for first, second, example in told:
        yield _overlap(Severity.NOTE, table, first, second, example)


def _overlap(
    severity: Severity, table: PlannedTable, first: PlannedRow, second: PlannedRow, example: str
) -> StaticFinding:
    left, right = first.declaration.id, second.declaration.id
    is_error = severity is Severity.ERROR
    return _at_row(
        severity,
        "rows_overlap",
        table,
        second,
        f"Rows {left} and {right} both match a record such as {example}"
        + ("." if is_error else f", where {left} wins."),
        "Narrow one of them, or write `hit: first`."
        if table.declaration.hit is HitPolicy.UNIQUE
        else "Give them different priorities."
        if is_error
        else "Nothing, if that is meant.",
    )


def _priority(row: PlannedRow) -> int:
    return row.declaration.priority


def _is_rest(row: PlannedRow) -> bool:
    return all(cell.takes_anything for cell in row.cells)
