"""Spark SQL, ANSI mode on or off: the same policies beyond one machine.

INTEGER arithmetic that can leave 64 bits runs in DECIMAL and is checked after. Spark gives up a
digit where an exact product needs all 38, whatever its setting, so such products run on whole
numbers. Columns have the types BOOLEAN, BIGINT, DECIMAL(p,s), DOUBLE, STRING, DATE and TIMESTAMP;
the session's time zone is UTC.
"""

from collections.abc import Callable, Collection, Mapping

from goodstanding.language.bounds import integer_bounds
from goodstanding.language.expression import Expression
from goodstanding.language.patterns import regular, runs_of
from goodstanding.language.printer import format_units
from goodstanding.language.spark_digits import (
    minus,
    readable_double,
    short_decimal,
    shortest_text,
    size,
    whole_quotient,
)
from goodstanding.language.sql import rounded_range, when
from goodstanding.language.sql_functions import SqlFunctions
from goodstanding.language.tree import Like, Operation
from goodstanding.language.types import (
    DECIMAL_DIGITS,
    INTEGER_MIN,
    Cell,
    Kind,
    Type,
    decimal,
)

_TYPES = {Kind.INTEGER: "BIGINT", Kind.TEXT: "STRING"}
_WIDEST = decimal(38, 0)


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


class SparkEmitter(SqlFunctions):
    """Emits Spark SQL."""

    wide = "DECIMAL(19,0)"
    small = "INT"
    starting = "startswith({0}, {1})"

    # A quote would join two texts, a backslash escape, `${` be replaced by a variable.
    special = frozenset("'")

    def type_name(self, of: Type) -> str:
        return _TYPES.get(of.kind, str(of))

    def character(self, code: int) -> str:
        return f"chr({code})"

    def bind(self, text: str, body: Callable[[str], str]) -> str:
        name = self.fresh_name()
        return f"transform(array({text}), {name} -> {body(name)})[0]"

    def position(self, text: str) -> str:
        return f"CAST({text} AS INT)"

    def decimal_arithmetic(self, node: Operation, left: str, right: str) -> str:
        sides = [argument.type for argument in node.arguments]
        if node.name == "*" and node.type.precision == DECIMAL_DIGITS and node.type.scale:
            units = f"{self._units(left, sides[0])} * {self._units(right, sides[1])}"
            return self._of_units(units, node.type)
        return self.cast(f"({left} {node.name} {right})", node.type)

    def negated_double(self, text: str) -> str:
        nought = self.nought()
        return self.once(text, lambda x: f"CASE WHEN {x} = {nought} THEN {nought} ELSE -{x} END")

    def negated_decimal(self, text: str, of: Type) -> str:
        return self.once(text, lambda x: minus(x, of))

    def size_of_decimal(self, text: str, of: Type) -> str:
        return self.once(text, lambda x: f"({size(x, of)})")

    def round_half_up(self, node: Operation) -> str:
        return self.cast(self.text(node.arguments[0]), node.type)

    def whole_of_decimal(self, text: str, name: str, source: Type) -> str:
        rounded = self.rounded(text, name) if source.scale else text
        return self._integer_of_decimal(rounded, source)

    def int_of_decimal(self, text: str, source: Type) -> str:
        one = "CAST('1' AS DECIMAL(1,0))"
        whole = self.once(text, lambda x: when(f"{x} % {one} = 0", x))
        return self._integer_of_decimal(f"({whole})", source)

    def whole_double(self, text: str) -> str:
        return f"floor({text})"

    def decimal_of_text(self, text: str, target: Type) -> str:
        return self.cast(self.once(text, lambda x: short_decimal(x, target)), target)

    def decimal_of_double(self, text: str, target: Type) -> str:
        inside = self.once(text, lambda x: rounded_range(self, x, target))
        return self.cast(self.bind(inside, lambda x: shortest_text(self, x)), target)

    def double_of_text(self, text: str) -> str:
        return self.finite(f"CAST({self.once(text, readable_double)} AS DOUBLE)")

    def matches(self, text: str, pattern: str) -> str:
        # Java lets `$` stand before a last line end, so the end is what no character follows.
        return f"{text} RLIKE '(?s){pattern.removesuffix('$')}(?!.)'"

    def like(self, node: Like) -> str:
        # Spark's own LIKE tries every place of every run, which takes it years for ten of them. An
        # atomic group keeps the first place. One run alone is a search, and Spark's is quicker.
        first, *rest = runs_of(node.pattern)
        middle, last = rest[:-1], rest[-1:]
        if not middle or (len(middle) == 1 and not first and not last[0]):
            return super().like(node)
        groups = "".join(f"(?>.*?{regular(run)})" for run in middle)
        pattern = self.quote(f"(?s)^{regular(first)}{groups}.*{regular(last[0])}(?!.)")
        return f"({self.text(node.operand)} RLIKE {pattern})"

    def counted(self, text: str) -> str:
        return f"CAST({text} AS BIGINT)"

    def days_since_start(self, day: str) -> str:
        return f"CAST(datediff({day}, CAST('0001-01-01' AS DATE)) AS BIGINT)"

    def days_later(self, day: str, count: str) -> str:
        return f"date_add({day}, {count})"

    def months_later(self, day: str, count: str) -> str:
        return f"add_months({day}, {count})"

    def _units(self, text: str, of: Type) -> str:
        """A DECIMAL as a DECIMAL(p,0) of its units."""
        if not of.scale:
            return text
        return f"CAST(replace(CAST({text} AS STRING), '.', '') AS DECIMAL({of.precision},0))"

    def _of_units(self, units: str, of: Type) -> str:
        """Whole units, known to fit, as the DECIMAL."""
        if not of.scale:
            return self.cast(units, of)
        if of.precision + of.scale < DECIMAL_DIGITS:
            unit = f"CAST('{format_units(1, of.scale)}' AS DECIMAL({of.scale},{of.scale}))"
            return self.cast(f"CAST({units} AS DECIMAL({of.precision},0)) * {unit}", of)

        def build(x: str) -> str:
            units = f"CAST({size(x, _WIDEST)} AS STRING)"
            padded = f"lpad({units}, {of.scale + 1}, '0')"
            digits = f"CASE WHEN length({units}) > {of.scale} THEN {units} ELSE {padded} END"
            return self.bind(
                digits,
                lambda d: self.cast(
                    f"CASE WHEN {x} < 0 THEN '-' ELSE '' END"
                    f" || left({d}, length({d}) - {of.scale}) || '.' || right({d}, {of.scale})",
                    of,
                ),
            )

        return self.bind(f"CAST({units} AS DECIMAL(38,0))", build)

    def div_round(self, node: Operation) -> str:
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

    def int_div(self, node: Operation) -> str:
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

    def mod(self, node: Operation) -> str:
        over, under = self.arguments(node)
        return f"({over} % nullif({under}, CAST('0' AS BIGINT)))"

    def rounded(self, text: str, name: str) -> str:
        if name != "trunc":
            return f"{name}({text})"
        return self.once(text, lambda x: f"CASE WHEN {x} < 0 THEN ceil({x}) ELSE floor({x}) END")

    def _integer_of_decimal(self, text: str, source: Type) -> str:
        if source.integer_digits <= 18:
            return f"CAST({text} AS BIGINT)"
        return self.narrow(f"CAST({text} AS DECIMAL(38,0))")

    def date_diff_days(self, node: Operation) -> str:
        first, second = self.arguments(node)
        return f"CAST(datediff({second}, {first}) AS BIGINT)"
