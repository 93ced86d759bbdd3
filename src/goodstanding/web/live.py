"""Server-sent events: a page that stays open hears that what it shows has changed.

An event says only that something changed; the page asks for itself again, with its own filters
and its reader's permissions. One look at the database serves every page that listens here.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse

LOOK_SECONDS = 2.0
CLOCK_SECONDS = 60.0  # business time runs down without anybody's doing
SESSION_SECONDS = 600.0  # then the browser connects anew, and its person is let in anew
CHANGED = b"event: changed\ndata: {}\n\n"


class Watch:
    """What is looked at for all who listen: any text that is another one after a change.

    A change that commits late behind a newer one is seen with the next one, or by the clock.
    """

    def __init__(self, newest: Callable[[], str]) -> None:
        """`newest` reads the database."""
        self._newest = newest
        self._seen = ""
        self._looked_at = float("-inf")

    async def mark(self) -> str:
        """What was seen in the last two seconds; whoever asks during a look has the one before."""
        if time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = time.monotonic()
            self._seen = await sync_to_async(self._look, thread_sensitive=False)()
        return self._seen

    def _look(self) -> str:
        try:
            return self._newest()
        finally:
            connections.close_all()  # of this thread, which nobody else asks again


async def events(watch: Watch, *, seen: str) -> AsyncIterator[bytes]:
    """An event at each change since `seen` and at each minute, for ten minutes."""
    begun = told_at = time.monotonic()
    yield b"retry: 5000\n\n"
    while time.monotonic() - begun < SESSION_SECONDS:
        found = await watch.mark()
        if found != seen or time.monotonic() - told_at >= CLOCK_SECONDS:
            seen, told_at = found, time.monotonic()
            yield CHANGED
        await asyncio.sleep(LOOK_SECONDS)


def stream(request: HttpRequest, watch: Watch) -> StreamingHttpResponse:
    """The answer that stays open; `?seen=` is what the page was drawn from."""
    return StreamingHttpResponse(
        events(watch, seen=request.GET.get("seen", "")),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
