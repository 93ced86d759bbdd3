"""Random decision tables over the inputs of `draws`, and what they must answer, told plainly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from goodstanding.language.types import Cell

Truth = bool | None
Test = Callable[[Cell], bool]
HITS = ("unique", "first", "priority", "collect", "collect sum", "collect min", "collect max")
_VALUES: Mapping[str, list[tuple[str, Cell]]] = {
    "i": [("-7", -7), ("0", 0), ("1", 1), ("600", 600), ("9223372036854775807", 2**63 - 1)],
    "money": [("-0.01", -1), ("0", 0), ("1.00", 100), ("99.99", 9999)],
    "x": [("-1", -1.0), ("0.3", 0.3), ("2.5", 2.5)],
    "d": [("0001-01-01", 1), ("2024-02-29", 738_945), ("9999-12-31", 3_652_059)],
    "t": [("'a'", "a"), ("'it''s'", "it's"), ("'a|b'", "a|b"), ("''", ""), ("'straße'", "straße")],
}


@dataclass(frozen=True)
class DrawnCell:
    """A cell as text, and what it says of a value that is there and of one that is not."""

    text: str
    holds: Test | None
    takes_missing: bool = False


@dataclass(frozen=True)
class DrawnTable:
    """A table as text and by its parts."""

    hit: str
    names: tuple[str, ...]
    rows: tuple[tuple[DrawnCell, ...], ...]
    priorities: tuple[int, ...]
    amounts: tuple[int | None, ...]
    text: str

    def matches(self, record: Mapping[str, Cell | None]) -> list[Truth]:
        """Of each row, whether it matches: None where a missing value leaves that open."""
        asks = [
            any("missing" in row[at].text for row in self.rows) for at in range(len(self.names))
        ]
        return [
            _all(
                _cell(cell, record[name], asked=asked)
                for cell, name, asked in zip(row, self.names, asks, strict=True)
            )
            for row in self.rows
        ]

    def row(self, record: Mapping[str, Cell | None]) -> str | None:
        """The value `<table>_row`: an id, ids, empty, or None where it is open."""
        found = self.matches(record)
        if self.hit.startswith("collect"):
            return (
                None if None in found else " ".join(f"R{at}" for at, it in enumerate(found) if it)
            )
        if self.hit == "unique" and True in found:
            return f"R{found.index(True)}"
        for at in self._order():
            if found[at] is not False:
                return f"R{at}" if found[at] else None
        return ""

    def amount(self, record: Mapping[str, Cell | None]) -> int | None:
        """The output `amount`."""
        found = self.matches(record)
        if self.hit == "collect sum":
            parts = [
                (match, amount)
                for match, amount in zip(found, self.amounts, strict=True)
                if amount is not None
            ]
            return None if None in dict(parts) else sum(it for match, it in parts if match)
        if self.hit in {"collect min", "collect max"}:
            order = sorted(
                (at for at, amount in enumerate(self.amounts) if amount is not None),
                key=lambda at: (self.amounts[at] or 0) * (1 if self.hit.endswith("min") else -1),
            )
            for at in order:
                if found[at] is not False:
                    return self.amounts[at] if found[at] else None
            return None
        row = self.row(record)
        return self.amounts[int(row[1:])] if row else None

    def _order(self) -> list[int]:
        order = list(range(len(self.rows)))
        return (
            sorted(order, key=lambda at: self.priorities[at]) if self.hit == "priority" else order
        )


def _all(parts: "list[Truth] | object") -> Truth:
    found = list(parts)  # pyright: ignore[reportArgumentType]
    return False if False in found else None if None in found else True


def _cell(cell: DrawnCell, value: Cell | None, *, asked: bool) -> Truth:
    if cell.holds is None:
        return True
    if value is None:
        return cell.takes_missing if asked else None
    return cell.holds(value)


@st.composite
def tables(draw: st.DrawFn, name: str = "drawn_table") -> DrawnTable:
    """A table of one to four rows over two of the inputs, of any hit policy."""
    hit = draw(st.sampled_from(HITS))
    names = tuple(
        draw(st.lists(st.sampled_from([*_VALUES, "p"]), min_size=1, max_size=3, unique=True))
    )
    rows = tuple(
        tuple(draw(_cells(column)) for column in names) for _ in range(draw(st.integers(1, 4)))
    )
    priorities = tuple(draw(st.permutations(range(len(rows)))))
    amounts = tuple(draw(st.none() | st.integers(-50, 50)) for _ in rows)
    head = ["row", *names]
    results = [] if hit == "collect" else ["amount"]
    results += ["priority"] if hit == "priority" else []
    lines = [" | ".join(head) + " || " + " | ".join([*results, "effect", "reason", "points"])]
    for at, row in enumerate(rows):
        gives = [] if hit == "collect" else ["-" if amounts[at] is None else str(amounts[at])]
        gives += [str(priorities[at])] if hit == "priority" else []
        effect = draw(st.sampled_from(["decline", "refer", "note", "-"]))
        reason = "R" if effect in {"decline", "refer"} else "-"
        gives += [effect, reason, str(draw(st.integers(-3, 9)))]
        tests = [f"R{at}", *(cell.text for cell in row)]
        lines.append(" | ".join(tests) + " || " + " | ".join(gives))
    missing = draw(st.sampled_from(["refer", "decline", "ignore"]))
    outputs = "" if hit == "collect" else "    outputs: {amount: INTEGER}\n"
    block = "".join(f"      {line}\n" for line in lines)
    text = f"  {name}:\n    hit: {hit}\n    on_missing: {missing}\n{outputs}    rows: |\n{block}"
    return DrawnTable(hit, names, rows, priorities, amounts, text)


@st.composite
def _cells(draw: st.DrawFn, name: str) -> DrawnCell:
    kind = draw(st.sampled_from(["any", "set", "not", "range", "compare", "missing"]))
    if kind == "any":
        return DrawnCell("-", None)
    if kind == "missing":
        return draw(
            st.sampled_from(
                [
                    DrawnCell("missing", lambda _: False, takes_missing=True),
                    DrawnCell("not (missing)", lambda _: True),
                ]
            )
        )
    if name == "p":
        wanted = draw(st.booleans())
        return DrawnCell(str(wanted).lower(), lambda value: value is wanted)
    if name == "x" and kind in {"set", "not"}:
        kind = "compare"
    if name == "t" and kind in {"range", "compare"}:
        kind = "set"
    if kind in {"set", "not"}:
        chosen = draw(st.lists(st.sampled_from(_VALUES[name]), min_size=1, max_size=3))
        cells = {cell for _, cell in chosen}
        written = ", ".join(text for text, _ in chosen)
        if kind == "set":
            return DrawnCell(written, lambda value: value in cells)
        return DrawnCell(f"not ({written})", lambda value: value not in cells)
    return draw(_ordered(name, kind))


@st.composite
def _ordered(draw: st.DrawFn, name: str, kind: str) -> DrawnCell:
    values = _VALUES[name]
    if kind == "compare":
        text, cell = draw(st.sampled_from(values))
        sign = draw(st.sampled_from(["<", "<=", ">", ">="]))
        return DrawnCell(f"{sign} {text}", _compares(sign, cell))
    low = draw(st.integers(0, len(values) - 2))
    high = draw(st.integers(low + 1, len(values) - 1))
    opening, closing = draw(st.sampled_from("[(")), draw(st.sampled_from("])"))
    above = _compares(">=" if opening == "[" else ">", values[low][1])
    below = _compares("<=" if closing == "]" else "<", values[high][1])
    text = f"{opening}{values[low][0]}, {values[high][0]}{closing}"
    return DrawnCell(text, lambda value: above(value) and below(value))


def _compares(sign: str, end: Cell) -> Test:
    return {
        "<": lambda value: value < end,
        "<=": lambda value: value <= end,
        ">": lambda value: value > end,
        ">=": lambda value: value >= end,
    }[sign]  # pyright: ignore[reportReturnType, reportOperatorIssue]
