"""How types meet: the common type of several values, and what arithmetic makes of two.

Only two steps are implicit: INTEGER to DECIMAL, which is exact, and a numeric literal beside a
DOUBLE, which becomes the nearest DOUBLE. Source: field guide on decisions, section 2.
"""

from collections.abc import Sequence

from goodstanding.language.refusals import refusal
from goodstanding.language.syntax import Place
from goodstanding.language.tree import Literal, Node, Operation
from goodstanding.language.types import BOOLEAN, DECIMAL_DIGITS, DOUBLE, Kind, Type, decimal

_EQUALITIES = frozenset({"=", "<>", "in", "is_distinct", "is_not_distinct"})
COMPARISONS = frozenset({"<", "<=", ">", ">=", "between"}) | _EQUALITIES


def compare(operator: str, nodes: tuple[Node, ...], place: Place) -> Operation:
    """A comparison of values brought to one type; equality of DOUBLE is refused."""
    nodes = unify(nodes, place)
    if operator in _EQUALITIES and nodes[0].type == DOUBLE:
        raise refusal(
            "double_equality",
            "equality of DOUBLE depends on the last bit, which engines do not share.",
            "compare with < or >=, or bring it to DECIMAL first: to_decimal(x, p, s) = 0.10.",
            place,
        )
    if operator == "is_not_distinct":
        return Operation("not", (Operation("is_distinct", nodes, BOOLEAN),), BOOLEAN)
    return Operation(operator, nodes, BOOLEAN)


def unify(nodes: Sequence[Node], place: Place) -> tuple[Node, ...]:
    """The same values, all of one type; NULL literals take it on. Raises ExpressionRefused."""
    target = common_type(nodes, place)
    return tuple(widen(node, target) for node in nodes)


def common_type(nodes: Sequence[Node], place: Place) -> Type:
    """The one type that holds every value exactly, or the refusal that names the two at odds."""
    typed = [node for node in nodes if not is_null(node)]
    if not typed:
        raise refusal(
            "untyped_null",
            "NULL alone has no type.",
            "give at least one branch or argument a value.",
            place,
        )
    first = typed[0]
    for other in typed[1:]:
        if first.type.kind is not other.type.kind:
            _check_meet(first, other, place)
    if all(node.type == first.type for node in typed):
        return first.type
    if any(node.type.kind is Kind.DOUBLE for node in typed):
        _check_beside_double(typed, place)
        return DOUBLE
    return _common_decimal(typed, place)


def widen(node: Node, target: Type) -> Node:
    """The node as the wider type; a literal is rewritten, anything else gets a `widen` node."""
    if node.type == target:
        return node
    if not isinstance(node, Literal):
        return Operation("widen", (node,), target)
    if node.value is None:
        return Literal(None, target)
    units = int(node.value)
    if target == DOUBLE:
        return Literal(units / 10**node.type.scale, target)
    return Literal(units * 10 ** (target.scale - node.type.scale), target)


def is_null(node: Node) -> bool:
    """Whether this is the NULL that was written, not a value that may turn out unknown."""
    return isinstance(node, Literal) and node.value is None


def as_decimal(node: Node) -> Type:
    """The DECIMAL that holds an exact number; of a literal, just the digits it has."""
    if isinstance(node, Literal):
        digits, scale = _digits(node)
        return decimal(max(1, digits + scale), scale)
    return decimal(node.type.integer_digits + node.type.scale, node.type.scale)


def sum_types(left: Type, right: Type, place: Place) -> tuple[Type, Type]:
    """Of an exact sum or difference: the type both sides are widened to, and the result's."""
    scale = max(left.scale, right.scale)
    digits = max(left.integer_digits, right.integer_digits)
    result = make_decimal(digits + 1 + scale, scale, place)
    return make_decimal(max(1, digits + scale), scale, place), result


def make_decimal(precision: int, scale: int, place: Place) -> Type:
    """DECIMAL(precision, scale), or a refusal here where 38 digits do not hold it."""
    if precision > DECIMAL_DIGITS:
        raise refusal(
            "decimal_precision",
            f"the result needs DECIMAL({precision},{scale});"
            f" {DECIMAL_DIGITS} digits are the most that engines hold.",
            "narrow an operand first with to_decimal(x, p, s) or round_half_up(x, s).",
            place,
        )
    return decimal(precision, scale)


def _common_decimal(nodes: Sequence[Node], place: Place) -> Type:
    sizes = [_digits(node) for node in nodes]
    scale = max(size[1] for size in sizes)
    return make_decimal(max(1, max(size[0] for size in sizes) + scale), scale, place)


def _digits(node: Node) -> tuple[int, int]:
    """Digits before and after the point that the value may have."""
    if isinstance(node, Literal) and node.value is not None:
        whole = abs(int(node.value)) // 10**node.type.scale
        return (len(str(whole)) if whole else 0), node.type.scale
    return node.type.integer_digits, node.type.scale


def _check_meet(left: Node, right: Node, place: Place) -> None:
    if left.type.is_number and right.type.is_number:
        return
    kinds = {left.type.kind, right.type.kind}
    if kinds == {Kind.TEXT, Kind.DATE}:
        mend = "write a date as DATE 'yyyy-mm-dd', or turn a text into one with to_date(x)."
    elif kinds == {Kind.DATE, Kind.TIMESTAMP}:
        mend = "compare a DATE with as_of_date and a TIMESTAMP with as_of."
    elif Kind.BOOLEAN in kinds:
        mend = "use the BOOLEAN itself or NOT it, or turn it into a number with CASE."
    elif Kind.TEXT in kinds:
        mend = "drop the quotes, or turn the text into a number with to_int or to_decimal."
    else:
        mend = "bring both sides to one type."
    raise refusal(
        "type_mismatch",
        f"{left.type} and {right.type} cannot stand beside each other.",
        mend,
        place,
    )


def _check_beside_double(nodes: Sequence[Node], place: Place) -> None:
    for node in nodes:
        if node.type.kind is not Kind.DOUBLE and not isinstance(node, Literal):
            raise refusal(
                "double_mixed",
                f"{node.type} beside DOUBLE: engines round before they compare or calculate.",
                "write to_double(x) on the exact side, or to_decimal(x, p, s) on the other.",
                place,
            )
