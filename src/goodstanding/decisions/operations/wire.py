"""Prepared statements on libpq itself: what the hot path sends is ready for the wire.

psycopg opens the connection and reads the values of a row. In between, a cursor would look for
the type of each parameter, its statement and a place in the loop's selector, at each call: for one
small statement that takes longer than the server does.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from goodstanding.decisions.operations.packed_arrays import PackedArray
from goodstanding.decisions.operations.statements import NumberedStatement

Parameter = PackedArray | UUID | str | None
BINARY = int(pq.Format.BINARY)


class _Prepared:
    """A prepared statement, and how its rows are read: of every result alike."""

    def __init__(self, name: bytes, connection: AsyncConnection[TupleRow]) -> None:
        self.name = name
        self._reader = Transformer(connection)
        self._columns: list[str] | None = None

    def rows_of(self, result: PGresult) -> list[dict[str, Any]]:
        """The rows of a result; what reads each column is looked for once, at the first."""
        is_first = self._columns is None
        columns = self._columns or [_name(result, at) for at in range(result.nfields)]
        self._columns = columns
        self._reader.set_pgresult(result, set_loaders=is_first)
        return self._reader.load_rows(
            0, result.ntuples, lambda row: dict(zip(columns, row, strict=True))
        )


class Wire:
    """The statements of one open connection, one at a time.

    It reads whenever the server sends, so that a connection which the server closes is known as
    broken before the next statement.
    """

    def __init__(self, connection: AsyncConnection[TupleRow]) -> None:
        """Take the connection over until `release`."""
        self._connection = connection
        self._pgconn = connection.pgconn
        self._loop = asyncio.get_running_loop()
        self._descriptor: int | None = connection.fileno()
        self._broken: psycopg.OperationalError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._prepared: dict[str, _Prepared] = {}
        self._loop.add_reader(connection.fileno(), self._read)

    async def rows(
        self, statement: NumberedStatement, parameters: Sequence[Parameter]
    ) -> list[dict[str, Any]]:
        """All rows of a statement, which is prepared at its first use.

        Raises psycopg's error of the statement, or OperationalError when the server is gone.
        """
        known = self._prepared.get(statement.text) or await self._prepare(statement, parameters)
        values = [_on_the_wire(value) for value in parameters]
        formats = [BINARY if isinstance(value, PackedArray) else 0 for value in parameters]
        self._check()
        self._pgconn.send_query_prepared(known.name, values, formats, BINARY)
        return known.rows_of(await self._result())

    def release(self) -> None:
        """Leave the loop; the connection may be closed then.

        Once only: of a lost connection libpq has closed the descriptor, and its number may be
        another's by now.
        """
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self._loop.remove_reader(descriptor)

    async def _prepare(
        self, statement: NumberedStatement, parameters: Sequence[Parameter]
    ) -> _Prepared:
        name = f"s{len(self._prepared)}".encode()
        types = [value.array_oid if isinstance(value, PackedArray) else 0 for value in parameters]
        self._check()
        self._pgconn.send_prepare(name, statement.text.encode(), types)
        await self._result()
        known = self._prepared[statement.text] = _Prepared(name, self._connection)
        return known

    async def _result(self) -> PGresult:
        """The one result of what was sent; raises what the server said against it."""
        while self._pgconn.flush():
            await self._until_writable()
        found: PGresult | None = None
        while True:
            while self._pgconn.is_busy():
                await self._moved()
            result = self._pgconn.get_result()
            if result is None:
                break
            found = result
        if found is None:
            raise psycopg.OperationalError("the server sent no result")
        if found.status not in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
            raise error_from_result(found)
        return found

    async def _until_writable(self) -> None:
        """Until the server took some of what waits, or sent something."""
        descriptor = self._connection.fileno()
        self._loop.add_writer(descriptor, self._wake)
        try:
            await self._moved()
        finally:
            if self._descriptor is not None:
                self._loop.remove_writer(descriptor)

    async def _moved(self) -> None:
        self._check()
        self._waiter = self._loop.create_future()
        await self._waiter
        self._check()

    def _read(self) -> None:
        try:
            self._pgconn.consume_input()
        except psycopg.OperationalError as gone:
            self._broken = gone
            if self._descriptor is not None:
                self._loop.remove_writer(self._descriptor)
            self.release()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _check(self) -> None:
        if self._broken is not None:
            raise psycopg.OperationalError(str(self._broken)) from self._broken


def _on_the_wire(value: Parameter) -> bytes | None:
    """A packed array as it is, anything else as the text that PostgreSQL reads."""
    if value is None or isinstance(value, PackedArray):
        return value
    return str(value).encode()


def _name(result: PGresult, at: int) -> str:
    return (result.fname(at) or b"").decode()
