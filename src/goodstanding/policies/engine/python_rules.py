"""A rule as lines of Python: what decides it soonest is asked first.

A condition that is a conjunction is FALSE as soon as one of its parts is, whatever else is missing.
So the parts that always have an answer are asked first, the cheapest before the others, then each
that is UNKNOWN exactly where one of its values is missing; only behind those that hold are the
values of the next one looked at. A part that searches a set or computes waits behind them.
Each bit is set at most once, so it is added, which is quicker than OR for masks of many bits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from goodstanding.language.expression import Expression
from goodstanding.language.python_engine import PythonEmitter
from goodstanding.language.tree import Node, Operation
from goodstanding.policies.engine.plan import PlannedRule
from goodstanding.policies.engine.trees import fails_by_itself, may_be_unknown, weight

INDENT = "    "
NESTED_AT_MOST = 4
"""Parts asked one behind the other: each asks again what those behind it would say."""
CHEAP = 4
"""The weight of two comparisons; a part that weighs more waits behind those that may settle it."""


@dataclass(frozen=True, slots=True)
class RuleWriter:
    """Writes the lines that set a rule's bit in the masks; `local` are the names of the cells."""

    emitter: PythonEmitter
    local: Mapping[str, str]

    def lines(self, rule: PlannedRule, bit: int) -> Iterator[str]:
        """The lines of one rule."""
        points = rule.declaration.points
        hit = f"true += {bit}" + (f"; points += {points}" if points else "")
        one = _Rule(rule, bit, hit, self.emitter, self.local)
        parts = one.parts(rule.condition.tree)
        return one.conjunction(parts) if rule.can_be_unknown else one.certain(parts)


@dataclass(frozen=True, slots=True)
class _Rule:
    rule: PlannedRule
    bit: int
    hit: str
    emit: PythonEmitter
    local: Mapping[str, str]

    def parts(self, tree: Node) -> list[Expression]:
        """What must all hold, the cheapest first."""
        nodes = tree.arguments if isinstance(tree, Operation) and tree.name == "and" else (tree,)
        return [Expression(node, "") for node in sorted(nodes, key=weight)]

    def certain(self, parts: Sequence[Expression]) -> Iterator[str]:
        yield f"if {self.emit.is_true(_all_of(parts))}: {self.hit}"

    def conjunction(self, parts: Sequence[Expression]) -> Iterator[str]:
        """The lines for parts that must all hold, where those before them do."""
        sure = [part for part in parts if not self._may_be_unknown(part)]
        rest = [part for part in parts if self._may_be_unknown(part)]
        if not rest:
            yield from self.certain(sure)
            return
        strict = [part for part in rest if self._is_strict(part)]
        if len(rest) > NESTED_AT_MOST:
            strict = []
        dear = [part for part in sure if weight(part.tree) > CHEAP]
        if strict and len(rest) + len(dear) <= NESTED_AT_MOST:
            sure = [part for part in sure if weight(part.tree) <= CHEAP]
            rest += dear
        indent = ""
        if sure:
            yield f"if {self.emit.is_true(_all_of(sure))}:"
            indent = INDENT
        if not strict:
            lines = self._whole(_all_of(rest))
        else:
            first = min(strict, key=lambda part: len(self._nullable(part)))
            lines = self._strict_first(first, [part for part in rest if part is not first])
        yield from (indent + line for line in lines)

    def _strict_first(self, first: Expression, others: Sequence[Expression]) -> Iterator[str]:
        """One part that is UNKNOWN exactly where a value of it is missing, then the others."""
        names = self._nullable(first)
        holds = self.emit.is_true(first, known=names)
        yield f"if {self._missing(names)}:"
        if not others:
            yield from self._unknown(INDENT)
            yield f"elif {holds}: {self.hit}"
            return
        yield f"{INDENT}if not {self.emit.is_false(_all_of(others))}:"
        yield from self._unknown(INDENT * 2)
        yield f"elif {holds}:"
        yield from (INDENT + line for line in self.conjunction(others))

    def _whole(self, condition: Expression) -> Iterator[str]:
        """Any condition: where its values are all there, none is looked at again."""
        if fails_by_itself(condition.tree):
            yield f"if {self.emit.is_true(condition)}: {self.hit}"
            yield f"elif not {self.emit.is_false(condition)}:"
            yield from self._unknown(INDENT)
            return
        names, word = self._nullable(condition), "if"
        yield f"if {self._missing(names)}:"
        if not all(self.emit.needs(condition, name) for name in names):
            yield f"{INDENT}if {self.emit.is_true(condition)}: {self.hit}"
            word = "elif"
        yield f"{INDENT}{word} not {self.emit.is_false(condition)}:"
        yield from self._unknown(INDENT * 2)
        yield f"elif {self.emit.is_true(condition, known=names)}: {self.hit}"

    def _unknown(self, indent: str) -> Iterator[str]:
        """What a rule that is UNKNOWN by itself comes to by its defaults."""
        rule, bit = self.rule, self.bit
        if rule.with_defaults is None:
            yield f"{indent}unknown += {bit}"
            return
        yield f"{indent}if {self.emit.is_true(rule.with_defaults)}:"
        yield f"{indent}    defaulted += {bit}; {self.hit}"
        if rule.remains_unknown:
            yield f"{indent}elif {self.emit.is_false(rule.with_defaults)}: defaulted += {bit}"
            yield f"{indent}else: unknown += {bit}"
        else:
            yield f"{indent}else: defaulted += {bit}"

    def _missing(self, names: Sequence[str]) -> str:
        return " or ".join(f"{self.local[name]} is None" for name in names)

    def _nullable(self, part: Expression) -> list[str]:
        return [name for name in self.rule.nullable if name in part.names]

    def _may_be_unknown(self, part: Expression) -> bool:
        return may_be_unknown(part.tree, self.rule.nullable)

    def _is_strict(self, part: Expression) -> bool:
        """Whether it is UNKNOWN where any of its values is missing, and only there."""
        tree = part.tree
        is_junction = isinstance(tree, Operation) and tree.name in {"and", "or"}
        if is_junction or fails_by_itself(tree):
            return False
        return all(self.emit.needs(part, name) for name in self._nullable(part))


def _all_of(parts: Sequence[Expression]) -> Expression:
    first, *others = [part.tree for part in parts]
    return Expression(Operation("and", (first, *others), first.type), "") if others else parts[0]
