"""A policy with its expressions typed and put in order: what every engine is made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from goodstanding.language.expression import Expression
from goodstanding.language.types import PARAMETERS, Cell, Type
from goodstanding.policies.engine.cells import CellTests
from goodstanding.policies.engine.definition import (
    BandDeclaration,
    ColumnDeclaration,
    Constant,
    DecisionRow,
    DecisionTable,
    HitPolicy,
    InputDeclaration,
    ListDeclaration,
    ModelDeclaration,
    OnMissing,
    PolicyDefinition,
    RuleDeclaration,
    ScorecardDeclaration,
    ScoreDeclaration,
    TermDeclaration,
)
from goodstanding.policies.engine.evaluation import Effect, Outcome
from goodstanding.scoring.card_runtime import ScorecardModel
from goodstanding.scoring.types import Model

POINTS = "points"


@dataclass(frozen=True, slots=True)
class Computed:
    """A value computed from others: derived by the author, points or PD of a card, or of a table.

    `table` names the decision table that gives it.
    """

    name: str
    label: str
    expression: Expression
    is_card: bool = False
    may_be_unknown: bool = True
    table: str = ""


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """A model and, in the order of its features, the names it reads."""

    declaration: ModelDeclaration
    model: Model
    reads: tuple[str, ...]
    may_be_unknown: bool

    @property
    def name(self) -> str:
        """The name of its score."""
        return self.declaration.name


@dataclass(frozen=True, slots=True)
class PlannedCard:
    """A scorecard and, in the order of its features, the names it reads."""

    declaration: ScorecardDeclaration
    model: ScorecardModel
    reads: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of its points."""
        return self.declaration.name


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A rule with its condition, and the condition with defaults put in where it has any.

    `nullable` are the names in the condition that can be missing; `can_be_unknown` says whether
    the condition can be UNKNOWN at all. `row` holds the tests of a row of a decision table.
    """

    declaration: RuleDeclaration
    condition: Expression
    with_defaults: Expression | None
    nullable: tuple[str, ...]
    can_be_unknown: bool
    remains_unknown: bool
    row: Expression | None = None

    @property
    def reading(self) -> Expression:
        """The condition as people read it: of a row of a table, the tests of the row."""
        return self.row or self.condition

    @property
    def stands_for_a_gap(self) -> bool:
        """Whether it is the rule of a table for records that no row covers."""
        return bool(self.declaration.table) and self.row is None

    @property
    def vote(self) -> Outcome | None:
        """What it votes for when TRUE."""
        effect = self.declaration.effect
        return Outcome(effect.value) if effect in {Effect.REFER, Effect.DECLINE} else None

    @property
    def vote_if_missing(self) -> Outcome | None:
        """What it votes for when UNKNOWN; after a default that did not help, a person looks."""
        match self.declaration.on_missing:
            case OnMissing.DECLINE:
                return Outcome.DECLINE
            case OnMissing.REFER:
                return Outcome.REFER
            case OnMissing.DEFAULT:
                return Outcome.REFER if self.vote else None
            case _:
                return None


@dataclass(frozen=True, slots=True)
class PlannedScore:
    """The score: its source, and an expression that gives the number of the band, 0 first.

    `band` is NULL where the score is.
    """

    declaration: ScoreDeclaration
    type: Type
    band: Expression
    bounds: tuple[Cell | None, ...]
    may_be_unknown: bool

    @property
    def bands(self) -> tuple[BandDeclaration, ...]:
        """The bands, lowest first."""
        return self.declaration.bands

    @property
    def vote_if_missing(self) -> Outcome | None:
        """What a missing score votes for."""
        on_missing = self.declaration.on_missing
        return None if on_missing is OnMissing.IGNORE else Outcome(on_missing.value)


@dataclass(frozen=True, slots=True)
class PlannedTerm:
    """A limit, term or price as one expression."""

    declaration: TermDeclaration
    expression: Expression
    may_be_unknown: bool

    @property
    def name(self) -> str:
        """The term's name."""
        return self.declaration.name

    @property
    def vote_if_missing(self) -> Outcome | None:
        """What a missing term votes for where it would be given."""
        on_missing = self.declaration.on_missing
        return None if on_missing is OnMissing.IGNORE else Outcome(on_missing.value)


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """An input column of a decision table; `name` is the value that its cells test."""

    declaration: ColumnDeclaration
    name: str
    type: Type
    tests_missing: bool


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row with its tests; `values` has None where the row gives no value."""

    declaration: DecisionRow
    cells: tuple[CellTests, ...]
    condition: Expression
    values: tuple[Expression | None, ...]


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """A decision table; `rows` stand in the order of the text."""

    declaration: DecisionTable
    columns: tuple[PlannedColumn, ...]
    rows: tuple[PlannedRow, ...]

    @property
    def in_order(self) -> tuple[PlannedRow, ...]:
        """The rows in the order in which they win."""
        if self.declaration.hit is not HitPolicy.PRIORITY:
            return self.rows
        return tuple(sorted(self.rows, key=lambda row: row.declaration.priority))

    def rule_id(self, row: PlannedRow) -> str:
        """What the rule of a row is called."""
        return f"{self.declaration.name}.{row.declaration.id}"


@dataclass(frozen=True)
class Plan:
    """Everything typed, in the order of evaluation: `before`, `models`, `after`, rules, terms."""

    definition: PolicyDefinition
    types: Mapping[str, Type]
    before: tuple[Computed, ...]
    models: tuple[PlannedModel, ...]
    after: tuple[Computed, ...]
    cards: tuple[PlannedCard, ...]
    rules: tuple[PlannedRule, ...]
    score: PlannedScore | None
    terms: tuple[PlannedTerm, ...]
    lists: Mapping[str, frozenset[Cell]]
    tables: tuple[PlannedTable, ...] = ()

    @property
    def inputs(self) -> tuple[InputDeclaration, ...]:
        """The inputs in the order of the text: the order of `decide`'s arguments."""
        return self.definition.inputs

    @property
    def constants(self) -> tuple[Constant, ...]:
        """Named constants."""
        return self.definition.constants

    @property
    def list_declarations(self) -> tuple[ListDeclaration, ...]:
        """Lists with their versions."""
        return self.definition.lists

    @cached_property
    def computed(self) -> tuple[Computed, ...]:
        """All computed values in the order in which they are computed."""
        return (*self.before, *self.after)

    @cached_property
    def never_null(self) -> frozenset[str]:
        """Names that always have a value: required inputs, parameters, what cannot fail."""
        required = {item.name for item in self.inputs if item.is_required}
        computed = {item.name for item in self.computed if not item.may_be_unknown}
        models = {item.name for item in self.models if not item.may_be_unknown}
        return frozenset(required | computed | models | set(PARAMETERS))

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Which of as_of and as_of_date any part reads."""
        return frozenset(name for expression in self.expressions for name in expression.parameters)

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        """Every expression that is evaluated."""
        found = [item.expression for item in self.computed]
        for rule in self.rules:
            found.append(rule.condition)
            if rule.with_defaults is not None:
                found.append(rule.with_defaults)
        if self.score is not None:
            found.append(self.score.band)
        return (*found, *(term.expression for term in self.terms))

    def label_of(self, name: str) -> str:
        """What people call an input, derived value, card or model."""
        for item in (*self.inputs, *self.computed):
            if item.name == name:
                return item.label
        for part in (*self.models, *self.cards):
            if part.name == name:
                return part.declaration.label
        return name.replace("_", " ")

    def reads(self, name: str) -> tuple[str, ...]:
        """The names directly below a computed value or model; an input reads nothing."""
        for item in self.computed:
            if item.name == name:
                return item.expression.names
        return next((item.reads for item in self.models if item.name == name), ())

    def inputs_below(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The inputs that some names come from, in the order of first use."""
        known = {item.name for item in self.inputs}
        seen: dict[str, None] = {}
        waiting = list(reversed(names))
        while waiting:
            name = waiting.pop()
            if name not in seen:  # values that share what they read are walked once
                seen[name] = None
                waiting.extend(reversed(self.reads(name)))
        return tuple(name for name in seen if name in known)
