"""A policy as its text says it: read and complete, expressions not yet typed.

Every part knows its place in the file, which takes no part in equality or in hashes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from goodstanding.language.types import Type
from goodstanding.policies.engine.document import Scalar
from goodstanding.policies.engine.evaluation import Effect, Outcome, Value
from goodstanding.policies.engine.mistakes import START, Place
from goodstanding.scoring.scorecard import Scorecard

HASHED_IF_SET = {"hashed": "if set"}
"""Of a part that came later: while it is not set, it leaves the tree hash as it was before."""
SIGNERS = ("desk_manager", "approver", "model_risk_manager")
SIGN_OFF = ("approver",)
"""Who signs a change, in order, where the policy names nobody."""


class OnMissing(StrEnum):
    """What a rule does when its condition is UNKNOWN."""

    REFER = "refer"
    DECLINE = "decline"
    IGNORE = "ignore"
    DEFAULT = "default"


class Actionable(StrEnum):
    """Which way the person whom a decision is about can move an input."""

    NO = "no"
    INCREASE = "increase"
    DECREASE = "decrease"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDeclaration:
    """One value of the record.

    `feature` names the feature and version that supplies it, empty for a plain input; the caller
    sends its value where `sent_by_caller`, else it is read from the ledger as of the decision.
    `proxy_for` says which protected attribute it stands for; both kinds may be read by fairness
    monitoring and by nothing that decides. `values` closes a TEXT input; other texts are invalid.
    `actionable` says which way the applicant can move it, for counterfactuals; it decides nothing
    and stands outside of the tree hash, so that records made before it still replay.
    """

    name: str
    type: Type
    label: str
    description: str = ""
    is_required: bool = False
    is_personal: bool = False
    is_protected: bool = False
    proxy_for: str = ""
    max_age: timedelta | None = None
    low: Value | None = None
    high: Value | None = None
    max_length: int | None = None
    values: tuple[str, ...] = ()
    feature: str = ""
    actionable: Actionable = field(default=Actionable.NO, compare=False)
    sent_by_caller: bool = field(default=False, metadata=HASHED_IF_SET)
    place: Place = field(default=START, compare=False)

    @property
    def is_looked_up(self) -> bool:
        """Whether it is a feature that is read from the ledger."""
        return bool(self.feature) and not self.sent_by_caller

    @property
    def withheld_because(self) -> str:
        """Why nothing that decides may read it; empty where it may be read."""
        if self.is_protected:
            return "it is a protected attribute"
        return f"it stands for {self.proxy_for}" if self.proxy_for else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A number, text or day that the policy names once: cut-offs, caps."""

    name: str
    type: Type
    value: Value
    label: str = ""
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedDeclaration:
    """A value computed from others before the rules."""

    name: str
    written: Scalar
    label: str = ""
    path: str = field(default="", compare=False)
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDeclaration:
    """A named list of one type, with its version; expired lists are found by the checks.

    `kept` names a list that is kept outside of the text; its values are put in on loading, and the
    day from which its version may decide, which stands outside of the tree hash.
    """

    name: str
    type: Type
    version: str
    values: tuple[Value, ...]
    kept: str = ""
    label: str = ""
    approved_by: str = ""
    begins_on: date | None = field(default=None, compare=False)
    expires_on: date | None = None
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardDeclaration:
    """A scorecard: the artefact of a sha256, or a card written in the policy.

    `features` maps the card's features to names of the policy, where they differ.
    """

    name: str
    artefact: str = ""
    card: Scorecard | None = None
    features: Mapping[str, str] = field(default_factory=dict[str, str])
    label: str = ""
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDeclaration:
    """A model artefact by its sha256; its score is a DECIMAL(9,6) under `name`.

    `reasons` gives each feature of the model the reason code that it speaks for.
    """

    name: str
    artefact: str
    features: Mapping[str, str] = field(default_factory=dict[str, str])
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    label: str = ""
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDeclaration:
    """A rule. `id` is stable over versions and renames; `label` is for people.

    `queue` sends a referral that this rule asks for to a queue of its own; `table` names the
    decision table whose row the rule is.
    """

    id: str
    label: str
    when: Scalar
    effect: Effect
    reason: str = ""
    on_missing: OnMissing | None = None
    defaults: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    points: int = 0
    queue: str = ""
    cancels: tuple[str, ...] = ()
    approved_by: str = ""
    expires_on: date | None = None
    table: str = ""
    path: str = field(default="", compare=False)
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandDeclaration:
    """A half-open band of the score, from the bound before it up to `below` (left out)."""

    name: str
    below: Scalar | None
    outcome: Outcome | None
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDeclaration:
    """What the score bands read, and how they vote.

    `source` is `points`, a scorecard (its points), `<card>_pd`, a model or a derived number.
    `reasons_from` is the scorecard or model whose parts explain a vote of the score.
    """

    source: str
    bands: tuple[BandDeclaration, ...]
    on_missing: OnMissing
    label: str = ""
    reasons_from: str = ""
    path: str = field(default="", compare=False)
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row of a limit or term table: the first whose condition is TRUE gives the value."""

    when: Scalar | None
    value: Scalar
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDeclaration:
    """A limit, term or price, by one expression or a table; given on some outcomes only."""

    name: str
    label: str
    rows: tuple[TableRow, ...]
    currency: str = ""
    given_on: tuple[Outcome, ...] = (Outcome.APPROVE,)
    on_missing: OnMissing = OnMissing.REFER
    path: str = field(default="", compare=False)
    place: Place = field(default=START, compare=False)


class HitPolicy(StrEnum):
    """Which rows of a decision table count where several match.

    Of `collect sum`, `collect min` and `collect max` the outputs are gathered over all rows that
    match; of `collect` every matching row has its effect.
    """

    UNIQUE = "unique"
    FIRST = "first"
    PRIORITY = "priority"
    COLLECT = "collect"
    COLLECT_SUM = "collect sum"
    COLLECT_MIN = "collect min"
    COLLECT_MAX = "collect max"

    @property
    def is_collect(self) -> bool:
        """Whether several rows count at once."""
        return self.value.startswith("collect")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDeclaration:
    """An input column of a decision table: the expression that its cells are tests of."""

    name: str
    written: Scalar
    path: str = field(default="", compare=False)
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputDeclaration:
    """An output column: a value of the policy under its own name."""

    name: str
    type: Type
    label: str
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """A row: one test a column, one value an output, and an effect if it has one.

    `id` is stable; the rule that the row makes is called `<table>.<id>`. The least `priority`
    wins.
    """

    id: str
    tests: tuple[Scalar, ...]
    values: tuple[Scalar, ...]
    effect: Effect | None = None
    reason: str = ""
    points: int = 0
    priority: int = 0
    label: str = ""
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTable:
    """A decision table; which row applies is the value `<name>_row`, empty where none does."""

    name: str
    label: str
    hit: HitPolicy
    on_missing: OnMissing | None
    columns: tuple[ColumnDeclaration, ...]
    outputs: tuple[OutputDeclaration, ...]
    rows: tuple[DecisionRow, ...]
    place: Place = field(default=START, compare=False)

    @property
    def row_name(self) -> str:
        """The value that says which row applies."""
        return f"{self.name}_row"

    @property
    def has_effects(self) -> bool:
        """Whether any row votes or is noted."""
        return any(row.effect is not None for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeDeclaration:
    """How an outcome is called at this desk, and the queue that a referral goes to."""

    outcome: Outcome
    label: str
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackDeclaration:
    """What decides while no approval is in force."""

    outcome: Outcome
    reason: str
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonDeclaration:
    """A reason code with its text by language, and by regime where the law wants its own words."""

    code: str
    texts: Mapping[str, str]
    regimes: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    place: Place = field(default=START, compare=False)

    def text(self, *, language: str = "en", regime: str = "") -> str:
        """The text for a regime and language; English, then any, where there is no such text."""
        for texts in (self.regimes.get(regime, {}), self.texts):
            found = texts.get(language) or texts.get("en")
            if found:
                return found
        return next(iter(self.texts.values()), self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a test demands; None and empty demand nothing."""

    outcome: Outcome | None = None
    reasons: tuple[str, ...] | None = None
    score: Decimal | None = None
    points: int | None = None
    queue: str | None = None
    terms: Mapping[str, Scalar | None] = field(default_factory=dict[str, "Scalar | None"])
    rules: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDeclaration:
    """A test that travels with the policy: inputs, and what must come of them."""

    __test__ = False  # not a test of pytest

    name: str
    inputs: Mapping[str, Scalar | None]
    expect: Expectation
    as_of: datetime | None = None
    place: Place = field(default=START, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDefinition:
    """The whole text, section by section.

    `sign_off` are the roles that sign a change of the policy, in order, each by another person.
    """

    name: str
    version: str
    title: str
    desk: str
    owner: str
    purpose: str
    legal_entities: tuple[str, ...]
    time_zone: str
    language: str
    currency: str
    inputs: tuple[InputDeclaration, ...]
    constants: tuple[Constant, ...]
    derived: tuple[DerivedDeclaration, ...]
    lists: tuple[ListDeclaration, ...]
    scorecards: tuple[ScorecardDeclaration, ...]
    models: tuple[ModelDeclaration, ...]
    tables: tuple[DecisionTable, ...]
    rules: tuple[RuleDeclaration, ...]
    score: ScoreDeclaration | None
    terms: tuple[TermDeclaration, ...]
    outcomes: Mapping[Outcome, OutcomeDeclaration]
    fallback: FallbackDeclaration
    reasons: Mapping[str, ReasonDeclaration]
    tests: tuple[TestDeclaration, ...]
    sign_off: tuple[str, ...] = SIGN_OFF

    def input(self, name: str) -> InputDeclaration:
        """One input; raises KeyError for an unknown name."""
        return next(item for item in self.inputs if item.name == name)


Declaration: TypeAlias = (
    InputDeclaration | Constant | DerivedDeclaration | ListDeclaration | ScorecardDeclaration
)
