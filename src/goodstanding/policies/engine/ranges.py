"""The cells that one name may have."""

from dataclasses import dataclass
from typing import cast

from goodstanding.language.types import Cell


@dataclass(frozen=True, slots=True)
class Range:
    """The cells that a name may have: between two ends, or one of a set."""

    low: Cell | None = None
    low_included: bool = True
    high: Cell | None = None
    high_included: bool = True
    among: frozenset[Cell] | None = None

    def holds(self, cell: Cell) -> bool:
        """Whether a cell lies within."""
        if self.among is not None and cell not in self.among:
            return False
        low, high = cast("int | None", self.low), cast("int | None", self.high)
        number = cast("int", cell)
        above = low is None or number > low or (self.low_included and number == low)
        below = high is None or number < high or (self.high_included and number == high)
        return above and below

    @property
    def is_empty(self) -> bool:
        """Whether no cell lies within."""
        if self.among is not None:
            return not any(self.holds(cell) for cell in self.among)
        if self.low is None or self.high is None:
            return False
        low, high = cast("int", self.low), cast("int", self.high)
        return low > high or (low == high and not (self.low_included and self.high_included))

    def meet(self, other: "Range") -> "Range":
        """The cells in both."""
        among = self.among
        if other.among is not None:
            among = other.among if among is None else among & other.among
        low, low_included = _tighter(self, other, is_low=True)
        high, high_included = _tighter(self, other, is_low=False)
        return Range(low, low_included, high, high_included, among)

    def includes(self, other: "Range") -> bool:
        """Whether every cell of the other lies within this one."""
        if other.among is not None:
            return all(self.holds(cell) for cell in other.among if other.holds(cell))
        if self.among is not None:
            return False
        return self.meet(other) == other


def _tighter(left: Range, right: Range, *, is_low: bool) -> tuple[Cell | None, bool]:
    ends = (
        [(left.low, left.low_included), (right.low, right.low_included)]
        if is_low
        else [(left.high, left.high_included), (right.high, right.high_included)]
    )
    known = [(cast("int", cell), included) for cell, included in ends if cell is not None]
    if not known:
        return None, True
    best = (max if is_low else min)(cell for cell, _ in known)
    return best, all(included for cell, included in known if cell == best)
