"""What was made of an object once is not made again while the same object comes back."""

from collections.abc import Callable
from typing import Generic, TypeVar

Source = TypeVar("Source")
Made = TypeVar("Made")


class Remembered(Generic[Source, Made]):
    """What was made of objects that come back often, as the policy engine's do.

    Each object is kept beside what was made of it, so that its id stays its own.
    """

    def __init__(self, make: Callable[[Source], Made], *, most: int = 8192) -> None:
        """Remember what `make` makes of at most so many objects."""
        self._make = make
        self._most = most
        self._kept: dict[int, tuple[Source, Made]] = {}

    def of(self, source: Source) -> Made:
        """What is made of the object, now or before; nobody changes it."""
        kept = self._kept.get(id(source))
        if kept is not None:
            return kept[1]
        if len(self._kept) >= self._most:
            self._kept.clear()
        made = self._make(source)
        self._kept[id(source)] = (source, made)
        return made
