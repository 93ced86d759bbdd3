"""The language's functions in SQL, as far as engines agree; a dialect says where they do not.

An engine's module is its dialect: the names of its types, the type that holds what leaves 64
bits, how it matches a text, takes a date apart and rounds. What raises in one engine and not in
another is guarded here for all of them.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping

from goodstanding.language.bounds import overflows
from goodstanding.language.sql import (
    DAY_TEXT,
    INTEGER_TEXT,
    SqlEmitter,
    in_64_bits,
    last_day_text,
    units_limit,
    when,
)
from goodstanding.language.tree import Operation
from goodstanding.language.types import DATE, DAY_MAX, DOUBLE, DOUBLE_MAX, INTEGER, Kind, Type

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TWO_TO_63 = "9223372036854775808"


class SqlFunctions(SqlEmitter):
    """Emits every function; abstract where each engine has its own way."""

    wide: str  # the type of whole numbers beyond 64 bits
    small: str = "INTEGER"  # the type of counts of days, months and characters
    trimmed: str = "btrim({0}, ' ')"
    measured: str = "CAST(char_length({0}) AS BIGINT)"
    starting: str = "starts_with({0}, {1})"
    containing: str = "contains({0}, {1})"

    def operations(self) -> Mapping[str, Callable[[Operation], str]]:
        return {
            "+": self._arithmetic,
            "-": self._arithmetic,
            "*": self._arithmetic,
            "negate": self._negate,
            "abs": self._abs,
            "widen": lambda node: self.cast(self.text(node.arguments[0]), node.type),
            "safe_div": self.safe_div,
            "div_round": self.div_round,
            "int_div": self.int_div,
            "mod": self.mod,
            "round_half_up": self.round_half_up,
            "floor": self._whole,
            "ceil": self._whole,
            "trunc": self._whole,
            "min_of": self.extreme,
            "max_of": self.extreme,
            "to_int": self._to_int,
            "to_decimal": self._to_decimal,
            "to_double": self._to_double,
            "to_date": self._to_date,
            "date_diff_days": self.date_diff_days,
            "date_diff_months": self._date_diff_months,
            "add_days": self._add_days,
            "add_months": self._add_months,
            "lower_ascii": self._ascii,
            "upper_ascii": self._ascii,
            "trim_spaces": lambda node: self.trimmed.format(*self.arguments(node)),
            "length": lambda node: self.measured.format(*self.arguments(node)),
            "substr": self.substr,
            "starts_with": lambda node: self.starting.format(*self.arguments(node)),
            "contains": lambda node: self.containing.format(*self.arguments(node)),
        }

    # What each engine does in its own way.

    @abstractmethod
    def div_round(self, node: Operation) -> str:
        """An exact quotient, rounded half away from zero."""

    @abstractmethod
    def int_div(self, node: Operation) -> str:
        """A whole quotient, truncated to zero."""

    @abstractmethod
    def mod(self, node: Operation) -> str:
        """What a whole quotient leaves, with the sign of the dividend."""

    @abstractmethod
    def round_half_up(self, node: Operation) -> str:
        """An exact number at another scale, rounded half away from zero."""

    @abstractmethod
    def whole_of_decimal(self, text: str, name: str, source: Type) -> str:
        """floor, ceil or trunc of a DECIMAL as INTEGER."""

    @abstractmethod
    def int_of_decimal(self, text: str, source: Type) -> str:
        """A DECIMAL as INTEGER, NULL where it has a fraction."""

    @abstractmethod
    def decimal_of_text(self, text: str, target: Type) -> str:
        """A text as DECIMAL, rounded half away from zero."""

    @abstractmethod
    def decimal_of_double(self, text: str, target: Type) -> str:
        """The shortest text of a DOUBLE as DECIMAL, rounded half away from zero."""

    @abstractmethod
    def double_of_text(self, text: str) -> str:
        """A text as the nearest DOUBLE."""

    @abstractmethod
    def matches(self, text: str, pattern: str) -> str:
        """The condition that the whole text has the form of a pattern `^...$`."""

    @abstractmethod
    def date_diff_days(self, node: Operation) -> str:
        """The days from the first date to the second."""

    @abstractmethod
    def months_later(self, day: str, count: str) -> str:
        """A date some months later, at the last day where the month is shorter."""

    # What most do alike.

    def decimal_arithmetic(self, node: Operation, left: str, right: str) -> str:
        return f"({left} {node.name} {right})"

    def double_arithmetic(self, node: Operation, left: str, right: str) -> str:
        return self.finite(f"({left} {node.name} {right})")

    def safe_div(self, node: Operation) -> str:
        over, under = self.arguments(node)
        nought = self.nought()
        divisor = self.once(under, lambda x: when(f"{x} <> {nought}", x))
        return self.finite(f"({over} / ({divisor}))")

    def nought(self) -> str:
        """0 as DOUBLE."""
        return self.literal(0.0, DOUBLE)

    def negated_double(self, text: str) -> str:
        return f"({self.nought()} - {text})"

    def negated_decimal(self, text: str, of: Type) -> str:
        del of
        return f"(-{text})"

    def size_of_decimal(self, text: str, of: Type) -> str:
        del of
        return f"abs({text})"

    def rounded(self, text: str, name: str) -> str:
        """floor, ceil or trunc."""
        return f"{name}({text})"

    def whole_double(self, text: str) -> str:
        """A DOUBLE inside of 64 bits without its fraction."""
        return f"trunc({text})"

    def digits(self, text: str) -> str:
        """A text of a whole number as the engine casts it."""
        return text

    def decimal_of_exact(self, text: str, source: Type, target: Type) -> str:
        limit = units_limit(source, target)
        if limit is not None:
            low, high = self.literal(-limit, source), self.literal(limit, source)
            text = self.once(text, lambda x: when(f"{x} BETWEEN {low} AND {high}", x))
        return self.cast(text, target)

    def double_of_exact(self, text: str, source: Type) -> str:
        del source
        return self.cast(text, DOUBLE)

    def part(self, name: str, day: str) -> str:
        """The year, month or day of a date."""
        return f"{name}({day})"

    def last_day(self, day: str) -> str:
        """The number of days of a date's month."""
        return last_day_text(self.part("year", day), self.part("month", day))

    def is_not_last_day(self, day: str) -> str:
        return f"{self.part('day', day)} <> {self.last_day(day)}"

    def counted(self, text: str) -> str:
        """A count made of parts of dates, as INTEGER."""
        return f"({text})"

    def days_since_start(self, day: str) -> str:
        """The days from 1 January of year 1 on."""
        start = self.literal(1, DATE)
        return f"({day} - {start})"

    def days_later(self, day: str, count: str) -> str:
        return f"({day} + {count})"

    # What follows from them.

    def cast(self, text: str, of: Type) -> str:
        return f"CAST({text} AS {self.type_name(of)})"

    def widened(self, text: str) -> str:
        return f"CAST({text} AS {self.wide})"

    def narrow(self, wide: str) -> str:
        """A whole number as INTEGER, NULL outside 64 bits."""
        return self.once(wide, lambda x: self.cast(when(in_64_bits(x), x), INTEGER))

    def finite(self, text: str) -> str:
        """A DOUBLE without -0.0, NULL where it is infinite or no number."""
        nought, limit = self.nought(), self.literal(DOUBLE_MAX, DOUBLE)
        return self.once(
            text,
            lambda x: (
                f"CASE WHEN {x} = {nought} THEN {nought} WHEN abs({x}) <= {limit} THEN {x} END"
            ),
        )

    def _arithmetic(self, node: Operation) -> str:
        left, right = self.arguments(node)
        if node.type.kind is Kind.DOUBLE:
            return self.double_arithmetic(node, left, right)
        if node.type.kind is Kind.DECIMAL:
            return self.decimal_arithmetic(node, left, right)
        if not overflows(node):
            return f"({left} {node.name} {right})"
        return self.narrow(f"({self.widened(left)} {node.name} {self.widened(right)})")

    def _negate(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        match node.type.kind:
            case Kind.DOUBLE:
                return self.negated_double(text)
            case Kind.DECIMAL:
                return self.negated_decimal(text, node.type)
            case _ if overflows(node):
                return self.narrow(f"(-{self.widened(text)})")
            case _:
                return f"(-{text})"

    def _abs(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        if node.type.kind is Kind.DECIMAL:
            return self.size_of_decimal(text, node.type)
        if node.type.kind is Kind.INTEGER and overflows(node):
            return self.narrow(f"abs({self.widened(text)})")
        return f"abs({text})"

    def _in_64_bits(self, double: str) -> str:
        bound = self.cast(f"'{_TWO_TO_63}'", DOUBLE)
        return f"{double} >= -{bound} AND {double} < {bound}"

    def _whole(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        if source.kind is Kind.INTEGER:
            return text
        if source.kind is Kind.DECIMAL:
            return self.whole_of_decimal(text, node.name, source)
        inside = self.once(text, lambda x: when(self._in_64_bits(x), x))
        return self.cast(self.rounded(inside, node.name), INTEGER)

    def _to_int(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        match source.kind:
            case Kind.INTEGER:
                return text
            case Kind.DECIMAL:
                return self.int_of_decimal(text, source)
            case Kind.DOUBLE:
                whole = self.once(
                    text,
                    lambda x: when(f"{self._in_64_bits(x)} AND {self.whole_double(x)} = {x}", x),
                )
                return self.cast(whole, INTEGER)
            case _:
                digits = self.once(
                    text, lambda x: when(self.matches(x, INTEGER_TEXT), self.digits(x))
                )
                return self.narrow(self.widened(digits))

    def _to_decimal(self, node: Operation) -> str:
        source, target = node.arguments[0].type, node.type
        (text,) = self.arguments(node)
        if source.kind is Kind.TEXT:
            return self.decimal_of_text(text, target)
        if source.kind is Kind.DOUBLE:
            return self.decimal_of_double(text, target)
        return self.decimal_of_exact(text, source, target)

    def _to_double(self, node: Operation) -> str:
        source = node.arguments[0].type
        (text,) = self.arguments(node)
        if source.kind is Kind.DOUBLE:
            return text
        if source.kind is Kind.TEXT:
            return self.double_of_text(text)
        return self.double_of_exact(text, source)

    def _to_date(self, node: Operation) -> str:
        (text,) = self.arguments(node)
        shaped = self.once(text, lambda x: when(self.matches(x, DAY_TEXT), x))

        def build(x: str) -> str:
            year, month, day = (
                f"CAST(substr({x}, {start}, {size}) AS {self.small})"
                for start, size in ((1, 4), (6, 2), (9, 2))
            )
            last = last_day_text(year, month)
            valid = f"{year} >= 1 AND {month} BETWEEN 1 AND 12 AND {day} BETWEEN 1 AND {last}"
            return self.cast(when(valid, x), DATE)

        return self.bind(shaped, build)

    def _date_diff_months(self, node: Operation) -> str:
        def months(first: str, second: str) -> str:
            years = f"({self.part('year', second)} - {self.part('year', first)}) * 12"
            rest = f"{self.part('month', second)} - {self.part('month', first)}"
            is_later = f"{self.part('day', first)} > {self.part('day', second)}"
            short = f"{is_later} AND {self.is_not_last_day(second)}"
            return self.counted(f"{years} + {rest} - CASE WHEN {short} THEN 1 ELSE 0 END")

        return self.twice(
            self.arguments(node),
            lambda a, b: (
                f"CASE WHEN {a} <= {b} THEN {months(a, b)} WHEN {a} > {b} THEN -{months(b, a)} END"
            ),
        )

    def _add_days(self, node: Operation) -> str:
        def shift(day: str, count: str) -> str:
            since = self.days_since_start(day)
            inside = f"{count} BETWEEN -{since} AND {DAY_MAX - 1} - {since}"
            return self.days_later(day, f"CAST({when(inside, count)} AS {self.small})")

        return self.twice(self.arguments(node), shift)

    def _add_months(self, node: Operation) -> str:
        def shift(day: str, count: str) -> str:
            since = self.counted(f"{self.part('year', day)} * 12 + {self.part('month', day)} - 13")
            inside = f"{count} BETWEEN -{since} AND {9999 * 12 - 1} - {since}"
            return self.months_later(day, f"CAST({when(inside, count)} AS {self.small})")

        return self.twice(self.arguments(node), shift)

    def _ascii(self, node: Operation) -> str:
        letters = [_UPPER, _UPPER.lower()]
        source, target = letters if node.name == "lower_ascii" else reversed(letters)
        return f"translate({self.text(node.arguments[0])}, '{source}', '{target}')"
