"""What an experiment is: its plan, where it stands, what it found, what it recommends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from goodstanding.decisions.types import Unit
from goodstanding.validation.intervals import Interval
from goodstanding.validation.sequences import SequenceLook
from goodstanding.validation.splits import SplitCheck


class MetricKind(StrEnum):
    """What is measured in each arm; a rate over the decisions of its units."""

    BAD_RATE = "bad_rate"
    EXPLORED_BAD_RATE = "explored_bad_rate"
    APPROVAL_RATE = "approval_rate"
    REFERRAL_RATE = "referral_rate"
    DECLINE_RATE = "decline_rate"

    @property
    def words(self) -> str:
        """The metric in words."""
        return {
            MetricKind.BAD_RATE: "bad rate of the approved",
            MetricKind.EXPLORED_BAD_RATE: "bad rate of the explored",
            MetricKind.APPROVAL_RATE: "approval rate",
            MetricKind.REFERRAL_RATE: "referral rate",
            MetricKind.DECLINE_RATE: "decline rate",
        }[self]

    @property
    def better(self) -> int:
        """-1 where less is better, 1 where more is."""
        return 1 if self is MetricKind.APPROVAL_RATE else -1

    @property
    def needs_label(self) -> bool:
        """Whether it waits for what comes true."""
        return self in {MetricKind.BAD_RATE, MetricKind.EXPLORED_BAD_RATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric and, where it waits for an outcome, the label that says what bad is."""

    kind: MetricKind
    label: str = ""

    @property
    def words(self) -> str:
        """The metric in words, with its label."""
        return f"{self.kind.words} ({self.label})" if self.label else self.kind.words


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRail:
    """A metric that must not become worse than the control's by more than `harm`, a fraction."""

    metric: Metric
    harm: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedArm:
    """An arm: the version that decides in it, what else is done in it, its share of units.

    `limit_minor` and `budget_minor` are there where it explores below the cut.
    """

    name: str
    text_hash: str
    share_basis_points: int
    treatment: str = ""
    limit_minor: int | None = None
    budget_minor: int | None = None

    @property
    def explores(self) -> bool:
        """Whether it approves some below the cut."""
        return self.limit_minor is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPlan:
    """What is fixed before anybody sees a number; the first arm is the control.

    `base_rate` is what the control is expected to show, or for exploration the rate at which a
    lower cut would break even; `minimum_effect` is relative to it. Each case counts once
    `horizon_days` have passed; units are let in for `enrol_days`.
    """

    name: str
    policy: str
    question: str
    unit: Unit
    arms: tuple[PlannedArm, ...]
    metric: Metric
    horizon_days: int
    enrol_days: int
    base_rate: Decimal
    minimum_effect: Decimal
    alpha: Decimal = Decimal("0.05")
    power: Decimal = Decimal("0.80")
    guard_rails: tuple[GuardRail, ...] = ()
    lowest_score: Decimal | None = None

    @property
    def control(self) -> PlannedArm:
        """The arm that the others are compared with."""
        return self.arms[0]

    @property
    def explores(self) -> bool:
        """Whether any arm explores below the cut."""
        return any(arm.explores for arm in self.arms)

    @property
    def duration(self) -> timedelta:
        """From the start to the end of the last case's horizon."""
        return timedelta(days=self.enrol_days + self.horizon_days)


class ExperimentState(StrEnum):
    """Where an experiment stands; derived from its rows."""

    PROPOSED = "proposed"
    REGISTERED = "registered"
    RUNNING = "running"
    HALTED = "halted"
    ENDED = "ended"


class Recommendation(StrEnum):
    """What the pre-registered rule says."""

    SHIP = "ship"
    KEEP_CONTROL = "keep_control"
    LOWER_CUT = "lower_cut"
    KEEP_CUT = "keep_cut"
    NO_ANSWER = "no_answer"

    @property
    def words(self) -> str:
        """The recommendation in words."""
        return {
            Recommendation.SHIP: "Ship the treatment",
            Recommendation.KEEP_CONTROL: "Keep the control",
            Recommendation.LOWER_CUT: "Lower the cut",
            Recommendation.KEEP_CUT: "Keep the cut",
            Recommendation.NO_ANSWER: "No answer",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who did a step, when and why; nobody where a rule did it."""

    who: str
    at: datetime
    why: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentView:
    """An experiment with every step so far."""

    experiment_id: UUID
    plan: ExperimentPlan
    plan_hash: str
    labels: Mapping[str, str]
    currency: str
    control_n: int
    treatment_n: int
    control_bads: float
    author: str
    proposed_at: datetime
    registration: Signature | None
    start: Signature | None
    trial_id: UUID | None
    halt: Signature | None
    end: Signature | None
    memo: Mapping[str, Any] | None
    memo_hash: str

    @property
    def state(self) -> ExperimentState:
        """Where it stands."""
        if self.end is not None:
            return ExperimentState.ENDED
        if self.halt is not None:
            return ExperimentState.HALTED
        if self.start is not None:
            return ExperimentState.RUNNING
        return ExperimentState.PROPOSED if self.registration is None else ExperimentState.REGISTERED

    @property
    def ends_at(self) -> datetime | None:
        """When the last case's horizon will have passed; None before the start."""
        return None if self.start is None else self.start.at + self.plan.duration

    def days_left(self, *, at: datetime) -> int | None:
        """Whole days until the horizon; 0 once it has passed."""
        ends_at = self.ends_at
        return None if ends_at is None else max(0, -((at - ends_at) // timedelta(days=1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReading:
    """What an arm has shown so far.

    `counted` are the cases in the metric's denominator, `events` its numerator; `waiting` are
    those whose horizon has not passed, `unknown` those whose outcome never became known.
    """

    name: str
    units: int
    decided: int
    approved: int
    referred: int
    declined: int
    counted: int
    events: int
    waiting: int
    unknown: int
    rate: Interval
    explored: int
    spent_minor: int
    budget_minor: int | None

    @property
    def spent_share(self) -> float | None:
        """The part of the budget that was granted."""
        return None if not self.budget_minor else self.spent_minor / self.budget_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A treatment against the control in one metric: the always-valid interval of the difference.

    `look` is None until both arms have shown five events. `harm` is there for guard-rails.
    """

    arm: str
    metric: Metric
    look: SequenceLook | None
    harm: Decimal | None = None

    @property
    def is_harmful(self) -> bool:
        """Whether the difference is surely worse than the harm bound allows."""
        if self.look is None or self.harm is None:
            return False
        if self.metric.kind.better < 0:
            return self.look.low > float(self.harm)
        return self.look.high < -float(self.harm)

    @property
    def is_better(self) -> bool:
        """Whether the difference is surely to the good."""
        if self.look is None:
            return False
        return self.look.high < 0 if self.metric.kind.better < 0 else self.look.low > 0

    @property
    def is_worse(self) -> bool:
        """Whether the difference is surely to the bad."""
        return self.look is not None and self.look.excludes_zero and not self.is_better


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """A look in the past, by what is known of the cases that had matured by then."""

    at: datetime
    arm: str
    look: SequenceLook


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An experiment read at an instant; reading is free, since every interval holds at any time.

    `threshold` is the break-even rate that explored cases are held against.
    """

    at: datetime
    arms: tuple[ArmReading, ...]
    split: SplitCheck | None
    primary: tuple[Comparison, ...]
    guard_rails: tuple[Comparison, ...]
    explored: tuple[Comparison, ...]
    threshold: float | None
    curve: tuple[CurvePoint, ...] = ()

    @property
    def harmful(self) -> Sequence[Comparison]:
        """Guard-rails that are surely broken."""
        return [each for each in self.guard_rails if each.is_harmful]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the pre-registered rule recommends, for which arm, and why."""

    recommendation: Recommendation
    arm: str
    why: str
