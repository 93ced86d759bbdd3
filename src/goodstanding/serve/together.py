"""Send a response in one piece: its head and its body are one system call, and one packet."""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class TogetherProtocol(HttpToolsProtocol):
    """uvicorn's protocol; what it writes in one turn of the loop leaves together.

    `when_lost` is called when its connection has closed.
    """

    when_lost: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - uvicorn narrows it, too
        """Put ourselves between the protocol and the connection."""
        super().connection_made(_Together(transport, self.loop))  # pyright: ignore[reportArgumentType] - all that a transport can

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever counts connections."""
        super().connection_lost(exc)
        if self.when_lost is not None:
            self.when_lost()


class _Together:
    """A transport that gathers writes until the loop's next turn."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(part)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._parts and not self._transport.is_closing():
            self._transport.write(b"".join(self._parts))
        self._parts.clear()
