"""A policy over a whole table, in the engine of one's choice, streaming."""

import os
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import polars as pl

from goodstanding.core.errors import Refusal
from goodstanding.language.types import Kind, Type
from goodstanding.policies.engine.batch import (
    ENGINES,
    OWN_COLUMNS,
    AsOfColumn,
    Batch,
    ColumnMissing,
    ColumnOfNoInput,
    ColumnOfWrongType,
    Engine,
    EngineUnknown,
    KeptColumnMissing,
    KeptColumnTaken,
    Masks,
    ValueUnknown,
)
from goodstanding.policies.engine.duckdb_target import DuckdbTarget
from goodstanding.policies.engine.plan import Plan, PlannedModel
from goodstanding.policies.engine.polars_target import BEYOND_ASCII, OUTCOME, PolarsTarget
from goodstanding.policies.engine.spark_run import SparkSource, spark_parts
from goodstanding.policies.engine.table_answer import TableEvaluation
from goodstanding.scoring.types import MissingHandling

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CHUNK_ROWS = 262_144
ROW_GROUPS_AHEAD_MAX = 8  # a wide one has a hundred megabytes


class ArrowTable(Protocol):
    """A table of any library that speaks Arrow's C interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Source: TypeAlias = Path | str | pl.DataFrame | pl.LazyFrame | ArrowTable


class SourceUnreadable(Refusal):
    """{what} is no table that a policy reads: {why}."""

    code = "table_unreadable"
    mend = "Give a Parquet path, an Arrow table or record-batch reader, or a Polars frame."


class SourceAbsent(Refusal):
    """There is no table at {path}."""

    code = "table_absent"
    status = 404
    mend = "Name a Parquet file, a folder of them or a pattern such as day=*/*.parquet."


def evaluate_table(
    plan: Plan, source: Source, batch: Batch, *, engine: Engine = "polars"
) -> TableEvaluation:
    """Every row's answer at once; see `evaluate_batches`."""
    read = _readable_again(source)
    answer = pl.concat(evaluate_batches(plan, read, batch, engine=engine))
    return TableEvaluation(answer, plan, source=frame_of(read), batch=batch)


def evaluate_batches(
    plan: Plan,
    source: Source,
    batch: Batch,
    *,
    engine: Engine = "polars",
    chunk_rows: int = CHUNK_ROWS,
) -> Iterator[pl.DataFrame]:
    """The answer in batches of some hundred thousand rows, in the order of the source.

    `source` is a Parquet path or pattern, an Arrow table or a Polars frame; an optional input
    without a column is missing everywhere. Whoever stops taking batches stops the work. At least
    one batch comes, if only an empty one; Spark gives empty ones while it is at work.
    Raises EngineUnknown, SourceAbsent, SourceUnreadable, ColumnMissing, ColumnOfNoInput,
    ColumnOfWrongType, KeptColumnMissing, ValueUnknown, AsOfColumn and SparkAbsent.
    """
    if engine not in ENGINES:
        raise EngineUnknown(field="engine", engine=engine)
    frame = frame_of(source)
    schema = dict(frame.collect_schema())
    bound = replace(batch, columns=_columns(plan, schema, batch.columns))
    _check(plan, bound, schema)
    with _scores(plan, bound, frame, schema, chunk_rows) as scores:
        if engine == "duckdb":
            yield from _duckdb_parts(plan, bound, source, frame, scores, chunk_rows)
            return
        read = None if scores is None else pl.scan_parquet(scores)
        careful = PolarsTarget(plan, bound, schema).query(frame, read)
        if engine == "spark":
            asked = SparkSource(frame, schema, _files(source), scores, _empty(careful))
            yield from spark_parts(plan, bound, asked, chunk_rows=chunk_rows)
        elif isinstance(source, pl.LazyFrame):  # read twice, it may come in another order
            yield from _collected(careful, chunk_rows)
        else:
            quick = PolarsTarget(plan, bound, schema, composes=False).query(frame, read)
            yield from _quick_then_careful(quick, careful, chunk_rows)


def frame_of(source: Source) -> pl.LazyFrame:
    """The rows of a source, not yet read."""
    match source:
        case pl.LazyFrame():
            return source
        case pl.DataFrame():
            return source.lazy()
        case Path() | str():
            return _scanned(source)
        case _:
            return _in_memory(source).lazy()


def _readable_again(source: Source) -> Path | str | pl.DataFrame | pl.LazyFrame:
    """The same, since a stream of record batches can be read once only."""
    match source:
        case Path() | str() | pl.DataFrame() | pl.LazyFrame():
            return source
        case _:
            return _in_memory(source)


def _scanned(source: Path | str) -> pl.LazyFrame:
    frame = pl.scan_parquet(_pattern(source), glob=True)
    try:
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        why = str(error).splitlines()[0]
        raise SourceUnreadable(what=str(source), why=why) from error
    return frame


def _in_memory(source: ArrowTable) -> pl.DataFrame:
    if not hasattr(source, "__arrow_c_stream__"):
        what = f"A {type(source).__name__}"
        raise SourceUnreadable(what=what, why="it does not speak Arrow")
    return pl.DataFrame(source)


def _pattern(source: Path | str) -> str:
    path = Path(source)
    if path.is_dir():
        return str(path / "**" / "*.parquet")
    if not path.exists() and not list(Path(path.anchor or ".").glob(_below(path))):
        raise SourceAbsent(path=str(source))
    return str(source)


def _below(path: Path) -> str:
    return str(path.relative_to(path.anchor)) if path.anchor else str(path)


def _columns(
    plan: Plan, schema: Mapping[str, pl.DataType], renamed: Mapping[str, str]
) -> dict[str, str]:
    known = [item.name for item in plan.inputs]
    for name in renamed:
        if name not in known:
            raise ColumnOfNoInput(field="columns", name=name, known=", ".join(sorted(known)))
    found: dict[str, str] = {}
    for item in plan.inputs:
        column = renamed.get(item.name, item.name)
        if column in schema:
            found[item.name] = column
        elif item.is_required or item.name in renamed:
            raise ColumnMissing(field=item.name, name=item.name, column=column)
    return found


def _check(plan: Plan, batch: Batch, schema: Mapping[str, pl.DataType]) -> None:
    for item in plan.inputs:
        column = batch.columns.get(item.name)
        if column is not None and not _fits(schema[column], item.type):
            raise ColumnOfWrongType(
                field=item.name,
                column=column,
                given=str(schema[column]),
                name=item.name,
                wanted=str(item.type),
            )
    own = {*OWN_COLUMNS, *Masks(plan).names, *batch.values, *(term.name for term in plan.terms)}
    for name in batch.keep:
        if name not in schema:
            raise KeptColumnMissing(field="keep", column=name, known=", ".join(schema))
        if name in own:
            raise KeptColumnTaken(field="keep", column=name)
    computed = {item.name for item in (*plan.computed, *plan.models)}
    for name in batch.values:
        if name not in computed:
            raise ValueUnknown(field="values", name=name, known=", ".join(sorted(computed)))
    _check_as_of(plan, batch.as_of, schema)


def _check_as_of(
    plan: Plan, as_of: datetime | str | None, schema: Mapping[str, pl.DataType]
) -> None:
    if not plan.parameters:
        return
    if as_of is None:
        raise AsOfColumn(field="as_of", why="none was given")
    if isinstance(as_of, datetime):
        if as_of.tzinfo is None:
            raise AsOfColumn(field="as_of", why="the instant has no zone")
        return
    given = schema.get(as_of)
    if given is None or not isinstance(given, pl.Date | pl.Datetime):
        raise AsOfColumn(field="as_of", why=f"{as_of} is no column of days or instants")
    if isinstance(given, pl.Date) and "as_of" in plan.parameters:
        raise AsOfColumn(field="as_of", why=f"{as_of} has days where it needs instants")


_READS: Mapping[Kind, tuple[type[pl.DataType], ...]] = {
    Kind.BOOLEAN: (pl.Boolean,),
    Kind.INTEGER: (
        pl.Int8,
        pl.Int16,
        pl.Int32,
        pl.Int64,
        pl.UInt8,
        pl.UInt16,
        pl.UInt32,
        pl.UInt64,
    ),
    Kind.DOUBLE: (pl.Float32, pl.Float64),
    Kind.TEXT: (pl.String, pl.Categorical, pl.Enum),
    Kind.DATE: (pl.Date,),
    Kind.TIMESTAMP: (pl.Datetime,),
}


def _fits(given: pl.DataType, of: Type) -> bool:
    """Whether a column's values are the type's, so that nothing is rounded or parsed."""
    if isinstance(given, pl.Null):
        return True
    if of.kind is Kind.DECIMAL:
        scaled = isinstance(given, pl.Decimal) and given.scale <= of.scale
        return scaled or isinstance(given, _READS[Kind.INTEGER])
    return isinstance(given, _READS[of.kind])


@contextmanager
def _scores(
    plan: Plan,
    batch: Batch,
    frame: pl.LazyFrame,
    schema: Mapping[str, pl.DataType],
    chunk_rows: int,
) -> Generator[str | None]:
    """The models' scores of every row in millionths, in files that live as long as needed."""
    if not plan.models:
        yield None
        return
    features = PolarsTarget(plan, batch, schema).features(frame)
    with tempfile.TemporaryDirectory(prefix="goodstanding-scores-") as folder:
        for number, chunk in enumerate(_collected(features, chunk_rows)):
            scored = pl.DataFrame({model.name: scores_of(model, chunk) for model in plan.models})
            scored.write_parquet(Path(folder) / f"{number:06}.parquet")
        yield str(Path(folder) / "*.parquet")


def scores_of(model: PlannedModel, features: pl.DataFrame) -> pl.Series:
    """A model's scores in millionths; null where it lacks what it never saw missing."""
    table = features.select(
        pl.col(name).alias(feature.name)
        for feature, name in zip(model.model.features, model.reads, strict=True)
    )
    needed = [
        feature.name
        for feature in model.model.features
        if feature.missing is MissingHandling.REFUSE
    ]
    lacks = pl.any_horizontal(pl.lit(value=False), *(pl.col(name).is_null() for name in needed))
    lacking = table.with_columns(lacks.alias("gs_lacks")).get_column("gs_lacks")
    kept = table.filter(~lacking)
    rows = lacking.not_().arg_true()
    scores = pl.repeat(None, table.height, dtype=pl.Int64, eager=True)
    if kept.height:
        scores = scores.scatter(rows, model.model.score_many(kept).to_physical().cast(pl.Int64))
    return scores


@cache
def _decode_ahead() -> None:
    """Have Polars decode a row group a core ahead instead of many, unless it was told otherwise.

    One thread decodes a row group. With fewer, cores wait for it; more take memory for nothing.
    """
    ahead = min(max(os.cpu_count() or 1, 2), ROW_GROUPS_AHEAD_MAX)
    os.environ.setdefault("POLARS_ROW_GROUP_PREFETCH_SIZE", str(ahead))
    pl.Config.reload_env_vars()


def _collected(frame: pl.LazyFrame, chunk_rows: int) -> Iterator[pl.DataFrame]:
    """Batches in order; one empty batch of the right schema where there are no rows."""
    _decode_ahead()
    found = False
    for part in frame.collect_batches(
        chunk_size=chunk_rows, maintain_order=True, engine="streaming"
    ):
        found = True
        yield part
    if not found:
        yield frame.head(0).collect()


def _quick_then_careful(
    quick: pl.LazyFrame, careful: pl.LazyFrame, chunk_rows: int
) -> Iterator[pl.DataFrame]:
    """The quick query's batches up to the first that it may have wrong; then the careful one's."""
    done = 0
    for part in _collected(quick, chunk_rows):
        if BEYOND_ASCII in part.columns and part[BEYOND_ASCII].any():
            break
        yield part.drop(BEYOND_ASCII, strict=False)
        done += part.height
    else:
        return
    yield from _collected(careful.slice(done), chunk_rows)


def _empty(query: pl.LazyFrame) -> pl.DataFrame:
    """The answer without a row."""
    return pl.DataFrame(schema=query.collect_schema())


def _files(source: Source) -> list[str] | None:
    """The Parquet files of a path or pattern, in order; None of a table in memory."""
    if not isinstance(source, Path | str):
        return None
    path = Path(_pattern(source)).absolute()
    if path.is_file():
        return [str(path)]
    return sorted(map(str, Path(path.anchor).glob(_below(path))))


def _duckdb_parts(
    plan: Plan,
    batch: Batch,
    source: Source,
    frame: pl.LazyFrame,
    scores: str | None,
    chunk_rows: int,
) -> Iterator[pl.DataFrame]:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        relation = _relation(connection, source, frame)
        described = connection.execute(f"DESCRIBE FROM {relation}").fetchall()
        types = {str(row[0]): str(row[1]) for row in described}
        if scores is not None:
            chosen = (_millionths(plan), "FROM", f"read_parquet('{scores}')")
            connection.execute(" ".join(("CREATE VIEW gs_scores AS SELECT", *chosen)))
        read = None if scores is None else "gs_scores"
        statement = DuckdbTarget(plan, batch, types).query(relation, read)
        reader: Any = connection.sql(statement).to_arrow_reader(chunk_rows)
        found = False
        for part in reader:
            found = True
            yield _answered(part)
        if not found:
            yield _answered(reader.schema.empty_table())


def _millionths(plan: Plan) -> str:
    from goodstanding.language.duckdb_engine import quote_name

    return ", ".join(
        f"CAST({quote_name(model.name)} AS DECIMAL(15,0)) * CAST('0.000001' AS DECIMAL(7,6))"
        f" AS {quote_name(model.name)}"
        for model in plan.models
    )


def _relation(connection: "DuckDBPyConnection", source: Source, frame: pl.LazyFrame) -> str:
    """The name or call by which a statement reads the source."""
    if isinstance(source, Path | str):
        quoted = _pattern(source).replace("'", "''")
        return f"read_parquet('{quoted}')"
    table: Any = frame.collect()
    connection.register("gs_source", table.to_arrow())
    return "gs_source"


def _answered(found: ArrowTable) -> pl.DataFrame:
    """A batch of DuckDB's as the table that Polars gives."""
    answer = pl.DataFrame(found)
    exact = [
        pl.col(name).cast(pl.Decimal(38, type_.scale))
        for name, type_ in answer.schema.items()
        if isinstance(type_, pl.Decimal)
    ]
    return answer.with_columns(pl.col("outcome").cast(pl.String).cast(OUTCOME), *exact)
