"""The typed tree: the one meaning of an expression, from which every engine is emitted.

Implicit steps are explicit here: `widen` nodes give both sides of an operation one type, and a
literal carries the type of the place where it stands. The tree knows no author text.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from goodstanding.language.types import BOOLEAN, Cell, Type


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; `value` is a cell of `type`, None for NULL."""

    value: Cell | None
    type: Type


@dataclass(frozen=True, slots=True)
class Input:
    """The value that the record has under `name`; parameters as_of and as_of_date too."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator or function over arguments, all strict unless the name says otherwise."""

    name: str
    arguments: tuple["Node", ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Branch:
    """One WHEN of a CASE: a condition, or in a simple CASE a value, and its result."""

    when: "Node"
    then: "Node"


@dataclass(frozen=True, slots=True)
class Case:
    """CASE; with an `operand` each branch compares it with a value of the same type."""

    operand: "Node | None"
    branches: tuple[Branch, ...]
    default: "Node"
    type: Type


class Wildcard(Enum):
    """What a LIKE pattern may hold beside plain text."""

    ANY_RUN = "%"
    ANY_ONE = "_"


@dataclass(frozen=True, slots=True)
class Like:
    """LIKE with its pattern read once: plain text and wildcards in their order."""

    operand: "Node"
    pattern: tuple[str | Wildcard, ...]
    type: Type = BOOLEAN


@dataclass(frozen=True, slots=True)
class InList:
    """Membership of a named list, whose version the policy pins."""

    operand: "Node"
    name: str
    type: Type = BOOLEAN


Node: TypeAlias = Literal | Input | Operation | Case | Like | InList


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order of the text."""
    match node:
        case Literal() | Input():
            return ()
        case Operation():
            return node.arguments
        case Like() | InList():
            return (node.operand,)
        case Case():
            operand = () if node.operand is None else (node.operand,)
            branches = tuple(
                part for branch in node.branches for part in (branch.when, branch.then)
            )
            return (*operand, *branches, node.default)


def walk(node: Node) -> Iterator[Node]:
    """Every node, parents before children."""
    yield node
    for child in children(node):
        yield from walk(child)


def depth(node: Node) -> int:
    """Levels of operations above the deepest leaf; a leaf alone is 0."""
    below = children(node)
    return 1 + max(map(depth, below)) if below else 0


def tree_hash(node: Node) -> str:
    """sha256 of the tree: the same for any spacing, brackets, comments and letter case."""
    text = json.dumps(_plain(node), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(node: Node) -> list[object]:
    match node:
        case Literal():
            value = repr(node.value) if isinstance(node.value, float) else node.value
            return ["literal", str(node.type), value]
        case Input():
            return ["input", str(node.type), node.name]
        case Like():
            pattern = [[part] if isinstance(part, str) else part.value for part in node.pattern]
            return ["like", pattern, _plain(node.operand)]
        case InList():
            return ["in_list", node.name, _plain(node.operand)]
        case Operation():
            return [node.name, str(node.type), *map(_plain, node.arguments)]
        case Case():
            head = "case" if node.operand is None else "simple_case"
            return [head, str(node.type), *map(_plain, children(node))]
