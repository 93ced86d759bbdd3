"""Static findings: what can be seen in a policy without any data.

An error keeps a policy from being proposed; a warning and a note are shown to who reviews it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from goodstanding.core.collection import paused_collection
from goodstanding.language.python_engine import compile_python
from goodstanding.language.tree import Operation
from goodstanding.language.types import BOOLEAN, Cell
from goodstanding.policies.engine.definition import OnMissing
from goodstanding.policies.engine.evaluation import Effect
from goodstanding.policies.engine.findings import Severity, StaticFinding
from goodstanding.policies.engine.mistakes import START, Place
from goodstanding.policies.engine.plan import Plan, PlannedRule
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.ranges import Range
from goodstanding.policies.engine.regions import Box, Boxes, bounds_of, boxes_of, covers, fewest
from goodstanding.policies.engine.table_checks import check_tables

_WORD = re.compile(r"[a-z][a-z0-9_]*")
_EMPTY_REASONS = re.compile(
    r"(?i)\b(score (was |is )?too low|internal polic(y|ies)|internal standards?|did not qualify|"
    r"insufficient (points|score)|failed to (reach|achieve))\b"
)


@paused_collection()
def check_policy(policy: Policy, *, on: date | None = None) -> tuple[StaticFinding, ...]:
    """Every static finding, in the order of the text.

    `on` is the day for which lists and exceptions must not have expired; without it expiry is
    not looked at.
    """
    plan = policy.plan
    bounds = bounds_of(plan)
    regions = _regions(plan, bounds)
    found = [
        *_constant_rules(plan),
        *_contradictions(plan, regions, bounds),
        *_shadowed(regions),
        *_twins(regions),
        *check_tables(plan),
        *_empty_reasons(plan),
        *_unused(plan),
        *_missing_policy(plan),
        *_untested(policy),
        *(_expired(plan, on) if on else ()),
    ]
    order = {severity: at for at, severity in enumerate(Severity)}
    return tuple(sorted(found, key=lambda item: (order[item.severity], item.place, item.code)))


def errors_of(findings: tuple[StaticFinding, ...]) -> tuple[StaticFinding, ...]:
    """The findings that keep a policy from being published."""
    return tuple(item for item in findings if item.severity is Severity.ERROR)


def _at_rule(
    severity: Severity, code: str, rule: PlannedRule, message: str, mend: str
) -> StaticFinding:
    declared = rule.declaration
    return StaticFinding(severity, code, declared.place, f"rules.{declared.id}", message, mend)


def _constant_rules(plan: Plan) -> Iterator[StaticFinding]:
    """A condition that reads nothing is always TRUE or never."""
    for rule in plan.rules:
        if rule.condition.inputs or rule.condition.lists:
            continue
        value: Cell | None = compile_python(rule.condition)()
        says = "is always TRUE" if value is True else "is never TRUE"
        yield _at_rule(
            Severity.ERROR,
            "constant_rule",
            rule,
            f"The condition of {rule.declaration.id} reads nothing and {says}.",
            "Compare an input with something, or take the rule out.",
        )


@dataclass(frozen=True, eq=False)
class _Region:
    """A rule, its place, and the boxes where its condition and its reading are TRUE."""

    at: int
    rule: PlannedRule
    boxes: Boxes | None
    reading: Boxes | None

    @cached_property
    def shape(self) -> frozenset[frozenset[str]]:
        """The names of each box that counts: rules that are TRUE alike have the same."""
        return frozenset(frozenset(box.ranges) for box in fewest(self.boxes or ()))


def _regions(plan: Plan, bounds: Mapping[str, Range]) -> tuple[_Region, ...]:
    found: list[_Region] = []
    for at, rule in enumerate(plan.rules):
        boxes = boxes_of(rule.condition.tree, plan, bounds=bounds)
        is_same = rule.reading is rule.condition
        reading = boxes if is_same else boxes_of(rule.reading.tree, plan, bounds=bounds)
        found.append(_Region(at, rule, boxes, reading))
    return tuple(found)


def _contradictions(
    plan: Plan, regions: Sequence[_Region], bounds: Mapping[str, Range]
) -> Iterator[StaticFinding]:
    """A condition that no record within the declared bounds can make TRUE."""
    for region in regions:
        rule, boxes = region.rule, region.boxes
        denied = Operation("not", (rule.condition.tree,), BOOLEAN)
        if rule.condition.inputs and boxes_of(denied, plan, bounds=bounds) == ():
            yield _at_rule(
                Severity.WARNING,
                "always_true",
                rule,
                f"Every record whose values are there makes {rule.declaration.id} TRUE: the"
                " declared bounds leave nothing else.",
                "Correct the comparison, or the bounds of the input.",
            )
        if boxes is not None and not boxes and rule.condition.inputs:
            yield _at_rule(
                Severity.ERROR,
                "never_true",
                rule,
                f"No record can make {rule.declaration.id} TRUE: its parts exclude each other, or"
                " the declared bounds of an input exclude it.",
                "Correct the comparison, or the bounds of the input.",
            )


def _shadowed(regions: Sequence[_Region]) -> Iterator[StaticFinding]:
    """A vote that a stricter or equal one always covers, so that it changes no outcome."""
    wide = _Wide(regions)
    for region in regions:
        rule, boxes = region.rule, region.reading
        if not boxes or rule.vote is None:
            continue
        for candidate in wide.that_may_hold(boxes[0]):
            other, others = candidate.rule, candidate.boxes
            if other is rule or not others or other.vote is None or other.declaration.expires_on:
                continue
            if other.vote.rank < rule.vote.rank or not _covered(boxes, others):
                continue
            if other.vote is rule.vote and _covered(others, boxes):
                continue
            yield _hidden(rule, other)


class _Wide:
    """Regions by a name that one of their boxes tests: only those can hold a box testing it."""

    def __init__(self, regions: Sequence[_Region]) -> None:
        self._by_name: dict[str, list[_Region]] = {}
        for region in regions:
            firsts = {min(box.ranges, default="") for box in region.boxes or ()}
            for name in firsts:
                self._by_name.setdefault(name, []).append(region)

    def that_may_hold(self, box: Box) -> list[_Region]:
        """The regions of which some box may cover this one, in the order of the rules."""
        found = {
            region.at: region
            for name in ("", *box.ranges)
            for region in self._by_name.get(name, ())
        }
        return [found[at] for at in sorted(found)]


def _hidden(rule: PlannedRule, other: PlannedRule) -> StaticFinding:
    """The same vote for a wider reason is told, a stricter vote warned of."""
    inner, outer = rule.declaration.id, other.declaration.id
    is_same = other.vote is rule.vote
    return _at_rule(
        Severity.NOTE if is_same else Severity.WARNING,
        "implied" if is_same else "shadowed",
        rule,
        f"Whenever {inner} is TRUE, {outer} is TRUE as well and asks for"
        f" {other.vote.value if other.vote else ''}.",
        "Take it out, unless its reason should be told beside the other's."
        if is_same
        else "Narrow one of them, or take this one out.",
    )


def _covered(boxes: Boxes, others: Boxes) -> bool:
    return all(_is_within(box, others) for box in boxes)


def _is_within(box: Box, others: tuple[Box, ...]) -> bool:
    return any(covers(outer=other, inner=box) for other in others)


def _twins(regions: Sequence[_Region]) -> Iterator[StaticFinding]:
    """Two rules that are TRUE of the same records: at odds where their effects differ."""
    by_tree: dict[str, list[_Region]] = {}
    by_shape: dict[frozenset[frozenset[str]], list[_Region]] = {}
    for region in regions:
        rule = region.rule
        same_tree = by_tree.setdefault(rule.condition.sha256, [])
        same_shape = by_shape.setdefault(region.shape, []) if region.boxes else []
        for first in sorted({*same_tree, *same_shape}, key=lambda each: each.at):
            of_one_table = rule.declaration.table and rule.declaration.table == (
                first.rule.declaration.table
            )
            if not of_one_table and _is_alike(rule, region.boxes, first.rule, first.boxes):
                yield _twin(rule, first.rule)
                break
        same_tree.append(region)
        if region.boxes:
            same_shape.append(region)


def _is_alike(
    rule: PlannedRule, boxes: Boxes | None, other: PlannedRule, others: Boxes | None
) -> bool:
    if rule.condition.sha256 == other.condition.sha256:
        return True
    return (
        bool(boxes and others)
        and _covered(boxes or (), others or ())
        and (_covered(others or (), boxes or ()))
    )


def _twin(rule: PlannedRule, first: PlannedRule) -> StaticFinding:
    """Cancelling and noting beside a vote is no contradiction; two different votes are."""
    name, other = rule.declaration.id, first.declaration.id
    votes = {rule.vote, first.vote} - {None}
    if len(votes) > 1:
        effects = (rule.declaration.effect.value, first.declaration.effect.value)
        return _at_rule(
            Severity.ERROR,
            "contradiction",
            rule,
            f"{name} and {other} are TRUE of the same records: {name} asks for {effects[0]},"
            f" {other} for {effects[1]}.",
            "Keep the one that is meant.",
        )
    return _at_rule(
        Severity.WARNING,
        "same_condition",
        rule,
        f"{name} has the condition of {other}.",
        "Keep one of them.",
    )


def _empty_reasons(plan: Plan) -> Iterator[StaticFinding]:
    """A reason that tells the applicant nothing is no reason (US Reg B 1002.9(b)(2))."""
    for reason in plan.definition.reasons.values():
        texts = [*reason.texts.values()]
        texts += [text for words in reason.regimes.values() for text in words.values()]
        if any(_EMPTY_REASONS.search(text) for text in texts):
            yield StaticFinding(
                Severity.ERROR,
                "empty_reason",
                reason.place,
                f"reasons.{reason.code}",
                f"The text of {reason.code} gives no reason.",
                "Say which fact about the applicant led to the outcome.",
            )


def _unused(plan: Plan) -> Iterator[StaticFinding]:
    """Names that nothing reads."""
    read = {name for expression in plan.expressions for name in expression.names}
    for part in (*plan.models, *plan.cards):
        read |= set(part.reads)
    if plan.score is not None:
        read.add(plan.score.declaration.source)
    definition = plan.definition
    declared = [(item.name, item.place, "input") for item in definition.inputs]
    declared += [(item.name, item.place, "derived value") for item in definition.derived]
    declared += [(item.name, item.place, "model") for item in definition.models]
    outputs = [item for table in definition.tables for item in table.outputs]
    declared += [(item.name, item.place, "output") for item in outputs]
    words = _words(plan)
    read |= {item.name for item in definition.constants if item.name in words}
    read |= {name for expression in plan.expressions for name in expression.lists}
    declared += [(item.name, item.place, "constant") for item in definition.constants]
    declared += [(item.name, item.place, "list") for item in definition.lists]
    withheld = {item.name for item in definition.inputs if item.withheld_because}
    for name, place, what in declared:
        if name not in read | withheld:
            yield StaticFinding(
                Severity.NOTE,
                "unused",
                place,
                name,
                f"Nothing reads the {what} {name}.",
                "Take it out, unless the record should keep it.",
            )
    yield from _unused_reasons(plan)


def _words(plan: Plan) -> frozenset[str]:
    """Words of the text that may be names: constants leave no trace in the trees."""
    definition = plan.definition
    scalars = [item.written for item in definition.derived]
    scalars += [rule.when for rule in definition.rules if not rule.table]
    for term in definition.terms:
        scalars += [part for row in term.rows for part in (row.when, row.value) if part]
    if definition.score is not None:
        scalars += [band.below for band in definition.score.bands if band.below]
    for table in definition.tables:
        scalars += [column.written for column in table.columns]
        scalars += [cell for row in table.rows for cell in (*row.tests, *row.values)]
    return frozenset(_WORD.findall(" ".join(scalar.text for scalar in scalars)))


def _unused_reasons(plan: Plan) -> Iterator[StaticFinding]:
    definition = plan.definition
    used = {rule.reason for rule in definition.rules} | {definition.fallback.reason}
    for model in plan.models:
        used |= set(model.declaration.reasons.values())
    for card in plan.cards:
        for item in card.model.card.characteristics:
            used |= {item.reason, *(cell.reason for cell in item.cells if cell.reason)}
    for code, reason in definition.reasons.items():
        if code not in used and not code.startswith("MISSING_"):
            yield StaticFinding(
                Severity.NOTE,
                "unused",
                reason.place,
                f"reasons.{code}",
                f"Nothing gives the reason {code}.",
                "Take it out, or name it in a rule.",
            )


def _missing_policy(plan: Plan) -> Iterator[StaticFinding]:
    """What happens without a value, where it is easily overlooked."""
    for rule in plan.rules:
        declared = rule.declaration
        if declared.table:
            continue
        if not rule.can_be_unknown and declared.on_missing is not None:
            yield _at_rule(
                Severity.NOTE,
                "needless_on_missing",
                rule,
                f"{declared.id} is never UNKNOWN, so its on_missing is never used.",
                "Take it out.",
            )
        if declared.on_missing is OnMissing.IGNORE and declared.effect is Effect.DECLINE:
            yield _at_rule(
                Severity.NOTE,
                "ignored_knock_out",
                rule,
                f"Where {' or '.join(rule.nullable)} is missing, the knock-out {declared.id} is"
                " passed over.",
                "Write refer unless this is meant.",
            )


def _untested(policy: Policy) -> Iterator[StaticFinding]:
    """Rules that no embedded test makes TRUE, and bands that none reaches."""
    from goodstanding.policies.engine.embedded_tests import run_tests

    report = run_tests(policy)
    places = {rule.declaration.id: rule for rule in policy.plan.rules}
    if not report.results:
        yield StaticFinding(
            Severity.ERROR,
            "no_tests",
            START,
            "tests",
            "The policy has no tests.",
            "Write at least one test for each outcome.",
        )
        return
    for result in report.failed:
        told = "; ".join(
            f"{item.what} is {item.found}, not {item.expected}" for item in result.differences
        )
        yield StaticFinding(
            Severity.WARNING,
            "failing_test",
            Place(result.line, 1),
            f"tests.{result.name}",
            f"The test {result.name!r} fails: {told}.",
            "Correct the rule or the test: a policy whose tests fail cannot be proposed.",
        )
    for name in report.rules_never_true:
        yield _at_rule(
            Severity.WARNING,
            "untested",
            places[name],
            f"No test makes {name} TRUE.",
            "Write a test at the edge of the rule.",
        )


def _expired(plan: Plan, on: date) -> Iterator[StaticFinding]:
    for item in plan.list_declarations:
        if item.expires_on is not None and item.expires_on < on:
            yield StaticFinding(
                Severity.ERROR,
                "expired_list",
                item.place,
                f"lists.{item.name}",
                f"The list {item.name} expired on {item.expires_on}.",
                "Have it renewed under a new version.",
            )
    for rule in plan.rules:
        ends = rule.declaration.expires_on
        if ends is not None and ends < on:
            yield _at_rule(
                Severity.ERROR,
                "expired_rule",
                rule,
                f"{rule.declaration.id} expired on {ends}.",
                "Take it out, or have it approved again with a new day.",
            )
