"""PostgreSQL 15 and later: for views beside the operational tables.

INTEGER arithmetic that can leave 64 bits runs in numeric and is checked after. PostgreSQL raises
where DOUBLE overflows or vanishes, so products and quotients are first calculated on operands
brought near 1 by powers of two, which is exact, and only done if the result exists. Columns have
the types boolean, bigint, numeric(p,s), double precision, text, date and timestamptz; texts
compare by code point whatever the database's collation is.
"""

from collections.abc import Callable, Collection, Mapping

from goodstanding.language.bounds import overflows
from goodstanding.language.expression import Expression
from goodstanding.language.printer import format_units
from goodstanding.language.sql import (
    DAY_TEXT,
    DECIMAL_TEXT,
    DOUBLE_LIMIT,
    DOUBLE_NOUGHT,
    INTEGER_TEXT,
    SqlEmitter,
    in_64_bits,
    last_day_text,
    quote_name,
    rounded_range,
    when,
)
from goodstanding.language.tree import Operation
from goodstanding.language.types import DAY_MAX, DOUBLE, TEXT, Cell, Kind, Type

_TYPES = {
    Kind.BOOLEAN: "boolean",
    Kind.INTEGER: "bigint",
    Kind.DOUBLE: "double precision",
    Kind.TEXT: "text",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "timestamptz",
}
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NOUGHT = "CAST('0' AS double precision)"
_TWO_TO_63 = "CAST('9223372036854775808' AS double precision)"
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


class PostgresEmitter(SqlEmitter):
    """Emits PostgreSQL's SQL."""

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

    def operations(self) -> Mapping[str, Callable[[Operation], str]]:
        return {
            "+": self._arithmetic,
            "-": self._arithmetic,
            "*": self._arithmetic,
            "negate": self._negate,
            "abs": self._abs,
            "widen": lambda node: self._cast(self.text(node.arguments[0]), node.type),
            "safe_div": self._safe_div,
            "div_round": self._div_round,
            "int_div": self._int_div,
            "mod": self._mod,
            "round_half_up": self._round_half_up,
            "floor": self._whole,
            "ceil": self._whole,
            "trunc": self._whole,
            "min_of": self.extreme,
            "max_of": self.extreme,
            "to_int": self._to_int,
            "to_decimal": self._to_decimal,
            "to_double": self._to_double,
            "to_date": self._to_date,
            "date_diff_days": self._date_diff_days,
            "date_diff_months": self._date_diff_months,
            "add_days": self._add_days,
            "add_months": self._add_months,
            "lower_ascii": self._ascii,
            "upper_ascii": self._ascii,
            "trim_spaces": lambda node: f"btrim({self.text(node.arguments[0])}, ' ')",
            "length": lambda node: f"CAST(char_length({self.text(node.arguments[0])}) AS bigint)",
            "substr": self.substr,
            "starts_with": lambda node: f"starts_with({', '.join(self.arguments(node))})",
            "contains": lambda node: f"(strpos({', '.join(self.arguments(node))}) > 0)",
        }

    def _cast(self, text: str, of: Type) -> str:
        return f"CAST({text} AS {self.type_name(of)})"

    def _narrow(self, wide: str) -> str:
        return self.once(wide, lambda x: f"CAST({when(in_64_bits(x), x)} AS bigint)")

    def _arithmetic(self, node: Operation) -> str:
        left, right = self.arguments(node)
        if node.type.kind is Kind.DOUBLE:
            if node.name == "*":
                return self.twice((left, right), self._product)
            return self.twice((left, right), lambda x, y: self._sum(x, node.name, y))
        if node.type.kind is Kind.INTEGER and overflows(node):
            return self._narrow(f"(CAST({left} AS numeric) {node.name} CAST({right} AS numeric))")
        return f"({left} {node.name} {right})"

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

    def _safe_div(self, node: Operation) -> str:
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

    def _negate(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        if node.type.kind is Kind.DOUBLE:
            return f"({_NOUGHT} - {text})"
        if node.type.kind is Kind.INTEGER and overflows(node):
            return self._narrow(f"(-CAST({text} AS numeric))")
        return f"(-{text})"

    def _abs(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        if node.type.kind is Kind.INTEGER and overflows(node):
            return self._narrow(f"abs(CAST({text} AS numeric))")
        return f"abs({text})"

    def _div_round(self, node: Operation) -> str:
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
        return self._cast(f"({quotient})", node.type)

    def _int_div(self, node: Operation) -> str:
        over, under = self.arguments(node)
        return self._narrow(f"div(CAST({over} AS numeric), nullif(CAST({under} AS numeric), 0))")

    def _mod(self, node: Operation) -> str:
        over, under = self.arguments(node)
        rest = f"mod(CAST({over} AS numeric), nullif(CAST({under} AS numeric), 0))"
        return f"CAST({rest} AS bigint)"

    def _round_half_up(self, node: Operation) -> str:
        return self._cast(f"round({self.text(node.arguments[0])}, {node.type.scale})", node.type)

    def _whole(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        if source.kind is Kind.INTEGER:
            return text
        if source.kind is Kind.DOUBLE:
            inside = self.once(text, lambda x: when(_double_in_64_bits(x), x))
            return f"CAST({node.name}({inside}) AS bigint)"
        return self._narrow(f"{node.name}({text})")

    def _to_int(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        match source.kind:
            case Kind.INTEGER:
                return text
            case Kind.DECIMAL:
                return self._narrow(self.once(text, lambda x: when(f"trunc({x}) = {x}", x)))
            case Kind.DOUBLE:
                whole = self.once(
                    text, lambda x: when(f"{_double_in_64_bits(x)} AND trunc({x}) = {x}", x)
                )
                return f"CAST({whole} AS bigint)"
            case _:
                digits = self.once(text, lambda x: when(f"{x} ~ '{INTEGER_TEXT}'", x))
                return self._narrow(f"CAST({digits} AS numeric)")

    def _to_decimal(self, node: Operation) -> str:
        source, target = node.arguments[0].type, node.type
        (text,) = self.arguments(node)
        if source.kind is Kind.TEXT:
            text = self.once(text, lambda x: _short_decimal(x, target))
            text = f"CAST({text} AS numeric)"
        elif source.kind is Kind.DOUBLE:
            text = self.bind(
                self.once(text, lambda x: rounded_range(self, x, target)), self._shortest
            )
        rounded = f"round(CAST({text} AS numeric), {target.scale})"
        limit = f"CAST('{10 ** (target.precision - target.scale)}' AS numeric)"
        inside = self.once(rounded, lambda x: when(f"abs({x}) < {limit}", x))
        return self._cast(inside, target)

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

    def _to_double(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        if source.kind is Kind.DOUBLE:
            return text
        if source.kind is Kind.TEXT:
            number = self.once(text, _readable_double)
            return self.once(
                f"CAST({number} AS double precision)",
                lambda x: f"CASE WHEN {x} = 0 THEN {_NOUGHT} ELSE {x} END",
            )
        return f"CAST({text} AS double precision)"

    def _to_date(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        shaped = self.once(text, lambda x: when(f"{x} ~ '{DAY_TEXT}'", x))

        def build(x: str) -> str:
            year, month, day = (
                f"CAST(substr({x}, {start}, {size}) AS integer)"
                for start, size in ((1, 4), (6, 2), (9, 2))
            )
            last = last_day_text(year, month)
            valid = f"{year} >= 1 AND {month} BETWEEN 1 AND 12 AND {day} BETWEEN 1 AND {last}"
            return f"CAST({when(valid, x)} AS date)"

        return self.bind(shaped, build)

    def _date_diff_days(self, node: Operation) -> str:
        first, second = self.arguments(node)
        return f"CAST({second} - {first} AS bigint)"

    def _date_diff_months(self, node: Operation) -> str:
        def months(first: str, second: str) -> str:
            year, month, day = (_part(part, second) for part in ("year", "month", "day"))
            short = f"{_part('day', first)} > {day} AND {day} <> {last_day_text(year, month)}"
            return (
                f"(({year} - {_part('year', first)}) * 12 + {month} - {_part('month', first)}"
                f" - CASE WHEN {short} THEN 1 ELSE 0 END)"
            )

        return self.twice(
            self.arguments(node),
            lambda a, b: (
                f"CASE WHEN {a} <= {b} THEN {months(a, b)} WHEN {a} > {b} THEN -{months(b, a)} END"
            ),
        )

    def _add_days(self, node: Operation) -> str:
        def shift(day: str, count: str) -> str:
            since = f"({day} - CAST('0001-01-01' AS date))"
            inside = f"{count} BETWEEN -{since} AND {DAY_MAX - 1} - {since}"
            return f"({day} + CAST({when(inside, count)} AS integer))"

        return self.twice(self.arguments(node), shift)

    def _add_months(self, node: Operation) -> str:
        def shift(day: str, count: str) -> str:
            since = f"({_part('year', day)} * 12 + {_part('month', day)} - 13)"
            inside = f"{count} BETWEEN -{since} AND {9999 * 12 - 1} - {since}"
            months = f"CAST({when(inside, count)} AS integer)"
            return f"CAST({day} + make_interval(months => {months}) AS date)"

        return self.twice(self.arguments(node), shift)

    def _ascii(self, node: Operation) -> str:
        letters = [_UPPER, _UPPER.lower()]
        source, target = letters if node.name == "lower_ascii" else reversed(letters)
        return f"translate({self.text(node.arguments[0])}, '{source}', '{target}')"

    def position(self, text: str) -> str:
        return f"CAST({text} AS integer)"


_TWO = "CAST('2' AS double precision)"


def _double_in_64_bits(text: str) -> str:
    return f"{text} >= -{_TWO_TO_63} AND {text} < {_TWO_TO_63}"


def _part(part: str, day: str) -> str:
    return f"CAST(extract({part} FROM {day}) AS bigint)"


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
