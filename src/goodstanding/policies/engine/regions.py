"""Where a condition can be TRUE, as boxes over the numbers, days, texts and truths it reads.

Only comparisons of one name with constants are understood; a condition that holds anything else
has no boxes (None), and nothing is said about it. A box is an AND of one range per name; the
boxes of a condition are its OR.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import cast

from goodstanding.language.tree import Input, Literal, Node, Operation
from goodstanding.language.types import Cell
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.ranges import Range
from goodstanding.policies.engine.values import cell_reader

BOXES_MAX = 64
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_NEGATION = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>", "<>": "="}


@dataclass(frozen=True, slots=True)
class Box:
    """One range for each name that matters; every other name is free."""

    ranges: Mapping[str, Range] = field(default_factory=dict[str, Range])

    def meet(self, other: "Box") -> "Box | None":
        """Both at once; None where that is nowhere."""
        ranges = dict(self.ranges)
        for name, range_ in other.ranges.items():
            ranges[name] = ranges[name].meet(range_) if name in ranges else range_
        if any(range_.is_empty for range_ in ranges.values()):
            return None
        return replace(self, ranges=ranges)


Boxes = tuple[Box, ...]


def boxes_of(
    condition: Node, plan: Plan, *, bounds: Mapping[str, Range] | None = None
) -> Boxes | None:
    """The boxes in which a condition is TRUE, within the declared bounds of the inputs.

    Empty where it can never be TRUE; None where the condition is more than comparisons with
    constants, or would need too many boxes. `bounds` are those of the plan, for who asks often.
    """
    found = _true(condition)
    if found is None:
        return None
    bounds = bounds_of(plan) if bounds is None else bounds
    met = (
        box.meet(Box({name: bounds[name] for name in box.ranges if name in bounds}))
        for box in found
    )
    return tuple(box for box in met if box is not None)


def covers(*, outer: Box, inner: Box) -> bool:
    """Whether the outer box holds everything in the inner one."""
    return all(
        name in inner.ranges and range_.includes(inner.ranges[name])
        for name, range_ in outer.ranges.items()
    )


def fewest(boxes: Boxes) -> Boxes:
    """The boxes without those that lie within another one."""
    found: list[Box] = []
    for box in boxes:
        if not any(covers(outer=other, inner=box) for other in found):
            found = [each for each in found if not covers(outer=box, inner=each)]
            found.append(box)
    return tuple(found)


def bounds_of(plan: Plan) -> dict[str, Range]:
    """The declared bounds of each input."""
    found: dict[str, Range] = {}
    for item in plan.inputs:
        read = cell_reader(item.type)
        low = None if item.low is None else read(item.low)
        high = None if item.high is None else read(item.high)
        among = frozenset[Cell](item.values) if item.values else None
        found[item.name] = Range(low, True, high, True, among)  # noqa: FBT003 - ends included
    return found


def _true(node: Node) -> Boxes | None:
    match node:
        case Operation(name="and"):
            return _and([_true(part) for part in node.arguments])
        case Operation(name="or"):
            return _or([_true(part) for part in node.arguments])
        case Operation(name="not"):
            return _false(node.arguments[0])
        case Operation(name="is_true"):
            return _true(node.arguments[0])
        case Input():
            return (Box({node.name: Range(among=frozenset({True}))}),)
        case _:
            return _atom(node)


def _false(node: Node) -> Boxes | None:
    match node:
        case Operation(name="and"):
            return _or([_false(part) for part in node.arguments])
        case Operation(name="or"):
            return _and([_false(part) for part in node.arguments])
        case Operation(name="not"):
            return _true(node.arguments[0])
        case Input():
            return (Box({node.name: Range(among=frozenset({False}))}),)
        case Operation() if node.name in _NEGATION:
            return _true(replace(node, name=_NEGATION[node.name]))
        case _:
            return None


def _atom(node: Node) -> Boxes | None:
    match node:
        case Operation(name="between", arguments=(value, Literal() as low, Literal() as high)):
            cells = (_unscaled(value, low), _unscaled(value, high))
            return None if None in cells else _boxed(value, Range(low=cells[0], high=cells[1]))
        case Operation(name="in", arguments=(value, *members)):
            return _membership(value, members)
        case Operation(arguments=(Literal() as left, right)) if node.name in _MIRROR:
            return _compared(right, _MIRROR[node.name], _unscaled(right, left))
        case Operation(arguments=(left, Literal() as right)) if node.name in _MIRROR:
            return _compared(left, node.name, _unscaled(left, right))
        case _:
            return None


def _membership(value: Node, members: list[Node]) -> Boxes | None:
    cells = [_unscaled(value, item) for item in members if isinstance(item, Literal)]
    if len(cells) < len(members) or None in cells:
        return None
    return _boxed(value, Range(among=frozenset(cell for cell in cells if cell is not None)))


def _boxed(value: Node, *ranges: Range) -> Boxes | None:
    name = _plain_name(value)
    if name is None:
        return None
    return tuple(Box({name: range_}) for range_ in ranges if not range_.is_empty)


def _compared(value: Node, operator: str, cell: Cell | None) -> Boxes | None:
    if cell is None:
        return None
    below, above = Range(high=cell, high_included=False), Range(low=cell, low_included=False)
    ranges = {
        "<": (below,),
        "<=": (Range(high=cell),),
        ">": (above,),
        ">=": (Range(low=cell),),
        "=": (Range(among=frozenset({cell})),),
        "<>": (below, above),
    }
    return _boxed(value, *ranges[operator])


def _plain_name(node: Node) -> str | None:
    """The name under an implicit step to a wider type; None for anything that is computed."""
    match node:
        case Input():
            return node.name
        case Operation(name="widen", arguments=(Input() as inner,)):
            return inner.name
        case _:
            return None


def _unscaled(value: Node, literal: Literal) -> Cell | None:
    """A constant in the units of the name itself, which a wider type may have scaled up."""
    if not isinstance(value, Operation) or literal.value is None:
        return literal.value
    power = 10 ** (value.type.scale - value.arguments[0].type.scale)
    return cast("Cell", Fraction(cast("int", literal.value), power))


def _and(parts: list[Boxes | None]) -> Boxes | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return () if any(part == () for part in known) else None
    found: Boxes = (Box(),)
    for part in known:
        if len(found) * len(part) > BOXES_MAX:
            return None
        met = (left.meet(right) for left, right in product(found, part))
        found = tuple(box for box in met if box is not None)
    return found


def _or(parts: list[Boxes | None]) -> Boxes | None:
    if any(part is None for part in parts):
        return None
    found = tuple(box for part in parts for box in part or ())
    return found if len(found) <= BOXES_MAX else None
