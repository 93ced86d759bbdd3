"""Constants worked out beforehand, for engines that give a lone literal another shape.

Polars takes a literal for one value where a column is meant, and its optimiser turns a condition
that is always true into one. After folding, every node that is no literal reads the record.
"""

from goodstanding.language.explain import constant_value
from goodstanding.language.tree import (
    Branch,
    Case,
    InList,
    Input,
    Like,
    Literal,
    Node,
    Operation,
)


def fold(node: Node) -> Node:
    """An equal tree without constant parts and without branches that are decided already."""
    match node:
        case Literal() | Input():
            return node
        case Like():
            operand = fold(node.operand)
            folded = Like(operand, node.pattern)
            return _constant(folded) if isinstance(operand, Literal) else folded
        case InList():
            return InList(fold(node.operand), node.name)
        case Operation():
            return _operation(node, [fold(argument) for argument in node.arguments])
        case Case():
            return _case(node)


def _constant(node: Node) -> Literal:
    return Literal(constant_value(node), node.type)


def _operation(node: Operation, arguments: list[Node]) -> Node:
    folded = Operation(node.name, tuple(arguments), node.type)
    if all(isinstance(argument, Literal) for argument in arguments):
        return _constant(folded)
    if node.name in {"and", "or"}:
        return _junction(folded)
    return _coalesce(folded) if node.name == "coalesce" else folded


def _junction(node: Operation) -> Node:
    """AND is false as soon as one operand is, whatever the others are; OR is true likewise."""
    settled = node.name == "or"
    if any(_is_value(argument, settled) for argument in node.arguments):
        return Literal(settled, node.type)
    return _kept(node, [part for part in node.arguments if not _is_value(part, not settled)])


def _coalesce(node: Operation) -> Node:
    kept: list[Node] = []
    for argument in node.arguments:
        if not _is_value(argument, None):
            kept.append(argument)
        if isinstance(argument, Literal) and argument.value is not None:
            break
    return _kept(node, kept)


def _is_value(node: Node, value: object) -> bool:
    return isinstance(node, Literal) and node.value is value


def _kept(node: Operation, arguments: list[Node]) -> Node:
    """The operation over the arguments that are left, of which at least one reads the record."""
    if len(arguments) == 1:
        return arguments[0]
    return Operation(node.name, tuple(arguments), node.type)


def _case(node: Case) -> Node:
    """Branches that are never taken go; one that is always taken is the end."""
    operand = None if node.operand is None else fold(node.operand)
    branches: list[Branch] = []
    default = node.default
    for branch in node.branches:
        when = fold(branch.when)
        taken = _taken(operand, when)
        if taken is True:
            default = branch.then
            break
        if taken is None:
            branches.append(Branch(when, fold(branch.then)))
    default = fold(default)
    return Case(operand, tuple(branches), default, node.type) if branches else default


def _taken(operand: Node | None, when: Node) -> bool | None:
    """Whether a branch is taken on every record, on none, or it depends (None)."""
    if operand is None:
        return when.value is True if isinstance(when, Literal) else None
    if _is_value(when, None) or _is_value(operand, None):
        return False
    if isinstance(when, Literal) and isinstance(operand, Literal):
        return when.value == operand.value
    return None
