"""What a decision table leaves out, tells twice or never reaches: exactly, by its cells alone.

Each column is cut at the ends of all its tests into classes whose members no row tells apart;
the table is then a finite grid. Columns are taken as independent of each other: where one is
computed from another, an example may be a record that does not exist.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import cast

from goodstanding.language.types import (
    BOOLEAN,
    DAY_MAX,
    INTEGER_MAX,
    INTEGER_MIN,
    MICROSECOND_MAX,
    MICROSECOND_MIN,
    Cell,
    Kind,
    Type,
)
from goodstanding.policies.engine.cells import CellTests
from goodstanding.policies.engine.evaluation import as_text
from goodstanding.policies.engine.plan import Plan, PlannedColumn, PlannedRow, PlannedTable
from goodstanding.policies.engine.ranges import Range
from goodstanding.policies.engine.values import cell_reader, value_of

STEPS_MAX = 200_000
OTHER = "any other text"
Cut = tuple[float, int]
_LOWEST, _HIGHEST = (float("-inf"), 0), (float("inf"), 0)


class TooManyRegions(Exception):
    """The table has more regions than are looked at."""


@dataclass(frozen=True, slots=True)
class _Class:
    """Values of one column that no row tells apart: one of them, and the rows they satisfy."""

    example: str
    rows: int


@dataclass(frozen=True)
class Grid:
    """A table as classes by column; rows are bits, in the order in which they win."""

    columns: tuple[tuple[_Class, ...], ...]
    labels: tuple[str, ...]
    rows: tuple[PlannedRow, ...]

    def gap(self) -> str | None:
        """A record that no row covers; None where there is none. Raises TooManyRegions."""
        return self._said(_Search(self.columns).uncovered((1 << len(self.rows)) - 1))

    def overlaps(self) -> Iterable[tuple[PlannedRow, PlannedRow, str]]:
        """Each two rows that match one record, with that record; the winner stands first."""
        for (left, first), (right, second) in combinations(enumerate(self.rows), 2):
            both = 1 << left | 1 << right
            met = [_matching(classes, both) for classes in self.columns]
            found = [classes[0] for classes in met if classes]
            if len(found) == len(self.columns):
                yield first, second, self._said(found) or ""

    def never(self) -> Iterable[tuple[PlannedRow, str]]:
        """Rows that match nothing within the declared bounds, with the column that says so."""
        for at, row in enumerate(self.rows):
            for label, classes in zip(self.labels, self.columns, strict=True):
                if not _matching(classes, 1 << at):
                    yield row, label
                    break

    def masked(self) -> Iterable[PlannedRow]:
        """Rows that never win, as earlier ones cover all they match. Raises TooManyRegions."""
        for at, row in enumerate(self.rows):
            bit, earlier = 1 << at, (1 << at) - 1
            within = tuple(_matching(classes, bit) for classes in self.columns)
            if earlier and all(within) and _Search(within).uncovered(earlier) is None:
                yield row

    def same_tests(self) -> Iterable[tuple[PlannedRow, PlannedRow]]:
        """Each two rows that match the very same records."""
        for (left, first), (right, second) in combinations(enumerate(self.rows), 2):
            bits = (1 << left, 1 << right)
            if all(
                bool(each.rows & bits[0]) == bool(each.rows & bits[1])
                for classes in self.columns
                for each in classes
            ):
                yield first, second

    def _said(self, found: "Sequence[_Class] | None") -> str | None:
        if found is None:
            return None
        parts = [
            f"{label} = {each.example}"
            for label, each, classes in zip(self.labels, found, self.columns, strict=True)
            if len(classes) > 1 or not each.rows
        ]
        return ", ".join(parts) or "every record"


def _matching(classes: tuple[_Class, ...], rows: int) -> tuple[_Class, ...]:
    return tuple(each for each in classes if each.rows & rows == rows)


class _Search:
    """Looks for a cell of the grid that none of some rows covers."""

    def __init__(self, columns: tuple[tuple[_Class, ...], ...]) -> None:
        self._columns = columns
        self._covered: set[tuple[int, int]] = set()
        self._steps = 0
        everywhere = [self._everywhere(classes) for classes in columns]
        self._free = [-1] * (len(columns) + 1)
        for at in range(len(columns) - 1, -1, -1):
            self._free[at] = self._free[at + 1] & everywhere[at]

    def _everywhere(self, classes: tuple[_Class, ...]) -> int:
        found = -1
        for each in classes:
            found &= each.rows
        return found

    def uncovered(self, rows: int, at: int = 0) -> list[_Class] | None:
        if at == len(self._columns):
            return None if rows else []
        if rows & self._free[at] or (at, rows) in self._covered:
            return None
        self._steps += 1
        if self._steps > STEPS_MAX:
            raise TooManyRegions
        seen: set[int] = set()
        for each in self._columns[at]:
            left = rows & each.rows
            if left not in seen:
                seen.add(left)
                below = self.uncovered(left, at + 1)
                if below is not None:
                    return [each, *below]
        self._covered.add((at, rows))
        return None


def grid_of(table: PlannedTable, plan: Plan) -> Grid:
    """The table as a grid, within the declared bounds of its inputs."""
    rows = table.in_order
    columns = tuple(
        _classes(column, [row.cells[at] for row in rows], plan)
        for at, column in enumerate(table.columns)
    )
    return Grid(columns, tuple(column.declaration.name for column in table.columns), rows)


def _classes(column: PlannedColumn, cells: list[CellTests], plan: Plan) -> tuple[_Class, ...]:
    declared = next((item for item in plan.inputs if item.name == column.name), None)
    bounds = Range()
    closed: tuple[str, ...] = ()
    if declared is not None:
        read = cell_reader(declared.type)
        low = None if declared.low is None else read(declared.low)
        high = None if declared.high is None else read(declared.high)
        bounds, closed = Range(low=low, high=high), declared.values
    if column.type.kind in {Kind.TEXT, Kind.BOOLEAN}:
        found = _of_names(column.type, cells, closed)
    else:
        found = _of_numbers(column.type, cells, bounds)
    if column.tests_missing and column.name not in plan.never_null:
        found.append(_Class("missing", _bits(_takes_missing(cell) for cell in cells)))
    merged: dict[int, _Class] = {}
    for each in found:
        merged.setdefault(each.rows, each)
    return tuple(merged.values())


def _bits(takes: Iterable[bool]) -> int:
    return sum(1 << at for at, each in enumerate(takes) if each)


def _takes_missing(cell: CellTests) -> bool:
    return cell.takes_anything or (cell.names_missing and not cell.is_denied)


def _of_names(type_: Type, cells: list[CellTests], closed: tuple[str, ...]) -> list[_Class]:
    named = {value: None for cell in cells for value in _named(cell)}
    if type_ == BOOLEAN:
        return [_Class(str(value).lower(), _taking(cells, value)) for value in (True, False)]
    if closed:
        return [_Class(f"'{value}'", _taking(cells, value)) for value in closed]
    found = [_Class(f"'{value}'", _taking(cells, value)) for value in named]
    return [*found, _Class(OTHER, _taking(cells, None))]


def _named(cell: CellTests) -> list[Cell]:
    return sorted(
        (value for test in cell.tests if test.range for value in test.range.among or ()), key=str
    )


def _taking(cells: list[CellTests], value: Cell | None) -> int:
    """The rows whose cell takes a value; None is a value that no cell names."""

    def takes(cell: CellTests) -> bool:
        if cell.takes_anything:
            return True
        is_named = value in _named(cell)
        return is_named is not cell.is_denied

    return _bits(map(takes, cells))


def _of_numbers(type_: Type, cells: list[CellTests], bounds: Range) -> list[_Class]:
    ends = _span(_within_type(type_), type_)
    low, high = _span(bounds, type_)
    low, high = max(low, ends[0]), min(high, ends[1])
    spans = [[_span(part, type_) for part in _ranges(cell)] for cell in cells]
    cuts = {low, high} | {end for row in spans for span in row for end in span if low < end < high}
    found: list[_Class] = []
    for left, right in pairwise(sorted(cuts)):
        takes = _bits(
            cell.takes_anything
            or any(start <= left and right <= end for start, end in row) is not cell.is_denied
            for cell, row in zip(cells, spans, strict=True)
        )
        found.append(_Class(_example(left, right, type_), takes))
    return found


def _ranges(cell: CellTests) -> list[Range]:
    found: list[Range] = []
    for test in cell.tests:
        if test.range is None:
            continue
        if test.range.among is None:
            found.append(test.range)
        else:
            found += [Range(low=value, high=value) for value in test.range.among]
    return found


def _span(range_: Range, type_: Type) -> tuple[Cut, Cut]:
    """A range from one cut to the next; values of all types but DOUBLE are whole units."""
    low, high = _LOWEST, _HIGHEST
    if range_.low is not None:
        low = _cut(range_.low, after=not range_.low_included, type_=type_)
    if range_.high is not None:
        high = _cut(range_.high, after=range_.high_included, type_=type_)
    return low, high


def _cut(cell: Cell, *, after: bool, type_: Type) -> Cut:
    number = cast("int", cell)
    if type_.kind is Kind.DOUBLE:
        return number, int(after)
    return number + after, 0


def _within_type(type_: Type) -> Range:
    limit = 10**type_.precision - 1
    return {
        Kind.INTEGER: Range(low=INTEGER_MIN, high=INTEGER_MAX),
        Kind.DECIMAL: Range(low=-limit, high=limit),
        Kind.DATE: Range(low=1, high=DAY_MAX),
        Kind.TIMESTAMP: Range(low=MICROSECOND_MIN, high=MICROSECOND_MAX),
    }.get(type_.kind, Range())


def _example(left: Cut, right: Cut, type_: Type) -> str:
    """A value between two cuts: the lowest, or the highest where it goes down without end."""
    is_double = type_.kind is Kind.DOUBLE
    low, high = _span(_within_type(type_), type_)
    if is_double and left == _LOWEST and right == _HIGHEST:
        return "0.0"
    if left == low:
        value = right[0] - 1
        if low[0] <= 0 < right[0]:
            value = 0
    elif is_double and left[1]:
        value = left[0] + 1 if right == high else (left[0] + right[0]) / 2
    else:
        value = left[0]
    cell = float(value) if is_double else int(value)
    shown = as_text(value_of(cell, type_))
    return str(shown)
