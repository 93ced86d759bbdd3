"""Exploring below the cut: some of those whom the score alone declines are approved by chance.

Who is approved follows from the arm of the unit, so from a hash; how much may be risked from a
budget of money. Whether a process may still grant is kept in its purse, and the chance that was
really there goes into the record of every case below the cut, approved or not.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock
from uuid import UUID

from goodstanding.policies.engine import Evaluation, Outcome

SEEN_AFTER = timedelta(seconds=15)
"""So long after it was granted a decision may still be on its way to the table."""
PURSES = 8
"""A purse holds an eighth of what is left, since several processes decide at once."""


def is_below_the_cut(evaluation: Evaluation) -> bool:
    """Whether the score, and nothing but the score, speaks for a decline.

    A knock-out, a referral, or a score that could not be computed is no cut to explore below.
    """
    band = evaluation.band
    if evaluation.outcome is not Outcome.DECLINE or band is None or band.by_missing:
        return False
    votes = any(rule.vote is not None and rule.cancelled_by is None for rule in evaluation.rules)
    return band.vote is Outcome.DECLINE and not votes


@dataclass(frozen=True, slots=True)
class Chance:
    """What a case below the cut had: the chance of approval, whether it fell, and the limit.

    `chance` is 0 where nothing could be granted at that moment, and `why` says what forbade it.
    `limit` is in whole units of the currency.
    """

    trial_id: UUID
    chance: Decimal
    explored: bool
    limit: Decimal | None
    why: str = ""


class Purse:
    """What one process may still grant in one arm until it reads again what was spent.

    Near the end of the budget each process may grant one more limit, so the budget is overshot by
    at most one limit for each of the processes that decide, however fast they are.
    """

    def __init__(self, *, limit_minor: int) -> None:
        """Grant nothing before the first `fill`."""
        self._left = 0
        self._limit = limit_minor
        self._granted: deque[tuple[datetime, int]] = deque()
        self._turn = Lock()

    @property
    def is_open(self) -> bool:
        """Whether a full limit can still be granted."""
        return self._left >= self._limit

    def fill(self, *, remaining_minor: int, at: datetime) -> None:
        """Hold a part of what remained when it was read at `at`.

        What was granted here within `SEEN_AFTER` may be missing in it, and is taken off once more.
        """
        with self._turn:
            while self._granted and self._granted[0][0] <= at - SEEN_AFTER:
                self._granted.popleft()
            sure = remaining_minor - sum(amount for _, amount in self._granted)
            self._left = max(self._limit, sure // PURSES) if sure >= self._limit else 0

    def take(self, amount_minor: int, *, at: datetime) -> None:
        """Grant; the caller has seen that the purse is open and the amount within the limit."""
        with self._turn:
            self._left -= amount_minor
            self._granted.append((at, amount_minor))


class Purses:
    """The purses of one process, by trial and arm; they remember what may not be written yet."""

    def __init__(self) -> None:
        """Begin with none."""
        self._purses: dict[tuple[UUID, str], Purse] = {}

    def filled(
        self, *, trial_id: UUID, arm: str, limit_minor: int, remaining_minor: int, at: datetime
    ) -> Purse:
        """The purse of an arm, filled for the time until the next reading."""
        purse = self._purses.setdefault((trial_id, arm), Purse(limit_minor=limit_minor))
        purse.fill(remaining_minor=remaining_minor, at=at)
        return purse


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploringArm:
    """An arm that explores: its share, the limit it grants, and this process's purse for it."""

    name: str
    chance: Decimal
    limit_minor: int
    purse: Purse


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """What a trial explores: its arms, and the score under which nobody is explored."""

    trial_id: UUID
    arms: tuple[ExploringArm, ...]
    lowest_score: Decimal | None

    def chance_of(
        self,
        *,
        evaluation: Evaluation,
        arm: str,
        asked_minor: int | None,
        places: int,
        at: datetime,
    ) -> Chance | None:
        """The chance of a case, drawn by its arm; None where the cut did not decline it."""
        if not is_below_the_cut(evaluation):
            return None
        if self._is_too_low(evaluation):
            return Chance(
                self.trial_id, Decimal(0), explored=False, limit=None, why="score_too_low"
            )
        opened = [each for each in self.arms if each.purse.is_open]
        chance = sum((each.chance for each in opened), Decimal(0))
        drawn = next((each for each in opened if each.name == arm), None)
        if drawn is None:
            why = "" if opened else "budget_used_up"
            return Chance(self.trial_id, chance, explored=False, limit=None, why=why)
        granted = min(drawn.limit_minor, asked_minor or drawn.limit_minor)
        drawn.purse.take(granted, at=at)
        limit = Decimal(granted).scaleb(-places)
        return Chance(self.trial_id, chance, explored=True, limit=limit)

    def _is_too_low(self, evaluation: Evaluation) -> bool:
        if self.lowest_score is None:
            return False
        return evaluation.score is None or evaluation.score < self.lowest_score
