"""Spark SQL, ANSI mode on or off: the same policies beyond one machine.

INTEGER arithmetic that can leave 64 bits runs in DECIMAL and is checked after. Spark gives up a
digit where an exact product needs all 38, whatever its setting, so such products run on whole
numbers. Columns have the types BOOLEAN, BIGINT, DECIMAL(p,s), DOUBLE, STRING, DATE and TIMESTAMP;
the session's time zone is UTC.
"""

from collections.abc import Callable, Collection, Mapping

from goodstanding.language.bounds import integer_bounds, overflows
from goodstanding.language.expression import Expression
from goodstanding.language.printer import format_units
from goodstanding.language.spark_digits import (
    minus,
    readable_double,
    short_decimal,
    shortest_text,
    size,
    whole_quotient,
)
from goodstanding.language.sql import (
    SqlEmitter,
    in_64_bits,
    last_day_text,
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

_TYPES = {Kind.INTEGER: "BIGINT", Kind.TEXT: "STRING"}
_WIDEST = decimal(38, 0)
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TWO_TO_63 = "CAST('9223372036854775808' AS DOUBLE)"
# Java lets `$` stand before a last line end, so the end is what no character follows.
INTEGER_SHAPE = "(?s)^[+-]?[0-9]{1,19}(?!.)"
DAY_SHAPE = "(?s)^[0-9]{4}-[0-9]{2}-[0-9]{2}(?!.)"


def emit_spark(
    expression: Expression,
    *,
    column: Callable[[str], str] | None = None,
    lists: Mapping[str, Collection[Cell]] | None = None,
) -> str:
    """The expression as Spark SQL; arguments as for `emit_duckdb`."""
    return SparkEmitter(column=column or quote_spark_name, lists=lists).emit(expression)


def quote_spark_name(name: str) -> str:
    """A name in back quotes."""
    return "`" + name.replace("`", "``") + "`"


class SparkEmitter(SqlEmitter):
    """Emits Spark SQL."""

    # A quote would join two texts, a backslash escape, `${` be replaced by a variable.
    special = frozenset("'")

    def type_name(self, of: Type) -> str:
        return _TYPES.get(of.kind, str(of))

    def character(self, code: int) -> str:
        return f"chr({code})"

    def bind(self, text: str, body: Callable[[str], str]) -> str:
        name = self.fresh_name()
        return f"transform(array({text}), {name} -> {body(name)})[0]"

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
            "round_half_up": lambda node: self._cast(self.text(node.arguments[0]), node.type),
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
            "length": lambda node: f"CAST(char_length({self.text(node.arguments[0])}) AS BIGINT)",
            "substr": self.substr,
            "starts_with": lambda node: f"startswith({', '.join(self.arguments(node))})",
            "contains": lambda node: f"contains({', '.join(self.arguments(node))})",
        }

    def position(self, text: str) -> str:
        return f"CAST({text} AS INT)"

    def _cast(self, text: str, of: Type) -> str:
        return f"CAST({text} AS {self.type_name(of)})"

    def _narrow(self, wide: str) -> str:
        return self.once(wide, lambda x: f"CAST({when(in_64_bits(x), x)} AS BIGINT)")

    def _wide(self, text: str) -> str:
        return f"CAST({text} AS DECIMAL(19,0))"

    def _arithmetic(self, node: Operation) -> str:
        left, right = self.arguments(node)
        if node.type.kind is Kind.DOUBLE:
            return self._finite(f"({left} {node.name} {right})")
        if node.type.kind is Kind.INTEGER:
            if not overflows(node):
                return f"({left} {node.name} {right})"
            return self._narrow(f"({self._wide(left)} {node.name} {self._wide(right)})")
        sides = [argument.type for argument in node.arguments]
        if node.name == "*" and node.type.precision == DECIMAL_DIGITS and node.type.scale:
            units = f"{self._units(left, sides[0])} * {self._units(right, sides[1])}"
            return self._of_units(units, node.type)
        return self._cast(f"({left} {node.name} {right})", node.type)

    def _finite(self, text: str) -> str:
        nought, limit = self.literal(0.0, DOUBLE), self.literal(DOUBLE_MAX, DOUBLE)
        return self.once(
            text,
            lambda x: (
                f"CASE WHEN {x} = {nought} THEN {nought} WHEN abs({x}) <= {limit} THEN {x} END"
            ),
        )

    def _units(self, text: str, of: Type) -> str:
        """A DECIMAL as a DECIMAL(p,0) of its units."""
        if not of.scale:
            return text
        return f"CAST(replace(CAST({text} AS STRING), '.', '') AS DECIMAL({of.precision},0))"

    def _of_units(self, units: str, of: Type) -> str:
        """Whole units, known to fit, as the DECIMAL."""
        if not of.scale:
            return self._cast(units, of)
        if of.precision + of.scale < DECIMAL_DIGITS:
            unit = f"CAST('{format_units(1, of.scale)}' AS DECIMAL({of.scale},{of.scale}))"
            return self._cast(f"CAST({units} AS DECIMAL({of.precision},0)) * {unit}", of)

        def build(x: str) -> str:
            units = f"CAST({size(x, _WIDEST)} AS STRING)"
            padded = f"lpad({units}, {of.scale + 1}, '0')"
            digits = f"CASE WHEN length({units}) > {of.scale} THEN {units} ELSE {padded} END"
            return self.bind(
                digits,
                lambda d: self._cast(
                    f"CASE WHEN {x} < 0 THEN '-' ELSE '' END"
                    f" || left({d}, length({d}) - {of.scale}) || '.' || right({d}, {of.scale})",
                    of,
                ),
            )

        return self.bind(f"CAST({units} AS DECIMAL(38,0))", build)

    def _negate(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        if node.type.kind is Kind.DOUBLE:
            nought = self.literal(0.0, DOUBLE)
            return self.once(
                text, lambda x: f"CASE WHEN {x} = {nought} THEN {nought} ELSE -{x} END"
            )
        if node.type.kind is Kind.INTEGER and overflows(node):
            return self._narrow(f"(-{self._wide(text)})")
        if node.type.kind is Kind.DECIMAL:
            return self.once(text, lambda x: minus(x, node.type))
        return f"(-{text})"

    def _abs(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        if node.type.kind is Kind.INTEGER and overflows(node):
            return self._narrow(f"abs({self._wide(text)})")
        if node.type.kind is Kind.DECIMAL:
            return self.once(text, lambda x: f"({size(x, node.type)})")
        return f"abs({text})"

    def _safe_div(self, node: Operation) -> str:
        over, under = self.arguments(node)
        nought = self.literal(0.0, DOUBLE)
        divisor = self.once(under, lambda x: when(f"{x} <> {nought}", x))
        return self._finite(f"({over} / ({divisor}))")

    def _div_round(self, node: Operation) -> str:
        over, under = node.arguments
        shift = node.type.scale + under.type.scale - over.type.scale
        top, bottom = self._units(self.text(over), over.type), self.text(under)
        bottom = self._units(bottom, under.type)
        digits = over.type.precision + max(shift, 0)
        if shift > 0:
            top = f"CAST({top} * CAST('{10**shift}' AS DECIMAL({shift + 1},0)) AS DECIMAL(38,0))"
        elif shift < 0:
            power = f"CAST('{10**-shift}' AS DECIMAL({1 - shift},0))"
            bottom = f"CAST({bottom} * {power} AS DECIMAL(38,0))"
        top, bottom = (f"CAST({side} AS DECIMAL(38,0))" for side in (top, bottom))
        divisor = self.bind(bottom, lambda x: when(f"{x} <> 0", x))

        def divide(n: str, d: str) -> str:
            carry = f"CASE WHEN {n} % {d} >= {d} - {n} % {d} THEN 1 ELSE 0 END"
            return f"CAST({whole_quotient(self, n, d, digits)} + {carry} AS DECIMAL(38,0))"

        def signed(n: str, d: str) -> str:
            found = self.bind(
                size(n, _WIDEST), lambda a: self.bind(size(d, _WIDEST), lambda b: divide(a, b))
            )
            same = f"({n} < 0) = ({d} < 0)"
            return self.bind(
                found, lambda q: f"CASE WHEN {same} THEN {q} ELSE {minus(q, _WIDEST)} END"
            )

        quotient = self.bind(top, lambda n: self.bind(divisor, lambda d: signed(n, d)))
        return self._of_units(quotient, node.type)

    def _int_div(self, node: Operation) -> str:
        low, high = integer_bounds(node.arguments[1])
        if low > 0 or high < -1:
            over, under = self.arguments(node)
            return f"({over} div {under})"

        def divide(a: str, b: str) -> str:
            inside = when(f"NOT ({a} = {self._least()} AND {b} = -1)", a)
            return f"(({inside}) div nullif({b}, 0))"

        return self.twice(self.arguments(node), divide)

    def _least(self) -> str:
        return f"CAST('{INTEGER_MIN}' AS BIGINT)"

    def _mod(self, node: Operation) -> str:
        over, under = self.arguments(node)
        return f"({over} % nullif({under}, CAST('0' AS BIGINT)))"

    def _whole(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        if source.kind is Kind.INTEGER:
            return text
        if source.kind is Kind.DOUBLE:
            inside = self.once(text, lambda x: when(_double_in_64_bits(x), x))
            return f"CAST({self._rounded(inside, node.name)} AS BIGINT)"
        if not source.scale:
            return self._integer_of_decimal(text, source)
        return self._integer_of_decimal(self._rounded(text, node.name), source)

    def _rounded(self, text: str, name: str) -> str:
        if name != "trunc":
            return f"{name}({text})"
        return self.once(text, lambda x: f"CASE WHEN {x} < 0 THEN ceil({x}) ELSE floor({x}) END")

    def _integer_of_decimal(self, text: str, source: Type) -> str:
        if source.integer_digits <= 18:
            return f"CAST({text} AS BIGINT)"
        return self._narrow(f"CAST({text} AS DECIMAL(38,0))")

    def _to_int(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        match source.kind:
            case Kind.INTEGER:
                return text
            case Kind.DECIMAL:
                one = "CAST('1' AS DECIMAL(1,0))"
                whole = self.once(text, lambda x: when(f"{x} % {one} = 0", x))
                return self._integer_of_decimal(f"({whole})", source)
            case Kind.DOUBLE:
                whole = self.once(
                    text, lambda x: when(f"{_double_in_64_bits(x)} AND floor({x}) = {x}", x)
                )
                return f"CAST({whole} AS BIGINT)"
            case _:
                digits = self.once(text, lambda x: when(f"{x} RLIKE '{INTEGER_SHAPE}'", x))
                return self._narrow(f"CAST({digits} AS DECIMAL(19,0))")

    def _to_decimal(self, node: Operation) -> str:
        source, target = node.arguments[0].type, node.type
        (text,) = self.arguments(node)
        if source.kind is Kind.TEXT:
            return self._cast(self.once(text, lambda x: short_decimal(x, target)), target)
        if source.kind is Kind.DOUBLE:
            inside = self.once(text, lambda x: rounded_range(self, x, target))
            return self._cast(self.bind(inside, lambda x: shortest_text(self, x)), target)
        limit = units_limit(source, target)
        if limit is not None:
            inside = min(limit, INTEGER_MAX) if source.kind is Kind.INTEGER else limit
            low, high = self.literal(-inside, source), self.literal(inside, source)
            text = self.once(text, lambda x: when(f"{x} BETWEEN {low} AND {high}", x))
        return self._cast(text, target)

    def _to_double(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        if source.kind is Kind.DOUBLE:
            return text
        if source.kind is Kind.TEXT:
            return self._finite(f"CAST({self.once(text, readable_double)} AS DOUBLE)")
        return f"CAST({text} AS DOUBLE)"

    def _to_date(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        shaped = self.once(text, lambda x: when(f"{x} RLIKE '{DAY_SHAPE}'", x))

        def build(x: str) -> str:
            year, month, day = (
                f"CAST(substr({x}, {start}, {size}) AS INT)"
                for start, size in ((1, 4), (6, 2), (9, 2))
            )
            last = last_day_text(year, month)
            valid = f"{year} >= 1 AND {month} BETWEEN 1 AND 12 AND {day} BETWEEN 1 AND {last}"
            return f"CAST({when(valid, x)} AS DATE)"

        return self.bind(shaped, build)

    def _date_diff_days(self, node: Operation) -> str:
        first, second = self.arguments(node)
        return f"CAST(datediff({second}, {first}) AS BIGINT)"

    def _date_diff_months(self, node: Operation) -> str:
        def months(first: str, second: str) -> str:
            last = last_day_text(f"year({second})", f"month({second})")
            short = f"day({first}) > day({second}) AND day({second}) <> {last}"
            return (
                f"CAST((year({second}) - year({first})) * 12 + month({second}) - month({first})"
                f" - CASE WHEN {short} THEN 1 ELSE 0 END AS BIGINT)"
            )

        return self.twice(
            self.arguments(node),
            lambda a, b: (
                f"CASE WHEN {a} <= {b} THEN {months(a, b)} WHEN {a} > {b} THEN -{months(b, a)} END"
            ),
        )

    def _add_days(self, node: Operation) -> str:
        def shift(day: str, count: str) -> str:
            since = f"CAST(datediff({day}, CAST('0001-01-01' AS DATE)) AS BIGINT)"
            inside = f"{count} BETWEEN -{since} AND {DAY_MAX - 1} - {since}"
            return f"date_add({day}, CAST({when(inside, count)} AS INT))"

        return self.twice(self.arguments(node), shift)

    def _add_months(self, node: Operation) -> str:
        def shift(day: str, count: str) -> str:
            since = f"CAST(year({day}) * 12 + month({day}) - 13 AS BIGINT)"
            inside = f"{count} BETWEEN -{since} AND {9999 * 12 - 1} - {since}"
            return f"add_months({day}, CAST({when(inside, count)} AS INT))"

        return self.twice(self.arguments(node), shift)

    def _ascii(self, node: Operation) -> str:
        letters = [_UPPER, _UPPER.lower()]
        source, target = letters if node.name == "lower_ascii" else reversed(letters)
        return f"translate({self.text(node.arguments[0])}, '{source}', '{target}')"


def _double_in_64_bits(text: str) -> str:
    return f"{text} >= -{_TWO_TO_63} AND {text} < {_TWO_TO_63}"
