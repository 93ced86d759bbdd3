"""Python's garbage collector, paused where much is built and nothing is thrown away."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def paused_collection() -> Generator[None]:
    """Look for no garbage meanwhile.

    Reading a large policy makes hundreds of thousands of objects that all stay; the collector
    would walk through them, and through all that the process holds, again and again, for half of
    the time. Where several threads pause at once, one that found it running starts it again, though
    another may still be at work: that one is slower then, and nothing is ever left switched off.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
