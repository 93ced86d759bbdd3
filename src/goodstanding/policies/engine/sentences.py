"""A condition as a sentence: labels for names, words for operators, for people who own the rule.

The sentence is for reading. What decides is the text, which stands beside it; a part that has no
plain words is shown as the language writes it.
"""

from decimal import Decimal

from goodstanding.language.printer import print_literal, print_tree
from goodstanding.language.tree import (
    Case,
    InList,
    Input,
    Like,
    Literal,
    Node,
    Operation,
    Wildcard,
)
from goodstanding.language.types import Kind
from goodstanding.policies.engine.plan import Plan

_COMPARED = {
    "=": "is",
    "<>": "is not",
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "is_distinct": "differs from",
}
_REVERSED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times", "||": "followed by"}
_STATED = {"is_null": "is missing", "is_true": "is stated to be so", "is_false": "is denied"}
_CALLS = {
    "safe_div": "{0} divided by {1}",
    "div_round": "{0} divided by {1}",
    "int_div": "{0} divided by {1}, in whole numbers",
    "min_of": "the least of {all}",
    "max_of": "the greatest of {all}",
    "coalesce": "{0}, or {1} where it is missing",
    "abs": "the size of {0}",
    "date_diff_days": "days from {0} to {1}",
    "date_diff_months": "months from {0} to {1}",
    "length": "the length of {0}",
    "starts_with": "{0} begins with {1}",
    "contains": "{0} contains {1}",
    "lower_ascii": "{0} in small letters",
    "upper_ascii": "{0} in capitals",
    "trim_spaces": "{0} without spaces around it",
}
_PARAMETERS = {"as_of": "the moment of the decision", "as_of_date": "the day of the decision"}


def in_words(node: Node, plan: Plan) -> str:
    """The sentence of a tree, with the policy's labels and the labels of its lists."""
    return _Speaker(plan).condition(node)


class _Speaker:
    """Says nodes of one policy's trees."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lists = {item.name: item.label or item.name for item in plan.list_declarations}

    def condition(self, node: Node) -> str:
        """A whole condition: a bare truth says that it is so."""
        inner = _bare(node)
        return f"“{self._name(inner.name)}” is so" if isinstance(inner, Input) else self.say(inner)

    def say(self, node: Node) -> str:
        """Any node."""
        match node:
            case Literal():
                return _literal(node)
            case Input():
                return self._name(node.name)
            case InList():
                return f"{self.say(node.operand)} is on the list “{self._lists[node.name]}”"
            case Like():
                return f"{self.say(node.operand)} reads like “{_pattern(node)}”"
            case Case():
                return self._case(node)
            case Operation():
                return self._operation(node)

    def _name(self, name: str) -> str:
        return _PARAMETERS.get(name) or self._plan.label_of(name)

    def _operation(self, node: Operation) -> str:
        name, parts = node.name, node.arguments
        if name == "widen":
            return self.say(parts[0])
        if name in {"in", "between"}:
            return self._within(node)
        match name:
            case "and" | "or":
                return f" {name} ".join(self._part(part, inside=name) for part in parts)
            case "not":
                return self._denied(parts[0])
            case "negate":
                return f"minus {self.say(parts[0])}"
            case _:
                return self._compared(node) or self._called(node)

    def _within(self, node: Operation) -> str:
        value, *others = map(self.say, node.arguments)
        if node.name == "in":
            return f"{value} is {_or(others)}"
        return f"{value} is from {others[0]} to {others[1]}"

    def _compared(self, node: Operation) -> str:
        name, parts = node.name, node.arguments
        if name in _STATED:
            return f"{self.say(parts[0])} {_STATED[name]}"
        if name in _ARITHMETIC:
            return f"{self._part(parts[0])} {_ARITHMETIC[name]} {self._part(parts[1])}"
        if name not in _COMPARED:
            return ""
        left, right = parts
        if isinstance(_bare(left), Literal) and name in _REVERSED:
            left, right, name = right, left, _REVERSED[name]
        return f"{self.say(left)} {_COMPARED[name]} {self.say(right)}"

    def _called(self, node: Operation) -> str:
        pattern = _CALLS.get(node.name)
        if pattern is None:
            return print_tree(node)
        said = [self.say(part) for part in node.arguments]
        return pattern.format(*said, all=_and(said))

    def _denied(self, node: Node) -> str:
        inner = _bare(node)
        if isinstance(inner, InList):
            return f"{self.say(inner.operand)} is not on the list “{self._lists[inner.name]}”"
        if isinstance(inner, Input):
            return f"“{self._name(inner.name)}” is not so"
        if isinstance(inner, Operation) and inner.name in _OPPOSITE:
            opposite = Operation(_OPPOSITE[inner.name], inner.arguments, inner.type)
            return self._compared(opposite)
        if isinstance(inner, Operation) and inner.name == "is_null":
            return f"{self.say(inner.arguments[0])} is stated"
        if isinstance(inner, Operation) and inner.name == "in":
            choices = [self.say(part) for part in inner.arguments[1:]]
            return f"{self.say(inner.arguments[0])} is neither {_nor(choices)}"
        return f"it is not so that {self._part(inner, inside='not')}"

    def _part(self, node: Node, *, inside: str = "") -> str:
        """A part of a larger sentence; in brackets where it could be read otherwise."""
        inner = _bare(node)
        if isinstance(inner, Input) and inner.type.kind is Kind.BOOLEAN:
            return f"“{self._name(inner.name)}” is so"
        mixed = isinstance(inner, Operation) and (
            inner.name in {"and", "or"} and inner.name != inside
        )
        nested = isinstance(inner, Operation) and not inside and inner.name in _ARITHMETIC
        said = self.say(inner)
        return f"({said})" if mixed or nested else said

    def _case(self, node: Case) -> str:
        if node.operand is not None:
            return print_tree(node)
        said = [
            f"{self.say(item.then)} where {self.condition(item.when)}" for item in node.branches
        ]
        return f"{'; '.join(said)}; otherwise {self.say(node.default)}"


def _bare(node: Node) -> Node:
    while isinstance(node, Operation) and node.name == "widen":
        node = node.arguments[0]
    return node


def _literal(node: Literal) -> str:
    if node.value is None:
        return "missing"
    if node.type.kind is Kind.BOOLEAN:
        return "so" if node.value else "not so"
    text = print_literal(node.value, node.type)
    if node.type.kind is Kind.TEXT:
        return f"“{node.value}”"
    if node.type.kind in {Kind.INTEGER, Kind.DECIMAL}:
        return f"{Decimal(text):,}"
    return text.removeprefix("DATE ").strip("'")


def _pattern(node: Like) -> str:
    marks = {Wildcard.ANY_RUN: "…", Wildcard.ANY_ONE: "·"}
    return "".join(marks[part] if isinstance(part, Wildcard) else part for part in node.pattern)


def _and(items: list[str]) -> str:
    return ", ".join(items[:-1]) + f" and {items[-1]}" if len(items) > 1 else items[0]


def _or(items: list[str]) -> str:
    return ", ".join(items[:-1]) + f" or {items[-1]}" if len(items) > 1 else items[0]


def _nor(items: list[str]) -> str:
    return " nor ".join(items)
