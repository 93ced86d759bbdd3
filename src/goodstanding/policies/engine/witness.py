"""A record that reaches a part of a policy, found or not: the beginning of a test.

Records that are known (tests, cases of a history) are altered in what the part reads, to values
at and beside the lines that the policy draws. What is found was evaluated, so it is a witness;
where nothing is found, nothing is proven.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from goodstanding.core.errors import Refusal
from goodstanding.language.tree import InList, Input, Literal, Node, Operation, children, walk
from goodstanding.language.types import INTEGER_MAX, Cell, Kind, Type
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.engine.embedded_tests import record_of
from goodstanding.policies.engine.evaluation import Value
from goodstanding.policies.engine.parts import Looked, PartKey, PartKind, look
from goodstanding.policies.engine.plan import POINTS, Plan
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.regions import Box, boxes_of
from goodstanding.policies.engine.values import value_of

TRIES = 1_500
MEMBERS_MAX = 5
MOMENT = datetime(2026, 1, 15, 12, tzinfo=UTC)
Record = Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Witness:
    """A record that reaches the part, and what the policy says of it."""

    record: Record
    as_of: datetime | None
    looked: Looked


def find_witness(
    policy: Policy, key: PartKey, *, known: Sequence[tuple[Record, datetime | None]] = ()
) -> Witness | None:
    """A record that reaches the part; None where the search ends without one.

    `known` are records to begin with, beside the tests. The same arguments find the same record.
    """
    bases = [*known, *((record_of(policy, test), test.as_of) for test in policy.definition.tests)]
    for record, as_of in _attempts(policy, key, bases or [({}, None)]):
        found = _tried(policy, key, record, as_of)
        if found is not None:
            return found
    return None


def _tried(policy: Policy, key: PartKey, record: Record, as_of: datetime | None) -> Witness | None:
    moment = as_of or (MOMENT if policy.plan.parameters else None)
    try:
        looked = look(policy, record, as_of=moment)
    except Refusal:
        return None
    return Witness(record, moment, looked) if key in looked.reached else None


def _attempts(
    policy: Policy, key: PartKey, bases: Sequence[tuple[Record, datetime | None]]
) -> Iterator[tuple[Record, datetime | None]]:
    plan = policy.plan
    names = _inputs_of(plan, key)
    candidates = _Candidates(plan, bases)
    yield from bases
    if key.kind is PartKind.MISSING:
        yield from _without(plan, names, bases)
    boxes = _boxes(plan, key)
    for base, as_of in bases:
        for box in boxes:
            yield {**base, **candidates.within(box)}, as_of
    yield from _altered(names, candidates, bases)


def _without(
    plan: Plan, names: Sequence[str], bases: Sequence[tuple[Record, datetime | None]]
) -> Iterator[tuple[Record, datetime | None]]:
    optional = [name for name in names if not plan.definition.input(name).is_required]
    for base, as_of in bases:
        yield from (({**base, name: None}, as_of) for name in optional)


def _altered(
    names: Sequence[str],
    candidates: "_Candidates",
    bases: Sequence[tuple[Record, datetime | None]],
) -> Iterator[tuple[Record, datetime | None]]:
    """One value changed at a time, then a few at once."""
    if not names:
        return
    for base, as_of in bases[:10]:
        for name in names:
            yield from (({**base, name: value}, as_of) for value in candidates.of(name))
    choose = random.Random(0)  # noqa: S311 - a search that repeats, nothing secret
    for _ in range(TRIES):
        base, as_of = choose.choice(bases)
        several = choose.sample(names, k=min(len(names), choose.randint(2, 5)))
        yield {**base, **{name: choose.choice(candidates.of(name)) for name in several}}, as_of


def _boxes(plan: Plan, key: PartKey) -> tuple[Box, ...]:
    if key.kind not in {PartKind.RULE, PartKind.REASON}:
        return ()
    found: list[Box] = []
    for rule in plan.rules:
        if key.name in {rule.declaration.id, rule.declaration.reason}:
            found += boxes_of(rule.condition.tree, plan) or ()
    return tuple(found)


def _inputs_of(plan: Plan, key: PartKey) -> list[str]:
    """The inputs that the part comes from; all that decide where that cannot be said."""
    names: list[str] = []
    for rule in plan.rules:
        declared = rule.declaration
        if key.name == declared.id or (key.kind is PartKind.REASON and key.name == declared.reason):
            names += rule.condition.names
    if key.kind is PartKind.ROW:
        terms = (term for term in plan.terms if key.name.startswith(f"{term.name}["))
        names += [name for term in terms for name in term.expression.names]
    if key.kind is PartKind.BAND and plan.score is not None:
        source = plan.score.declaration.source
        cards = [card for card in plan.cards if source in {card.name, f"{card.name}_pd"}]
        names += [name for card in cards for name in card.reads]
        names += [source] if source != POINTS and not cards else []
    below = plan.inputs_below(tuple(names)) if names else ()
    readable = [item.name for item in plan.inputs if not item.withheld_because]
    return list(below) if below else readable


class _Candidates:
    """Values worth a try for each input."""

    def __init__(self, plan: Plan, bases: Sequence[tuple[Record, datetime | None]]) -> None:
        self._inputs = {item.name: item for item in plan.inputs}
        self._lines: dict[str, dict[Cell, None]] = {item.name: {} for item in plan.inputs}
        self._known = {
            item.name: [record[item.name] for record, _ in bases if item.name in record]
            for item in plan.inputs
        }
        trees = [expression.tree for expression in plan.expressions]
        for tree in trees:
            for node in walk(tree):
                self._note(node, plan)
        self._kept: dict[str, list[Value | None]] = {}

    def of(self, name: str) -> list[Value | None]:
        """The candidates of an input, none twice."""
        if name not in self._kept:
            self._kept[name] = list(dict.fromkeys(self._found(self._inputs[name])))
        return self._kept[name]

    def within(self, box: Box) -> dict[str, Value | None]:
        """A value in each range of a box that is an input's own."""
        found: dict[str, Value | None] = {}
        for name, range_ in box.ranges.items():
            item = self._inputs.get(name)
            if item is None:
                continue
            ends = [*(range_.among or ()), range_.low, range_.high]
            whole = [_whole(end) for end in ends if end is not None]
            near = dict.fromkeys(cell for end in whole for cell in _near(end, item.type))
            chosen = next((cell for cell in near if range_.holds(cell)), None)
            if chosen is not None:
                found[name] = value_of(chosen, item.type)
        return found

    def _found(self, item: InputDeclaration) -> Iterator[Value | None]:
        yield from (cell for cell in self._known[item.name] if cell is not None)
        lines = self._lines[item.name]
        yield from _values((near for cell in lines for near in _near(cell, item.type)), item.type)
        yield from item.values
        yield from (end for end in (item.low, item.high) if end is not None)
        if item.type.kind is Kind.BOOLEAN:
            yield from (True, False)
        if not item.is_required:
            yield None

    def _note(self, node: Node, plan: Plan) -> None:
        """Keep the constants that an operation compares inputs with."""
        names = [name for name in _names_below(node, plan) if name in self._lines]
        if isinstance(node, InList):
            for name in names:
                members = sorted(plan.lists[node.name], key=str)[:MEMBERS_MAX]
                self._lines[name] |= dict.fromkeys(members)
        elif isinstance(node, Operation):
            constants = [part for part in node.arguments if isinstance(part, Literal)]
            for constant in constants:
                for name in names:
                    cell = _rescaled(constant, self._inputs[name].type)
                    if cell is not None:
                        self._lines[name][cell] = None


def _names_below(node: Node, plan: Plan) -> tuple[str, ...]:
    direct = [
        part.name for child in children(node) for part in walk(child) if isinstance(part, Input)
    ]
    known = [name for name in direct if name in plan.types]
    return plan.inputs_below(tuple(known))


def _rescaled(constant: Literal, of: Type) -> Cell | None:
    """A constant of one type as a cell of another of the same family."""
    value = constant.value
    if value is None:
        return None
    if constant.type.is_exact_number and of.is_exact_number:
        units = int(value) * 10 ** max(0, of.scale - constant.type.scale)
        return units // 10 ** max(0, constant.type.scale - of.scale)
    return value if constant.type.kind is of.kind else None


def _whole(cell: Cell) -> Cell:
    """An end of a range, which may be a fraction of a unit, as a cell."""
    if isinstance(cell, bool | str | float):
        return cell
    return int(cell)


def _near(cell: Cell, of: Type) -> Iterator[Cell]:
    """A cell, and those just above and below it."""
    yield cell
    if of.kind is Kind.DOUBLE:
        number = float(cell)
        yield from (number + 1.0, number - 1.0)
    elif of.kind not in {Kind.TEXT, Kind.BOOLEAN}:
        whole = int(cast("int", cell))
        if abs(whole) < INTEGER_MAX:
            yield from (whole + 1, whole - 1)


def _values(cells: Iterable[Cell], of: Type) -> Iterator[Value]:
    for cell in cells:
        try:
            value = value_of(cell, of)
        except (ValueError, OverflowError):
            continue
        if value is not None:
            yield value
