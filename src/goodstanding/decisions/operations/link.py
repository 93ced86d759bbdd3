"""A connection of the hot path: prepared, binary, and opened again when the server went away."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.rows import TupleRow, dict_row

from goodstanding.decisions.errors import DatabaseAway
from goodstanding.decisions.operations.packed_arrays import register_packed_arrays
from goodstanding.decisions.operations.statements import NumberedStatement

log = structlog.get_logger()

PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.2
STATEMENT_MILLISECONDS = 5000
# A prepared statement is planned once: its arrays say nothing that another plan could use. To
# compile a plan would take longer than to run it.
OPTIONS = (
    f"-c timezone=UTC -c statement_timeout={STATEMENT_MILLISECONDS}"
    " -c jit=off -c plan_cache_mode=force_generic_plan"
)


class Link:
    """One connection, used by one task at a time.

    A statement interrupted by a lost connection is run again: each of ours may be, since reads
    change nothing and the write claims its keys, so that what had committed shows as claimed.
    """

    def __init__(self, url: str) -> None:
        """Connect to `url` at the first statement."""
        self._url = url
        self._connection: AsyncConnection[TupleRow] | None = None
        self._turn = asyncio.Lock()

    async def rows(
        self, statement: NumberedStatement, parameters: Sequence[Any]
    ) -> list[dict[str, Any]]:
        """All rows of a statement; raises DatabaseAway when it stays away."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        async with self._turn:
            while True:
                try:
                    return await self._run(statement, parameters)
                except psycopg.OperationalError as surprise:
                    await self._drop()
                    log.warning("database_link_lost", error=type(surprise).__name__)
                    if time.monotonic() > deadline:
                        raise DatabaseAway(seconds=f"{PATIENCE_SECONDS:g}") from surprise
                    await asyncio.sleep(PAUSE_SECONDS)

    async def close(self) -> None:
        """Close the connection."""
        async with self._turn:
            await self._drop()

    async def _run(
        self, statement: NumberedStatement, parameters: Sequence[Any]
    ) -> list[dict[str, Any]]:
        connection = self._connection or await self._open()
        cursor = AsyncRawCursor(connection, row_factory=dict_row)
        await cursor.execute(statement.text.encode(), parameters, binary=True)
        return await cursor.fetchall()

    async def _open(self) -> AsyncConnection[TupleRow]:
        connection = await AsyncConnection.connect(
            self._url,
            autocommit=True,
            prepare_threshold=0,
            connect_timeout=2,
            options=OPTIONS,
        )
        register_packed_arrays(connection)
        self._connection = connection
        return connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
