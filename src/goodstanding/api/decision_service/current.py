"""What the process holds in memory of the database, and how it stays current.

One thread polls the version numbers several times a second and reads again what has moved. What
could not be confirmed for too long is not believed any more: keys are refused, the gate answers
`unknown`, and a person decides.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection

from goodstanding.accounts.queries import KeyInForce, KeyRing, key_ring_version, read_key_ring
from goodstanding.api.errors import KeysNotRead
from goodstanding.decisions.operations import in_force_version, read_in_force
from goodstanding.decisions.types import InForce, Purses

log = structlog.get_logger()

POLL_SECONDS = 0.25
BELIEVED_FOR = timedelta(seconds=5)


class Current:
    """The key ring and what is in force, as of at most `POLL_SECONDS` ago in normal times."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        """Read both by Django's connection of the polling thread, with times by `clock`."""
        self._clock = clock
        self._ring: KeyRing | None = None
        self._in_force: InForce | None = None
        self._purses = Purses()
        self._versions: tuple[object, object] = (None, None)
        self._confirmed_at: datetime | None = None
        self._stop = threading.Event()
        self._was_read = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the polling thread, which first reads everything."""
        self._thread = threading.Thread(target=self._poll, name="current", daemon=True)
        self._thread.start()

    def await_first(self, *, seconds: float) -> bool:
        """Wait until everything was read once, at most so long; say whether it was."""
        return self._was_read.wait(seconds)

    def stop(self) -> None:
        """End the polling thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    @property
    def is_confirmed(self) -> bool:
        """Whether everything was confirmed lately."""
        since = self._confirmed_at
        return since is not None and self._clock() - since <= BELIEVED_FOR

    def key_in_force(self, *, token: str, at: datetime) -> KeyInForce:
        """The key behind a token.

        Raises KeyRefused for one that is not in force, KeysNotRead while nobody can know.
        """
        if self._ring is None or self._confirmed_at is None:
            raise KeysNotRead(seconds="any")
        silence = at - self._confirmed_at
        if silence > BELIEVED_FOR:
            raise KeysNotRead(seconds=int(silence.total_seconds()))
        return self._ring.key_in_force(token=token, at=at)

    def in_force(self) -> InForce:
        """What decides at present; its `checked_at` says when it was last confirmed."""
        if self._in_force is None:
            raise KeysNotRead(seconds="any")
        return self._in_force

    def refresh(self) -> None:
        """Read what has moved since the last time."""
        at = self._clock()
        versions = (key_ring_version(), in_force_version())
        if versions[0] != self._versions[0]:
            self._ring = read_key_ring()
        if versions[1] != self._versions[1] or self._in_force is None:
            self._in_force = read_in_force(at=at, purses=self._purses)
        self._versions = versions
        self._in_force = replace(self._in_force, checked_at=at)
        self._confirmed_at = at
        self._was_read.set()

    def _poll(self) -> None:
        while not self._stop.is_set():
            try:
                self.refresh()
            except (OperationalError, InterfaceError) as surprise:
                log.warning("current_not_read", error=type(surprise).__name__)
                connection.close()
            except Exception:
                # Whatever it was, the thread must live: a later version may be readable again.
                log.exception("current_not_read")
                connection.close()
            self._stop.wait(POLL_SECONDS)
        connection.close()
