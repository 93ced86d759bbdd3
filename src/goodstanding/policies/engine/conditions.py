"""A condition as a form has it: lines joined by all-of or any-of, one level of groups inside.

Reading is round-trip safe: a condition comes apart into lines only where the lines, put together
again, make the same typed tree. What has no line stays text, and is carried along unchanged.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from goodstanding.language.errors import ExpressionRefused
from goodstanding.language.expression import Expression, parse_expression
from goodstanding.language.printer import print_literal, print_tree, quote_text
from goodstanding.language.tree import InList, Input, Literal, Node, Operation
from goodstanding.language.types import BOOLEAN, PARAMETERS, Kind, Type
from goodstanding.policies.engine.mistakes import sentence
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.values import NotOfType, read_text, wanted

_NUMBER = re.compile(r"[+-]?[0-9]{1,38}(\.[0-9]{1,38})?", re.ASCII)
_COMPARED = ("=", "<>", "<", "<=", ">", ">=")
_DENIED = {
    "is_null": "not_null", "between": "not_between", "in": "not_in",
    "starts_with": "not_starts_with", "contains": "not_contains",
}  # fmt: skip


class Joiner(StrEnum):
    """How the parts of a condition are joined."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison: `values` are texts as people write them, or a name where `than` is one."""

    subject: str
    operator: str
    values: tuple[str, ...] = ()
    than: str = ""


@dataclass(frozen=True, slots=True)
class Opaque:
    """A part that a form cannot show: the language's own text."""

    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Lines joined among themselves."""

    joiner: Joiner
    parts: "tuple[Line | Opaque, ...]"


Part: TypeAlias = Line | Opaque | Group


@dataclass(frozen=True, slots=True)
class Condition:
    """The parts of a condition and how they are joined."""

    joiner: Joiner
    parts: tuple[Part, ...]

    @property
    def is_opaque(self) -> bool:
        """Whether nothing of it can be shown in fields."""
        return all(isinstance(part, Opaque) for part in self.parts)


@dataclass(frozen=True)
class Vocabulary:
    """The names that a condition of one policy may hold."""

    types: Mapping[str, Type]
    lists: Mapping[str, Type]
    withheld: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, plan: Plan) -> "Vocabulary":
        """The vocabulary of a plan: inputs, computed values, models, constants and lists."""
        constants = {item.name: item.type for item in plan.constants}
        return cls(
            types={**plan.types, **constants},
            lists={item.name: item.type for item in plan.list_declarations},
            withheld={
                item.name: item.withheld_because for item in plan.inputs if item.withheld_because
            },
        )

    def type_of(self, name: str) -> Type | None:
        """The type of a name; None for one that there is not."""
        return self.types.get(name) or PARAMETERS.get(name)

    def parse(self, text: str) -> Expression:
        """The condition of a text, constants as names; raises ExpressionRefused."""
        return parse_expression(
            text, types=self.types, lists=self.lists, withheld=self.withheld, expect=BOOLEAN
        )


WORDS: Mapping[str, str] = {
    "=": "is", "<>": "is not", "<": "is below", "<=": "is at most", ">": "is above",
    ">=": "is at least", "between": "is between", "not_between": "is not between",
    "in": "is one of", "not_in": "is none of", "listed": "is on the list",
    "not_listed": "is not on the list", "starts_with": "begins with",
    "not_starts_with": "does not begin with", "contains": "contains",
    "not_contains": "does not contain", "is": "is so", "is_not": "is not so",
    "is_null": "is missing", "not_null": "is stated",
}  # fmt: skip
_RANGES = ("<", "<=", ">", ">=", "between", "not_between")
_EQUALS = ("=", "<>", "in", "not_in")
_LISTED = ("listed", "not_listed")
_TEXTS = ("starts_with", "not_starts_with", "contains", "not_contains")
_MISSING = ("is_null", "not_null")


def operators_of(of: Type, lists: Mapping[str, Type]) -> tuple[str, ...]:
    """The operators that fit a type, most used first."""
    listed = _LISTED if of in lists.values() else ()
    match of.kind:
        case Kind.BOOLEAN:
            return ("is", "is_not", *_MISSING)
        case Kind.TEXT:
            return (*_EQUALS, *listed, *_TEXTS, *_MISSING)
        case Kind.DOUBLE | Kind.TIMESTAMP:
            return (*_RANGES, *_MISSING)
        case _:
            return (*_RANGES, *_EQUALS, *listed, *_MISSING)


def values_wanted(operator: str) -> int | None:
    """How many values an operator takes; None for any number of them."""
    if operator in {"in", "not_in"}:
        return None
    if operator in {"between", "not_between"}:
        return 2
    return 0 if operator in {"is", "is_not", *_MISSING} else 1


def takes_name(operator: str) -> bool:
    """Whether the operator may compare with another name."""
    return operator in _COMPARED


def read_condition(text: str, vocabulary: Vocabulary) -> Condition:
    """The parts of a condition; one opaque part where it does not come apart safely."""
    whole = Condition(Joiner.ALL, (Opaque(" ".join(text.split())),))
    try:
        expression = vocabulary.parse(text)
        found = _condition(expression.tree)
        again = vocabulary.parse(write_condition(found, vocabulary))
    except (ExpressionRefused, NotOfType):
        return whole
    return found if again.sha256 == expression.sha256 else whole


def write_condition(condition: Condition, vocabulary: Vocabulary) -> str:
    """The text of a condition. Raises NotOfType for a value that its name cannot be compared with;
    `problems_of` says which.
    """
    parts = [_written(part, vocabulary) for part in condition.parts]
    if len(parts) == 1:
        return parts[0]
    bracketed = [
        f"({text})" if isinstance(part, Group | Opaque) else text
        for part, text in zip(condition.parts, parts, strict=True)
    ]
    return _joined(condition.joiner, bracketed)


def _joined(joiner: Joiner, parts: Sequence[str]) -> str:
    return (" AND " if joiner is Joiner.ALL else " OR ").join(parts)


def _written(part: Part, vocabulary: Vocabulary) -> str:
    match part:
        case Opaque():
            return part.text
        case Line():
            return write_line(part, vocabulary)
        case Group():
            parts = [_written(inner, vocabulary) for inner in part.parts]
            if len(parts) == 1:
                return parts[0]
            bracketed = [
                f"({text})" if isinstance(inner, Opaque) else text
                for inner, text in zip(part.parts, parts, strict=True)
            ]
            return _joined(part.joiner, bracketed)


def write_line(line: Line, vocabulary: Vocabulary) -> str:
    """The text of one line; raises NotOfType with what is wrong with it."""
    of = vocabulary.type_of(line.subject)
    if of is None:
        raise NotOfType("choose what is looked at")
    name, operator = line.subject, line.operator
    if operator not in operators_of(of, vocabulary.lists):
        raise NotOfType("choose how it is compared")
    if operator in _COMPARED:
        right = line.than or _literal(line.values, of)
        return f"{name} {operator} {right}"
    if operator in _PLAIN:
        return _PLAIN[operator].format(name)
    return _said(line, of, vocabulary)


_PLAIN = {"is": "{}", "is_not": "NOT {}", "is_null": "{} IS NULL", "not_null": "{} IS NOT NULL"}


def _said(line: Line, of: Type, vocabulary: Vocabulary) -> str:
    name, operator, denied = line.subject, line.operator, _not(line.operator)
    match operator:
        case "between" | "not_between":
            low, high = _two(line.values, of)
            return f"{name} {denied}BETWEEN {low} AND {high}"
        case "in" | "not_in":
            return f"{name} {denied}IN ({_members(line.values, of)})"
        case "listed" | "not_listed":
            return f"{denied}in_list({name}, {quote_text(_list(line, of, vocabulary))})"
        case _:
            function = operator.removeprefix("not_")
            return f"{denied}{function}({name}, {_literal(line.values, of)})"


def _not(operator: str) -> str:
    return "NOT " if operator.startswith("not_") else ""


def _two(values: Sequence[str], of: Type) -> tuple[str, str]:
    if len(values) < 2 or not all(values[:2]):
        raise NotOfType("give both ends")
    return _literal(values[:1], of), _literal(values[1:2], of)


def _members(values: Sequence[str], of: Type) -> str:
    if not values:
        raise NotOfType("give at least one value")
    return ", ".join(_literal((value,), of) for value in dict.fromkeys(values))


def _list(line: Line, of: Type, vocabulary: Vocabulary) -> str:
    name = line.values[0] if line.values else ""
    if vocabulary.lists.get(name) != of:
        raise NotOfType("choose a list")
    return name


def _literal(values: Sequence[str], of: Type) -> str:
    """A value as the language writes it beside a name of this type."""
    text = values[0] if values else ""
    if of.kind is Kind.TEXT:
        if values and "\0" not in text:
            return quote_text(text)
        raise NotOfType("give a value")
    text = text.strip()
    if not text:
        raise NotOfType("give a value")
    if of.kind is Kind.DATE:
        read_text(text, of)
        return f"DATE {quote_text(text)}"
    if of.kind is Kind.TIMESTAMP or _NUMBER.fullmatch(text) is None:
        raise NotOfType(f"{text!r} is not {wanted(of)}")
    return text


def problems_of(condition: Condition, vocabulary: Vocabulary) -> dict[tuple[int, int], str]:
    """What is wrong with each line, by its place: member, and line of a group or -1."""
    found: dict[tuple[int, int], str] = {}
    for at, part in enumerate(condition.parts):
        inner = part.parts if isinstance(part, Group) else ()
        lines = [(-1, part)] if isinstance(part, Line) else list(enumerate(inner))
        for below, line in lines:
            if isinstance(line, Line):
                try:
                    vocabulary.parse(write_line(line, vocabulary))
                except NotOfType as problem:
                    found[at, below] = _sentence(str(problem))
                except ExpressionRefused as refused:
                    found[at, below] = f"{_sentence(refused.problem)} {_sentence(refused.remedy)}"
    return found


def _sentence(text: str) -> str:
    said = sentence(text)
    return said if said.endswith(".") else f"{said}."


def _condition(node: Node) -> Condition:
    joiner, parts = _parts(node)
    if joiner is None:
        return Condition(Joiner.ALL, (_part(node),))
    return Condition(joiner, tuple(map(_member, parts)))


def _parts(node: Node) -> tuple[Joiner | None, tuple[Node, ...]]:
    if isinstance(node, Operation) and node.name in {"and", "or"}:
        return Joiner.ALL if node.name == "and" else Joiner.ANY, node.arguments
    return None, ()


def _member(node: Node) -> Part:
    joiner, parts = _parts(node)
    return _part(node) if joiner is None else Group(joiner, tuple(map(_part, parts)))


def _part(node: Node) -> Line | Opaque:
    return _line(node) or Opaque(print_tree(node))


def _line(node: Node) -> Line | None:
    match node:
        case Input():
            return Line(node.name, "is")
        case InList(operand=Input() as subject):
            return Line(subject.name, "listed", (node.name,))
        case Operation(name="not", arguments=(inner,)):
            return _denied(inner)
        case Operation():
            return _operation(node)
        case _:
            return None


def _denied(inner: Node) -> Line | None:
    match inner:
        case Input():
            return Line(inner.name, "is_not")
        case InList(operand=Input() as subject):
            return Line(subject.name, "not_listed", (inner.name,))
        case Operation() if inner.name in _DENIED:
            line = _operation(inner)
            return line and Line(line.subject, _DENIED[inner.name], line.values)
        case _:
            return None


def _operation(node: Operation) -> Line | None:
    subject, *others = map(_bare, node.arguments)
    if not isinstance(subject, Input):
        return None
    if node.name == "is_null":
        return Line(subject.name, "is_null")
    if node.name in _COMPARED and isinstance(others[0], Input):
        return Line(subject.name, node.name, than=others[0].name)
    known = {*_COMPARED, "between", "in", "starts_with", "contains"}
    values = [_value(part) for part in others]
    if node.name not in known or None in values:
        return None
    return Line(subject.name, node.name, tuple(value for value in values if value is not None))


def _bare(node: Node) -> Node:
    while isinstance(node, Operation) and node.name == "widen":
        node = node.arguments[0]
    return node


def _value(node: Node) -> str | None:
    """A constant as people write it; None for anything that is computed."""
    if not isinstance(node, Literal) or node.value is None:
        return None
    if node.type.kind is Kind.TEXT:
        return str(node.value)
    written = print_literal(node.value, node.type)
    return written.removeprefix("DATE ").strip("'")
