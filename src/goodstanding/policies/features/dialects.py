"""What the three engines spell differently: instants, wide integers, attributes in JSON, arrays.

Values are measured as whole numbers of their smallest unit in a type so wide that no sum of them
overflows: numeric in PostgreSQL, HUGEINT in DuckDB, DECIMAL(38,0) in Spark.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta

from goodstanding.language.duckdb_engine import DuckdbEmitter
from goodstanding.language.postgres_engine import PostgresEmitter
from goodstanding.language.spark_engine import SparkEmitter
from goodstanding.language.sql import SqlEmitter
from goodstanding.language.types import INTEGER, Type, decimal

_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 10**18 - 1


class Dialect(ABC):
    """One engine's spelling. `party_id`, `legal_entity` are its columns of a fact."""

    emitter: type[SqlEmitter]
    wide: str
    double = "DOUBLE"
    legal_entity = "legal_entity"

    @abstractmethod
    def moment(self, column: str) -> str:
        """An instant as something that compares and from which a window can be taken."""

    @abstractmethod
    def earlier(self, moment: str, length: timedelta) -> str:
        """The moment so long before."""

    @abstractmethod
    def day(self, column: str) -> str:
        """The day of an instant, UTC."""

    @abstractmethod
    def attribute(self, name: str, *, of: str) -> tuple[str, str]:
        """Of an attribute of a fact: its kind in JSON (number, string, boolean), and its text."""

    @abstractmethod
    def floor_divide(self, over: str, under: str) -> str:
        """The whole part of a quotient of wide integers that are not negative."""

    @abstractmethod
    def latest(self, value: str, order: tuple[str, ...], condition: str) -> str:
        """An aggregate: the value of the row that is last by all of `order`."""

    @abstractmethod
    def in_order(self, value: str, condition: str) -> str:
        """An aggregate: the values as a sorted array."""

    @abstractmethod
    def item(self, array: str, place: str) -> str:
        """An item of an array, counted from 0; NULL beyond its end."""

    def converted_amount(self, name: str) -> str:
        """The amount of the fact in another currency, by the name that it goes by in the query."""
        return f"fact.{name}"

    def bind(self, text: str, body: Callable[[str], str]) -> str:
        """`body` over a name for the value of `text`."""
        self._bound = getattr(self, "_bound", None) or self.emitter(column=str)
        return self._bound.bind(text, body)

    def quote(self, text: str) -> str:
        """A text constant."""
        return self.emitter(column=str).quote(text)

    def as_wide(self, text: str) -> str:
        """A whole number as a wide integer."""
        return f"CAST({text} AS {self.wide})"

    def summand(self, text: str) -> str:
        """A 64-bit integer as it may be summed; the sum is as wide as it needs to be."""
        return text

    def literal(self, value: int, type_: Type) -> str:
        """A whole constant of a type."""
        return f"CAST('{value}' AS {self.type_name(type_)})"

    def number(self, value: int) -> str:
        """A wide constant."""
        return f"CAST('{value}' AS {self.wide})"

    def half_up(self, over: str, under: str) -> str:
        """A quotient of wide integers, `under` positive, rounded half away from zero."""
        divided = self.floor_divide(f"2 * abs({over}) + {under}", f"2 * {under}")
        return f"(CASE WHEN {over} < 0 THEN -1 ELSE 1 END * {self.as_wide(divided)})"

    def clamped(self, text: str, limit: str) -> str:
        """A wide integer held within plus and minus a limit."""
        return f"least(greatest({text}, -{limit}), {limit})"

    def typed(self, units: str, type_: Type) -> str:
        """Wide units, never NULL, as a value of the type; beyond 18 digits held at the limit."""
        return self.exactly(self.clamped(units, self.number(_LARGEST)), type_)

    def exactly(self, held: str, type_: Type) -> str:
        """Whole units of at most 18 digits, or NULL, as a value of the type."""
        if type_ == INTEGER:
            return f"CAST({held} AS {self.type_name(INTEGER)})"
        unit = f"CAST('{self._unit(type_.scale)}' AS {self.type_name(decimal(7, type_.scale))})"
        narrow = f"CAST({held} AS {self.type_name(decimal(18, 0))})"
        return f"CAST({narrow} * {unit} AS {self.type_name(type_)})"

    def type_name(self, type_: Type) -> str:
        """The engine's name of a type."""
        return self.emitter(column=str).type_name(type_)

    @staticmethod
    def _unit(scale: int) -> str:
        return f"{10**-scale if scale else 1:.{scale}f}"


class Postgres(Dialect):
    """PostgreSQL, over the ledger's own table."""

    emitter = PostgresEmitter
    wide = "numeric"
    double = "double precision"
    legal_entity = "legal_entity_id"

    def moment(self, column: str) -> str:
        return column

    def earlier(self, moment: str, length: timedelta) -> str:
        return f"{moment} - interval '{int(length.total_seconds())} seconds'"

    def day(self, column: str) -> str:
        return f"CAST({column} AT TIME ZONE 'UTC' AS date)"

    def converted_amount(self, name: str) -> str:
        return f"{name}.amount"

    def attribute(self, name: str, *, of: str) -> tuple[str, str]:
        return f"jsonb_typeof({of}.attributes -> '{name}')", f"({of}.attributes ->> '{name}')"

    def floor_divide(self, over: str, under: str) -> str:
        return f"div({over}, {under})"

    def latest(self, value: str, order: tuple[str, ...], condition: str) -> str:
        columns = ", ".join(f"{column} desc" for column in order)
        return f"(array_agg({value} order by {columns}) filter (where {condition}))[1]"

    def in_order(self, value: str, condition: str) -> str:
        return f"array_agg({value} order by {value}) filter (where {condition})"

    def item(self, array: str, place: str) -> str:
        return f"({array})[CAST({place} AS integer) + 1]"


class DuckDB(Dialect):
    """DuckDB; instants as microseconds since 1970, which saves the calendar."""

    emitter = DuckdbEmitter
    wide = "HUGEINT"

    def moment(self, column: str) -> str:
        return f"epoch_us({column})"

    def earlier(self, moment: str, length: timedelta) -> str:
        return f"{moment} - {length // _MICROSECOND}"

    def day(self, column: str) -> str:
        return f"CAST(make_timestamp(epoch_us({column})) AS DATE)"

    def attribute(self, name: str, *, of: str) -> tuple[str, str]:
        kind = f"json_type({of}.attributes, '$.{name}')"
        numbers = "'UBIGINT', 'BIGINT', 'DOUBLE', 'HUGEINT', 'UHUGEINT'"
        spelt = (
            f"CASE WHEN {kind} = 'VARCHAR' THEN 'string' WHEN {kind} = 'BOOLEAN' THEN 'boolean'"
            f" WHEN {kind} IN ({numbers}) THEN 'number' END"
        )
        return spelt, f"json_extract_string({of}.attributes, '$.{name}')"

    def floor_divide(self, over: str, under: str) -> str:
        return f"(({over}) // ({under}))"

    def latest(self, value: str, order: tuple[str, ...], condition: str) -> str:
        columns = ", ".join(f"{column} desc" for column in order)
        return f"(list({value} order by {columns}) filter (where {condition}))[1]"

    def in_order(self, value: str, condition: str) -> str:
        return f"list_sort(list({value}) filter (where {condition}))"

    def item(self, array: str, place: str) -> str:
        return f"{array}[CAST({place} AS BIGINT) + 1]"


class Spark(Dialect):
    """Spark SQL, in ANSI mode and UTC."""

    emitter = SparkEmitter
    wide = "DECIMAL(38,0)"

    def summand(self, text: str) -> str:
        return self.as_wide(text)

    def moment(self, column: str) -> str:
        return f"unix_micros(CAST({column} AS TIMESTAMP))"

    def earlier(self, moment: str, length: timedelta) -> str:
        return f"{moment} - {length // _MICROSECOND}"

    def day(self, column: str) -> str:
        return f"CAST(CAST({column} AS TIMESTAMP) AS DATE)"

    def attribute(self, name: str, *, of: str) -> tuple[str, str]:
        found = f"try_variant_get(try_parse_json({of}.attributes), '$.{name}')"
        kind = f"schema_of_variant({found})"
        spelt = (
            f"CASE WHEN {kind} = 'STRING' THEN 'string' WHEN {kind} = 'BOOLEAN' THEN 'boolean'"
            f" WHEN {kind} = 'BIGINT' OR {kind} LIKE 'DECIMAL%' OR {kind} = 'DOUBLE'"
            " THEN 'number' END"
        )
        return spelt, f"get_json_object({of}.attributes, '$.{name}')"

    def floor_divide(self, over: str, under: str) -> str:
        return f"(({over}) div ({under}))"

    def latest(self, value: str, order: tuple[str, ...], condition: str) -> str:
        return f"max_by({value}, struct({', '.join(order)})) filter (where {condition})"

    def in_order(self, value: str, condition: str) -> str:
        return f"array_sort(collect_list({value}) filter (where {condition}))"

    def item(self, array: str, place: str) -> str:
        return f"get({array}, CAST({place} AS INT))"


def collated(dialect: Dialect, column: str) -> str:
    """A text column that sorts by code point."""
    return f'{column} collate "C"' if isinstance(dialect, Postgres) else column
