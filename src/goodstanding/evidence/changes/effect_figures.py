"""The figures of a change's effect: sums as they are kept, rates and bounds computed when asked.

Every figure says what it rests on (field guide on credit portfolios, section 7): A, the outcome
was observed; B, observed since a chance let the case in; C, a model's extrapolation; D, bounds.
"""

from datetime import datetime
from decimal import Decimal
from math import hypot

import msgspec

from goodstanding.policies.engine.backtest_figures import BacktestResult, Tally
from goodstanding.validation.intervals import Interval

CLASSES = ("A", "B", "C", "D")
# Columns of the kept list of flipped cases, beside those of a backtest.
GROUP = "group: "
REASONS = ("reasons_before", "reasons_after")
QUADRANTS = ("kept in", "swapped in", "swapped out", "kept out")
SMALL_GROUP = 30
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class DataState(msgspec.Struct, frozen=True, kw_only=True):
    """What the evidence was computed on; `fingerprint` is the sha256 of the typed rows."""

    fingerprint: str
    rows: int
    labelled: int
    bads: int
    amount: Decimal
    loss: Decimal


class Quadrant(msgspec.Struct, frozen=True, kw_only=True):
    """Cases that are approved or not, before and after.

    `by_class` counts them by what their outcome rests on. `unknown_amount` is the exposure of
    those without an outcome. `expected_loss` is PD x exposure x LGD, None without a model or a
    declared LGD. `weighted_bad_rate` is the bad rate of class B, weighted by 1 over the chance.
    """

    name: str
    tally: Tally
    by_class: dict[str, int]
    unknown_amount: Decimal
    expected_loss: float | None
    weighted_bad_rate: float | None = None

    @property
    def unknown(self) -> int:
        """Cases without an outcome."""
        return self.tally.n - self.tally.labelled

    @property
    def has_point(self) -> bool:
        """Whether some outcome was seen, or there are no cases."""
        return not self.tally.n or self.tally.labelled > 0

    @property
    def rests_on(self) -> str:
        """The weakest class that any of its cases rests on; A where there are no cases."""
        return max((each for each, n in self.by_class.items() if n), default="A")

    @property
    def bad_rate(self) -> Interval:
        """The bad rate among the outcomes that are known."""
        return self.tally.bad_rate

    @property
    def bad_bounds(self) -> tuple[float, float] | None:
        """The rate if every unknown outcome were good, and if every one were bad (Manski)."""
        if not self.tally.n:
            return None
        return self.tally.bads / self.tally.n, (self.tally.bads + self.unknown) / self.tally.n

    @property
    def loss_bounds(self) -> tuple[float, float]:
        """The loss if every unknown case lost nothing, and if each lost its whole exposure."""
        return float(self.tally.loss), float(self.tally.loss + self.unknown_amount)


class LossChange(msgspec.Struct, frozen=True, kw_only=True):
    """How much more is lost; negative where losses are avoided.

    `low` and `high` are the ends of the 95 % interval, and beyond it what the cases without an
    outcome may add. `value` is None where one side has nothing but such cases.
    """

    value: float | None
    low: float
    high: float
    rests_on: str


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for against what is granted, over the approved cases."""

    title: str
    requested_before: Decimal
    granted_before: Decimal
    requested_after: Decimal
    granted_after: Decimal
    cut_before: int
    cut_after: int


class ReasonChange(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the flipped cases were told a reason, before and after."""

    code: str
    text: str
    before: int
    after: int


class QueueTerms(msgspec.Struct, frozen=True, kw_only=True):
    """A queue as it stands: standard minutes of a case, rostered minutes of its people a week."""

    code: str
    title: str
    standard_minutes: int
    roster_minutes_a_week: int | None = None


class QueueLoad(msgspec.Struct, frozen=True, kw_only=True):
    """Referrals to a queue over the history, by weekday from Monday; `queue` is None if unknown."""

    code: str
    queue: QueueTerms | None
    before: tuple[int, ...]
    after: tuple[int, ...]
    appear: int
    vanish: int
    weeks: float

    def hours(self, referrals: int) -> float | None:
        """Staff hours a week for so many referrals over the history."""
        if self.queue is None or not self.weeks:
            return None
        return referrals * self.queue.standard_minutes / 60 / self.weeks

    @property
    def hours_before(self) -> float | None:
        """Hours a week as it stands."""
        return self.hours(sum(self.before))

    @property
    def hours_after(self) -> float | None:
        """Hours a week as asked."""
        return self.hours(sum(self.after))

    @property
    def hours_by_day(self) -> tuple[float | None, ...]:
        """The change of hours, from Monday to Sunday."""
        pairs = zip(self.before, self.after, strict=True)
        return tuple(self.hours(after - before) for before, after in pairs)


class GroupEffect(msgspec.Struct, frozen=True, kw_only=True):
    """A group of cases and how many of it are approved; counts are None in a small group."""

    segment: str
    value: str
    n: int | None
    approved_before: int | None
    approved_after: int | None
    flips: int | None

    @property
    def is_small(self) -> bool:
        """Whether it has too few cases to be shown."""
        return self.n is None

    @property
    def change(self) -> float:
        """Change of the approval rate, a fraction; 0 for a small group."""
        if not self.n or self.approved_after is None or self.approved_before is None:
            return 0.0
        return (self.approved_after - self.approved_before) / self.n


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """Rows decided one by one in Python against the batch engines."""

    rows: int
    of: int
    polars: int
    duckdb: int
    first: str = ""

    @property
    def differ(self) -> int:
        """Rows on which any engine differs."""
        return max(self.polars, self.duckdb)


class OwnTests(msgspec.Struct, frozen=True, kw_only=True):
    """The tests that stand in the text."""

    count: int
    failed: tuple[str, ...]


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a change request rests on; made once, never changed."""

    dataset: str
    window: str
    text_hash: str
    against_hash: str
    against_label: str
    code_version: str
    computed_at: datetime
    data: DataState
    lgd: Decimal | None
    result: BacktestResult
    quadrants: tuple[Quadrant, ...]
    need: Need | None
    reasons: tuple[ReasonChange, ...]
    reasons_of: int
    queues: tuple[QueueLoad, ...]
    groups: tuple[GroupEffect, ...]
    parity: Parity
    tests: OwnTests
    findings: tuple[str, ...]
    changes: tuple[str, ...]

    def quadrant(self, name: str) -> Quadrant:
        """One of the four; raises KeyError for another name."""
        for each in self.quadrants:
            if each.name == name:
                return each
        raise KeyError(name)

    @property
    def loss_change(self) -> LossChange | None:
        """What the swap set changes of the loss; None without losses in the history."""
        if not self.result.has_losses:
            return None
        return loss_change(taken=self.quadrant("swapped in"), avoided=self.quadrant("swapped out"))

    @property
    def expected_loss_change(self) -> float | None:
        """The same by the model: PD x exposure x LGD of who comes in less of who goes out."""
        taken = self.quadrant("swapped in").expected_loss
        avoided = self.quadrant("swapped out").expected_loss
        return None if taken is None or avoided is None else taken - avoided

    @property
    def approval_rates(self) -> tuple[float, float]:
        """Approved among the decided, before and after; referrals count as not approved."""
        kept, out = self.quadrant("kept in").tally.n, self.quadrant("swapped out").tally.n
        decided = max(1, self.result.decided)
        return (kept + out) / decided, (kept + self.quadrant("swapped in").tally.n) / decided

    @property
    def exposures(self) -> tuple[Decimal, Decimal]:
        """Amounts of the approved cases, before and after."""
        kept = self.quadrant("kept in").tally.amount
        out, taken = self.quadrant("swapped out"), self.quadrant("swapped in")
        return kept + out.tally.amount, kept + taken.tally.amount

    @property
    def flips(self) -> int:
        """Cases that are answered otherwise."""
        return self.result.comparison.flips if self.result.comparison else 0

    @property
    def resting_on_models(self) -> tuple[int, int]:
        """Of the cases that enter or leave approval: those resting on C or D, and all of them."""
        swapped = [self.quadrant("swapped in"), self.quadrant("swapped out")]
        weak = sum(each.by_class.get(name, 0) for each in swapped for name in ("C", "D"))
        return weak, sum(each.tally.n for each in swapped)

    @property
    def hours_change(self) -> float | None:
        """Change of staff hours a week over all queues; None where no queue is known."""
        known = [
            each.hours_after - each.hours_before
            for each in self.queues
            if each.hours_after is not None and each.hours_before is not None
        ]
        return sum(known) if known or not self.queues else None

    @property
    def wrongly_stopped(self) -> tuple[int, int]:
        """Good cases that are not approved, before and after."""
        out, taken = _goods(self, "swapped out"), _goods(self, "swapped in")
        kept = _goods(self, "kept out")
        return kept + taken, kept + out

    @property
    def let_through(self) -> tuple[int, int]:
        """Bad cases that are approved, before and after."""
        kept = self.quadrant("kept in").tally.bads
        out, taken = self.quadrant("swapped out"), self.quadrant("swapped in")
        return kept + out.tally.bads, kept + taken.tally.bads

    def to_json(self) -> bytes:
        """The document as JSON; amounts as text."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, text: bytes | str) -> "Effect":
        """The document that `to_json` wrote."""
        return msgspec.json.decode(text, type=cls)


def _goods(effect: Effect, name: str) -> int:
    tally = effect.quadrant(name).tally
    return tally.labelled - tally.bads


def loss_change(*, taken: Quadrant, avoided: Quadrant) -> LossChange:
    """Loss of who comes in less loss of who goes out, over the outcomes that are known.

    The interval of a difference by the ends of its parts: Zou and Donner (2008), Statistics in
    Medicine 27 (MOVER); it is widened by the bounds of the cases without an outcome, which lose
    nothing or their whole exposure. Where one side has no outcome at all there is no point.
    """
    added, saved = float(taken.tally.loss), float(avoided.tally.loss)
    (added_low, added_high), (saved_low, saved_high) = (
        taken.tally.loss_ends,
        avoided.tally.loss_ends,
    )
    value = added - saved
    return LossChange(
        value=value if taken.has_point and avoided.has_point else None,
        low=value - hypot(added - added_low, saved_high - saved) - float(avoided.unknown_amount),
        high=value + hypot(added_high - added, saved - saved_low) + float(taken.unknown_amount),
        rests_on=max(taken.rests_on, avoided.rests_on),
    )
