"""A policy in words: what each rule does, and what happens when a value is missing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from goodstanding.policies.engine.definition import OnMissing, TermDeclaration
from goodstanding.policies.engine.evaluation import Effect, Outcome
from goodstanding.policies.engine.plan import POINTS, Plan, PlannedRule
from goodstanding.policies.engine.sentences import in_words

_FACT = re.compile(r"\{(\w+)\}")
_EFFECTS = {
    Effect.DECLINE: "Decline",
    Effect.REFER: "Refer",
    Effect.NOTE: "Note",
    Effect.CANCEL: "Cancel",
}


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """A rule as a table shows it: `condition` as written, `sentence` the same in words."""

    id: str
    label: str
    condition: str
    sentence: str
    effect: str
    outcome: Outcome | None
    points: int
    reason_code: str
    reason: str
    if_missing: str
    reads: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class BandInWords:
    """A band of the score: where it begins and ends, and what it votes for."""

    name: str
    span: str
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class IfMissing:
    """What happens if an input goes missing everywhere: rules that no longer know, and votes.

    `models` are the models that give no score without it.
    """

    name: str
    label: str
    rules: tuple[tuple[str, str], ...]
    models: tuple[str, ...]
    outcome: Outcome


def rules_in_words(plan: Plan) -> tuple[RuleInWords, ...]:
    """Every rule, in the order of the policy."""
    return tuple(rule_in_words(plan, rule) for rule in plan.rules)


def rule_in_words(plan: Plan, rule: PlannedRule) -> RuleInWords:
    """One rule of the policy."""
    declared = rule.declaration
    reason = plan.definition.reasons.get(declared.reason)
    sentence = in_words(rule.reading.tree, plan)
    return RuleInWords(
        id=declared.id,
        label=declared.label,
        condition=" ".join(declared.when.text.split()),
        sentence=sentence[:1].upper() + sentence[1:],
        effect=effect_words(rule),
        outcome=rule.vote,
        points=declared.points,
        reason_code=declared.reason,
        reason=_told(plan, reason.text(language=plan.definition.language)) if reason else "",
        if_missing=missing_words(rule),
        reads=tuple(plan.label_of(name) for name in rule.reading.names),
        line=declared.place.line,
    )


def _told(plan: Plan, text: str) -> str:
    """A reason's text with the label of each fact where its value will stand."""
    return _FACT.sub(lambda found: f"[{plan.label_of(found.group(1))}]", text)


def effect_words(rule: PlannedRule) -> str:
    """What the rule does when it is TRUE: Decline; Note; Cancel R1, R2 until 31 Dec 2026."""
    declared = rule.declaration
    word = _EFFECTS[declared.effect]
    if declared.effect is Effect.CANCEL:
        return f"{word} {', '.join(declared.cancels)} until {declared.expires_on}"
    return f"{word} to {declared.queue}" if declared.queue else word


def missing_words(rule: PlannedRule) -> str:
    """What the rule does when it is UNKNOWN; empty where that cannot happen."""
    if not rule.can_be_unknown:
        return ""
    declared = rule.declaration
    if declared.on_missing is OnMissing.DEFAULT:
        taken = ", ".join(f"{name} = {value.text}" for name, value in declared.defaults.items())
        return f"taken as {taken}" + ("; else refer" if rule.remains_unknown else "")
    words = {OnMissing.REFER: "refer", OnMissing.DECLINE: "decline"}
    return words.get(declared.on_missing or OnMissing.IGNORE, "passed over")


def bands_in_words(plan: Plan) -> tuple[BandInWords, ...]:
    """The bands of the score, lowest first, with their constants put in."""
    score = plan.score
    if score is None:
        return ()
    constants = {item.name: f"{item.value} ({item.name})" for item in plan.constants}
    found: list[BandInWords] = []
    low = ""
    for band in score.bands:
        high = band.below.text.strip() if band.below is not None else ""
        high = constants.get(high, high)
        span = f"below {high}" if not low else f"{low} up to {high}" if high else f"from {low}"
        found.append(BandInWords(band.name, span if high or low else "every score", band.outcome))
        low = high
    return tuple(found)


def term_rows(plan: Plan, term: TermDeclaration) -> tuple[tuple[str, str], ...]:
    """The rows of a limit or term: condition and value, as written; otherwise last."""
    del plan
    return tuple(
        (" ".join(row.when.text.split()) if row.when else "", " ".join(row.value.text.split()))
        for row in term.rows
    )


def score_words(plan: Plan) -> str:
    """What the bands read: the points of the rules, a card, a model."""
    if plan.score is None:
        return ""
    source = plan.score.declaration.source
    return "sum of the rules' points" if source == POINTS else plan.label_of(source)


def if_missing(plan: Plan) -> tuple[IfMissing, ...]:
    """For each optional input: what would happen if it went missing tomorrow, all else given.

    Seen from the text alone: `outcome` is the strictest vote that a missing value alone can
    cause. A backtest without the column says how many cases that changes.
    """
    below = [frozenset(plan.inputs_below(rule.nullable)) for rule in plan.rules]
    return tuple(
        _if_missing(plan, item.name, item.label, below)
        for item in plan.inputs
        if not item.is_required and not item.withheld_because
    )


def _if_missing(plan: Plan, name: str, label: str, below: Sequence[frozenset[str]]) -> IfMissing:
    """One input; `below` has the inputs that each rule comes from."""
    models = [
        model.name
        for model in plan.models
        if any(
            name in plan.inputs_below((read,)) and feature.missing == "refuse"
            for feature, read in zip(model.model.features, model.reads, strict=True)
        )
    ]
    affected: list[tuple[str, str]] = []
    votes = [Outcome.APPROVE]
    for rule, inputs in zip(plan.rules, below, strict=True):
        if name in inputs:
            affected.append((rule.declaration.id, missing_words(rule)))
            votes.append(_vote(rule, name))
    score = plan.score
    if score is not None and score.may_be_unknown:
        source = score.declaration.source
        if source in models and score.vote_if_missing is not None:
            votes.append(score.vote_if_missing)
    strictest = max(votes, key=lambda vote: vote.rank)
    return IfMissing(name, label, tuple(affected), tuple(models), strictest)


def _vote(rule: PlannedRule, name: str) -> Outcome:
    if name in rule.declaration.defaults and not rule.remains_unknown:
        return Outcome.APPROVE
    return rule.vote_if_missing or Outcome.APPROVE
