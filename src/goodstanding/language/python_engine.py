"""The live engine: Python source generated from the tree, compiled once.

A fragment is the text of a value that is valid only where its guards hold; where one does not,
the value is unknown. Guards are plain two-valued Python, so a comparison needs no three-valued
step: it is true where the guards and the comparison hold, false where the guards and its
opposite hold. Inputs are local variables; a value used twice is bound by `:=` inside a guard.
Nothing raises, so the parts of AND and OR may stand in any order: short ones, which are quick,
come first.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from keyword import iskeyword
from typing import cast

from goodstanding.language import scalar
from goodstanding.language.expression import Expression
from goodstanding.language.python_atoms import STRICT, Bench
from goodstanding.language.python_choices import (
    by_halves,
    in_turn,
    is_ladder,
    shared_beginning,
)
from goodstanding.language.tree import Case, InList, Input, Like, Literal, Node, Operation
from goodstanding.language.types import BOOLEAN, Cell

_OPPOSITE = {"=": "!=", "<>": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_PYTHON = {"=": "==", "<>": "!="}
_LONG = 600  # above this, both halves of a pair cost more than three-valued operands


@dataclass(frozen=True, slots=True)
class Fragment:
    """`text` where all `guards` hold, unknown elsewhere.

    `optional` is a text that gives the value or None without any guard, where there is one.
    """

    guards: tuple[str, ...]
    text: str
    optional: str | None = None

    @property
    def value(self) -> str:
        """The value or None."""
        if not self.guards:
            return self.text
        return self.optional or f"({self.text} if {' and '.join(self.guards)} else None)"


class PythonEmitter:
    """Emits expressions as parts of one Python function.

    `naming` gives the local variable of each input and parameter, `lists` the variable that
    holds each list's frozenset of cells; names start with a letter. `never_null` inputs need no
    check for None. `constants` are the globals that the emitted texts need.
    """

    def __init__(
        self,
        *,
        naming: Mapping[str, str],
        never_null: Collection[str] = (),
        lists: Mapping[str, str] | None = None,
    ) -> None:
        self._naming = naming
        self._never_null = frozenset(never_null)
        self._lists = lists or {}
        self._bench = Bench()
        self._fragments: dict[int, tuple[Node, Fragment]] = {}
        self._held: frozenset[str] = frozenset()  # guards that hold where the text will stand
        self._special: Mapping[str, Callable[[Operation], Fragment]] = {
            **dict.fromkeys(("=", "<>", "<", "<=", ">", ">="), self._compare),
            "coalesce": self._coalesce,
            "nullif": self._nullif,
            "is_distinct": self._is_distinct,
            "is_null": self._truth,
            "is_true": self._truth,
            "is_false": self._truth,
            "in": self._in,
            "between": self._between,
            "and": self._junction,
            "or": self._junction,
            "not": self._not,
        }
        for name in (*naming.values(), *self._lists.values()):
            if not name.isidentifier() or iskeyword(name) or name.startswith("_"):
                raise ValueError(f"{name!r} cannot name a local variable")

    @property
    def constants(self) -> dict[str, object]:
        """Globals of the emitted texts so far: helper functions and prepared patterns."""
        return self._bench.constants

    def value(self, expression: Expression) -> str:
        """A text that gives the cell, or None where it is unknown."""
        return self._fragment(expression.tree).value

    def is_true(self, expression: Expression, *, known: Collection[str] = ()) -> str:
        """A text that is True where the BOOLEAN expression is true, else False.

        The inputs in `known` have a value where the text will stand.
        """
        self._held = frozenset(map(self._guard, known))
        try:
            return self._true(expression.tree)
        finally:
            self._held = frozenset()

    def needs(self, expression: Expression, name: str) -> bool:
        """Whether the BOOLEAN expression is surely not true where this input has no value."""
        return self._needs(expression.tree, self._guard(name))

    def is_false(self, expression: Expression) -> str:
        """A text that is True where the BOOLEAN expression is false, else False."""
        return self._false(expression.tree)

    def _fragment(self, node: Node) -> Fragment:
        """The fragment of a node, the same one each time, so that equal guards fall together."""
        _, found = self._fragments.get(id(node), (None, None))
        if found is None:
            held, self._held = self._held, frozenset()
            found = self._emit(node)
            self._held = held
            self._fragments[id(node)] = (node, found)
        return found

    def _guard(self, name: str) -> str:
        return f"{self._naming[name]} is not None"

    def _needs(self, node: Node, guard: str) -> bool:
        match node:
            case Operation(name="and"):
                return any(self._needs(argument, guard) for argument in node.arguments)
            case Operation(name="or"):
                return all(self._needs(argument, guard) for argument in node.arguments)
            case _:
                return guard in self._fragment(node).guards

    def _emit(self, node: Node) -> Fragment:
        match node:
            case Literal():
                guards = ("False",) if node.value is None else ()
                return Fragment(guards, _literal(node.value), "None")
            case Input():
                name = self._naming[node.name]
                guards = () if node.name in self._never_null else (self._guard(node.name),)
                return Fragment(guards, name, name)
            case Case():
                return self._case(node)
            case Like():
                matcher = self._bench.constant(scalar.like_matcher(node.pattern))
                operand = self._fragment(node.operand)
                return Fragment(operand.guards, f"{matcher}({operand.text})")
            case InList():
                operand = self._fragment(node.operand)
                return Fragment(operand.guards, f"({operand.text} in {self._lists[node.name]})")
            case Operation() if node.name in STRICT:
                return self._strict(node)
            case Operation():
                return self._special[node.name](node)

    def _strict(self, node: Operation) -> Fragment:
        parts = [self._fragment(argument) for argument in node.arguments]
        guards, text = STRICT[node.name](self._bench, node, [part.text for part in parts])
        return Fragment(_merge(*(part.guards for part in parts), guards), text)

    def _bound(self, fragment: Fragment) -> Fragment:
        """The fragment with a text that may be repeated: a name or a constant."""
        if fragment.text.isidentifier() or fragment.text.lstrip("-").isdecimal():
            return fragment
        name = self._bench.temporary()
        guard = f"({name} := {fragment.text}) is not None"
        return Fragment((*fragment.guards, guard), name)

    def _known(self, text: str) -> Fragment:
        """A fragment of a text that gives a value or None."""
        name = self._bench.temporary()
        return Fragment((f"({name} := {text}) is not None",), name, text)

    def _compare(self, node: Operation) -> Fragment:
        left, right = map(self._fragment, node.arguments)
        operator = _PYTHON.get(node.name, node.name)
        return Fragment(_merge(left.guards, right.guards), f"({left.text} {operator} {right.text})")

    def _case(self, node: Case) -> Fragment:
        conditions = self._conditions(node)
        results = [self._fragment(branch.then) for branch in node.branches]
        default = self._fragment(node.default)
        text = self._chain(node, conditions, [part.value for part in results], default.value)
        if any(part.guards for part in (*results, default)):
            return self._known(text)
        return Fragment((), text)

    def _conditions(self, node: Case) -> list[tuple[str, ...]]:
        """For each branch the texts that are all True where it is taken."""
        if node.operand is None:
            return [self._conjuncts(branch.when) for branch in node.branches]
        operand = self._fragment(node.operand)
        if not isinstance(node.operand, Input):
            operand = self._known(operand.value)
        guards = operand.guards
        conditions: list[tuple[str, ...]] = []
        for branch in node.branches:
            value = self._fragment(branch.when)
            conditions.append((*guards, *value.guards, f"{operand.text} == {value.text}"))
            if not isinstance(node.operand, Input):  # the first condition has bound it
                guards = (f"{operand.text} is not None",)
        return conditions

    def _conjuncts(self, node: Node) -> tuple[str, ...]:
        match node:
            case Operation(name="not", arguments=(Operation(name="is_null") as inner,)):
                return self._fragment(inner.arguments[0]).guards
            case Operation() if node.name in _OPPOSITE:
                fragment = self._fragment(node)
                return (*fragment.guards, fragment.text)
            case _:
                return (self._true(node),)

    def _chain(
        self, node: Case, conditions: list[tuple[str, ...]], results: list[str], default: str
    ) -> str:
        """Choices one after the other; what all begin with is asked once, where one asks no more.

        That is the shape of bands: below this, below that, has a value, else missing.
        """
        shared = shared_beginning(conditions)
        if shared not in conditions:
            shared = ()
        asked = list(takewhile(bool, (condition[len(shared) :] for condition in conditions)))
        last = results[len(asked)] if len(asked) < len(results) else default
        texts = [self._all(rest) for rest in asked]
        if all(len(rest) == 1 for rest in asked) and is_ladder(node, len(asked)):
            inner = by_halves(texts, [*results[: len(asked)], last])
        else:
            inner = in_turn(texts, results, last)
        return f"({inner} if {self._all(shared)} else {default})" if shared else inner

    def _coalesce(self, node: Operation) -> Fragment:
        parts = [self._fragment(argument) for argument in node.arguments]
        branches = ""
        for part in parts[:-1]:
            if not part.guards:
                return Fragment((), f"({branches}{part.text})") if branches else part
            branches += f"{part.text} if {_all(part.guards)} else "
        text = f"({branches}{parts[-1].value})"
        return self._known(text) if parts[-1].guards else Fragment((), text)

    def _nullif(self, node: Operation) -> Fragment:
        value = self._bound(self._fragment(node.arguments[0]))
        other = self._fragment(node.arguments[1])
        equal = _all((*other.guards, f"{value.text} == {other.text}"))
        return Fragment((*value.guards, f"not {equal}"), value.text)

    def _is_distinct(self, node: Operation) -> Fragment:
        left, right = (self._fragment(argument).value for argument in node.arguments)
        return Fragment((), f"({left} != {right})")

    def _in(self, node: Operation) -> Fragment:
        value, *others = map(self._fragment, node.arguments)
        if all(isinstance(argument, Literal) for argument in node.arguments[1:]):
            members = ", ".join(other.text for other in others)
            return Fragment(value.guards, f"({value.text} in {{{members}}})")
        helper = self._bench.helper(scalar.membership)
        inner = f"{helper}({value.text}, {', '.join(other.value for other in others)})"
        return self._known(f"({inner} if {_all(value.guards)} else None)")

    def _between(self, node: Operation) -> Fragment:
        value, low, high = map(self._fragment, node.arguments)
        if not low.guards and not high.guards:
            return Fragment(value.guards, f"({low.text} <= {value.text} <= {high.text})")
        return self._pair(node)

    def _pair(self, node: Node) -> Fragment:
        return self._known(
            f"(True if {self._true(node)} else False if {self._false(node)} else None)"
        )

    def _junction(self, node: Operation) -> Fragment:
        true, false = self._true(node), self._false(node)
        if len(true) + len(false) <= _LONG:
            return self._known(f"(True if {true} else False if {false} else None)")
        function = scalar.conjunction if node.name == "and" else scalar.disjunction
        values = ", ".join(self._fragment(argument).value for argument in node.arguments)
        return self._known(f"{self._bench.helper(function)}({values})")

    def _not(self, node: Operation) -> Fragment:
        inner = self._fragment(node.arguments[0])
        return Fragment(inner.guards, f"(not {inner.text})")

    def _truth(self, node: Operation) -> Fragment:
        return Fragment((), self._true(node))

    def _true(self, node: Node) -> str:
        match node:
            case Operation(name="and"):
                return self._all(sorted(map(self._true, node.arguments), key=len))
            case Operation(name="or"):
                return _any(sorted(map(self._true, node.arguments), key=len))
            case Operation(name="not"):
                return self._false(node.arguments[0])
            case Operation(name="is_true"):
                return self._true(node.arguments[0])
            case Operation(name="is_false"):
                return self._false(node.arguments[0])
            case Operation(name="is_null"):
                return f"(not {self._all(self._fragment(node.arguments[0]).guards)})"
            case Operation(name="between"):
                value, low, high = map(self._fragment, node.arguments)
                text = f"{low.text} <= {value.text} <= {high.text}"
                return self._all((*_merge(value.guards, low.guards, high.guards), text))
            case Operation(name="in"):
                return self._in_pair(node, holds=True)
            case Case() if node.type == BOOLEAN:
                return self._case_pair(node, self._true)
            case Input():
                name = self._naming[node.name]
                return name if self._is_known(node) else f"({name} is True)"
            case _:
                fragment = self._fragment(node)
                return self._all((*fragment.guards, fragment.text))

    def _false(self, node: Node) -> str:
        match node:
            case Operation(name="and"):
                return _any(sorted(map(self._false, node.arguments), key=len))
            case Operation(name="or"):
                return self._all(sorted(map(self._false, node.arguments), key=len))
            case Operation(name="not"):
                return self._true(node.arguments[0])
            case Operation(name="is_true" | "is_false"):
                return f"(not {self._true(node)})"
            case Operation(name="is_null"):
                return self._all(self._fragment(node.arguments[0]).guards)
            case Operation(name="between"):
                return self._outside(node)
            case Operation(name="in"):
                return self._in_pair(node, holds=False)
            case Operation() if node.name in _OPPOSITE:
                left, right = map(self._fragment, node.arguments)
                text = f"{left.text} {_OPPOSITE[node.name]} {right.text}"
                return self._all((*_merge(left.guards, right.guards), text))
            case Case() if node.type == BOOLEAN:
                return self._case_pair(node, self._false)
            case Input():
                name = self._naming[node.name]
                return f"(not {name})" if self._is_known(node) else f"({name} is False)"
            case _:
                fragment = self._fragment(node)
                return self._all((*fragment.guards, f"(not {fragment.text})"))

    def _outside(self, node: Operation) -> str:
        value, low, high = map(self._fragment, node.arguments)
        value = self._bound(value)
        below = self._all((*low.guards, f"{value.text} < {low.text}"))
        above = self._all((*high.guards, f"{value.text} > {high.text}"))
        return self._all((*value.guards, _any((below, above))))

    def _in_pair(self, node: Operation, *, holds: bool) -> str:
        value, *others = map(self._fragment, node.arguments)
        if all(isinstance(argument, Literal) for argument in node.arguments[1:]):
            members = ", ".join(other.text for other in others)
            operator = "in" if holds else "not in"
            return self._all((*value.guards, f"{value.text} {operator} {{{members}}}"))
        value = self._bound(value)
        operator = "==" if holds else "!="
        parts = [
            self._all((*other.guards, f"{value.text} {operator} {other.text}")) for other in others
        ]
        return self._all((*value.guards, _any(parts) if holds else self._all(parts)))

    def _case_pair(self, node: Case, half: Callable[[Node], str]) -> str:
        results = [half(branch.then) for branch in node.branches]
        return self._chain(node, self._conditions(node), results, half(node.default))

    def _is_known(self, node: Input) -> bool:
        return node.name in self._never_null or self._guard(node.name) in self._held

    def _all(self, parts: Iterable[str]) -> str:
        return _all(part for part in parts if part not in self._held)


def compile_python(
    expression: Expression,
    *,
    form: str = "value",
    never_null: Collection[str] = (),
    lists: Mapping[str, frozenset[Cell]] | None = None,
) -> Callable[..., Cell | None]:
    """One expression as a Python function of its cells, in the order of `expression.inputs`.

    `form` is `value` (the cell or None), `is_true` or `is_false` (bool, for a BOOLEAN).
    """
    naming = {name: f"i{number}" for number, name in enumerate(expression.inputs)}
    variables = {name: f"l{number}" for number, name in enumerate(expression.lists)}
    emitter = PythonEmitter(naming=naming, never_null=never_null, lists=variables)
    emit = {"value": emitter.value, "is_true": emitter.is_true, "is_false": emitter.is_false}
    body = emit[form](expression)
    members = {variables[name]: (lists or {})[name] for name in expression.lists}
    source = f"def evaluate({', '.join(naming.values())}):\n    return {body}\n"
    return compile_function(source, name="evaluate", constants={**emitter.constants, **members})


def compile_function(
    source: str, *, name: str, constants: Mapping[str, object]
) -> Callable[..., Cell | None]:
    """Compile a source made of emitted texts; it sees no builtins, only `constants`."""
    scope: dict[str, object] = {"__builtins__": {}, **constants}
    exec(compile(source, f"<policy {name}>", "exec"), scope)  # noqa: S102 - from the tree only
    return cast("Callable[..., Cell | None]", scope[name])


def _literal(value: Cell | None) -> str:
    text = repr(value)
    return f"({text})" if text.startswith("-") else text


def _merge(*groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(guard for group in groups for guard in group))


def _all(parts: Iterable[str]) -> str:
    kept = list(dict.fromkeys(parts))
    if not kept:
        return "True"
    return f"({' and '.join(kept)})" if len(kept) > 1 else _single(kept[0])


def _any(parts: Iterable[str]) -> str:
    kept = list(dict.fromkeys(parts))
    return f"({' or '.join(kept)})" if len(kept) > 1 else _single(kept[0])


def _single(text: str) -> str:
    return text if text.startswith("(") or text.isidentifier() else f"({text})"
