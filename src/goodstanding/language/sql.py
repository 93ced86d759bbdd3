"""What the SQL engines share: logic, comparisons, CASE, and how a value is used twice.

SQL has three-valued logic of its own, so conditions are emitted as they stand; every name is
quoted, every constant has an explicit type, and no character of a text can be taken for a
placeholder or an escape by an engine or a driver. An operation that could raise gets operands
that are NULL wherever it would.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from math import inf, nextafter

from goodstanding.language.boundary import format_value
from goodstanding.language.expression import Expression
from goodstanding.language.patterns import runs_of, write_pattern
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
from goodstanding.language.types import DOUBLE, INTEGER_MAX, INTEGER_MIN, Cell, Kind, Type

LONG = 200  # characters above which a text that is needed twice is bound instead of repeated
_RISKY = re.compile(r"['\\%:?${}@~^\x01-\x1f\x7f]")
_COMPARISONS = {name: name for name in ("=", "<>", "<", "<=", ">", ">=", "||")}
_COMPARISONS["is_distinct"] = "IS DISTINCT FROM"
_SUFFIXES = {"is_null": "IS NULL", "is_true": "IS TRUE", "is_false": "IS FALSE"}

INTEGER_TEXT = "^[+-]?[0-9]{1,19}$"
DECIMAL_TEXT = "^[+-]?[0-9]+([.][0-9]+)?$"
DAY_TEXT = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DOUBLE_LIMIT = str(2**1024 - 2**970)  # the least whole number that is no finite DOUBLE
# Decimals of 2**-1075: what is not greater is nearer to 0 than to any DOUBLE.
DOUBLE_NOUGHT = f"{5**1075:01075d}"


class SqlEmitter(ABC):
    """Emits one engine's SQL; `column` gives the text of an input, `lists` the lists' cells."""

    special: frozenset[str] = frozenset()  # characters that this engine reads in a text

    def __init__(
        self,
        *,
        column: Callable[[str], str],
        lists: Mapping[str, Collection[Cell]] | None = None,
    ) -> None:
        self._column = column
        self._lists = lists or {}
        self._bound = 0

    def emit(self, expression: Expression) -> str:
        """The expression as one scalar of this engine's SQL, in brackets where needed."""
        return self.text(expression.tree)

    def text(self, node: Node) -> str:
        match node:
            case Literal():
                return self.literal(node.value, node.type)
            case Input():
                return self._column(node.name)
            case Case():
                return self._case(node)
            case Like():
                return self.like(node)
            case InList():
                return self._in_list(node)
            case Operation():
                return self._operation(node)

    def literal(self, value: Cell | None, of: Type) -> str:
        """A constant with its type."""
        if value is None:
            return f"CAST(NULL AS {self.type_name(of)})"
        if of.kind is Kind.BOOLEAN:
            return "TRUE" if value else "FALSE"
        if of.kind is Kind.TEXT:
            return self.quote(str(value))
        return f"CAST('{format_value(of, value)}' AS {self.type_name(of)})"

    def quote(self, text: str) -> str:
        """A text constant; characters that some syntax gives a meaning are spelt by number."""
        pieces: list[str] = []
        rest = 0
        for found in _RISKY.finditer(text):
            if found[0] == "'" and "'" not in self.special:
                continue
            pieces += [self._plain(text[rest : found.start()]), self.character(ord(found[0]))]
            rest = found.end()
        kept = [piece for piece in (*pieces, self._plain(text[rest:])) if piece]
        return f"({' || '.join(kept)})" if len(kept) > 1 else (kept or ["''"])[0]

    def _plain(self, text: str) -> str:
        return "'" + text.replace("'", "''") + "'" if text else ""

    @abstractmethod
    def type_name(self, of: Type) -> str:
        """The engine's name of a type."""

    @abstractmethod
    def character(self, code: int) -> str:
        """The engine's text of one ASCII character by its number."""

    @abstractmethod
    def bind(self, text: str, body: Callable[[str], str]) -> str:
        """`body` over a name for the value of `text`, which is calculated once."""

    @abstractmethod
    def operations(self) -> Mapping[str, Callable[[Operation], str]]:
        """The engine's own operations by name."""

    def comparable(self, text: str, of: Type) -> str:
        """The text of a value whose order is asked; code points for TEXT."""
        del of
        return text

    def once(self, text: str, body: Callable[[str], str]) -> str:
        """`body` over the text itself where that is short, else over a bound name."""
        return body(text) if len(text) <= LONG else self.bind(text, body)

    def twice(self, texts: Sequence[str], body: Callable[[str, str], str]) -> str:
        """`once` for two texts."""
        first, second = texts
        return self.once(first, lambda one: self.once(second, lambda two: body(one, two)))

    def arguments(self, node: Operation) -> list[str]:
        return [self.text(argument) for argument in node.arguments]

    def fresh_name(self) -> str:
        self._bound += 1
        return f"gs_t{self._bound}"

    def _operation(self, node: Operation) -> str:
        own = self.operations().get(node.name)
        if own is not None:
            return own(node)
        of = node.arguments[0].type
        texts = [self.comparable(text, of) for text in self.arguments(node)]
        if node.name in _COMPARISONS:
            return f"({texts[0]} {_COMPARISONS[node.name]} {texts[1]})"
        if node.name in _SUFFIXES:
            return f"({texts[0]} {_SUFFIXES[node.name]})"
        match node.name:
            case "and" | "or":
                return f"({f' {node.name.upper()} '.join(texts)})"
            case "not":
                return f"(NOT {texts[0]})"
            case "in":
                return f"({texts[0]} IN ({', '.join(texts[1:])}))"
            case "between":
                low, high = texts[1:]
                return self.once(texts[0], lambda x: f"({x} >= {low} AND {x} <= {high})")
            case "nullif":
                return self.once(
                    texts[0], lambda x: f"CASE WHEN {x} = {texts[1]} THEN NULL ELSE {x} END"
                )
            case _:
                return f"{node.name}({', '.join(texts)})"

    def extreme(self, node: Operation) -> str:
        """min_of and max_of: the engines' least and greatest, which pass over NULL, guarded."""
        function = "least" if node.name == "min_of" else "greatest"
        of = node.type

        def compare(left: str, right: str) -> str:
            known = f"{left} IS NOT NULL AND {right} IS NOT NULL"
            sides = f"{self.comparable(left, of)}, {self.comparable(right, of)}"
            return when(known, f"{function}({sides})")

        first, *others = self.arguments(node)
        for other in others:
            first = f"({self.twice((first, other), compare)})"
        return first

    def substr(self, node: Operation) -> str:
        """substr with positions that exist; NULL below 1 and for a negative length."""
        text, start, *count = self.arguments(node)
        parts = [text, self._clamp(start, 1, node.arguments[1])]
        parts += [self._clamp(part, 0, node.arguments[2]) for part in count]
        return f"substring({', '.join(parts)})"

    def _clamp(self, text: str, least: int, node: Node) -> str:
        """A position or length, NULL below `least`, and never more than an engine takes."""
        if isinstance(node, Literal) and least <= int(node.value or 0) <= 10**9:
            return self.position(text)
        return self.position(
            self.once(
                text,
                lambda x: (
                    f"CASE WHEN {x} > 1000000000 THEN 1000000000 WHEN {x} >= {least} THEN {x} END"
                ),
            )
        )

    def position(self, text: str) -> str:
        """A clamped position in the type that substring takes."""
        return text

    def _case(self, node: Case) -> str:
        operand = "" if node.operand is None else f" {self.text(node.operand)}"
        branches = "".join(
            f" WHEN {self.text(branch.when)} THEN {self.text(branch.then)}"
            for branch in node.branches
        )
        return f"(CASE{operand}{branches} ELSE {self.text(node.default)} END)"

    def like(self, node: Like) -> str:
        """Whether a text has a pattern."""
        plain = "".join(part for part in node.pattern if not isinstance(part, Wildcard))
        escape = next(mark for mark in "!#|&;" if mark not in plain or mark == ";")
        runs = (write_pattern(run, escape) for run in runs_of(node.pattern))
        pattern = self.quote(Wildcard.ANY_RUN.value.join(runs))
        return f"({self.text(node.operand)} LIKE {pattern} ESCAPE '{escape}')"

    def _in_list(self, node: InList) -> str:
        members = sorted(self._lists[node.name], key=repr)
        operand = self.text(node.operand)
        if not members:
            return f"CASE WHEN {operand} IS NOT NULL THEN FALSE END"
        texts = ", ".join(self.literal(member, node.operand.type) for member in members)
        return f"({operand} IN ({texts}))"


def when(condition: str, value: str) -> str:
    """The value where the condition holds, else NULL."""
    return f"CASE WHEN {condition} THEN {value} END"


def quote_name(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def last_day_text(year: str, month: str) -> str:
    """The number of days of a month."""
    leap = f"({year} % 4 = 0 AND ({year} % 100 <> 0 OR {year} % 400 = 0))"
    return (
        f"CASE WHEN {month} = 2 THEN CASE WHEN {leap} THEN 29 ELSE 28 END"
        f" WHEN {month} IN (4, 6, 9, 11) THEN 30 ELSE 31 END"
    )


def in_64_bits(text: str) -> str:
    """The condition that a wide whole number is an INTEGER."""
    return f"{text} BETWEEN {INTEGER_MIN} AND {INTEGER_MAX}"


def units_limit(source: Type, target: Type) -> int | None:
    """The greatest magnitude, in units of the source, that still fits the target when rounded.

    None where every value of the source fits.
    """
    greatest = 10**target.precision - 1
    steps = source.scale - target.scale
    if steps <= 0:
        limit = greatest // 10**-steps
    else:
        limit = greatest * 10**steps + 10**steps // 2 - 1
    reach = INTEGER_MAX + 1 if source.kind is Kind.INTEGER else 10**source.precision - 1
    return None if reach <= limit else limit


def rounded_range(emitter: SqlEmitter, text: str, target: Type) -> str:
    """A DOUBLE that fits the DECIMAL, with 0 for what rounds to it, else NULL."""
    least, greatest = (emitter.literal(bound, DOUBLE) for bound in double_limits(target))
    nought, size = emitter.literal(0.0, DOUBLE), f"abs({text})"
    return f"CASE WHEN {size} < {least} THEN {nought} WHEN {size} <= {greatest} THEN {text} END"


def double_limits(target: Type) -> tuple[float, float]:
    """Of the DOUBLEs that fit the DECIMAL: the least that does not round to 0, and the greatest.

    Both by their shortest text, which is what is rounded.
    """
    least = Decimal("0.5").scaleb(-target.scale)
    above = (Decimal(10**target.precision) - Decimal("0.5")).scaleb(-target.scale)
    return _first_from(least), nextafter(_first_from(above), 0.0)


def _first_from(bound: Decimal) -> float:
    """The least DOUBLE whose shortest text is at least the bound."""
    candidate = float(bound)
    while Decimal(repr(candidate)) < bound:
        candidate = nextafter(candidate, inf)
    while Decimal(repr(nextafter(candidate, 0.0))) >= bound:
        candidate = nextafter(candidate, 0.0)
    return candidate
