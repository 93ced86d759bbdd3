"""From syntax to the typed tree: names are known, types fit, implicit steps become explicit."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from goodstanding.language.functions import CALLS, usage
from goodstanding.language.patterns import read_pattern
from goodstanding.language.refusals import DEPTH_MAX, refusal, too_deep
from goodstanding.language.syntax import (
    Apply,
    Choice,
    Constant,
    Day,
    Name,
    Number,
    Place,
    Syntax,
    Text,
)
from goodstanding.language.tree import Branch, Case, Input, Like, Literal, Node, Operation
from goodstanding.language.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTEGER_MAX,
    INTEGER_MIN,
    PARAMETERS,
    TEXT,
    Type,
)
from goodstanding.language.typing_rules import (
    COMPARISONS,
    as_decimal,
    compare,
    is_null,
    make_decimal,
    sum_types,
    unify,
    widen,
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ARITHMETIC = frozenset({"+", "-", "*"})


@dataclass(frozen=True, slots=True)
class Checker:
    """Types one expression against the names of a record.

    `withheld` gives, by name, why an input may not be used (protected, proxy).
    """

    types: Mapping[str, Type]
    lists: Mapping[str, Type]
    withheld: Mapping[str, str] = field(default_factory=dict[str, str])

    def check(self, syntax: Syntax, level: int = 0) -> Node:
        """The typed node. Raises ExpressionRefused with line and column."""
        if level > DEPTH_MAX:
            raise too_deep(syntax.place)
        match syntax:
            case Name():
                return self._name(syntax)
            case Number():
                return _number(syntax.digits, syntax.place)
            case Text():
                return Literal(syntax.text, TEXT)
            case Day():
                return _day(syntax)
            case Constant():
                return Literal(syntax.value, BOOLEAN)
            case Choice():
                return self._choice(syntax, level + 1)
            case Apply() if syntax.is_call:
                return self._call(syntax, level + 1)
            case Apply():
                return self._operator(syntax, level + 1)

    def known(self, syntax: Syntax, level: int) -> Node:
        """The typed node of a place where a written NULL has no meaning."""
        node = self.check(syntax, level)
        if is_null(node):
            raise refusal(
                "null_literal",
                "a NULL written here is never true: the result is always unknown.",
                "write x IS NULL or x IS NOT NULL; NULL may stand as a result of CASE"
                " or an argument of coalesce.",
                syntax.place,
            )
        return node

    def condition(self, syntax: Syntax, level: int) -> Node:
        """The typed node of a place that wants a BOOLEAN."""
        node = self.known(syntax, level)
        if node.type != BOOLEAN:
            raise refusal(
                "not_boolean",
                f"a condition is wanted here, and this is {node.type}.",
                "compare it with something, for example x > 0 or x IS NOT NULL.",
                syntax.place,
            )
        return node

    def _name(self, syntax: Name) -> Node:
        if syntax.name in self.withheld:
            raise refusal(
                "withheld_name",
                f"{syntax.name} may not be used here: {self.withheld[syntax.name]}.",
                "remove it; a protected attribute or its proxy has no place in a policy.",
                syntax.place,
            )
        parameter = PARAMETERS.get(syntax.name)
        known = self.types.get(syntax.name, parameter)
        if parameter is not None and known != parameter:
            raise refusal(
                "parameter_type",
                f"{syntax.name} is the parameter of type {parameter}, and cannot be an input.",
                "give the input another name.",
                syntax.place,
            )
        if known is None:
            raise refusal(
                "unknown_name",
                f"the record has no {syntax.name}.",
                self._nearest(syntax.name),
                syntax.place,
            )
        return Input(syntax.name, known)

    def _nearest(self, name: str) -> str:
        same = [known for known in self.types if known.lower() == name.lower()]
        if same:
            return f"names are case-sensitive: write {same[0]}."
        return "declare it as an input or a feature, or correct its spelling."

    def _operator(self, syntax: Apply, level: int) -> Node:
        operator = syntax.operator
        if operator in {"and", "or"}:
            return self._junction(syntax, level)
        if operator in {"not", "is_true", "is_false"}:
            operand = self.condition(syntax.arguments[0], level)
            return Operation(operator, (operand,), BOOLEAN)
        if operator == "negate" and isinstance(written := syntax.arguments[0], Number):
            return _number("-" + written.digits, syntax.place)
        nodes = tuple(self.known(argument, level) for argument in syntax.arguments)
        if operator == "is_null":
            return Operation(operator, nodes, BOOLEAN)
        if operator in COMPARISONS:
            return compare(operator, nodes, syntax.place)
        if operator in _ARITHMETIC:
            return _arithmetic(operator, nodes, syntax.place)
        return _REST[operator](nodes, syntax)

    def _junction(self, syntax: Apply, level: int) -> Node:
        parts: list[Node] = []
        for argument in syntax.arguments:
            node = self.condition(argument, level)
            nested = isinstance(node, Operation) and node.name == syntax.operator
            parts.extend(node.arguments if nested and isinstance(node, Operation) else (node,))
        return Operation(syntax.operator, tuple(parts), BOOLEAN)

    def _call(self, syntax: Apply, level: int) -> Node:
        call = CALLS.get(syntax.operator)
        if call is None:
            raise refusal(
                "unknown_function",
                f"there is no function {syntax.operator}.",
                _functions_like(syntax.operator),
                syntax.place,
            )
        return call(self, syntax, level)

    def _choice(self, syntax: Choice, level: int) -> Node:
        results = [self.check(then, level) for _, then in syntax.branches]
        otherwise = syntax.default
        results.append(
            Literal(None, BOOLEAN) if otherwise is None else self.check(otherwise, level)
        )
        results = unify(results, syntax.place)
        if syntax.operand is None:
            operand = None
            whens = tuple(self.condition(when, level) for when, _ in syntax.branches)
        else:
            values = [self.known(syntax.operand, level)]
            values += [self.known(when, level) for when, _ in syntax.branches]
            compared = compare("in", tuple(values), syntax.place)
            operand, *rest = compared.arguments
            whens = tuple(rest)
        branches = map(Branch, whens, results[:-1])
        return Case(operand, tuple(branches), results[-1], results[-1].type)


def _arithmetic(operator: str, nodes: tuple[Node, ...], place: Place) -> Node:
    left, right = nodes
    for node in nodes:
        if not node.type.is_number:
            raise refusal(
                "not_number",
                f"{operator} works on numbers, and this is {node.type}.",
                "join texts with ||; shift dates with add_days or add_months; count the days"
                " between two with date_diff_days.",
                place,
            )
    if DOUBLE in {left.type, right.type}:
        return Operation(operator, unify(nodes, place), DOUBLE)
    if left.type == INTEGER == right.type:
        return Operation(operator, nodes, INTEGER)
    types = as_decimal(left), as_decimal(right)
    if operator == "*":
        precision = types[0].precision + types[1].precision
        result = make_decimal(precision, types[0].scale + types[1].scale, place)
        return Operation("*", (widen(left, types[0]), widen(right, types[1])), result)
    side, result = sum_types(*types, place)
    return Operation(operator, (widen(left, side), widen(right, side)), result)


def _negate(nodes: tuple[Node, ...], syntax: Apply) -> Node:
    operand = nodes[0]
    if not operand.type.is_number:
        raise refusal(
            "not_number",
            f"a minus sign works on numbers, and this is {operand.type}.",
            "write NOT before a condition.",
            syntax.place,
        )
    if isinstance(operand, Literal) and operand.value == 0:
        return operand  # nought has no sign, and `-0` is read as a number
    return Operation("negate", nodes, operand.type)


def _concatenate(nodes: tuple[Node, ...], syntax: Apply) -> Node:
    for node in nodes:
        if node.type != TEXT:
            raise refusal(
                "not_text",
                f"|| joins texts, and this is {node.type}.",
                "use TEXT on both sides.",
                syntax.place,
            )
    return Operation("||", nodes, TEXT)


def _like(nodes: tuple[Node, ...], syntax: Apply) -> Node:
    pattern, *escape = syntax.arguments[1:]
    if not isinstance(pattern, Text) or not all(isinstance(part, Text) for part in escape):
        raise refusal(
            "like_pattern",
            "the pattern of LIKE, and its ESCAPE, is a text written out.",
            "write it in quotes; for a text that varies use starts_with(x, y) or contains(x, y).",
            syntax.place,
        )
    if nodes[0].type != TEXT:
        raise refusal(
            "not_text",
            f"LIKE reads a text, and this is {nodes[0].type}.",
            "use TEXT.",
            syntax.place,
        )
    mark = next((part.text for part in escape if isinstance(part, Text)), None)
    return Like(nodes[0], read_pattern(pattern.text, mark, pattern.place))


_REST: dict[str, Callable[[tuple[Node, ...], Apply], Node]] = {
    "negate": _negate,
    "||": _concatenate,
    "like": _like,
}


def _number(digits: str, place: Place) -> Literal:
    if "." not in digits:
        value = int(digits) if len(digits) <= 40 else INTEGER_MAX + 1
        if not INTEGER_MIN <= value <= INTEGER_MAX:
            raise refusal(
                "integer_range",
                "INTEGER holds 64 bits: this number is beyond it.",
                "write it with a decimal, for example 9223372036854775808.0, as a DECIMAL.",
                place,
            )
        return Literal(value, INTEGER)
    whole, fraction = digits.removeprefix("-").split(".")
    precision = max(1, len(whole.lstrip("0")) + len(fraction))
    literal_type = make_decimal(precision, len(fraction), place)
    units = int(whole + fraction)
    return Literal(-units if digits.startswith("-") else units, literal_type)


def _functions_like(name: str) -> str:
    """The function that was meant, as far as can be seen; else all of them."""
    close = get_close_matches(name.lower(), CALLS, n=1, cutoff=0.8)
    meant = f"did you mean {usage(close[0])}? " if close else ""
    return f"{meant}{'The' if meant else 'the'} functions are: {', '.join(sorted(CALLS))}."


def _day(syntax: Day) -> Literal:
    if _DAY.fullmatch(syntax.text) is not None:
        try:
            return Literal(date.fromisoformat(syntax.text).toordinal(), DATE)
        except ValueError:
            pass
    raise refusal(
        "date_literal",
        f"DATE '{syntax.text}' is no day of the calendar from 0001-01-01 to 9999-12-31.",
        "write DATE 'yyyy-mm-dd'.",
        syntax.place,
    )
