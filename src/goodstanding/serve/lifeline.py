"""A child's lifeline: it ends when its supervisor ends, however that came about.

The supervisor holds the writing end of a pipe and passes the reading end down. When the last
writer is gone, even by kill -9, the reader sees end of file and the child asks itself to stop.
"""

import os
import signal
import threading
import time

VARIABLE = "GOODSTANDING_LIFELINE"
GRACE_SECONDS = 8


def hold_lifeline() -> None:
    """Start watching the pipe that the supervisor passed down; does nothing without one."""
    descriptor = os.environ.pop(VARIABLE, None)
    if descriptor is not None:
        watch_lifeline(int(descriptor))


def watch_lifeline(descriptor: int) -> None:
    """End this process when nobody holds the writing end of the pipe any more."""
    threading.Thread(target=_watch, args=(descriptor,), daemon=True).start()


def _watch(descriptor: int) -> None:
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
