"""A thread with a connection of its own, for rare work that the loop must not wait for."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection

from goodstanding.decisions.errors import DatabaseAway

log = structlog.get_logger()

Result = TypeVar("Result")


class DatabaseThread:
    """Runs one call at a time; its connection is opened at the first and closed with the thread."""

    def __init__(self, name: str) -> None:
        """Name the thread; it starts with the first call."""
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, call: Callable[[], Result]) -> Result:
        """The call's result, awaited by the caller alone.

        Raises DatabaseAway when the connection is lost under it; the next call opens another.
        """
        return await asyncio.get_running_loop().run_in_executor(self._executor, _reached, call)

    async def close(self) -> None:
        """Finish what waits, close the connection, end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._executor, _close_connection)
        self._executor.shutdown()


def _reached(call: Callable[[], Result]) -> Result:
    """Call it on a connection that lives; one that broke would stay broken for ever."""
    try:
        return call()
    except (OperationalError, InterfaceError) as surprise:
        log.warning("database_link_lost", error=type(surprise).__name__)
        connection.close()
        raise DatabaseAway(seconds=0) from surprise


def _close_connection() -> None:
    """Close the connection of the thread that runs this: `connection` means another in each."""
    connection.close()
