"""PostgreSQL 15 and later: for views beside the operational tables.

INTEGER arithmetic that can leave 64 bits runs in numeric and is checked after. PostgreSQL raises
where DOUBLE overflows or vanishes, so products and quotients are first calculated on operands
brought near 1 by powers of two, which is exact, and only done if the result exists. Columns have
the types boolean, bigint, numeric(p,s), double precision, text, date and timestamptz; texts
compare by code point whatever the database's collation is.
"""

from collections.abc import Callable, Collection, Mapping

from goodstanding.language.expression import Expression
from goodstanding.language.printer import format_units
from goodstanding.language.sql import (
    DECIMAL_TEXT,
    DOUBLE_LIMIT,
    DOUBLE_NOUGHT,
    quote_name,
    rounded_range,
    when,
)
from goodstanding.language.sql_functions import SqlFunctions
from goodstanding.language.tree import Operation
from goodstanding.language.types import DOUBLE, TEXT, Cell, Kind, Type

_TYPES = {
    Kind.BOOLEAN: "boolean",
    Kind.INTEGER: "bigint",
    Kind.DOUBLE: "double precision",
    Kind.TEXT: "text",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "timestamptz",
}
_NOUGHT = "CAST('0' AS double precision)"
# Steps that bring a magnitude near 1: from this bound on, times 2 to this power.
_STEPS = ((2.0**400, -712), (2.0**-400, 0), (2.0**-800, 400), (0.0, 600))


def emit_postgres(
    expression: Expression,
    *,
    column: Callable[[str], str] | None = None,
    lists: Mapping[str, Collection[Cell]] | None = None,
) -> str:
    """The expression as PostgreSQL's SQL; arguments as for `emit_duckdb`.

    Every `%` of a text is spelt by number, so the result is safe under any driver.
    """
    return PostgresEmitter(column=column or quote_name, lists=lists).emit(expression)


class PostgresEmitter(SqlFunctions):
    """Emits PostgreSQL's SQL."""

    wide = "numeric"
    containing = "(strpos({0}, {1}) > 0)"

    def type_name(self, of: Type) -> str:
        if of.kind is Kind.DECIMAL:
            return f"numeric({of.precision},{of.scale})"
        return _TYPES[of.kind]

    def character(self, code: int) -> str:
        return f"chr({code})"

    def bind(self, text: str, body: Callable[[str], str]) -> str:
        name = self.fresh_name()
        # OFFSET 0 keeps the planner from pasting the text back into each place.
        row = f"(SELECT {text} AS {name} OFFSET 0) AS {name}_row"
        return f"(SELECT {body(name)} FROM {row})"  # noqa: S608 - from the tree only

    def comparable(self, text: str, of: Type) -> str:
        return f'({text} COLLATE "C")' if of == TEXT else text

    def double_arithmetic(self, node: Operation, left: str, right: str) -> str:
        if node.name == "*":
            return self.twice((left, right), self._product)
        return self.twice((left, right), lambda x, y: self._sum(x, node.name, y))

    def nought(self) -> str:
        return _NOUGHT

    def whole_of_decimal(self, text: str, name: str, source: Type) -> str:
        del source
        return self.narrow(f"{name}({text})")

    def int_of_decimal(self, text: str, source: Type) -> str:
        del source
        return self.narrow(self.once(text, lambda x: when(f"trunc({x}) = {x}", x)))

    def decimal_of_text(self, text: str, target: Type) -> str:
        short = self.once(text, lambda x: _short_decimal(x, target))
        return self._settled_decimal(f"CAST({short} AS numeric)", target)

    def decimal_of_double(self, text: str, target: Type) -> str:
        inside = self.once(text, lambda x: rounded_range(self, x, target))
        return self._settled_decimal(self.bind(inside, self._shortest), target)

    def decimal_of_exact(self, text: str, source: Type, target: Type) -> str:
        del source
        return self._settled_decimal(text, target)

    def _settled_decimal(self, text: str, target: Type) -> str:
        rounded = f"round(CAST({text} AS numeric), {target.scale})"
        limit = f"CAST('{10 ** (target.precision - target.scale)}' AS numeric)"
        inside = self.once(rounded, lambda x: when(f"abs({x}) < {limit}", x))
        return self.cast(inside, target)

    def double_of_text(self, text: str) -> str:
        number = self.once(text, _readable_double)
        return self.once(
            f"CAST({number} AS double precision)",
            lambda x: f"CASE WHEN {x} = 0 THEN {_NOUGHT} ELSE {x} END",
        )

    def matches(self, text: str, pattern: str) -> str:
        return f"{text} ~ '{pattern}'"

    def part(self, name: str, day: str) -> str:
        return f"CAST(extract({name} FROM {day}) AS bigint)"

    def months_later(self, day: str, count: str) -> str:
        return f"CAST({day} + make_interval(months => {count}) AS date)"

    def _sum(self, x: str, sign: str, y: str) -> str:
        def half(side: str) -> str:
            return f"CASE WHEN abs({side}) > 1 THEN {side} * 0.5 ELSE 0 END"

        limit = self.literal(2.0**1023, DOUBLE)
        fits = f"abs({half(x)} {sign} {half(y)}) < {limit}"
        return f"({when(fits, x)} {sign} {y})"

    def _product(self, x: str, y: str) -> str:
        near = f"{self._near(x)} * {self._near(y)}"
        exponent = f"{self._exponent(x)} + {self._exponent(y)}"
        nought = f"{x} = 0 AND {y} IS NOT NULL OR {y} = 0 AND {x} IS NOT NULL"
        return self._settled(nought, near, exponent, lambda: (x, f"* {y}"))

    def safe_div(self, node: Operation) -> str:
        def divide(x: str, y: str) -> str:
            divisor = f"nullif({y}, 0)"
            near = f"{self._near(x)} / nullif({self._near(y)}, 0)"
            exponent = f"{self._exponent(x)} - ({self._exponent(y)})"
            nought = f"{x} = 0 AND {y} <> 0"
            return self._settled(nought, near, exponent, lambda: (x, f"/ {divisor}"))

        return self.twice(self.arguments(node), divide)

    def _near(self, x: str) -> str:
        """The magnitude of x times a power of two, between 2**-474 and 2**400; exact."""
        steps = " ".join(
            f"WHEN abs({x}) >= {self.literal(bound, DOUBLE)}"
            f" THEN abs({x}) * {self.literal(2.0**power, DOUBLE)}"
            for bound, power in _STEPS
        )
        return f"(CASE {steps} END)"

    def _exponent(self, x: str) -> str:
        """The power of two that `_near` took off."""
        steps = " ".join(
            f"WHEN abs({x}) >= {self.literal(bound, DOUBLE)} THEN {-power}"
            for bound, power in _STEPS
        )
        return f"(CASE {steps} END)"

    def _settled(
        self, nought: str, near: str, exponent: str, halves: Callable[[], tuple[str, str]]
    ) -> str:
        """A product or quotient where it exists: 0 below the least DOUBLE, NULL if infinite."""

        def decide(p: str, e: str) -> str:
            vanishes = f"{p} <= power({_TWO}, greatest(-1075 - {e}, -1000))"
            fits = f"{p} < power({_TWO}, least(1024 - {e}, 1000))"
            operand, rest = halves()
            kept = when(f"NOT ({nought}) AND NOT ({vanishes}) AND {fits}", operand)
            return f"CASE WHEN {nought} OR {vanishes} THEN {_NOUGHT} ELSE ({kept}) {rest} END"

        return self.bind(near, lambda p: self.bind(exponent, lambda e: decide(p, e)))

    def div_round(self, node: Operation) -> str:
        over, under = node.arguments
        top, bottom = self.text(over), self.text(under)
        scale = max(over.type.scale, under.type.scale)
        power = f"CAST('{10**scale}' AS numeric)"
        shift = f"CAST('{10**node.type.scale}' AS numeric)"
        unit = f"CAST('{format_units(1, node.type.scale)}' AS numeric)"

        def divide(n: str, d: str) -> str:
            whole = f"div({n}, {d})"
            carry = (
                f"CASE WHEN {n} - {whole} * {d} >= {d} - ({n} - {whole} * {d}) THEN 1 ELSE 0 END"
            )
            return f"({whole} + {carry}) * {unit}"

        def signed(n: str, d: str) -> str:
            size = self.bind(f"abs({n})", lambda a: self.bind(f"abs({d})", lambda b: divide(a, b)))
            return f"CASE WHEN ({n} < 0) = ({d} < 0) THEN {size} ELSE -{size} END"

        numerator = f"trunc({top} * {power} * {shift})"
        divisor = f"nullif(trunc({bottom} * {power}), 0)"
        quotient = self.bind(numerator, lambda n: self.bind(divisor, lambda d: signed(n, d)))
        return self.cast(f"({quotient})", node.type)

    def int_div(self, node: Operation) -> str:
        over, under = self.arguments(node)
        return self.narrow(f"div(CAST({over} AS numeric), nullif(CAST({under} AS numeric), 0))")

    def mod(self, node: Operation) -> str:
        over, under = self.arguments(node)
        rest = f"mod(CAST({over} AS numeric), nullif(CAST({under} AS numeric), 0))"
        return f"CAST({rest} AS bigint)"

    def round_half_up(self, node: Operation) -> str:
        return self.cast(f"round({self.text(node.arguments[0])}, {node.type.scale})", node.type)

    def _shortest(self, x: str) -> str:
        """The shortest decimal that reads back as this DOUBLE, as numeric.

        PostgreSQL's own text has 17 digits where 16 lie on the edge of what reads back, and all
        digits of whole numbers; so 15 and 16 digits are tried first.
        """

        def search(n: str, e: str) -> str:
            tries: list[str] = []
            for digits in (14, 15):
                near = f"round({n}, {digits} - {e})"
                above = f"({near} + power(CAST(10 AS numeric), {e} - {digits}))"
                for candidate in (near, above):
                    same = f"CAST({candidate} AS double precision) = {x}"
                    tries.append(f"WHEN {same} THEN {candidate}")
            return f"CASE {' '.join(tries)} ELSE {n} END"

        def settle(n: str) -> str:
            exponent = f"CAST(floor(log(nullif(abs({n}), 0))) AS integer)"
            found = self.bind(exponent, lambda e: search(n, e))
            return f"CASE WHEN {n} = 0 THEN {n} ELSE {found} END"

        return self.bind(f"CAST(CAST({x} AS text) AS numeric)", settle)

    def date_diff_days(self, node: Operation) -> str:
        first, second = self.arguments(node)
        return f"CAST({second} - {first} AS bigint)"

    def position(self, text: str) -> str:
        return f"CAST({text} AS integer)"


_TWO = "CAST('2' AS double precision)"


def _whole_digits(text: str) -> str:
    return f"ltrim(substring({text} FROM '^[+-]?([0-9]+)'), '0')"


def _fraction_digits(text: str) -> str:
    return f"coalesce(substring({text} FROM '[.]([0-9]+)$'), '')"


def _short_decimal(text: str, target: Type) -> str:
    """A decimal text with no more digits than decide the rounding; numeric holds but so many."""
    whole, fraction = _whole_digits(text), _fraction_digits(text)
    fits = (
        f"{text} ~ '{DECIMAL_TEXT}' AND char_length({whole}) <= {target.precision - target.scale}"
    )
    sign = f"CASE WHEN starts_with({text}, '-') THEN '-' ELSE '' END"
    short = f"{sign} || '0' || {whole} || '.' || left({fraction}, {target.scale + 1}) || '0'"
    return when(fits, short)


def _readable_double(text: str) -> str:
    """A decimal text that PostgreSQL reads as DOUBLE without raising, '0' where it vanishes."""
    whole, fraction = _whole_digits(text), _fraction_digits(text)
    finite = (
        f"(char_length({whole}) < {len(DOUBLE_LIMIT)} OR (char_length({whole}) ="
        f" {len(DOUBLE_LIMIT)} AND {whole} COLLATE \"C\" < '{DOUBLE_LIMIT}'))"
    )
    vanishes = f"{whole} = '' AND rtrim({fraction}, '0') COLLATE \"C\" <= '{DOUBLE_NOUGHT}'"
    return (
        f"CASE WHEN {text} ~ '{DECIMAL_TEXT}' AND {finite}"
        f" THEN CASE WHEN {vanishes} THEN '0' ELSE {text} END END"
    )
