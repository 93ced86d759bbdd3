"""The section `tables` of a policy: decision tables, their rows written as a block of text.

    rows: |
      row  | category      | age     || level      | effect | reason
      TOYS | 'toys'        | [0, 12) || 'enhanced' | refer  | YOUNG
      REST | -             | -       || 'standard' | -      | -

`||` parts what is tested from what comes of it; `-` tests nothing, or gives nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from goodstanding.policies.engine.definition import (
    ColumnDeclaration,
    DecisionRow,
    DecisionTable,
    HitPolicy,
    OnMissing,
    OutputDeclaration,
)
from goodstanding.policies.engine.document import Scalar, Table
from goodstanding.policies.engine.evaluation import Effect
from goodstanding.policies.engine.mistakes import Place, nearest
from goodstanding.policies.engine.section import NAME, Section, read_type, unique

ROWS_MAX = 200
COLUMNS_MAX = 24
NOTHING = "-"
_ROW_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)
_EFFECTS = (Effect.DECLINE, Effect.REFER, Effect.NOTE)
_OWN = ("priority", "effect", "reason", "points", "label")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the block: cells before and after `||`."""

    tests: tuple[Scalar, ...]
    results: tuple[Scalar, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class _Head:
    """The names of the columns."""

    columns: tuple[Scalar, ...]
    results: tuple[Scalar, ...]


def read_tables(root: Section) -> tuple[DecisionTable, ...]:
    """The decision tables in their order."""
    return tuple(_table(name, section) for name, section in root.sections("tables"))


def _table(name: str, section: Section) -> DecisionTable:
    hit = section.choice("hit", HitPolicy) or HitPolicy.UNIQUE
    on_missing = _on_missing(section)
    label = section.text("label", default=name.replace("_", " "))
    written = _written_columns(section)
    outputs = tuple(_outputs(section))
    rows_at = section.scalar("rows", required=True)
    columns: tuple[ColumnDeclaration, ...] = ()
    rows: tuple[DecisionRow, ...] = ()
    if rows_at is not None:
        reader = _Block(section, rows_at, written, outputs, hit)
        columns, rows = reader.read(label=label)
    section.finish()
    return DecisionTable(
        name=name,
        label=label,
        hit=hit,
        on_missing=on_missing,
        columns=columns,
        outputs=outputs,
        rows=rows,
        place=section.place,
    )


def _on_missing(section: Section) -> OnMissing | None:
    if not section.has("on_missing"):
        section.scalar("on_missing")
        return None
    found = None
    if isinstance(section.node("on_missing"), Table):
        found = OnMissing.DEFAULT
    else:
        found = section.choice("on_missing", OnMissing)
    if found is OnMissing.DEFAULT:
        section.fault(
            "on_missing",
            "A table has no default for a missing value.",
            "Write a row whose cell is `missing`, or refer, decline or ignore.",
        )
        return None
    return found


def _written_columns(section: Section) -> dict[str, Scalar]:
    """Columns that read more than the name at their head."""
    outer = section.section("inputs")
    found: dict[str, Scalar] = {}
    for name in outer.names() if outer else ():
        written = outer.scalar(name, required=True) if outer else None
        if written is not None:
            found[name] = written
    return found


def _outputs(section: Section) -> Iterator[OutputDeclaration]:
    outer = section.section("outputs")
    for name in outer.names() if outer else ():
        if outer is None:
            return
        label, place, holder = name.replace("_", " "), outer.table.entries[name].place, outer
        key = name
        if isinstance(outer.node(name), Table):
            inner = outer.section(name)
            if inner is None:
                continue
            holder, key = inner, "type"
            label = inner.text("label", default=label)
        type_ = read_type(holder, key)
        if holder is not outer:
            holder.finish()
        yield OutputDeclaration(name=name, type=type_, label=label, place=place)


class _Block:
    """Reads the rows of one table."""

    def __init__(
        self,
        section: Section,
        written: Scalar,
        columns: dict[str, Scalar],
        outputs: tuple[OutputDeclaration, ...],
        hit: HitPolicy,
    ) -> None:
        self._section = section
        self._written = written
        self._columns = columns
        self._outputs = [output.name for output in outputs]
        self._hit = hit
        self._path = section.path_of("rows")

    def read(self, *, label: str) -> tuple[tuple[ColumnDeclaration, ...], tuple[DecisionRow, ...]]:
        if self._written.style != "|":
            self._fault(
                self._written.place,
                "The rows of a table are a block of lines.",
                "Write `rows: |` and below it a line of heads, then one line a row.",
            )
            return (), ()
        lines = list(self._lines())
        if len(lines) < 2 or len(lines) > ROWS_MAX + 1:
            self._fault(
                self._written.place,
                f"A table has 1 to {ROWS_MAX} rows below its heads; this one has"
                f" {max(0, len(lines) - 1)}.",
                "Split it into tables of fewer columns, or keep a list.",
            )
            return (), ()
        head = self._head(lines[0])
        if head is None:
            return (), ()
        rows = [self._row(line, head, table=label) for line in lines[1:]]
        kept = tuple(row for row in rows if row is not None)
        unique(
            ((row.id, row.place) for row in kept),
            what="row",
            path=self._path,
            log=self._section.log,
        )
        return tuple(map(self._column, head.columns)), kept

    def _fault(self, place: Place, message: str, mend: str) -> None:
        self._section.log.add(place, self._path, message, mend)

    def _lines(self) -> Iterator[_Line]:
        for line, (row, indent) in self._placed():
            halves: list[list[Scalar]] = [[]]
            for start, text in _cells(line):
                if text is None:
                    halves.append([])
                    continue
                lead = len(text) - len(text.lstrip())
                place = Place(row, indent + start + 1 + (lead if text.strip() else 0))
                halves[-1].append(Scalar(text.strip(), place, "", text.strip()))
            place = halves[0][0].place if halves[0] else self._written.place
            if len(halves) != 2:
                self._fault(
                    place,
                    "A line has one `||` between what is tested and what comes of it.",
                    "Write `row | column || output`.",
                )
                continue
            yield _Line(tuple(halves[0]), tuple(halves[1]), place)

    def _placed(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """The lines that hold anything, each with its number in the file and its indentation."""
        in_file = self._written.source.split("\n")
        for at, line in enumerate(self._written.text.split("\n")):
            if line.strip():
                indent = in_file[at].find(line.strip()) - line.find(line.strip())
                yield line, (self._written.place.line + at, indent)

    def _head(self, line: _Line) -> _Head | None:
        first, columns, results = line.tests[0], line.tests[1:], line.results
        if first.text != "row":
            self._fault(first.place, "The first column holds the id of each row.", "Head it `row`.")
            return None
        before = len(self._section.log.mistakes)
        if not columns or len(columns) + len(results) > COLUMNS_MAX:
            self._fault(
                first.place,
                f"A table tests 1 to {COLUMNS_MAX} columns, its results counted.",
                "Derive a value from several, and test that.",
            )
        for cell in columns:
            if NAME.fullmatch(cell.text) is None:
                self._fault(cell.place, f"{cell.text!r} is no name.", "Use small letters and _.")
        known = (*self._outputs, *_OWN)
        for cell in results:
            if cell.text not in known:
                mend = nearest(cell.text, known) or "Declare it under `outputs: {name: type}`."
                self._fault(cell.place, f"The table has no output {cell.text!r}.", mend)
        heads = [cell.text for cell in results]
        for name in self._outputs:
            if name not in heads:
                self._fault(
                    first.place,
                    f"No column gives the output {name!r}.",
                    "Add a column of that head right of `||`.",
                )
        for name in self._columns:
            if name not in [cell.text for cell in columns]:
                mend = "Add a column of that head left of `||`."
                self._fault(first.place, f"No column is headed {name!r}.", mend)
        unique(
            ((cell.text, cell.place) for cell in (*columns, *results)),
            what="column",
            path=self._path,
            log=self._section.log,
        )
        self._check_hit(first.place, heads)
        return None if len(self._section.log.mistakes) > before else _Head(columns, results)

    def _check_hit(self, place: Place, heads: list[str]) -> None:
        is_priority = self._hit is HitPolicy.PRIORITY
        if is_priority != ("priority" in heads):
            mend = "Write `hit: priority` and a column `priority`, or neither."
            self._fault(place, "Rows have a priority exactly under that hit policy.", mend)
        gathers = self._hit.is_collect and self._hit is not HitPolicy.COLLECT
        if self._hit is HitPolicy.COLLECT and self._outputs:
            self._fault(
                place,
                "Several rows may match, and an output holds one value.",
                "Write `collect sum`, `collect min` or `collect max`, or leave the outputs out.",
            )
        if gathers and not self._outputs:
            self._fault(place, "Nothing is gathered.", "Declare an output.")
        if not self._outputs and "effect" not in heads:
            self._fault(
                place,
                "Nothing comes of the table.",
                "Give it an output, or a column `effect` with `reason`.",
            )

    def _column(self, head: Scalar) -> ColumnDeclaration:
        written = self._columns.get(head.text, head)
        return ColumnDeclaration(
            name=head.text, written=written, path=self._path, place=written.place
        )

    def _row(self, line: _Line, head: _Head, *, table: str) -> DecisionRow | None:
        wanted = (len(head.columns) + 1, len(head.results))
        if (len(line.tests), len(line.results)) != wanted:
            self._fault(
                line.place,
                f"This row has {len(line.tests)} and {len(line.results)} cells, the heads"
                f" {wanted[0]} and {wanted[1]}.",
                "Write a `-` where a cell tests or gives nothing.",
            )
            return None
        first, cells = line.tests[0], dict(zip(_texts(head.results), line.results, strict=True))
        if _ROW_ID.fullmatch(first.text) is None:
            mend = "Use letters, digits, _ and -: TOYS."
            self._fault(first.place, f"{first.text!r} is no id of a row.", mend)
        effect = self._effect(cells.get("effect"))
        reason = self._said(cells.get("reason"))
        if effect in {Effect.DECLINE, Effect.REFER} and not reason:
            self._fault(
                first.place,
                f"Row {first.text} asks for {effect} and gives no reason.",
                "Add a column `reason` with its code.",
            )
        for cell in (*line.tests[1:], *line.results):
            if not cell.text:
                self._fault(cell.place, "A cell is empty.", "Write `-` for nothing.")
        return DecisionRow(
            id=first.text,
            tests=line.tests[1:],
            values=tuple(cells[output] for output in self._outputs),
            effect=effect,
            reason=reason,
            points=self._number(cells.get("points")),
            priority=self._number(cells.get("priority")),
            label=self._said(cells.get("label")) or f"Row {first.text} of {table}",
            place=first.place,
        )

    def _said(self, cell: Scalar | None) -> str:
        return "" if cell is None or cell.text == NOTHING else cell.text

    def _effect(self, cell: Scalar | None) -> Effect | None:
        text = self._said(cell)
        if cell is None or not text:
            return None
        if text not in _EFFECTS:
            self._fault(
                cell.place, f"{text!r} is no effect of a row.", "Use decline, refer, note or -."
            )
            return None
        return Effect(text)

    def _number(self, cell: Scalar | None) -> int:
        text = self._said(cell)
        if cell is None or not text:
            return 0
        if _INTEGER.fullmatch(text) is None:
            self._fault(cell.place, f"{text!r} is no whole number.", "Write digits, such as 25.")
            return 0
        return int(text)


def _texts(cells: tuple[Scalar, ...]) -> tuple[str, ...]:
    return tuple(cell.text for cell in cells)


def _cells(line: str) -> Iterator[tuple[int, str | None]]:
    """Each cell with its offset; None where `||` stands. Bars in quotes part nothing."""
    start, at, is_quoted = 0, 0, False
    while at < len(line):
        if line[at] == "'":
            is_quoted = not is_quoted
        elif line[at] == "|" and not is_quoted:
            yield start, line[start:at]
            if line.startswith("||", at):
                yield at, None
                at += 1
            start = at + 1
        at += 1
    yield start, line[start:]
