"""The figures of a backtest: counts, money, rates and losses with their intervals.

Sums are what is kept and sent; rates and intervals are computed from them when asked.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from goodstanding.validation.intervals import (
    Interval,
    chi_square_quantile,
    jeffreys_interval,
)

LEVEL = 0.95
APPROVE = "approve"
STRICTNESS = {APPROVE: 0, "refer": 1, "decline": 2}


class Evidence(StrEnum):
    """How the outcomes of the cases are known (field guide on credit portfolios, section 7)."""

    OBSERVED = "observed"  # everybody was approved: every outcome was seen, class A throughout
    SELECTED = "selected"  # only what was approved then has an outcome; the rest is unknown
    NONE = "none"  # the history has no labels


class Tally(msgspec.Struct, kw_only=True):
    """Sums over cases that share something.

    `labelled` are the cases whose outcome is known, `bads` the bad ones among them; `expected` is
    the sum of the model's PD, None without a model. `loss` is what was lost on the cases,
    `loss_squares` the sum of the squares of the losses and `loss_largest` the greatest of them.
    """

    n: int = 0
    amount: Decimal = Decimal(0)
    labelled: int = 0
    bads: int = 0
    expected: float | None = None
    loss: Decimal = Decimal(0)
    loss_squares: float = 0.0
    loss_largest: float = 0.0

    def merge(self, other: "Tally") -> None:
        """Add another tally."""
        self.n += other.n
        self.amount += other.amount
        self.labelled += other.labelled
        self.bads += other.bads
        if other.expected is not None:
            self.expected = (self.expected or 0.0) + other.expected
        self.loss += other.loss
        self.loss_squares += other.loss_squares
        self.loss_largest = max(self.loss_largest, other.loss_largest)

    @property
    def bad_rate(self) -> Interval:
        """Share of bads among the labelled, with its Jeffreys interval."""
        return jeffreys_interval(events=self.bads, n=self.labelled)

    @property
    def loss_ends(self) -> tuple[float, float]:
        """The interval of the loss."""
        return loss_interval(
            total=float(self.loss), squares=self.loss_squares, largest=self.loss_largest
        )


def loss_interval(
    *, total: float, squares: float, largest: float, level: float = LEVEL
) -> tuple[float, float]:
    """An interval of a total loss, seen as a sum of independent losses of given sizes.

    `total` is the sum of the losses, `squares` the sum of their squares, `largest` the greatest:
    what may be lost at once. Where no loss was seen both ends are 0, since no size is known.
    Source: Fay and Feuer (1997), Statistics in Medicine 16, the gamma interval of a weighted sum
    of Poisson counts.
    """
    if total <= 0 or squares <= 0:
        return 0.0, 0.0
    tail = (1 - level) / 2
    low = squares / (2 * total) * chi_square_quantile(tail, 2 * total**2 / squares)
    wider, more = total + largest, squares + largest**2
    high = more / (2 * wider) * chi_square_quantile(1 - tail, 2 * wider**2 / more)
    return max(low, 0.0), high


def total_of(tallies: Iterable[Tally]) -> Tally:
    """One tally of several."""
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A named group of cases: an outcome or a band."""

    name: str
    tally: Tally


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """One rule over the history; amount, labels and bads are those of the cases where TRUE."""

    id: str
    label: str
    true: int
    false: int
    unknown: int
    amount: Decimal
    labelled: int
    bads: int

    @property
    def bad_rate(self) -> Interval:
        """The bad rate where the rule is TRUE."""
        return jeffreys_interval(events=self.bads, n=self.labelled)


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Cases with one outcome before and one after."""

    before: str
    after: str
    tally: Tally


class ConstantChange(msgspec.Struct, frozen=True, kw_only=True):
    """A constant whose value differs between the two policies."""

    name: str
    label: str
    before: str
    after: str


class ListUse(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a kept list and the decided cases that read it.

    `start` is None of a version that the policy pins for every case, and `end` of one without end.
    """

    name: str
    label: str
    kept: str
    version: str
    cases: int
    start: datetime | None = None
    end: datetime | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The same cases under the policy as it is and as it is asked about."""

    version: str
    tree_hash: str
    constants: tuple[ConstantChange, ...]
    moves: tuple[Move, ...]

    @property
    def flips(self) -> int:
        """Cases whose outcome changed."""
        return sum(move.tally.n for move in self.moves if move.before != move.after)

    @property
    def swap_out(self) -> Tally:
        """Cases approved before and not after: their losses would be avoided."""
        return self._sum(lambda move: move.before == APPROVE != move.after)

    @property
    def swap_in(self) -> Tally:
        """Cases approved after and not before: their losses would be added."""
        return self._sum(lambda move: move.after == APPROVE != move.before)

    @property
    def kept_in(self) -> Tally:
        """Cases approved before and after."""
        return self._sum(lambda move: move.before == APPROVE == move.after)

    def _sum(self, chosen: Callable[[Move], bool]) -> Tally:
        return total_of(move.tally for move in self.moves if chosen(move))


class BacktestResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a backtest found.

    `decided` of `rows` were evaluated; `skipped` counts the others by the required input that
    they lack, or by the kept list of which no version was in force on their day (`NO_LIST` and its
    name). `first` and `last` are the days of the history. `lists` are the versions of kept lists
    that were read; `has_lists_of_the_day` says that each case read those of its own day.
    """

    policy: str
    version: str
    tree_hash: str
    engine: str
    rows: int
    decided: int
    skipped: dict[str, int]
    first: date | None
    last: date | None
    currency: str
    has_labels: bool
    has_losses: bool
    evidence: Evidence
    outcomes: tuple[Group, ...]
    bands: tuple[Group, ...]
    rules: tuple[RuleCount, ...]
    comparison: Comparison | None = None
    lists: tuple[ListUse, ...] = ()
    has_lists_of_the_day: bool = False

    def outcome(self, name: str) -> Tally:
        """The cases with an outcome; an empty tally where there are none."""
        return next((group.tally for group in self.outcomes if group.name == name), Tally())

    @property
    def approval_rate(self) -> float | None:
        """Approved among all decided, referrals counted as not approved."""
        return self.outcome(APPROVE).n / self.decided if self.decided else None

    def to_json(self) -> bytes:
        """The result as JSON; amounts as text."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, text: bytes | str) -> "BacktestResult":
        """The result that `to_json` wrote."""
        return msgspec.json.decode(text, type=cls)
