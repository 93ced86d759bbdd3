"""What a policy says about one record: outcome, reasons, and the whole trace behind them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from goodstanding.scoring.types import Attributions, Reason

Value: TypeAlias = bool | int | Decimal | float | str | date | datetime
"""A value as Python knows it; DECIMAL is Decimal at its declared scale, TIMESTAMP is UTC."""


class Outcome(StrEnum):
    """What is decided; the later member is the stricter one and wins."""

    APPROVE = "approve"
    REFER = "refer"
    DECLINE = "decline"

    @property
    def rank(self) -> int:
        """0 for approve, 1 for refer, 2 for decline."""
        return OUTCOMES.index(self)


OUTCOMES = (Outcome.APPROVE, Outcome.REFER, Outcome.DECLINE)


class Truth(StrEnum):
    """Three-valued logic: UNKNOWN is what a missing value makes of a condition."""

    TRUE = "TRUE"
    FALSE = "FALSE"
    UNKNOWN = "UNKNOWN"


class Effect(StrEnum):
    """What a rule that fires does."""

    DECLINE = "decline"
    REFER = "refer"
    CANCEL = "cancel"  # takes away the votes of the rules it names
    NOTE = "note"  # leaves its points and its line in the trace, and no vote


class MissingKind(StrEnum):
    """Why a value is not there. Expressions see NULL; the record keeps the kind."""

    ABSENT = "absent"  # the record has no such key
    NULL = "null"  # the record says null
    INVALID = "invalid"  # a value that is not of the declared type or outside its bounds
    SOURCE_ERROR = "source_error"  # whoever should have said it failed
    STALE = "stale"  # older than the input's max_age
    NO_HISTORY = "no_history"  # the source does not reach back over the window
    NOT_APPLICABLE = "not_applicable"  # the question does not arise here
    OVERFLOW = "overflow"  # computed, and outside what its type can hold, or divided by zero


@dataclass(frozen=True, slots=True)
class MissingValue:
    """An input or derived value that a condition needed and did not have."""

    name: str
    label: str
    kind: MissingKind


class InputValue(msgspec.Struct, frozen=True, gc=False):
    """An input as it was read; `missing` is None exactly where `value` is there.

    `definition` names the feature and version that supplied it, `source` and `observed_at` say
    who told us and when, where the caller said so.
    """

    name: str
    value: Value | None
    missing: MissingKind | None = None
    problem: str = ""
    is_personal: bool = False
    definition: str = ""
    source: str = ""
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule on this record.

    `truth` is the condition's, after a declared default was put in (`defaults`); `vote` is what
    the rule asked for: by its condition, or by its missing-data policy where `by_missing`.
    `cancelled_by` names the rule that took the vote away; `text` is the condition as written.
    """

    id: str
    label: str
    effect: Effect
    truth: Truth
    points: int
    text: str
    vote: Outcome | None = None
    by_missing: bool = False
    missing: tuple[MissingValue, ...] = ()
    defaults: Mapping[str, Value] | None = None
    cancelled_by: str | None = None
    reason_code: str = ""


class ModelScore(msgspec.Struct, frozen=True):
    """A model's answer, DECIMAL(9,6), or None and `why_not`.

    `attributions` is there where it was asked for, or where the score voted.
    """

    name: str
    model_id: str
    version: str
    sha256: str
    score: Decimal | None
    attributions: Attributions | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class CardCell:
    """The points of one characteristic, and what was lost against the card's reference."""

    characteristic: str
    feature: str
    points: int
    points_lost: Decimal
    reason_code: str


@dataclass(frozen=True, slots=True)
class CardScore:
    """A scorecard's points and the PD that follows from them, characteristic by characteristic."""

    name: str
    card_id: str
    version: str
    sha256: str
    points: int
    pd: Decimal
    cells: tuple[CardCell, ...]
    reasons: tuple[Reason, ...] = ()


class ReasonGiven(msgspec.Struct, frozen=True):
    """A principal reason, in the order in which it is told; `rank` counts from 1.

    `source` is `rule`, `missing`, `score`, `gate` or `terms`; `facts` hold what the text is
    filled with.
    """

    rank: int
    code: str
    text: str
    source: str
    rule_id: str = ""
    facts: Mapping[str, str] | None = None


class TermGranted(msgspec.Struct, frozen=True):
    """A limit, term or price; `value` is None where the outcome does not give it.

    `currency` is there for money.
    """

    name: str
    label: str
    value: Value | None
    is_given: bool
    currency: str = ""


@dataclass(frozen=True, slots=True)
class EvaluationWarning:
    """A value that could not be computed although its inputs were there."""

    name: str
    kind: MissingKind
    text: str


class ScoreBand(msgspec.Struct, frozen=True):
    """The band that the policy's score fell into; `vote` is None where the band does not vote."""

    name: str
    vote: Outcome | None
    by_missing: bool = False


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """A policy's whole answer for one record.

    `points` is the sum of the points of the rules that are TRUE, in the order of the rules;
    `score` is the value that the score bands read, None where the policy has none.
    """

    policy: str
    version: str
    text_hash: str
    tree_hash: str
    as_of: datetime | None
    inputs: tuple[InputValue, ...]
    derived: Mapping[str, Value | None]
    models: tuple[ModelScore, ...]
    scorecards: tuple[CardScore, ...]
    rules: tuple[RuleResult, ...]
    points: int
    score: Decimal | int | None
    band: ScoreBand | None
    outcome: Outcome
    queue: str
    terms: tuple[TermGranted, ...]
    reasons: tuple[ReasonGiven, ...]
    lists: Mapping[str, str]
    warnings: tuple[EvaluationWarning, ...] = ()

    @property
    def limit(self) -> Value | None:
        """The granted limit: the term named `limit`; None where there is none."""
        return next((term.value for term in self.terms if term.name == "limit"), None)

    @property
    def fired(self) -> tuple[RuleResult, ...]:
        """The rules that voted, in the order of the policy."""
        return tuple(rule for rule in self.rules if rule.vote is not None)

    @property
    def missing(self) -> tuple[InputValue, ...]:
        """The inputs that were not there."""
        return tuple(item for item in self.inputs if item.missing is not None)

    def rule(self, rule_id: str) -> RuleResult:
        """One rule's result; raises KeyError for a rule that the policy does not have."""
        for result in self.rules:
            if result.id == rule_id:
                return result
        raise KeyError(rule_id)


def as_text(value: Value | None) -> str | bool | int | None:
    """A value as records keep it: DECIMAL and DOUBLE as text, TIMESTAMP with six decimals and Z."""
    write = _TEXT_OF.get(type(value))
    return value if write is None else write(value)  # pyright: ignore[reportReturnType] - as it is


@lru_cache(maxsize=1024)
def _instant_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


_TEXT_OF: dict[type, Callable[[Any], str]] = {
    Decimal: "{:f}".format,
    float: repr,
    datetime: _instant_text,
    date: date.isoformat,
}
