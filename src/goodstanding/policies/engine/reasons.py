"""Principal reasons: the components that voted for the outcome, in the order they are told.

Knock-outs first in the order of the policy, then what the score lost, then terms that could not
be computed. Source: field guide on decisions, sections 5 and 7.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from goodstanding.language.types import Cell
from goodstanding.policies.engine.evaluation import (
    CardScore,
    ModelScore,
    Outcome,
    ReasonGiven,
    RuleResult,
    ScoreBand,
    as_text,
)
from goodstanding.policies.engine.plan import POINTS, Plan
from goodstanding.policies.engine.values import value_of
from goodstanding.scoring.types import Attributions

REASONS_OF_A_SCORE = 4
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class Voice(msgspec.Struct, frozen=True):
    """One component that voted for the outcome; `text` stands in where the code has none."""

    code: str
    source: str
    rule_id: str = ""
    text: str = ""


class Voted(msgspec.Struct, frozen=True):
    """Everything that may have voted, and the cells behind it."""

    outcome: Outcome
    rules: tuple[RuleResult, ...]
    band: ScoreBand | None
    cards: tuple[CardScore, ...]
    models: tuple[ModelScore, ...]
    terms: tuple[Cell | None, ...]
    cells: Mapping[str, Cell | None]


def reasons_of(plan: Plan, voted: Voted) -> tuple[ReasonGiven, ...]:
    """The ranked reasons of a refer or decline; none for an approve. A code is told once."""
    if voted.outcome is Outcome.APPROVE:
        return ()
    voices: dict[str, Voice] = {}
    for voice in _voices(plan, voted):
        voices.setdefault(voice.code, voice)
    return tuple(
        _told(plan, voice, rank, voted.cells) for rank, voice in enumerate(voices.values(), start=1)
    )


def _voices(plan: Plan, voted: Voted) -> Iterator[Voice]:
    for result in voted.rules:
        if result.vote is voted.outcome:
            yield from _rule_voices(plan, result, voted.cells)
    if voted.band is not None and voted.band.vote is voted.outcome:
        yield from _score_voices(plan, voted)
    yield from _term_voices(plan, voted)


def _rule_voices(
    plan: Plan, result: RuleResult, cells: Mapping[str, Cell | None]
) -> Iterator[Voice]:
    """The rule's own reason; where it voted for want of data, one for each input that lacks."""
    if not result.by_missing:
        yield Voice(result.reason_code, "rule", result.id)
        return
    names = tuple(item.name for item in result.missing)
    lacking = [name for name in plan.inputs_below(names) if cells.get(name) is None]
    labels = [(name, plan.label_of(name)) for name in lacking]
    labels = labels or [(item.name, item.label) for item in result.missing]
    for name, label in labels or [(result.id.lower(), result.label)]:
        yield _missing_voice(name, label, "missing", result.id)


def _missing_voice(name: str, label: str, source: str, rule_id: str = "") -> Voice:
    return Voice(f"MISSING_{name.upper()}", source, rule_id, f"{label} not available")


def _score_voices(plan: Plan, voted: Voted) -> Iterator[Voice]:
    score, band = plan.score, voted.band
    if score is None or band is None:
        return
    declared = score.declaration
    if band.by_missing:
        yield _missing_voice(declared.source, declared.label, "score")
        return
    if declared.source == POINTS and not declared.reasons_from:
        yield from _point_voices(voted.rules)
    source = declared.reasons_from or declared.source.removesuffix("_pd")
    for card in voted.cards:
        if card.name == source:
            yield from (Voice(reason.code, "score") for reason in card.reasons)
    for model in voted.models:
        if model.name == source and model.attributions is not None:
            codes = _model_codes(plan, source, model.attributions)
            yield from (Voice(code, "score") for code in codes[:REASONS_OF_A_SCORE])


def _point_voices(rules: tuple[RuleResult, ...]) -> Iterator[Voice]:
    """The rules that gave most points; those without a reason of their own stay silent."""
    gave = [rule for rule in rules if rule.points > 0 and rule.reason_code]
    ranked = sorted(gave, key=lambda rule: -rule.points)
    codes = dict.fromkeys(rule.reason_code for rule in ranked)
    by_code = {rule.reason_code: rule.id for rule in reversed(ranked)}
    for code in list(codes)[:REASONS_OF_A_SCORE]:
        yield Voice(code, "score", by_code[code])


def _model_codes(plan: Plan, name: str, parts: Attributions) -> list[str]:
    """Reason codes by what their features add to the log-odds of bad, most first.

    Features that share a code are added up; those that speak for the applicant are left out.
    """
    reasons = next(item.declaration.reasons for item in plan.models if item.name == name)
    added: dict[str, float] = {}
    for part in parts.contributions:
        code = reasons.get(part.feature)
        if code is not None:
            added[code] = added.get(code, 0.0) + part.log_odds
    order = list(dict.fromkeys(reasons.values()))
    worse = [code for code, log_odds in added.items() if log_odds > 0]
    return sorted(worse, key=lambda code: (-added[code], order.index(code)))


def _term_voices(plan: Plan, voted: Voted) -> Iterator[Voice]:
    """Terms that could not be computed where they would have been given."""
    votes = [result.vote for result in voted.rules] + [voted.band.vote if voted.band else None]
    rank = max((vote.rank for vote in votes if vote is not None), default=0)
    for term, cell in zip(plan.terms, voted.terms, strict=True):
        vote = term.vote_if_missing
        given = rank in {outcome.rank for outcome in term.declaration.given_on}
        if cell is None and given and vote is not None and rank < vote.rank:
            rank = vote.rank
            if vote is voted.outcome:
                yield _missing_voice(term.name, term.declaration.label, "terms")


def _told(plan: Plan, voice: Voice, rank: int, cells: Mapping[str, Cell | None]) -> ReasonGiven:
    declared = plan.definition.reasons.get(voice.code)
    words = declared.text(language=plan.definition.language) if declared else voice.text
    facts = {
        name: str(as_text(value_of(cells.get(name), plan.types[name])))
        for name in _PLACEHOLDER.findall(words)
        if name in plan.types
    }
    return ReasonGiven(
        rank=rank,
        code=voice.code,
        text=_PLACEHOLDER.sub(lambda match: facts.get(match[1], match[0]), words),
        source=voice.source,
        rule_id=voice.rule_id,
        facts=facts or None,
    )
