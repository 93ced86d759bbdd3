"""Where a policy can change its mind: the values of an input at which a condition may turn.

For an input these are the constants it is compared with in any expression that reads it, the
edges of scorecard bands, the split points and categories of trees, the members of lists, and the
declared bounds; of ordered types each with its neighbours. Between two neighbouring ones a
policy without arithmetic on the input answers alike.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import cast

from goodstanding.language.expression import Expression
from goodstanding.language.tree import InList, Input, Literal, walk
from goodstanding.language.types import INTEGER_MAX, INTEGER_MIN, Cell, Kind, Type
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.values import cell_reader
from goodstanding.scoring.tree_runtime import TreesModel

SPLITS_MAX = 400
TEXTS_MAX = 100
DAYS = (1, 7, 30, 60, 90, 182, 365, 730, 1095, 1825, 3650, 7300)
FACTORS = (
    Fraction(1, 100), Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4),
    Fraction(9, 10), Fraction(11, 10), Fraction(5, 4), Fraction(3, 2), Fraction(2), Fraction(3),
    Fraction(5), Fraction(10), Fraction(100), Fraction(1000),
)  # fmt: skip
MICROSECONDS_A_DAY = 86_400_000_000


def critical_cells(plan: Plan, item: InputDeclaration) -> tuple[Cell, ...]:
    """The critical values of an input within its bounds, as cells in their order."""
    if item.type.kind is Kind.BOOLEAN:
        return (False, True)
    if item.type.kind is Kind.TEXT:
        return _texts(plan, item)
    found: set[Cell] = set()
    for value in _numbers(plan, item):
        found.update(_around(value, item.type))
    low, high = ends_of(item)
    found.update(cell for cell in (low, high) if cell is not None)
    return tuple(sorted(cell for cell in found if is_within(cell, low, high)))  # pyright: ignore[reportArgumentType]


def probes(item: InputDeclaration, cell: Cell | None) -> tuple[Cell, ...]:
    """Values near and far from the present one, to find what arithmetic hides; any order."""
    low, high = ends_of(item)
    if cell is None or item.type.kind in {Kind.BOOLEAN, Kind.TEXT}:
        return ()
    if item.type.kind is Kind.DOUBLE:
        found: list[Cell] = [float(cell) * float(factor) for factor in FACTORS]
    elif item.type.kind in {Kind.DATE, Kind.TIMESTAMP}:
        step = 1 if item.type.kind is Kind.DATE else MICROSECONDS_A_DAY
        found = [int(cell) + sign * days * step for days in DAYS for sign in (1, -1)]
    else:
        found = [round(int(cell) * factor) for factor in FACTORS]
        found += [int(cell) + 1, int(cell) - 1, 0]
    return tuple(
        value
        for value in found
        if is_within(value, low, high) and math.isfinite(value)  # pyright: ignore[reportArgumentType]
    )


def ends_of(item: InputDeclaration) -> tuple[Cell | None, Cell | None]:
    """The smallest and largest cell that the input may have; of a DOUBLE None where unbounded."""
    least, most = _ends_of_type(item.type)
    read = cell_reader(item.type)
    low = least if item.low is None else read(item.low)
    high = most if item.high is None else read(item.high)
    return low, high


def is_within(cell: Cell, low: Cell | None, high: Cell | None) -> bool:
    """Whether an ordered cell lies between two ends, both included."""
    ends = cast("tuple[int | None, int | None]", (low, high))
    number = cast("int", cell)
    return (ends[0] is None or number >= ends[0]) and (ends[1] is None or number <= ends[1])


def _ends_of_type(type_: Type) -> tuple[Cell | None, Cell | None]:
    match type_.kind:
        case Kind.INTEGER:
            return INTEGER_MIN, INTEGER_MAX
        case Kind.DECIMAL:
            return 1 - 10**type_.precision, 10**type_.precision - 1
        case Kind.DATE:
            return 1, date.max.toordinal()
        case Kind.TIMESTAMP:
            day = MICROSECONDS_A_DAY
            return (1 - 719_163) * day, (date.max.toordinal() - 719_163 + 1) * day - 1
        case _:
            return None, None


def _around(value: Fraction | float, type_: Type) -> Iterator[Cell]:
    """A number in the units of a type, with its neighbours on both sides."""
    if type_.kind is Kind.DOUBLE:
        number = float(value)
        if math.isfinite(number):
            yield from (math.nextafter(number, -math.inf), number, math.nextafter(number, math.inf))
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            return
        value = Fraction(value)
    units = value * 10**type_.scale
    yield from range(math.floor(units) - 1, math.ceil(units) + 2)


def _numbers(plan: Plan, item: InputDeclaration) -> Iterator[Fraction | float]:
    """Constants that the input meets, in its own units for days and instants."""
    aliases = _aliases(plan, item.name)
    for expression in plan.expressions:
        if aliases.intersection(expression.names):
            yield from _constants(expression, item.type)
            yield from _members(plan, expression, item.type)
    score = plan.score
    if score is not None and score.declaration.source in aliases:
        for bound in score.bounds:
            if bound is not None:
                yield _real(bound, score.type)
    yield from _splits(plan, aliases)


def _aliases(plan: Plan, name: str) -> set[str]:
    """The input and the derived values of its kind that read it: their limits may be its own."""
    kind, found = plan.types[name].kind, {name}
    for computed in plan.computed:
        is_like = plan.types[computed.name].kind is kind or (
            plan.types[computed.name].is_number and plan.types[name].is_number
        )
        if is_like and not computed.is_card and found.intersection(computed.expression.names):
            found.add(computed.name)
    return found


def _constants(expression: Expression, type_: Type) -> Iterator[Fraction | float]:
    for node in walk(expression.tree):
        if not isinstance(node, Literal) or node.value is None:
            continue
        same = node.type.kind is type_.kind
        if same or (node.type.is_number and type_.is_number):
            yield _real(node.value, node.type)


def _members(plan: Plan, expression: Expression, type_: Type) -> Iterator[Fraction | float]:
    declared = {item.name: item.type for item in plan.list_declarations}
    for name in expression.lists:
        of = declared[name]
        if of.kind is type_.kind or (of.is_number and type_.is_number):
            members = sorted(plan.lists[name])[:TEXTS_MAX]  # pyright: ignore[reportArgumentType]
            yield from (_real(member, of) for member in members)


def _real(cell: Cell, type_: Type) -> Fraction | float:
    if type_.kind is Kind.DOUBLE:
        return float(cell)
    return Fraction(int(cell), 10**type_.scale)


def _splits(plan: Plan, aliases: set[str]) -> Iterator[Fraction | float]:
    """Split points of trees that read the input; evenly thinned where there are very many."""
    for model in plan.models:
        body = model.model
        if not isinstance(body, TreesModel):
            continue
        for at, name in enumerate(model.reads):
            if name in aliases and body.features[at].is_numeric:
                points = body.split_points(at)
                step = -(-len(points) // SPLITS_MAX) or 1
                yield from points[::step]


def _texts(plan: Plan, item: InputDeclaration) -> tuple[Cell, ...]:
    """Texts that the policy can tell apart: the declared ones, or those that it names."""
    if item.values:
        return item.values
    found: set[str] = set()
    aliases = _aliases(plan, item.name)
    declared = {each.name: each.type for each in plan.list_declarations}
    for expression in plan.expressions:
        if aliases.intersection(expression.names):
            found.update(_text_literals(expression))
            for name in expression.lists:
                if declared[name].kind is Kind.TEXT:
                    found.update(str(member) for member in plan.lists[name])
    for part in (*plan.models, *plan.cards):
        for feature, name in zip(part.model.features, part.reads, strict=True):
            if name in aliases:
                found.update(feature.categories)
    longest = item.max_length or math.inf
    return tuple(sorted(text for text in found if 0 < len(text) <= longest))[:TEXTS_MAX]


def _text_literals(expression: Expression) -> Iterable[str]:
    if not any(isinstance(node, Input | InList) for node in walk(expression.tree)):
        return ()
    literals = (node for node in walk(expression.tree) if isinstance(node, Literal))
    return [node.value for node in literals if isinstance(node.value, str)]
