"""A connection of the hot path: prepared, binary, and opened again when the server went away."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from goodstanding.decisions.errors import DatabaseAway
from goodstanding.decisions.operations.statements import NumberedStatement
from goodstanding.decisions.operations.wire import Parameter, Wire

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
        self._wire: Wire | None = None
        self._turn = asyncio.Lock()

    async def rows(
        self, statement: NumberedStatement, parameters: Sequence[Parameter]
    ) -> list[dict[str, Any]]:
        """All rows of a statement; raises DatabaseAway when it stays away."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        async with self._turn:
            while True:
                try:
                    wire = self._wire or await self._open()
                    return await wire.rows(statement, parameters)
                except asyncio.CancelledError:  # what it had asked would be the next one's answer
                    await self._drop()
                    raise
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

    async def _open(self) -> Wire:
        connection = await AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=2, options=OPTIONS
        )
        self._connection, self._wire = connection, Wire(connection)
        return self._wire

    async def _drop(self) -> None:
        connection, wire = self._connection, self._wire
        self._connection = self._wire = None
        if wire is not None:
            wire.release()
        if connection is not None:
            await connection.close()
