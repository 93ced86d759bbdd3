"""One cell of a decision table: the tests it holds, typed, as a tree and as the values they take.

    -                 anything, a missing value too
    [0, 600)          between two ends, each taken in by its bracket
    >= 50, < 10       a comparison
    'GB', 'DE'        one of several values; tests of every kind may stand side by side
    not ('GB', 'DE')  none of them
    true, missing     a truth; no value at all

A value is a number, a text in quotes, a day, an instant, or the name of a constant.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from goodstanding.language.tree import Literal, Node, Operation
from goodstanding.language.types import BOOLEAN, Cell, Kind, Type
from goodstanding.policies.engine.definition import Constant
from goodstanding.policies.engine.document import Scalar
from goodstanding.policies.engine.mistakes import MistakeLog, Place, nearest, sentence
from goodstanding.policies.engine.ranges import Range
from goodstanding.policies.engine.values import NotOfType, cell_reader, read_text

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}[0-9TZ:.+-]*)"
    r"|(?P<number>[+-]?[0-9]+(?:\.[0-9]+)?)|(?P<name>[a-z_][a-z0-9_]*)"
    r"|(?P<mark>>=|<=|<>|[<>=,()\[\]]))",
    re.ASCII,
)
_ORDERS = {"<", "<=", ">", ">="}
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a cell: a range of values, or that there is none."""

    __test__ = False  # not a test of pytest

    range: Range | None

    @property
    def is_missing(self) -> bool:
        """Whether it asks for a missing value."""
        return self.range is None


@dataclass(frozen=True, slots=True)
class CellTests:
    """A cell: any of its tests, or with `is_denied` none of them. No tests take anything."""

    tests: tuple[Test, ...]
    is_denied: bool = False

    @property
    def takes_anything(self) -> bool:
        """Whether the cell tests nothing."""
        return not self.tests

    @property
    def names_missing(self) -> bool:
        """Whether the cell speaks of a missing value."""
        return any(test.is_missing for test in self.tests)


ANYTHING = CellTests(())


class _CellRefused(Exception):
    def __init__(self, message: str, mend: str, offset: int) -> None:
        super().__init__(message)
        self.message, self.mend, self.offset = message, mend, offset


def read_cell(
    written: Scalar,
    type_: Type,
    *,
    constants: Mapping[str, Constant],
    path: str,
    log: MistakeLog,
) -> CellTests:
    """The tests of a cell of a column of that type; after a fault, which is in the log, none."""
    if written.text == "-":
        return ANYTHING
    try:
        return _Cell(written.text, type_, constants).read()
    except _CellRefused as refused:
        at = Place(written.place.line, written.place.column + refused.offset)
        log.add(at, path, refused.message, refused.mend, code="table_cell")
        return ANYTHING


class _Cell:
    """Reads the tokens of one cell from left to right."""

    def __init__(self, text: str, type_: Type, constants: Mapping[str, Constant]) -> None:
        self._text, self._type, self._constants = text, type_, constants
        self._tokens = self._scan()
        self._at = 0

    def _scan(self) -> list[tuple[str, str, int]]:
        found: list[tuple[str, str, int]] = []
        at = 0
        while at < len(self._text):
            match = _TOKEN.match(self._text, at)
            if match is None:
                mend = _written_as(self._type) if self._type.kind is Kind.TEXT else ""
                raise self._refused(f"{self._text!r} is no test of a cell.", mend=mend, at=at)
            kind = match.lastgroup or ""
            found.append((kind, match[kind], match.start(kind)))
            at = match.end()
        return found

    def read(self) -> CellTests:
        is_denied = self._takes("name", "not")
        if is_denied:
            self._want("(")
        tests = [self._test()]
        while self._takes("mark", ","):
            tests.append(self._test())
        if is_denied:
            self._want(")")
        if self._at < len(self._tokens):
            raise self._refused(f"{self._tokens[self._at][1]!r} is not expected here.")
        return CellTests(tuple(tests), is_denied)

    def _test(self) -> Test:
        kind, text, _ = self._peek()
        if kind == "name" and text == "missing":
            self._at += 1
            return Test(None)
        if text in {"[", "("} and kind == "mark":
            return Test(self._interval())
        if kind == "mark" and text in {*_ORDERS, "=", "<>"}:
            return self._comparison()
        return Test(Range(among=frozenset({self._single()})))

    def _comparison(self) -> Test:
        _, operator, _ = self._next()
        if operator in _ORDERS:
            self._check_order()
            cell = self._value()
            is_low = operator.startswith(">")
            closed = operator.endswith("=")
            range_ = Range(low=cell, low_included=closed) if is_low else Range()
            return Test(range_ if is_low else Range(high=cell, high_included=closed))
        if operator == "<>":
            raise self._refused("A cell has no `<>`.", mend="Write `not (value)`.")
        return Test(Range(among=frozenset({self._single()})))

    def _interval(self) -> Range:
        self._check_order()
        _, opening, offset = self._next()
        low = self._value()
        self._want(",")
        high = self._value()
        closing = self._next()[1]
        if closing not in {"]", ")"}:
            raise self._refused("An interval ends with ] or ).", at=offset)
        found = Range(low, opening == "[", high, closing == "]")
        if found.is_empty:
            raise self._refused(
                "This interval holds nothing.", mend="Write the lower end first.", at=offset
            )
        return found

    def _check_order(self) -> None:
        if self._type.kind in {Kind.TEXT, Kind.BOOLEAN}:
            raise self._refused(
                f"{self._type} has no order to test.", mend="Name the values: 'GB', 'DE' or true."
            )

    def _single(self) -> Cell:
        if self._type.kind is Kind.DOUBLE:
            raise self._refused(
                "Equality of DOUBLE depends on the last bit, which engines do not share.",
                mend="Write an interval, or bring the column to DECIMAL.",
            )
        return self._value()

    def _value(self) -> Cell:
        kind, text, offset = self._next()
        if kind == "name" and text in _WORDS and self._type == BOOLEAN:
            return _WORDS[text]
        if kind == "name":
            return self._constant(text, offset)
        is_text = self._type.kind is Kind.TEXT
        if kind == "mark" or self._type == BOOLEAN or (kind == "text") is not is_text:
            raise self._refused(
                f"{text} is no {self._type}.", mend=_written_as(self._type), at=offset
            )
        plain = text[1:-1].replace("''", "'") if is_text else text
        try:
            return read_text(plain, self._type)
        except NotOfType as problem:
            said = str(problem)
            raise self._refused(
                f"{sentence(said)}.", mend=_written_as(self._type), at=offset
            ) from problem

    def _constant(self, name: str, offset: int) -> Cell:
        found = self._constants.get(name)
        if found is None:
            mend = nearest(name, self._constants)
            raise self._refused(
                f"There is no constant {name!r}.", mend=mend or _written_as(self._type), at=offset
            )
        try:
            return self._fitting(found)
        except NotOfType as problem:
            raise self._refused(
                f"The constant {name} does not fit {self._type}: {problem}.",
                mend=_written_as(self._type),
                at=offset,
            ) from problem

    def _fitting(self, constant: Constant) -> Cell:
        of = constant.type
        is_alike = of.kind is self._type.kind or (of.is_exact_number and self._type.is_number)
        if not is_alike:
            raise NotOfType(f"it is {of}")
        is_double = self._type.kind is Kind.DOUBLE
        value = float(str(constant.value)) if is_double else constant.value
        return cell_reader(self._type)(value)

    def _peek(self) -> tuple[str, str, int]:
        if self._at >= len(self._tokens):
            raise self._refused("The cell ends too early.", at=max(0, len(self._text) - 1))
        return self._tokens[self._at]

    def _next(self) -> tuple[str, str, int]:
        found = self._peek()
        self._at += 1
        return found

    def _takes(self, kind: str, text: str) -> bool:
        is_there = self._at < len(self._tokens) and self._tokens[self._at][:2] == (kind, text)
        self._at += is_there
        return is_there

    def _want(self, mark: str) -> None:
        _, text, offset = self._next()
        if text != mark:
            raise self._refused(f"A {mark} is wanted here, not {text!r}.", at=offset)

    def _refused(self, message: str, *, mend: str = "", at: int | None = None) -> _CellRefused:
        last = len(self._text) - 1
        if at is None:
            at = self._tokens[self._at][2] if self._at < len(self._tokens) else max(0, last)
        mend = mend or "Write such as [0, 600), >= 50, 'GB', 'DE', not ('GB'), true, missing or -."
        return _CellRefused(message, mend, at)


def _written_as(type_: Type) -> str:
    return {
        Kind.TEXT: "Put a text in single quotes: 'GB'.",
        Kind.BOOLEAN: "Write true or false.",
        Kind.DATE: "Write a day as 2026-11-22.",
        Kind.TIMESTAMP: "Write an instant as 2026-11-22T14:05:00Z.",
    }.get(type_.kind, "Write digits, or the name of a constant.")


def cell_tree(cell: CellTests, value: Node, *, is_two_valued: bool) -> Node | None:
    """The condition of a cell on the value of its column; None where it takes anything.

    `is_two_valued` makes a missing value fail the test instead of leaving it unknown: a column
    in which some row speaks of missing values is never unknown.
    """
    if cell.takes_anything:
        return None
    tree = _joined("or", _parts(cell.tests, value))
    if cell.is_denied:
        tree = Operation("not", (tree,), BOOLEAN)
    return Operation("is_true", (tree,), BOOLEAN) if is_two_valued else tree


def _parts(tests: tuple[Test, ...], value: Node) -> list[Node]:
    among = [cell for test in tests if test.range for cell in test.range.among or ()]
    found: list[Node] = []
    if among and value.type == BOOLEAN:
        found += [value if cell else Operation("not", (value,), BOOLEAN) for cell in among]
    elif among:
        members = [Literal(cell, value.type) for cell in dict.fromkeys(among)]
        found.append(Operation("=" if len(members) == 1 else "in", (value, *members), BOOLEAN))
    for test in tests:
        if test.range is None:
            found.append(Operation("is_null", (value,), BOOLEAN))
        elif test.range.among is None:
            found.append(_between(test.range, value))
    return found


def _between(range_: Range, value: Node) -> Node:
    parts: list[Node] = []
    if range_.low is not None:
        operator = ">=" if range_.low_included else ">"
        parts.append(Operation(operator, (value, Literal(range_.low, value.type)), BOOLEAN))
    if range_.high is not None:
        operator = "<=" if range_.high_included else "<"
        parts.append(Operation(operator, (value, Literal(range_.high, value.type)), BOOLEAN))
    return _joined("and", parts)


def _joined(word: str, parts: list[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        is_same = isinstance(part, Operation) and part.name == word
        flat += cast("Operation", part).arguments if is_same else (part,)
    return flat[0] if len(flat) == 1 else Operation(word, tuple(flat), BOOLEAN)


def row_tree(parts: list[Node]) -> Node:
    """The condition of a row: all of its cells; TRUE where none tests anything."""
    return _joined("and", parts) if parts else Literal(value=True, type=BOOLEAN)
