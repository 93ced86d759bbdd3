"""The batch engine in SQL and the oracle of the others: DuckDB.

INTEGER arithmetic that can leave 64 bits runs in HUGEINT and is checked after; DECIMAL sides are
cast so that DuckDB infers the width the tree has. Columns have the types BOOLEAN, BIGINT,
DECIMAL(p,s), DOUBLE, VARCHAR, DATE and TIMESTAMP (UTC).
"""

from collections.abc import Callable, Collection, Mapping

from goodstanding.language.bounds import integer_bounds
from goodstanding.language.expression import Expression
from goodstanding.language.printer import format_units
from goodstanding.language.sql import (
    DECIMAL_TEXT,
    DOUBLE_LIMIT,
    quote_name,
    rounded_range,
    when,
)
from goodstanding.language.sql_functions import SqlFunctions
from goodstanding.language.tree import Operation
from goodstanding.language.types import (
    DECIMAL_DIGITS,
    DOUBLE,
    INTEGER_MAX,
    INTEGER_MIN,
    Cell,
    Kind,
    Type,
    decimal,
)

_TYPES = {Kind.INTEGER: "BIGINT", Kind.TEXT: "VARCHAR"}
# DuckDB 2.0 prints twice the value for these two DOUBLEs (and no number for 2**807).
_MISPRINTED = {2.0**81: "2417851639229258300000000", 2.0**91: "2475880078570760500000000000"}
_EXACT_DIGITS = 15  # a DECIMAL of that many digits is a quotient of two exact DOUBLEs


def emit_duckdb(
    expression: Expression,
    *,
    column: Callable[[str], str] | None = None,
    lists: Mapping[str, Collection[Cell]] | None = None,
) -> str:
    """The expression as DuckDB SQL over columns of the declared types.

    `column` gives the text of an input or parameter; without it, its quoted name.
    """
    return DuckdbEmitter(column=column or quote_name, lists=lists).emit(expression)


class DuckdbEmitter(SqlFunctions):
    """DuckDB 1.4 and later (lambda with the word `lambda`)."""

    wide = "HUGEINT"
    trimmed = "trim({0}, ' ')"
    measured = "length({0})"

    def type_name(self, of: Type) -> str:
        return _TYPES.get(of.kind, str(of))

    def character(self, code: int) -> str:
        return f"chr({code})"

    def bind(self, text: str, body: Callable[[str], str]) -> str:
        name = self.fresh_name()
        return f"list_transform([{text}], lambda {name}: {body(name)})[1]"

    def decimal_arithmetic(self, node: Operation, left: str, right: str) -> str:
        name = self.type_name(node.type)
        if node.type.precision <= 18:
            return f"CAST({left} {node.name} {right} AS {name})"
        # Above 18 digits DuckDB widens only what is already that wide, and raises otherwise.
        precision = max(node.arguments[0].type.precision, 19)
        wide = decimal(precision, node.arguments[0].type.scale)
        return f"CAST(CAST({left} AS {wide}) {node.name} {right} AS {name})"

    def _units(self, text: str, of: Type) -> str:
        """A DECIMAL as the HUGEINT of its units."""
        if of.scale == 0:
            return f"CAST({text} AS HUGEINT)"
        if of.precision + 2 * of.scale + 1 <= DECIMAL_DIGITS:
            wide = decimal(max(of.precision + of.scale, 19), of.scale)
            power = f"CAST({10**of.scale} AS DECIMAL({of.scale + 1},0))"
            return f"CAST(CAST({text} AS {wide}) * {power} AS HUGEINT)"
        return f"CAST(replace(CAST({text} AS VARCHAR), '.', '') AS HUGEINT)"

    def _of_units(self, units: str, of: Type) -> str:
        """The HUGEINT of units, known to fit, as the DECIMAL."""
        if of.scale == 0:
            return f"CAST({units} AS {of})"
        if of.precision + of.scale <= DECIMAL_DIGITS:
            whole = decimal(max(of.precision, 19), 0)
            if whole.precision + of.scale <= DECIMAL_DIGITS:
                unit = f"CAST('{format_units(1, of.scale)}' AS {decimal(of.scale, of.scale)})"
                return f"CAST(CAST({units} AS {whole}) * {unit} AS {of})"
        power = f"CAST('{10**of.scale}' AS HUGEINT)"

        def build(x: str) -> str:
            sign = f"CASE WHEN {x} < 0 THEN '-' ELSE '' END"
            whole = f"CAST(abs({x}) // {power} AS VARCHAR)"
            fraction = f"lpad(CAST(abs({x}) % {power} AS VARCHAR), {of.scale}, '0')"
            return f"CAST({sign} || {whole} || '.' || {fraction} AS {of})"

        return self.once(units, build)

    def div_round(self, node: Operation) -> str:
        over, under = node.arguments
        shift = node.type.scale + under.type.scale - over.type.scale
        top = self._units(self.text(over), over.type)
        bottom = self._units(self.text(under), under.type)
        if shift > 0:
            top = f"({top} * CAST('{10**shift}' AS HUGEINT))"
        elif shift < 0:
            bottom = f"({bottom} * CAST('{10**-shift}' AS HUGEINT))"
        divisor = self.bind(bottom, lambda x: when(f"{x} <> 0", x))

        def divide(n: str, d: str) -> str:
            rest = f"abs({n}) % abs({d})"
            carry = f"CASE WHEN {rest} >= abs({d}) - {rest} THEN 1 ELSE 0 END"
            size = f"abs({n}) // abs({d}) + {carry}"
            sign = f"CASE WHEN ({n} < 0) = ({d} < 0) THEN 1 ELSE -1 END"
            return self._of_units(f"(({size}) * {sign})", node.type)

        return self.bind(top, lambda n: self.bind(divisor, lambda d: divide(n, d)))

    def int_div(self, node: Operation) -> str:
        over, under = self.arguments(node)
        low, high = integer_bounds(node.arguments[1])
        if low > 0 or high < -1:
            return f"({over} // {under})"
        divisor = self.once(under, lambda x: when(f"{x} <> 0", x))
        return self.narrow(f"(CAST({over} AS HUGEINT) // CAST({divisor} AS HUGEINT))")

    def mod(self, node: Operation) -> str:
        over, under = self.arguments(node)
        low, high = integer_bounds(node.arguments[1])
        if low > 0 or high < -1:
            return f"({over} % {under})"
        divisor = self.once(under, lambda x: when(f"{x} <> 0", x))
        return f"CAST(CAST({over} AS HUGEINT) % CAST({divisor} AS HUGEINT) AS BIGINT)"

    def round_half_up(self, node: Operation) -> str:
        source = node.arguments[0].type
        text = self.text(node.arguments[0])
        if node.type.scale >= source.scale:
            return f"CAST({text} AS {node.type})"
        wide = decimal(min(source.precision + 1, DECIMAL_DIGITS), source.scale)
        return f"CAST(round(CAST({text} AS {wide}), {node.type.scale}) AS {node.type})"

    def whole_of_decimal(self, text: str, name: str, source: Type) -> str:
        if source.scale:
            wide = decimal(min(source.precision + 1, DECIMAL_DIGITS), source.scale)
            text = f"{name}(CAST({text} AS {wide}))"
        return self._integer_of_decimal(text, source)

    def int_of_decimal(self, text: str, source: Type) -> str:
        if source.scale == 0:
            return self._integer_of_decimal(text, source)
        same = self.once(text, lambda x: when(f"CAST(trunc({x}) AS {source}) = {x}", x))
        return self._integer_of_decimal(f"trunc({same})", source)

    def decimal_of_double(self, text: str, target: Type) -> str:
        inside = self.once(text, lambda x: rounded_range(self, x, target))
        digits = self.bind(inside, lambda x: self._plain_digits(x, target))
        return f"CAST({digits} AS {target})"

    def double_of_exact(self, text: str, source: Type) -> str:
        if source.kind is Kind.DECIMAL and source.precision > _EXACT_DIGITS:
            text = f"CAST({text} AS VARCHAR)"
        return f"CAST({text} AS DOUBLE)"

    def double_of_text(self, text: str) -> str:
        return self.finite(self.once(text, _double_of_text))

    def digits(self, text: str) -> str:
        return f"replace({text}, '+', '')"

    def matches(self, text: str, pattern: str) -> str:
        return _matches(text, pattern)

    def is_not_last_day(self, day: str) -> str:
        return f"{day} <> last_day({day})"

    def months_later(self, day: str, count: str) -> str:
        return f"CAST({day} + to_months({count}) AS DATE)"

    def _integer_of_decimal(self, text: str, source: Type) -> str:
        """A DECIMAL without a fraction as BIGINT, NULL outside 64 bits."""
        if source.integer_digits <= 18:
            return f"CAST({text} AS BIGINT)"
        low, high = (f"CAST('{bound}' AS DECIMAL(38,0))" for bound in (INTEGER_MIN, INTEGER_MAX))
        whole = f"CAST({text} AS DECIMAL(38,0))"
        inside = self.once(whole, lambda x: when(f"{x} BETWEEN {low} AND {high}", x))
        return f"CAST({inside} AS BIGINT)"

    def _plain_digits(self, text: str, target: Type) -> str:
        """The shortest text of a DOUBLE without its exponent, which DuckDB reads up to a point."""

        def build(x: str) -> str:
            digits = f"replace(split_part({x}, 'e', 1), '.', '')"
            exponent = f"CAST(split_part({x}, 'e', 2) AS INTEGER)"
            small = f"'0.' || repeat('0', -{exponent} - 1) || {digits}"
            large = f"rpad({digits}, {exponent} + 1, '0')"
            return (
                f"CASE {misprinted}WHEN NOT contains({x}, 'e') THEN {x}"
                f" WHEN contains({x}, 'e-') THEN {small} ELSE {large} END"
            )

        misprinted = "".join(
            f"WHEN abs({text}) = {self.literal(value, DOUBLE)} THEN '{digits}' "
            for value, digits in _MISPRINTED.items()
            if target.integer_digits >= len(digits)
        )
        sign = f"CASE WHEN {text} < 0 THEN '-' ELSE '' END"
        return f"({sign} || ({self.bind(f'CAST(abs({text}) AS VARCHAR)', build)}))"

    def decimal_of_text(self, text: str, target: Type) -> str:
        precision, scale = target.precision, target.scale
        greatest = f"CAST('{10**precision - 1}' AS HUGEINT)"

        def units(x: str) -> str:
            whole = _whole_digits(x)
            fraction = f"rpad({_fraction_digits(x)}, {scale + 1}, '0')"
            fits = f"{_matches(x, DECIMAL_TEXT)} AND length({whole}) <= {precision - scale}"
            kept = f"'0' || {whole} || substr({fraction}, 1, {scale})"
            size = f"CAST({when(fits, kept)} AS HUGEINT)"
            carry = f"CASE WHEN substr({fraction}, {scale + 1}, 1) >= '5' THEN 1 ELSE 0 END"
            sign = f"CASE WHEN {x} LIKE '-%' THEN -1 ELSE 1 END"
            return self.bind(
                f"({size} + {carry})", lambda n: when(f"{n} <= {greatest}", f"{n} * {sign}")
            )

        return self._of_units(f"({self.once(text, units)})", target)

    def date_diff_days(self, node: Operation) -> str:
        first, second = self.arguments(node)
        return f"({second} - {first})"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, '{pattern.strip('^$').replace('?', '{0,1}')}')"


def _whole_digits(text: str) -> str:
    return f"ltrim(regexp_extract({text}, '^[+-]{{0,1}}([0-9]+)', 1), '0')"


def _fraction_digits(text: str) -> str:
    return f"regexp_extract({text}, '[.]([0-9]+)$', 1)"


def _double_of_text(text: str) -> str:
    whole = _whole_digits(text)
    finite = (
        f"length({whole}) < {len(DOUBLE_LIMIT)}"
        f" OR (length({whole}) = {len(DOUBLE_LIMIT)} AND {whole} < '{DOUBLE_LIMIT}')"
    )
    plain = when(f"{_matches(text, DECIMAL_TEXT)} AND ({finite})", f"replace({text}, '+', '')")
    return f"CAST({plain} AS DOUBLE)"
