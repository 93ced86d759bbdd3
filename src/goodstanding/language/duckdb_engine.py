"""The batch engine in SQL and the oracle of the others: DuckDB.

INTEGER arithmetic that can leave 64 bits runs in HUGEINT and is checked after; DECIMAL sides are
cast so that DuckDB infers the width the tree has. Columns have the types BOOLEAN, BIGINT,
DECIMAL(p,s), DOUBLE, VARCHAR, DATE and TIMESTAMP (UTC).
"""

from collections.abc import Callable, Collection, Mapping

from goodstanding.language.bounds import integer_bounds, overflows
from goodstanding.language.expression import Expression
from goodstanding.language.printer import format_units
from goodstanding.language.sql import (
    DAY_TEXT,
    DECIMAL_TEXT,
    DOUBLE_LIMIT,
    INTEGER_TEXT,
    SqlEmitter,
    in_64_bits,
    last_day_text,
    quote_name,
    rounded_range,
    units_limit,
    when,
)
from goodstanding.language.tree import Operation
from goodstanding.language.types import (
    DAY_MAX,
    DECIMAL_DIGITS,
    DOUBLE,
    DOUBLE_MAX,
    INTEGER_MAX,
    INTEGER_MIN,
    Cell,
    Kind,
    Type,
    decimal,
)

_TYPES = {Kind.INTEGER: "BIGINT", Kind.TEXT: "VARCHAR"}
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TWO_TO_63 = "CAST('9223372036854775808' AS DOUBLE)"
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


class DuckdbEmitter(SqlEmitter):
    """DuckDB 1.4 and later (lambda with the word `lambda`)."""

    def type_name(self, of: Type) -> str:
        return _TYPES.get(of.kind, str(of))

    def character(self, code: int) -> str:
        return f"chr({code})"

    def bind(self, text: str, body: Callable[[str], str]) -> str:
        name = self.fresh_name()
        return f"list_transform([{text}], lambda {name}: {body(name)})[1]"

    def operations(self) -> Mapping[str, Callable[[Operation], str]]:
        return {
            "+": self._arithmetic,
            "-": self._arithmetic,
            "*": self._arithmetic,
            "negate": self._negate,
            "abs": self._abs,
            "widen": self._widen,
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
            "trim_spaces": lambda node: f"trim({self.text(node.arguments[0])}, ' ')",
            "length": lambda node: f"length({self.text(node.arguments[0])})",
            "substr": self.substr,
            "starts_with": lambda node: f"starts_with({', '.join(self.arguments(node))})",
            "contains": lambda node: f"contains({', '.join(self.arguments(node))})",
        }

    def _arithmetic(self, node: Operation) -> str:
        left, right = self.arguments(node)
        if node.type.kind is Kind.DOUBLE:
            return self._finite(f"({left} {node.name} {right})")
        if node.type.kind is Kind.DECIMAL:
            return self._exact(node, left, right)
        if not overflows(node):
            return f"({left} {node.name} {right})"
        return self._narrow(f"(CAST({left} AS HUGEINT) {node.name} CAST({right} AS HUGEINT))")

    def _exact(self, node: Operation, left: str, right: str) -> str:
        name = self.type_name(node.type)
        if node.type.precision <= 18:
            return f"CAST({left} {node.name} {right} AS {name})"
        # Above 18 digits DuckDB widens only what is already that wide, and raises otherwise.
        precision = max(node.arguments[0].type.precision, 19)
        wide = decimal(precision, node.arguments[0].type.scale)
        return f"CAST(CAST({left} AS {wide}) {node.name} {right} AS {name})"

    def _finite(self, text: str) -> str:
        limit = self.literal(DOUBLE_MAX, DOUBLE)
        zero = self.literal(0.0, DOUBLE)
        return self.once(
            text,
            lambda x: f"CASE WHEN {x} = {zero} THEN {zero} WHEN abs({x}) <= {limit} THEN {x} END",
        )

    def _narrow(self, wide: str) -> str:
        return self.once(wide, lambda x: f"CAST({when(in_64_bits(x), x)} AS BIGINT)")

    def _negate(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        if node.type.kind is Kind.DOUBLE:
            return f"(CAST('0.0' AS DOUBLE) - {text})"
        if node.type.kind is Kind.INTEGER and overflows(node):
            return self._narrow(f"(-CAST({text} AS HUGEINT))")
        return f"(-{text})"

    def _abs(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        if node.type.kind is Kind.INTEGER and overflows(node):
            return self._narrow(f"abs(CAST({text} AS HUGEINT))")
        return f"abs({text})"

    def _widen(self, node: Operation) -> str:
        return f"CAST({self.text(node.arguments[0])} AS {self.type_name(node.type)})"

    def _safe_div(self, node: Operation) -> str:
        over, under = self.arguments(node)
        zero = self.literal(0.0, DOUBLE)
        divisor = self.once(under, lambda x: when(f"{x} <> {zero}", x))
        return self._finite(f"({over} / ({divisor}))")

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

    def _div_round(self, node: Operation) -> str:
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

    def _int_div(self, node: Operation) -> str:
        over, under = self.arguments(node)
        low, high = integer_bounds(node.arguments[1])
        if low > 0 or high < -1:
            return f"({over} // {under})"
        divisor = self.once(under, lambda x: when(f"{x} <> 0", x))
        return self._narrow(f"(CAST({over} AS HUGEINT) // CAST({divisor} AS HUGEINT))")

    def _mod(self, node: Operation) -> str:
        over, under = self.arguments(node)
        low, high = integer_bounds(node.arguments[1])
        if low > 0 or high < -1:
            return f"({over} % {under})"
        divisor = self.once(under, lambda x: when(f"{x} <> 0", x))
        return f"CAST(CAST({over} AS HUGEINT) % CAST({divisor} AS HUGEINT) AS BIGINT)"

    def _round_half_up(self, node: Operation) -> str:
        source = node.arguments[0].type
        text = self.text(node.arguments[0])
        if node.type.scale >= source.scale:
            return f"CAST({text} AS {node.type})"
        wide = decimal(min(source.precision + 1, DECIMAL_DIGITS), source.scale)
        return f"CAST(round(CAST({text} AS {wide}), {node.type.scale}) AS {node.type})"

    def _whole(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        if source.kind is Kind.INTEGER:
            return text
        if source.kind is Kind.DOUBLE:
            inside = self.once(text, lambda x: when(_double_in_64_bits(x), x))
            return f"CAST({node.name}({inside}) AS BIGINT)"
        if source.scale:
            wide = decimal(min(source.precision + 1, DECIMAL_DIGITS), source.scale)
            text = f"{node.name}(CAST({text} AS {wide}))"
        return self._integer_of_decimal(text, source)

    def _integer_of_decimal(self, text: str, source: Type) -> str:
        """A DECIMAL without a fraction as BIGINT, NULL outside 64 bits."""
        if source.integer_digits <= 18:
            return f"CAST({text} AS BIGINT)"
        low, high = (f"CAST('{bound}' AS DECIMAL(38,0))" for bound in (INTEGER_MIN, INTEGER_MAX))
        whole = f"CAST({text} AS DECIMAL(38,0))"
        inside = self.once(whole, lambda x: when(f"{x} BETWEEN {low} AND {high}", x))
        return f"CAST({inside} AS BIGINT)"

    def _to_int(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        match source.kind:
            case Kind.INTEGER:
                return text
            case Kind.DECIMAL if source.scale == 0:
                return self._integer_of_decimal(text, source)
            case Kind.DECIMAL:
                same = self.once(text, lambda x: when(f"CAST(trunc({x}) AS {source}) = {x}", x))
                return self._integer_of_decimal(f"trunc({same})", source)
            case Kind.DOUBLE:
                whole = self.once(
                    text, lambda x: when(f"{_double_in_64_bits(x)} AND trunc({x}) = {x}", x)
                )
                return f"CAST({whole} AS BIGINT)"
            case _:
                digits = self.once(
                    text,
                    lambda x: when(_matches(x, INTEGER_TEXT), f"replace({x}, '+', '')"),
                )
                return self._narrow(f"CAST({digits} AS HUGEINT)")

    def _to_decimal(self, node: Operation) -> str:
        source, target = node.arguments[0].type, node.type
        (text,) = self.arguments(node)
        if source.kind is Kind.TEXT:
            return self._decimal_of_text(text, target)
        if source.kind is Kind.DOUBLE:
            inside = self.once(text, lambda x: rounded_range(self, x, target))
            digits = self.bind(inside, lambda x: self._plain_digits(x, target))
            return f"CAST({digits} AS {target})"
        limit_units = units_limit(source, target)
        if limit_units is not None:
            low, high = (self.literal(bound, source) for bound in _both(limit_units, source))
            text = self.once(text, lambda x: when(f"{x} BETWEEN {low} AND {high}", x))
        return f"CAST({text} AS {target})"

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

    def _decimal_of_text(self, text: str, target: Type) -> str:
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

    def _to_double(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        match source.kind:
            case Kind.DOUBLE:
                return text
            case Kind.INTEGER:
                return f"CAST({text} AS DOUBLE)"
            case Kind.DECIMAL if source.precision <= _EXACT_DIGITS:
                return f"CAST({text} AS DOUBLE)"
            case Kind.DECIMAL:
                return f"CAST(CAST({text} AS VARCHAR) AS DOUBLE)"
            case _:
                return self._finite(self.once(text, _double_of_text))

    def _to_date(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        day = self.once(text, lambda x: when(_matches(x, DAY_TEXT), x))

        def build(x: str) -> str:
            year, month, number = (
                f"CAST(substr({x}, {start}, {size}) AS INTEGER)"
                for start, size in ((1, 4), (6, 2), (9, 2))
            )
            last = last_day_text(year, month)
            valid = f"{year} >= 1 AND {month} BETWEEN 1 AND 12 AND {number} BETWEEN 1 AND {last}"
            return f"CAST({when(valid, x)} AS DATE)"

        return self.bind(day, build)

    def _date_diff_days(self, node: Operation) -> str:
        first, second = self.arguments(node)
        return f"({second} - {first})"

    def _date_diff_months(self, node: Operation) -> str:
        def months(first: str, second: str) -> str:
            short = f"day({first}) > day({second}) AND {second} <> last_day({second})"
            return (
                f"((year({second}) - year({first})) * 12 + month({second}) - month({first})"
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
            since = f"({day} - CAST('0001-01-01' AS DATE))"
            inside = f"{count} BETWEEN -{since} AND {DAY_MAX - 1} - {since}"
            return f"({day} + CAST({when(inside, count)} AS INTEGER))"

        return self.twice(self.arguments(node), shift)

    def _add_months(self, node: Operation) -> str:
        def shift(day: str, count: str) -> str:
            since = f"(year({day}) * 12 + month({day}) - 13)"
            inside = f"{count} BETWEEN -{since} AND {9999 * 12 - 1} - {since}"
            return f"CAST({day} + to_months(CAST({when(inside, count)} AS INTEGER)) AS DATE)"

        return self.twice(self.arguments(node), shift)

    def _ascii(self, node: Operation) -> str:
        letters = [_UPPER, _UPPER.lower()]
        source, target = letters if node.name == "lower_ascii" else reversed(letters)
        return f"translate({self.text(node.arguments[0])}, '{source}', '{target}')"


def _both(limit: int, source: Type) -> tuple[int, int]:
    if source.kind is Kind.INTEGER:
        return max(-limit, INTEGER_MIN), min(limit, INTEGER_MAX)
    return -limit, limit


def _double_in_64_bits(text: str) -> str:
    return f"{text} >= -{_TWO_TO_63} AND {text} < {_TWO_TO_63}"


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
