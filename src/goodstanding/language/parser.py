"""From text to syntax: sqlglot's grammar, then an allow-list of its nodes and their arguments.

sqlglot is lenient (`1<x<5`, `a b`, `@x` all parse), so nothing of its tree is trusted: a node
class or an argument that is not named here is refused. The scanner has refused before what
sqlglot would bracket by its own rules.
"""

from collections.abc import Collection

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError
from sqlglot.expressions.core import Expression
from sqlglot.parser import Parser

from goodstanding.language.refusals import broken, refusal, too_deep
from goodstanding.language.scanner import Scan
from goodstanding.language.syntax import Apply, Choice, Place, Syntax

_BINARY: dict[type[Expression], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.DPipe: "||",
    exp.And: "and",
    exp.Or: "or",
    exp.NullSafeNEQ: "is_distinct",
    exp.NullSafeEQ: "is_not_distinct",
}
_ARGUMENTS: dict[type[Expression], frozenset[str]] = {
    **{kind: frozenset({"this", "expression"}) for kind in _BINARY},
    exp.DPipe: frozenset({"this", "expression", "safe"}),
    exp.Not: frozenset({"this"}),
    exp.Neg: frozenset({"this"}),
    exp.Paren: frozenset({"this"}),
    exp.Column: frozenset({"this"}),
    exp.Identifier: frozenset({"this"}),
    exp.Is: frozenset({"this", "expression"}),
    exp.In: frozenset({"this", "expressions"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Like: frozenset({"this", "expression", "negate"}),
    exp.Escape: frozenset({"this", "expression"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true"}),
    exp.Anonymous: frozenset({"this", "expressions"}),
}


def parse_syntax(*, text: str, declared: Collection[str], at: Place) -> Syntax:
    """The syntax of one expression. Raises ExpressionRefused with line and column."""
    scan = Scan(text=text, declared=declared, at=at)
    try:
        parsed = Parser(error_level=ErrorLevel.IMMEDIATE).parse(scan.tokens, text)
        if len(parsed) != 1 or not isinstance(parsed[0], Expression):
            raise broken(scan.places[0])
        return _Reader(scan).read(parsed[0])
    except ParseError as error:
        number = error.errors[0].get("col") if error.errors else None
        place = scan.places[min(number or 0, len(scan.places) - 1)]
        raise broken(place) from error
    except RecursionError as error:
        raise too_deep(at) from error


class _Reader:
    """Walks sqlglot's tree in the order of the text; the marks tell which token a leaf was."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._latest = 0

    def read(self, node: Expression) -> Syntax:
        self._check_allowed(node)
        match node:
            case exp.Paren():
                return self.read(node.this)
            case exp.Column():
                return self._leaf(node.this)
            case exp.Anonymous():
                return self._call(node)
            case exp.Case():
                return self._choice(node)
            case exp.Not() | exp.Neg():
                return self._unary(node)
            case exp.And() | exp.Or():
                return self._junction(node)
            case exp.Is():
                return self._is(node)
            case exp.In():
                return self._in(node)
            case exp.Between():
                return self._apply("between", node.this, node.args["low"], node.args["high"])
            case exp.Like() | exp.Escape():
                return self._like(node)
            case _:
                return self._apply(_BINARY[type(node)], node.this, node.expression)

    def _check_allowed(self, node: Expression) -> None:
        allowed = _ARGUMENTS.get(type(node))
        given = {key for key, value in node.args.items() if value not in (None, False, [])}
        if allowed is None or not given <= allowed:
            raise broken(self._place_of(node))

    def _leaf(self, identifier: Expression) -> Syntax:
        if not isinstance(identifier, exp.Identifier):
            raise broken(self._place_of(identifier))
        self._latest = _number(identifier)
        return self._scan.leaves[self._latest]

    def _call(self, node: Expression) -> Apply:
        number = _number(node)
        self._latest = number
        arguments = tuple(self.read(part) for part in node.expressions)
        return Apply(self._scan.calls[number], arguments, self._scan.places[number], is_call=True)

    def _junction(self, node: Expression) -> Apply:
        kind = type(node)
        parts: list[Expression] = []
        while isinstance(node, kind):  # a chain of conditions is one level, however long
            self._check_allowed(node)
            parts.append(node.expression)
            node = node.this
        first = self.read(node)
        place = self._scan.operator_place(self._latest)
        return Apply(_BINARY[kind], (first, *map(self.read, reversed(parts))), place)

    def _apply(self, operator: str, *parts: Expression) -> Apply:
        first = self.read(parts[0])
        place = self._scan.operator_place(self._latest)
        return Apply(operator, (first, *map(self.read, parts[1:])), place)

    def _choice(self, node: Expression) -> Choice:
        operand = None if node.this is None else self.read(node.this)
        before = self._latest
        branches = tuple(self._branch(branch) for branch in node.args["ifs"])
        default = node.args.get("default")
        return Choice(
            operand,
            branches,
            None if default is None else self.read(default),
            self._scan.places[before] if operand is not None else branches[0][0].place,
        )

    def _branch(self, branch: Expression) -> tuple[Syntax, Syntax]:
        self._check_allowed(branch)
        return self.read(branch.this), self.read(branch.args["true"])

    def _unary(self, node: Expression) -> Apply:
        operand = self.read(node.this)
        if isinstance(node, exp.Not):
            return Apply("not", (operand,), operand.place)
        return Apply("negate", (operand,), operand.place)

    def _is(self, node: Expression) -> Apply:
        operand = self.read(node.this)
        place = self._scan.operator_place(self._latest)
        right = node.expression
        if isinstance(right, exp.Null):
            return Apply("is_null", (operand,), place)
        if isinstance(right, exp.Boolean):
            return Apply("is_true" if right.this else "is_false", (operand,), place)
        raise refusal(
            "syntax",
            "IS is followed by NULL, TRUE, FALSE or DISTINCT FROM, perhaps after NOT.",
            "compare two values with =, or with IS NOT DISTINCT FROM where NULL may equal NULL.",
            place,
        )

    def _in(self, node: Expression) -> Apply:
        if node.expressions:
            return self._apply("in", node.this, *node.expressions)
        self.read(node.this)
        raise refusal(
            "empty_in",
            "IN () holds for nothing, and engines disagree on it.",
            "list the values in brackets: x IN (1, 2); for a named list in_list(x, 'name').",
            self._scan.operator_place(self._latest),
        )

    def _like(self, node: Expression) -> Apply:
        escape: tuple[Syntax, ...] = ()
        if isinstance(node, exp.Escape):
            escape = (self._scan.leaves[_number(node.expression)],)
            node = node.this
            if not isinstance(node, exp.Like):
                raise broken(self._place_of(node))
            self._check_allowed(node)
        like = self._apply("like", node.this, node.expression)
        like = Apply("like", (*like.arguments, *escape), like.place)
        return Apply("not", (like,), like.place) if node.args.get("negate") else like

    def _place_of(self, node: Expression) -> Place:
        """Where a refused node begins; of an alias, the word that came too many."""
        if isinstance(node, exp.Alias):
            node = node.args["alias"]
        marked = (*node.find_all(exp.Identifier), *node.find_all(exp.Anonymous))
        return self._scan.places[min(map(_number, marked), default=self._latest)]


def _number(marked: Expression) -> int:
    """The token that a mark stands for; sqlglot's own words, which carry none, count as 0."""
    digits = str(marked.this)[1:]
    return int(digits) if digits.isdecimal() else 0
