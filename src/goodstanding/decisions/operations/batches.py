"""Batches: whatever queued while the last one ran is the next one."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from goodstanding.decisions.errors import TooManyWaiting

Item = TypeVar("Item")
Result = TypeVar("Result")
RETRY_SECONDS = 1
GATHER_SECONDS = 0.002


class Batches(Generic[Item, Result]):
    """Runs one handler over everything that waits, one batch at a time, in the running loop.

    An item waits at most for the batch before it. Under load batches grow and each costs less an
    item; with one caller a batch holds one item and nothing waits.
    """

    def __init__(
        self,
        handle: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        most_in_batch: int = 128,
        most_waiting: int = 4096,
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:
        """Batch the calls of `handle`, which answers each item, in order."""
        self._handle = handle
        self._most_in_batch = most_in_batch
        self._most_waiting = most_waiting
        self._gather_seconds = gather_seconds
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._runner: asyncio.Task[None] | None = None
        self._last = 0
        self._is_full = asyncio.Event()

    async def put(self, item: Item) -> Result:
        """The handler's result for the item; raises what the handler answered or raised."""
        if len(self._waiting) >= self._most_waiting:
            raise TooManyWaiting(waiting=len(self._waiting), seconds=RETRY_SECONDS)
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._waiting) >= self._last:
            self._is_full.set()
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        return await future

    async def drain(self) -> None:
        """Wait until nothing waits any more."""
        while self._runner is not None:
            await asyncio.shield(self._runner)

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                count = self._last = min(len(self._waiting), self._most_in_batch)
                await self._run_batch([self._waiting.popleft() for _ in range(count)])
        finally:
            self._runner = None

    async def _gather(self) -> None:
        """Let those join who are about to ask.

        First whoever the loop has already read; then those whose answers have just left, until as
        many wait as went together last time, or for two milliseconds: that saves them a round trip
        each. One caller alone never waits.
        """
        before = 0
        while before < len(self._waiting) < self._most_in_batch:
            before = len(self._waiting)
            await asyncio.sleep(0)
        if len(self._waiting) < self._last:
            self._is_full.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._gather_seconds):
                    await self._is_full.wait()

    async def _run_batch(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            answers = await self._handle([item for item, _ in batch])
        except Exception as surprise:  # noqa: BLE001 - each caller of the batch is told
            answers = [surprise] * len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
