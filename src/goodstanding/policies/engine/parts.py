"""The parts of a policy that a case can reach: rules, missing-value ways, bands, rows, reasons.

Coverage, and the search for a record that reaches a part, speak of parts by their key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from goodstanding.language.explain import explain
from goodstanding.language.expression import Expression
from goodstanding.language.tree import Branch, Case, Literal, Node
from goodstanding.language.types import INTEGER, Cell
from goodstanding.policies.engine.evaluation import Effect, Evaluation, Truth
from goodstanding.policies.engine.plan import POINTS, Computed, Plan, PlannedRule, PlannedTerm
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.words import missing_words

NO_SCORE = "missing"


class PartKind(StrEnum):
    """What a part is."""

    RULE = "rule"  # the rule's condition is TRUE
    MISSING = "missing"  # the rule's condition lacks a value, and its on_missing acts
    BAND = "band"  # the score falls into the band
    ROW = "row"  # the row of a limit or term table gives the value
    REASON = "reason"  # the reason is told


@dataclass(frozen=True, slots=True, order=True)
class PartKey:
    """Names a part: a rule's id, a band's name, `term[2]`, a reason code."""

    kind: PartKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part with what people call it and the line of the text where it stands."""

    key: PartKey
    words: str
    line: int


def key_named(text: str) -> PartKey | None:
    """The key that `rule:R1` names; None for anything else."""
    kind, separator, name = text.partition(":")
    if not separator or kind not in set(PartKind):
        return None
    return PartKey(PartKind(kind), name)


def parts_of(plan: Plan) -> tuple[Part, ...]:
    """Every part that a case could reach, kind by kind, in the order of the text."""
    return (*_rules(plan), *_ways(plan), *_bands(plan), *_rows(plan), *_reasons(plan))


def _rules(plan: Plan) -> Iterator[Part]:
    for rule in plan.rules:
        declared = rule.declaration
        yield Part(PartKey(PartKind.RULE, declared.id), declared.label, declared.place.line)


def _ways(plan: Plan) -> Iterator[Part]:
    for rule in plan.rules:
        if rule.can_be_unknown:
            declared = rule.declaration
            words = f"{declared.label}, a value missing: {missing_words(rule)}"
            yield Part(PartKey(PartKind.MISSING, declared.id), words, declared.place.line)


def _bands(plan: Plan) -> Iterator[Part]:
    score = plan.score
    if score is None:
        return
    for band in score.bands:
        yield Part(PartKey(PartKind.BAND, band.name), f"band “{band.name}”", band.place.line)
    if score.may_be_unknown:
        line = score.declaration.place.line
        yield Part(PartKey(PartKind.BAND, NO_SCORE), "no score", line)


def _rows(plan: Plan) -> Iterator[Part]:
    for term in plan.terms:
        rows = term.declaration.rows
        for at, row in enumerate(rows, start=1) if len(rows) > 1 else ():
            when = " ".join(row.when.text.split()) if row.when else "otherwise"
            words = f"{term.declaration.label}, row {at}: {when}"
            yield Part(row_key(term, at - 1), words, row.value.place.line)


def row_key(term: PlannedTerm, at: int) -> PartKey:
    """The key of a row of a term, counted from 0."""
    return PartKey(PartKind.ROW, f"{term.name}[{at + 1}]")


def _reasons(plan: Plan) -> Iterator[Part]:
    """The reasons that something can tell; the fallback's own is told by the gate alone."""
    told = set(_told(plan))
    for code, reason in plan.definition.reasons.items():
        if code in told or code.startswith("MISSING_"):
            words = reason.text(language=plan.definition.language)
            yield Part(PartKey(PartKind.REASON, code), words, reason.place.line)


def _told(plan: Plan) -> Iterator[str]:
    score = plan.score
    source = "" if score is None else score.declaration.source.removesuffix("_pd")
    speaks = "" if score is None else score.declaration.reasons_from or source
    for rule in plan.rules:
        if rule.vote is not None or (_gives_points(rule) and speaks == POINTS):
            yield rule.declaration.reason
    for model in plan.models:
        if model.name == speaks:
            yield from model.declaration.reasons.values()
    for card in plan.cards:
        for item in card.model.card.characteristics if card.name == speaks else ():
            yield item.reason
            yield from (cell.reason for cell in item.cells if cell.reason)


def _gives_points(rule: PlannedRule) -> bool:
    return rule.declaration.points > 0 and rule.declaration.effect is not Effect.CANCEL


@dataclass(frozen=True, slots=True)
class Looked:
    """One record's evaluation with the parts that it reached."""

    evaluation: Evaluation
    reached: frozenset[PartKey]


def look(policy: Policy, record: Mapping[str, object], *, as_of: datetime | None) -> Looked:
    """Decide a record and say what it reached; raises what `Policy.evaluate` raises."""
    compiled = policy.compiled
    reading = compiled.read(record, as_of=as_of)
    decided = compiled.decide(*reading.cells)
    evaluation = compiled.expand(reading, decided)
    cells: dict[str, Cell | None] = dict(zip(compiled.layout.arguments, reading.cells, strict=True))
    cells.update(zip(compiled.layout.computed, decided.computed, strict=True))
    return Looked(evaluation, frozenset(_reached(policy.plan, evaluation, cells)))


def _reached(
    plan: Plan, evaluation: Evaluation, cells: Mapping[str, Cell | None]
) -> Iterator[PartKey]:
    for rule in evaluation.rules:
        if rule.truth is Truth.TRUE:
            yield PartKey(PartKind.RULE, rule.id)
        if rule.truth is Truth.UNKNOWN or rule.defaults is not None:
            yield PartKey(PartKind.MISSING, rule.id)
    band = evaluation.band
    if band is not None:
        yield PartKey(PartKind.BAND, NO_SCORE if band.by_missing else band.name)
    for reason in evaluation.reasons:
        yield PartKey(PartKind.REASON, reason.code)
    for term in plan.terms:
        tree = row_number(term)
        if tree is not None and evaluation.outcome in term.declaration.given_on:
            found = explain(Expression(tree, ""), cells, lists=plan.lists).value
            if found is not None:
                yield row_key(term, int(found))


def row_number(term: PlannedTerm) -> Node | None:
    """The number of the row that gives a term's value, from 0; None where there is one value."""
    tree = term.expression.tree
    if len(term.declaration.rows) < 2 or not isinstance(tree, Case):
        return None
    branches = tuple(
        Branch(branch.when, Literal(at, INTEGER)) for at, branch in enumerate(tree.branches)
    )
    return Case(None, branches, Literal(len(branches), INTEGER), INTEGER)


def with_probes(plan: Plan, probes: Mapping[str, Node]) -> Plan:
    """The plan with further values computed, so that a batch shows them beside its answer."""
    added = tuple(Computed(name, name, Expression(tree, "")) for name, tree in probes.items())
    types = {**plan.types, **{item.name: item.expression.type for item in added}}
    return replace(plan, types=types, after=(*plan.after, *added))
