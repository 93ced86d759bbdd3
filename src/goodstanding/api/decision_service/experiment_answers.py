"""What the service answers about experiments, as the OpenAPI document describes it.

The documents are those of the command line and of the memo (`evidence.experiments.memo`); a test
holds them against these.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from goodstanding.api.decision_service.answers import Sha256

StateName = Literal["proposed", "registered", "running", "halted", "ended"]
Second = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$", description="An instant in UTC"
    ),
]


class ExperimentLine(msgspec.Struct, forbid_unknown_fields=True):
    """An experiment and where it stands; the sizes are counted cases of an arm."""

    experiment_id: UUID
    name: str
    policy: str
    state: StateName
    question: str
    metric: str
    label: Annotated[str, msgspec.Meta(description="What bad is, where the metric waits for it")]
    control_n: int
    treatment_n: int
    plan_hash: Sha256
    proposed_at: Second


class ExperimentList(msgspec.Struct, forbid_unknown_fields=True):
    """The experiments on the policies of your legal entity, the newest first."""

    experiments: list[ExperimentLine]


class StepLine(msgspec.Struct, forbid_unknown_fields=True):
    """Who did a step, when and why; `rule` names the rule that halted it."""

    who: str
    at: Second
    why: str
    rule: str


class StepLines(msgspec.Struct, forbid_unknown_fields=True):
    """The steps so far; null where one was not taken."""

    proposed: StepLine
    registered: StepLine | None
    started: StepLine | None
    halted: StepLine | None
    ended: StepLine | None


class RateLine(msgspec.Struct, forbid_unknown_fields=True):
    """A rate as a fraction with its Jeffreys interval of one look; null without counted cases."""

    value: float | None
    low: float | None
    high: float | None


class ArmFigures(msgspec.Struct, forbid_unknown_fields=True):
    """An arm: `counted` cases have passed their horizon, `waiting` ones not, `unknown` never do."""

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
    rate: RateLine
    explored: int
    spent_minor: int
    budget_minor: int | None


class SplitLine(msgspec.Struct, forbid_unknown_fields=True):
    """Units of each arm against the planned shares; `p_any_time` holds however often one looks."""

    counts: list[int]
    expected: list[float]
    chi2: float | None
    p: float | None
    p_any_time: float
    is_mismatch: bool


class ComparisonLine(msgspec.Struct, forbid_unknown_fields=True):
    """An arm against the control, as a difference of fractions that holds at every look.

    Null until both arms have shown five events. `harm` is the bound of a guard-rail.
    """

    arm: str
    metric: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    harm: str | None
    is_harmful: bool


class Figures(msgspec.Struct, forbid_unknown_fields=True):
    """What an experiment shows; `threshold` is the break-even that the explored are held to."""

    at: Second
    arms: list[ArmFigures]
    split: SplitLine | None
    primary: list[ComparisonLine]
    explored: list[ComparisonLine]
    threshold: float | None
    guard_rails: list[ComparisonLine]


class VerdictLine(msgspec.Struct, forbid_unknown_fields=True):
    """What the registered rule says now."""

    code: Literal["ship", "keep_control", "lower_cut", "keep_cut", "no_answer"]
    words: str
    arm: str
    why: str


class WholeExperiment(msgspec.Struct, forbid_unknown_fields=True):
    """An experiment: its plan, its steps, its figures as known now, and what the rule says."""

    experiment: ExperimentLine
    plan: Annotated[dict[str, Any], msgspec.Meta(description="As it was registered")]
    steps: StepLines
    days_left: Annotated[
        int | None, msgspec.Meta(description="Days until the last case's horizon has passed")
    ]
    figures: Figures
    verdict: VerdictLine


class MemoAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """The decision memo of an experiment that has ended; its hash is that of its canonical JSON."""

    memo: Annotated[dict[str, Any], msgspec.Meta(description="Format 1: frozen at the end")]
    sha256: Sha256


class SizeLine(msgspec.Struct, forbid_unknown_fields=True):
    """What an effect needs: counted cases of each arm, and the bads expected among them."""

    effect: float
    control_n: int
    treatment_n: int
    control_bads: float
    treatment_bads: float


class PowerTable(msgspec.Struct, forbid_unknown_fields=True):
    """The sizes that effects need, two-sided."""

    sizes: list[SizeLine]
