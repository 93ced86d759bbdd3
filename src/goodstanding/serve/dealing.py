"""Connections dealt out to the copies of a service: each goes to the copy that holds fewest.

Left to the kernel, a hash of the addresses would pick the copy, and of the sixteen connections of
a caller's pool one of two copies would have eleven or more in one case of five, for as long as the
pool lives. So the parent accepts, hands the descriptor over (SCM_RIGHTS, unix(7)) and hears a byte
for each connection that closed.
"""

import asyncio
import errno
import socket
from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import uvicorn

from goodstanding.serve.supervisor import PortTaken
from goodstanding.serve.together import TogetherProtocol

WAITING = 2048  # connections that the kernel keeps until they are accepted


class Dealer:
    """The parent's side: one listening socket, and a channel to each copy."""

    def __init__(self, port: int) -> None:
        """Listen on a port of the loopback. Raises PortTaken."""
        try:
            self._listening = socket.create_server(("127.0.0.1", port), backlog=WAITING)
        except OSError as surprise:
            if surprise.errno == errno.EADDRINUSE:
                raise PortTaken(field="port", port=port) from surprise
            raise
        self._listening.settimeout(0)
        self._channels: dict[int, socket.socket] = {}
        self._held: dict[int, int] = {}
        self._accepted: deque[socket.socket] = deque()

    @property
    def watched(self) -> list[socket.socket]:
        """What to wait for; no further connection while one finds nobody to take it."""
        listening = [] if self._accepted else [self._listening]
        return [*listening, *self._channels.values()]

    def add(self, copy: int, channel: socket.socket) -> None:
        """Deal to this copy, too, from now on."""
        channel.settimeout(0)
        self._channels[copy], self._held[copy] = channel, 0

    def drop(self, copy: int) -> None:
        """Deal no more to a copy that has ended."""
        self._held.pop(copy, None)
        channel = self._channels.pop(copy, None)
        if channel is not None:
            channel.close()

    def attend(self, ready: Sequence[object]) -> None:
        """Hear what has closed, accept who has come, deal."""
        for copy, channel in list(self._channels.items()):
            if channel in ready:
                self._hear(copy, channel)
        if self._listening in ready:
            self._accept()
        while self._accepted and self._deal(self._accepted[0]):
            self._accepted.popleft().close()

    def close(self) -> None:
        """Let go of everything, without a word to the copies: in a copy, or at the end."""
        for held in (self._listening, *self._channels.values(), *self._accepted):
            held.close()

    def _hear(self, copy: int, channel: socket.socket) -> None:
        try:
            closed = channel.recv(4096)
        except ConnectionError:
            closed = b""
        if closed:
            self._held[copy] -= len(closed)
        else:
            self.drop(copy)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._accepted.append(connection)

    def _deal(self, connection: socket.socket) -> bool:
        """Whether a copy took it; one that is ending, or hears nothing, is passed over."""
        for copy in sorted(self._held, key=self._held.__getitem__):
            try:
                socket.send_fds(self._channels[copy], [b"+"], [connection.fileno()])
            except (BlockingIOError, ConnectionError):
                continue
            self._held[copy] += 1
            return True
        return False


class DealtServer(uvicorn.Server):
    """A copy's side: uvicorn's server for the connections that come over its channel."""

    def __init__(self, config: uvicorn.Config, channel: socket.socket) -> None:
        """Serve what is dealt over `channel` until told to stop."""
        super().__init__(config)
        self._channel = channel
        self._channel.settimeout(0)
        self._begun: set[asyncio.Task[Any]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then take connections."""
        await super().startup(sockets=sockets or [])
        asyncio.get_running_loop().add_reader(self._channel.fileno(), self._take)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and end as uvicorn does."""
        asyncio.get_running_loop().remove_reader(self._channel.fileno())
        await super().shutdown(sockets=sockets)

    def _take(self) -> None:
        while True:
            try:
                said, descriptors, _, _ = socket.recv_fds(self._channel, 1, 1)
            except BlockingIOError:
                return
            if not said:  # the parent is gone, and the lifeline ends us
                asyncio.get_running_loop().remove_reader(self._channel.fileno())
                return
            for descriptor in descriptors:
                self._begin(socket.socket(fileno=descriptor))

    def _begin(self, connection: socket.socket) -> None:
        connection.settimeout(0)
        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    def _protocol(self) -> TogetherProtocol:
        protocol = TogetherProtocol(
            config=self.config,
            server_state=self.server_state,
            app_state=cast("dict[str, Any]", self.lifespan.state),
        )
        protocol.when_lost = self._say_that_one_closed
        return protocol

    def _say_that_one_closed(self) -> None:
        try:
            self._channel.send(b"-")
        except (BlockingIOError, ConnectionError):
            return  # a parent that hears nothing is stopped or gone, and deals nothing
