"""One service in several processes, forked from one in which everything is loaded.

A process that is killed is back in a tenth of a second, and the copies share their memory. The
one that forks serves nobody and starts no thread, so that there is nothing to fork badly: it
accepts connections and deals them out.
"""

import gc
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

import structlog

from goodstanding.serve.dealing import Dealer
from goodstanding.serve.lifeline import VARIABLE, watch_lifeline

log = structlog.get_logger()

LOOK_SECONDS = 0.1
PAUSE_SECONDS = 1.0  # a copy that cannot start must not be forked without end
MOST_BY_DEFAULT = 4
# A batch of decisions holds some thousands of objects until its commit; with Python's own 700 the
# collector looks through them several times a batch, and finds nothing.
YOUNG_OBJECTS = 20_000


def processes_by_default() -> int:
    """One for each core, within reason: each holds connections of its own."""
    return min(os.cpu_count() or 1, MOST_BY_DEFAULT)


def serve_forked(*, port: int, processes: int, serve: Callable[[socket.socket], None]) -> None:
    """Keep so many copies of this process serving until SIGTERM, SIGINT or the lifeline's end.

    `serve` is called in each copy with the channel over which its connections come.
    Raises PortTaken.
    """
    descriptor = os.environ.pop(VARIABLE, None)
    lifeline = None if descriptor is None else int(descriptor)
    parent = _Parent(serve, Dealer(port), lifeline=lifeline)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, parent.ask_to_stop)
    parent.keep(processes)


class _Parent:
    def __init__(
        self, serve: Callable[[socket.socket], None], dealer: Dealer, *, lifeline: int | None
    ) -> None:
        self._serve = serve
        self._dealer = dealer
        self._lifeline = lifeline
        self._reading, self._writing = os.pipe()
        self._children: dict[int, float] = {}
        self._fork_after = 0.0
        self._is_stopping = False

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._is_stopping = True

    def keep(self, processes: int) -> None:
        gc.collect()
        gc.freeze()  # what is loaded stays: no copy looks through it, or writes to its pages
        while not self._is_stopping:
            while len(self._children) < processes and time.monotonic() >= self._fork_after:
                self._children[self._fork()] = time.monotonic()
            self._look()
        self._dealer.close()
        for child in self._children:
            os.kill(child, signal.SIGTERM)
        while self._children:
            self._bury()
            time.sleep(LOOK_SECONDS)
        gc.unfreeze()  # modules that look at the end for what was not freed would tell of all of it

    def _fork(self) -> int:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid:
            theirs.close()
            self._dealer.add(pid, ours)
            return pid
        status = 1  # a child must never return into the code of its parent
        try:
            ours.close()
            self._live_as_child(theirs)
            status = 0
        except BaseException:
            log.exception("copy_failed")
        finally:
            sys.stdout.flush()
            os._exit(status)

    def _live_as_child(self, channel: socket.socket) -> None:
        """Serve; end when the parent ends, however that came about."""
        self._dealer.close()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        os.close(self._writing)
        gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
        watch_lifeline(self._reading)
        self._serve(channel)

    def _look(self) -> None:
        """Deal, notice the dead, and notice when the supervisor is gone."""
        lifeline = [] if self._lifeline is None else [self._lifeline]
        ready, _, _ = select.select([*lifeline, *self._dealer.watched], [], [], LOOK_SECONDS)
        self._is_stopping = self._is_stopping or self._lifeline in ready
        self._bury()
        self._dealer.attend(ready)

    def _bury(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            begun = self._children.pop(pid)
            self._dealer.drop(pid)
            if not self._is_stopping:
                log.warning("copy_ended", pid=pid, status=status)
                self._fork_after = begun + PAUSE_SECONDS
