"""Many rows at once: COPY into a table, in Django's connection and transaction."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db import connection
from psycopg import Cursor, sql

JSON_TYPES = frozenset({dict, list})


def copy_rows(*, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write the rows by COPY; each has one value per column. Returns how many were written.

    Dictionaries and lists are written as JSON. Constraints and triggers hold as for an insert:
    one bad row refuses all.
    """
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    )
    count = 0
    with connection.cursor() as wrapper, connection.wrap_database_errors:
        cursor = cast("Cursor", wrapper.cursor)
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([_as_json(v) if type(v) in JSON_TYPES else v for v in row])
                count += 1
    return count


def refresh_statistics(*tables: str) -> None:
    """Let the planner count these tables anew, or all, in Django's connection and transaction.

    Call it before a set-wise join over tables that may just have been filled: until autovacuum
    comes by, the planner takes a full table for an empty one and joins row by row. Where the
    role may not count (PostgreSQL before 17), the server only warns.
    """
    names = ", ".join(connection.ops.quote_name(table) for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"analyze {names}")


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
