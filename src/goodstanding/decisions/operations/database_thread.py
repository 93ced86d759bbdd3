"""A thread with a connection of its own, for rare work that the loop must not wait for."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")


class DatabaseThread:
    """Runs one call at a time; its connection is opened at the first and closed with the thread."""

    def __init__(self, name: str) -> None:
        """Name the thread; it starts with the first call."""
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, call: Callable[[], Result]) -> Result:
        """The call's result, awaited by the caller alone."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    async def close(self) -> None:
        """Finish what waits, close the connection, end the thread."""
        await self.run(_close_connection)
        self._executor.shutdown()


def _close_connection() -> None:
    """Close the connection of the thread that runs this: `connection` means another in each."""
    connection.close()
