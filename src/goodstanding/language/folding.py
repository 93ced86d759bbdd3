"""Constants worked out beforehand, for engines that give a lone literal another shape.

Polars takes a literal for one value where a column is meant, and its optimiser turns a condition
that is always true into one. After folding, what is left of a node reads the record.
"""

from collections.abc import Sequence

from goodstanding.language.explain import constant_value
from goodstanding.language.tree import (
    Branch,
    Case,
    InList,
    Input,
    Literal,
    Node,
    Operation,
    children,
)


def fold(node: Node) -> Node:
    """The node, or an equal one that is constant or has no branch that is decided already.

    Looks at the node itself; the caller folds what is below as it descends.
    """
    if isinstance(node, Literal | Input | InList):
        return node
    if not _reads_a_record(node):
        return Literal(constant_value(node), node.type)
    match node:
        case Operation(name="and" | "or"):
            return _junction(node)
        case Operation(name="coalesce"):
            return _coalesce(node)
        case Case():
            return _case(node)
        case _:
            return node


def _reads_a_record(node: Node) -> bool:
    if isinstance(node, Input | InList):
        return True
    return any(map(_reads_a_record, children(node)))


def _junction(node: Operation) -> Node:
    """AND is false as soon as one operand is, whatever the others are; OR is true likewise."""
    settled = node.name == "or"
    arguments = [fold(argument) for argument in node.arguments]
    if any(isinstance(part, Literal) and part.value is settled for part in arguments):
        return Literal(settled, node.type)
    return _kept(node, [part for part in arguments if not _is_value(part, not settled)])


def _coalesce(node: Operation) -> Node:
    arguments: list[Node] = []
    for argument in node.arguments:
        part = fold(argument)
        if not _is_value(part, None):
            arguments.append(part)
        if isinstance(part, Literal) and part.value is not None:
            break
    return _kept(node, arguments)


def _is_value(node: Node, value: object) -> bool:
    return isinstance(node, Literal) and node.value is value


def _kept(node: Operation, arguments: Sequence[Node]) -> Node:
    return (
        arguments[0] if len(arguments) == 1 else Operation(node.name, tuple(arguments), node.type)
    )


def _case(node: Case) -> Node:
    """Branches that are never taken go; one that is always taken is the end."""
    branches: list[Branch] = []
    default = node.default
    for branch in node.branches:
        taken = _taken(node, branch)
        if taken is True:
            default = branch.then
            break
        if taken is None:
            branches.append(branch)
    if not branches:
        return fold(default)
    return Case(node.operand, tuple(branches), default, node.type)


def _taken(node: Case, branch: Branch) -> bool | None:
    """Whether a branch is taken on every record, on none, or it depends (None)."""
    when = fold(branch.when)
    if node.operand is None:
        return when.value is True if isinstance(when, Literal) else None
    operand = fold(node.operand)
    if _is_value(when, None) or _is_value(operand, None):
        return False
    if isinstance(when, Literal) and isinstance(operand, Literal):
        return when.value == operand.value
    return None
