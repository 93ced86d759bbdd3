"""Many rows at once: COPY into a table, in Django's connection and transaction."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db import connection
from psycopg import Cursor, sql


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
                copy.write_row([_as_text(value) for value in row])
                count += 1
    return count


def _as_text(value: object) -> object:
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value
