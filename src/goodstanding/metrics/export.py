"""Takes new rows from PostgreSQL into the lake, below the watermark.

Each room names its own lake query (`sql/lake_<table>.sql`): typed columns, ids and keyed digests
only, the row's instant of recording as `recorded_at`, its transaction `xid` last, and the
parameters `from_xid` and `below_xid`.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from django.db import connection

from goodstanding.core.named_sql import named_sql
from goodstanding.core.time import utc_now
from goodstanding.metrics.errors import LakeAhead
from goodstanding.metrics.lake import (
    LakeFile,
    Manifest,
    digest_file,
    lock_of,
    read_manifest,
    sync_file,
    write_manifest,
)

# PostgreSQL's type oid -> DuckDB's type; anything else travels as text
DUCKDB_TYPES = {
    16: "BOOLEAN",
    20: "BIGINT",
    21: "SMALLINT",
    23: "INTEGER",
    25: "VARCHAR",
    701: "DOUBLE",
    1043: "VARCHAR",
    1082: "DATE",
    1184: "TIMESTAMPTZ",
    2950: "UUID",
}
NUMERIC = 1700
LONGEST_ROW = 64 * 1024 * 1024  # bytes of one row as text; DuckDB stops at 2 MB by itself


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A table of the lake and the room whose query fills it."""

    name: str
    room: str

    @property
    def query_name(self) -> str:
        """The room's named query."""
        return f"lake_{self.name}"


@dataclass(frozen=True, slots=True)
class Exported:
    """What one export added to one table."""

    table: str
    rows: int
    below_xid: int


def export_table(table: LakeTable, *, folder: Path) -> Exported:
    """Add the rows that were committed since the last export; all of them or none.

    Raises LakeAhead where the lake knows transactions that the database does not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with lock_of(folder, table=table.name), _reader() as reader:
        answer = reader.execute("select pg_snapshot_xmin(pg_current_snapshot())::text")
        below_xid = int(answer.fetchall()[0][0])
        known = read_manifest(folder, table=table.name)
        from_xid = known.below_xid if known else 0
        if from_xid > below_xid:
            raise LakeAhead(table=table.name, known=from_xid, current=below_xid)
        columns = lake_columns(table)
        files = _export_window(
            table, columns, folder, reader, from_xid=from_xid, below_xid=below_xid
        )
        manifest = Manifest(
            table=table.name,
            columns=columns,
            below_xid=below_xid,
            files=(*(known.files if known else ()), *files),
        )
        write_manifest(folder, manifest)
        return Exported(table.name, sum(file.rows for file in files), below_xid)


def _reader() -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of its own, so that the export has one snapshot whoever calls it."""
    reader = psycopg.connect(**connection.get_connection_params())
    reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    reader.read_only = True
    return reader


@cache
def lake_columns(table: LakeTable) -> tuple[tuple[str, str], ...]:
    """The table's columns and their DuckDB types, as the room's query declares them.

    Asked once a process: they change with the code.
    """
    query = named_sql(table.room, table.query_name)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select * from ({query.statement}) as lake_row limit 0",  # noqa: S608 - our own file
            {"from_xid": 0, "below_xid": 0},
        )
        described: Sequence[Any] = cursor.description or ()
    return tuple((column.name, _duckdb_type(column)) for column in described)


def _duckdb_type(column: Any) -> str:
    if column.type_code == NUMERIC:
        return f"DECIMAL({column.precision or 38},{column.scale or 0})"
    return DUCKDB_TYPES.get(column.type_code, "VARCHAR")


def _export_window(
    table: LakeTable,
    columns: tuple[tuple[str, str], ...],
    folder: Path,
    reader: psycopg.Connection[tuple[Any, ...]],
    *,
    from_xid: int,
    below_xid: int,
) -> list[LakeFile]:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        csv = Path(scratch) / "window.csv"
        _copy_out(table, csv, reader, from_xid=from_xid, below_xid=below_xid)
        if csv.stat().st_size == 0:
            return []
        with duckdb.connect() as lake:
            lake.execute("set timezone = 'UTC'")
            declared = ", ".join(f"'{name}': '{kind}'" for name, kind in columns)
            lake.execute(
                "create table lake_window as from read_csv(?, auto_detect = false, header = false,"
                f" nullstr = '\\N', allow_quoted_nulls = false, max_line_size = {LONGEST_ROW},"
                f" columns = {{{declared}}}, delim = ',', quote = '\"', escape = '\"')",
                [str(csv)],
            )
            return [_write_window(lake, table, folder, from_xid=from_xid, below_xid=below_xid)]


def _copy_out(
    table: LakeTable,
    target: Path,
    reader: psycopg.Connection[tuple[Any, ...]],
    *,
    from_xid: int,
    below_xid: int,
) -> None:
    query = named_sql(table.room, table.query_name)
    statement: Any = f"copy ({query.statement}) to stdout (format csv, null '\\N')"
    window = {"from_xid": from_xid, "below_xid": below_xid}
    with (
        reader.cursor() as cursor,
        target.open("wb") as file,
        cursor.copy(statement, window) as chunks,
    ):
        file.writelines(chunks)


def _write_window(
    lake: duckdb.DuckDBPyConnection,
    table: LakeTable,
    folder: Path,
    *,
    from_xid: int,
    below_xid: int,
) -> LakeFile:
    """One file a window, under the day of its export: what was recorded long ago may come today."""
    day = utc_now().date().isoformat()
    name = f"day={day}/{from_xid}-{below_xid}.parquet"
    target = folder / table.name / name
    target.parent.mkdir(parents=True, exist_ok=True)
    quoted = str(target).replace("'", "''")
    lake.execute(f"copy lake_window to '{quoted}' (format parquet, compression zstd)")
    sync_file(target)
    rows = lake.execute("select count(*) from lake_window").fetchall()[0][0]
    return LakeFile(
        name, day, from_xid, below_xid, rows, target.stat().st_size, digest_file(target)
    )
