"""Evaluate expressions over rows of cells on any engine: for conformance and parity.

Not the way a policy decides: one query per expression, results as cells. A runner trusts
nothing: a result of another type than the tree's is an error, not a value to convert.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any, Protocol

from goodstanding.language.boundary import python_value
from goodstanding.language.duckdb_engine import DuckdbEmitter, emit_duckdb
from goodstanding.language.expression import Expression
from goodstanding.language.postgres_engine import PostgresEmitter
from goodstanding.language.python_engine import compile_python
from goodstanding.language.spark_absent import require_spark
from goodstanding.language.spark_engine import emit_spark, quote_spark_name
from goodstanding.language.sql import quote_name
from goodstanding.language.types import BOOLEAN, TIMESTAMP, Cell, Kind, Type

Row = Mapping[str, Cell | None]
ROW_NUMBER = "gs_row"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WrongType(TypeError):
    """An engine answered with another type than the tree has: a defect of an emitter."""


@dataclass(frozen=True, slots=True)
class Job:
    """An expression over rows; `lists` are the members of the lists it looks up."""

    expression: Expression
    rows: Sequence[Row]
    lists: Mapping[str, frozenset[Cell]] = field(default_factory=dict[str, frozenset[Cell]])


class Runner(Protocol):
    """One engine."""

    name: str

    def run(self, job: Job) -> list[Cell | None]:
        """The result of each row as a cell, in order."""
        ...


def run_all(runner: Runner, jobs: Sequence[Job]) -> list[list[Cell | None]]:
    """Many jobs; together where the engine answers a query slowly."""
    if isinstance(runner, SparkRunner):
        return runner.run_together(jobs)
    return [runner.run(job) for job in jobs]


class PythonRunner:
    """The generated function, row by row; the fast pair is held against the value."""

    name = "python"

    def run(self, job: Job) -> list[Cell | None]:
        expression = job.expression
        columns = [[row[name] for row in job.rows] for name in expression.inputs]
        rows = list(zip(*columns, strict=True)) if columns else [()] * len(job.rows)
        value = compile_python(expression, lists=job.lists)
        values = [value(*row) for row in rows]
        if expression.type == BOOLEAN:
            is_true = compile_python(expression, form="is_true", lists=job.lists)
            is_false = compile_python(expression, form="is_false", lists=job.lists)
            for row, found in zip(rows, values, strict=True):
                if (is_true(*row), is_false(*row)) != (found is True, found is False):
                    raise WrongType(f"{expression.to_text()} is {found!r}, and its pair differs")
        return [cell_of(expression.type, found) for found in values]


class DuckdbRunner:
    """DuckDB in memory, without access to files or settings."""

    name = "duckdb"

    def __init__(self) -> None:
        import duckdb

        self._connection = duckdb.connect(
            ":memory:", config={"enable_external_access": False, "lock_configuration": True}
        )

    def run(self, job: Job) -> list[Cell | None]:
        sql = emit_duckdb(job.expression, lists=job.lists)
        query = f"SELECT {sql} AS result FROM gs_rows ORDER BY {ROW_NUMBER}"  # noqa: S608
        self._connection.register("gs_rows", rows_table(job.expression.inputs, job.rows))
        relation = self._connection.sql(query)
        wanted = DuckdbEmitter(column=quote_name).type_name(job.expression.type)
        if str(relation.types[0]) != wanted:
            raise WrongType(f"duckdb gives {relation.types[0]} for {wanted}: {sql}")
        return [cell_of(job.expression.type, found) for (found,) in relation.fetchall()]


class PolarsRunner:
    """Polars, in memory and streaming: both must answer alike."""

    name = "polars"

    def run(self, job: Job) -> list[Cell | None]:
        import polars as pl

        from goodstanding.language.polars_engine import emit_polars
        from goodstanding.language.polars_parts import cell_type

        found = pl.from_arrow(rows_table(job.expression.inputs, job.rows))
        frame = found if isinstance(found, pl.DataFrame) else found.to_frame()
        result = emit_polars(job.expression, lists=job.lists).alias("result")
        query = frame.lazy().select(ROW_NUMBER, result)
        answer = query.collect(engine="in-memory").sort(ROW_NUMBER)
        streamed = query.collect(engine="streaming").sort(ROW_NUMBER)
        if not answer.equals(streamed):
            raise WrongType(f"streaming differs on {job.expression.to_text()}")
        column = answer["result"]
        wanted = cell_type(job.expression.type)
        if column.dtype != wanted:
            raise WrongType(f"polars gives {column.dtype} for {wanted}")
        return [cell_of(job.expression.type, value) for value in column.to_list()]


class PostgresRunner:
    """PostgreSQL through `execute`, which runs one query in UTC and gives its rows."""

    name = "postgres"

    def __init__(self, execute: Callable[[str], Sequence[Sequence[object]]]) -> None:
        self._execute = execute

    def run(self, job: Job) -> list[Cell | None]:
        emitter = PostgresEmitter(column=quote_name, lists=job.lists)
        result = emitter.emit(job.expression)
        names = ", ".join(map(quote_name, (ROW_NUMBER, *job.expression.inputs)))
        rows = ", ".join(
            f"({', '.join((str(number), *self._literals(emitter, job, row)))})"
            for number, row in enumerate(job.rows)
        )
        values = f"(VALUES {rows}) AS gs_rows({names})"
        query = f"SELECT {result} FROM {values} ORDER BY {ROW_NUMBER}"  # noqa: S608 - our own
        return [cell_of(job.expression.type, found) for (found,) in self._execute(query)]

    def _literals(self, emitter: PostgresEmitter, job: Job, row: Row) -> list[str]:
        return [emitter.literal(row[name], of) for name, of in job.expression.inputs.items()]


class SparkRunner:
    """Spark on this machine, in the session that is open, in UTC."""

    name = "spark"
    together = 40  # expressions a query: more would outgrow a generated method

    def __init__(self) -> None:
        require_spark()
        sql: Any = import_module("pyspark.sql")
        builder = sql.SparkSession.builder.master("local[1]").appName("goodstanding")
        for key, value in _SPARK_SETTINGS.items():
            builder = builder.config(key, value)
        self._session: Any = builder.getOrCreate()

    def run(self, job: Job) -> list[Cell | None]:
        (answer,) = self.run_together([job])
        return answer

    def run_together(self, jobs: Sequence[Job]) -> list[list[Cell | None]]:
        """Jobs of equally many rows as columns of one table."""
        answers: list[list[Cell | None]] = []
        for start in range(0, len(jobs), self.together):
            answers += self._query(jobs[start : start + self.together])
        return answers

    def _query(self, jobs: Sequence[Job]) -> list[list[Cell | None]]:
        tables = [rows_table(job.expression.inputs, job.rows, zone="UTC") for job in jobs]
        columns = {ROW_NUMBER: max(tables, key=len)[ROW_NUMBER]}
        selected = [quote_spark_name(ROW_NUMBER)]
        for number, (job, table) in enumerate(zip(jobs, tables, strict=True)):
            columns |= {f"c{number}_{name}": table[name] for name in job.expression.inputs}
            result = emit_spark(
                job.expression,
                column=lambda name, number=number: quote_spark_name(f"c{number}_{name}"),
                lists=job.lists,
            )
            if job.expression.type == TIMESTAMP:  # Python cannot hold all of them in a zone
                result = f"unix_micros({result})"
            selected.append(f"{result} AS r{number}")
        pa: Any = import_module("pyarrow")
        frame = self._session.createDataFrame(pa.table(columns)).selectExpr(*selected)
        rows = sorted(frame.collect(), key=lambda row: row[0])
        self._check_types(jobs, frame)
        return [
            [cell_of(job.expression.type, row[number]) for row in rows]
            for number, job in enumerate(jobs, start=1)
        ]

    def _check_types(self, jobs: Sequence[Job], frame: Any) -> None:
        for job, (_, found) in zip(jobs, frame.dtypes[1:], strict=True):
            wanted = str(job.expression.type).lower()
            wanted = _SPARK_TYPES.get(wanted, wanted)
            if found != wanted:
                raise WrongType(f"spark gives {found} for {wanted}: {job.expression.to_text()}")


_SPARK_TYPES = {"integer": "bigint", "text": "string", "timestamp": "bigint"}
_SPARK_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.log.level": "ERROR",
}


def rows_table(inputs: Mapping[str, Type], rows: Sequence[Row], *, zone: str | None = None) -> Any:
    """The rows as an Arrow table of the declared types, numbered by ROW_NUMBER."""
    pa: Any = import_module("pyarrow")  # untyped

    columns = {ROW_NUMBER: pa.array(range(len(rows)), pa.int64())}
    for name, of in inputs.items():
        values = [python_value(of, row[name]) for row in rows]
        columns[name] = pa.array(values, _arrow_type(of, zone))
    return pa.table(columns)


def cell_of(of: Type, value: object) -> Cell | None:
    """A driver's value as a cell, exactly; WrongType where it is of another type."""
    match of.kind, value:
        case _, None:
            return None
        case Kind.BOOLEAN, bool():
            return value
        case Kind.INTEGER | Kind.DECIMAL | Kind.DATE | Kind.TIMESTAMP, int() if not isinstance(
            value, bool
        ):
            return value
        case Kind.DECIMAL, Decimal():
            return _units(value, of.scale)
        case Kind.DOUBLE, float():
            return value
        case Kind.TEXT, str():
            return value
        case Kind.TIMESTAMP, datetime():
            aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
            difference = aware - _EPOCH
            seconds = difference.days * 86_400 + difference.seconds
            return seconds * 1_000_000 + difference.microseconds
        case Kind.DATE, date():
            return value.toordinal()
        case _:
            raise WrongType(f"{value!r} is no {of}")


def _units(value: Decimal, scale: int) -> int:
    """The scaled integer, exactly: Decimal's own arithmetic would round to 28 digits."""
    sign, digits, exponent = value.as_tuple()
    shift = int(exponent) + scale
    units = int("".join(map(str, digits)))
    if shift < 0:
        units, rest = divmod(units, 10**-shift)
        if rest:
            raise WrongType(f"{value} has more than {scale} decimals")
        shift = 0
    return (-units if sign else units) * 10**shift


def _arrow_type(of: Type, zone: str | None) -> Any:
    pa: Any = import_module("pyarrow")  # untyped

    match of.kind:
        case Kind.BOOLEAN:
            return pa.bool_()
        case Kind.INTEGER:
            return pa.int64()
        case Kind.DECIMAL:
            return pa.decimal128(of.precision, of.scale)
        case Kind.DOUBLE:
            return pa.float64()
        case Kind.TEXT:
            return pa.string()
        case Kind.DATE:
            return pa.date32()
        case Kind.TIMESTAMP:
            return pa.timestamp("us", tz=zone)
