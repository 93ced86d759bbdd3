"""Python source of the strict functions: those whose result is unknown if an argument is.

Each takes the texts of its arguments, which are known where it stands, and gives the guards that
must hold for a result to exist, and the text of that result. Values that are needed twice are
bound by `:=` in a guard, so that nothing is calculated twice and texts stay short.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

from goodstanding.language import scalar
from goodstanding.language.bounds import integer_bounds, overflows
from goodstanding.language.tree import Literal, Node, Operation
from goodstanding.language.types import DAY_MAX, DOUBLE_MAX, INTEGER_MAX, INTEGER_MIN, Kind


class Bench:
    """Names handed out to one generated function: temporaries and constants."""

    def __init__(self) -> None:
        self.constants: dict[str, object] = {}
        self._count = 0

    def temporary(self) -> str:
        self._count += 1
        return f"_t{self._count}"

    def constant(self, value: object) -> str:
        self._count += 1
        name = f"_k{self._count}"
        self.constants[name] = value
        return name

    def helper(self, function: Callable[..., object]) -> str:
        name = f"_{function.__name__}"
        self.constants[name] = function
        return name


Result: TypeAlias = tuple[tuple[str, ...], str]
Emit: TypeAlias = Callable[[Bench, Operation, list[str]], Result]


def _arithmetic(bench: Bench, node: Operation, texts: list[str]) -> Result:
    text = f"{texts[0]} {node.name} {texts[1]}"
    if node.type.kind is Kind.DOUBLE:
        return _finite(bench, text, may_be_negative_zero=node.name == "*")
    if node.type.kind is Kind.INTEGER and overflows(node):
        return _within(bench, text, INTEGER_MIN, INTEGER_MAX)
    return (), f"({text})"


def _within(bench: Bench, text: str, low: int, high: int) -> Result:
    name = bench.temporary()
    return (f"{low} <= ({name} := {text}) <= {high}",), name


def _finite(bench: Bench, text: str, *, may_be_negative_zero: bool) -> Result:
    name = bench.temporary()
    guard = f"-{DOUBLE_MAX!r} <= ({name} := {text}) <= {DOUBLE_MAX!r}"
    return (guard,), f"({name} + 0.0)" if may_be_negative_zero else name


def _negate(bench: Bench, node: Operation, texts: list[str]) -> Result:
    if node.type.kind is Kind.DOUBLE:
        return (), f"(0.0 - {texts[0]})"
    if node.type.kind is Kind.INTEGER and overflows(node):
        return _within(bench, f"-{texts[0]}", INTEGER_MIN, INTEGER_MAX)
    return (), f"(-{texts[0]})"


def _abs(bench: Bench, node: Operation, texts: list[str]) -> Result:
    text = f"{bench.helper(abs)}({texts[0]})"
    if node.type.kind is Kind.INTEGER and overflows(node):
        return _within(bench, text, INTEGER_MIN, INTEGER_MAX)
    return (), text


def _widen(_: Bench, node: Operation, texts: list[str]) -> Result:
    steps = node.type.scale - node.arguments[0].type.scale
    return (), f"({texts[0]} * {10**steps})" if steps else texts[0]


def _to_double(bench: Bench, node: Operation, texts: list[str]) -> Result:
    match node.arguments[0].type.kind:
        case Kind.TEXT:
            return _nullable(bench, scalar.double_of_text, texts)
        case Kind.DOUBLE:
            return (), texts[0]
        case _:  # the quotient of two integers is the nearest DOUBLE
            return (), f"({texts[0]} / {10 ** node.arguments[0].type.scale})"


def _safe_div(bench: Bench, node: Operation, texts: list[str]) -> Result:
    under, divisor = bench.temporary(), node.arguments[1]
    guard = f"({under} := {texts[1]})"
    if isinstance(divisor, Literal) and divisor.value:
        under, guard = texts[1], "True"
    if all(_is_exact(argument) for argument in node.arguments):
        guards = () if guard == "True" else (guard,)
        return guards, f"({texts[0]} / {under} + 0.0)"
    guards, text = _finite(bench, f"{texts[0]} / {under}", may_be_negative_zero=True)
    return (guard, *guards), text


def _is_exact(node: Node) -> bool:
    """Whether a DOUBLE came from an exact number, so that a quotient cannot overflow."""
    if isinstance(node, Literal):
        return abs(float(node.value or 1.0)) < 1e38 and abs(float(node.value or 1.0)) > 1e-38
    if isinstance(node, Operation) and node.name == "to_double":
        return node.arguments[0].type.is_exact_number
    return False


def _nullable(bench: Bench, function: Callable[..., object], texts: list[str]) -> Result:
    name = bench.temporary()
    return (f"({name} := {bench.helper(function)}({', '.join(texts)})) is not None",), name


def _call(function: Callable[..., object], *, total: bool = False) -> Emit:
    def emit(bench: Bench, _: Operation, texts: list[str]) -> Result:
        if total:
            return (), f"{bench.helper(function)}({', '.join(texts)})"
        return _nullable(bench, function, texts)

    return emit


def _div_round(bench: Bench, node: Operation, texts: list[str]) -> Result:
    over, under = (argument.type.scale for argument in node.arguments)
    shift = node.type.scale + under - over
    powers = [str(10 ** max(shift, 0)), str(10 ** max(-shift, 0))]
    return _nullable(bench, scalar.div_round, [*texts, *powers])


def _round_half_up(bench: Bench, node: Operation, texts: list[str]) -> Result:
    steps = node.arguments[0].type.scale - node.type.scale
    if steps <= 0:
        return (), f"({texts[0]} * {10**-steps})" if steps else texts[0]
    return (), f"{bench.helper(scalar.divide_half_up)}({texts[0]}, {10**steps})"


def _whole(bench: Bench, node: Operation, texts: list[str]) -> Result:
    source = node.arguments[0].type
    text, power = texts[0], 10**source.scale
    if source.kind is Kind.INTEGER:
        return (), text
    if source.kind is Kind.DOUBLE:
        rounded = bench.helper(getattr(math, node.name))
        return _nullable(bench, scalar.whole_double, [text, rounded])
    match node.name:
        case "floor":
            whole = f"{text} // {power}"
        case "ceil":
            whole = f"-(-{text} // {power})"
        case _:
            whole = f"{bench.helper(scalar.truncate)}({text}, {power})"
    if source.integer_digits > 18:
        return _within(bench, whole, INTEGER_MIN, INTEGER_MAX)
    return (), f"({whole})"


def _to_int(bench: Bench, node: Operation, texts: list[str]) -> Result:
    source = node.arguments[0].type
    match source.kind:
        case Kind.INTEGER:
            return (), texts[0]
        case Kind.DECIMAL:
            return _nullable(bench, scalar.int_of_units, [texts[0], str(10**source.scale)])
        case Kind.DOUBLE:
            return _nullable(bench, scalar.int_of_double, texts)
        case _:
            return _nullable(bench, scalar.int_of_text, texts)


def _to_decimal(bench: Bench, node: Operation, texts: list[str]) -> Result:
    source = node.arguments[0].type
    wanted = [str(node.type.precision), str(node.type.scale)]
    match source.kind:
        case Kind.DOUBLE:
            return _nullable(bench, scalar.decimal_of_double, [*texts, *wanted])
        case Kind.TEXT:
            return _nullable(bench, scalar.decimal_of_text, [*texts, *wanted])
        case _:
            arguments = [texts[0], str(source.scale), *wanted]
            return _nullable(bench, scalar.decimal_of_units, arguments)


def _substr(bench: Bench, node: Operation, texts: list[str]) -> Result:
    bounds = [integer_bounds(argument) for argument in node.arguments[1:]]
    starts, *counts = node.arguments[1:]
    literal = isinstance(starts, Literal) and all(isinstance(part, Literal) for part in counts)
    if literal and bounds[0][0] >= 1 and all(low >= 0 for low, _ in bounds[1:]):
        start = bounds[0][0] - 1
        end = str(start + bounds[1][0]) if counts else ""
        return (), f"{texts[0]}[{start}:{end}]"
    return _nullable(bench, scalar.substr if counts else scalar.substr_rest, texts)


STRICT: dict[str, Emit] = {
    "+": _arithmetic,
    "-": _arithmetic,
    "*": _arithmetic,
    "negate": _negate,
    "abs": _abs,
    "widen": _widen,
    "||": lambda _, __, texts: ((), f"({texts[0]} + {texts[1]})"),
    "safe_div": _safe_div,
    "div_round": _div_round,
    "int_div": _call(scalar.int_div),
    "mod": _call(scalar.mod),
    "round_half_up": _round_half_up,
    "floor": _whole,
    "ceil": _whole,
    "trunc": _whole,
    "min_of": _call(min, total=True),
    "max_of": _call(max, total=True),
    "to_int": _to_int,
    "to_decimal": _to_decimal,
    "to_double": _to_double,
    "to_date": _call(scalar.date_of_text),
    "date_diff_days": lambda _, __, texts: ((), f"({texts[1]} - {texts[0]})"),
    "date_diff_months": _call(scalar.date_diff_months, total=True),
    "add_days": lambda bench, _, texts: _within(bench, f"{texts[0]} + {texts[1]}", 1, DAY_MAX),
    "add_months": _call(scalar.add_months),
    "lower_ascii": _call(scalar.lower_ascii, total=True),
    "upper_ascii": _call(scalar.upper_ascii, total=True),
    "trim_spaces": lambda _, __, texts: ((), f"{texts[0]}.strip(' ')"),
    "length": _call(len, total=True),
    "substr": _substr,
    "starts_with": lambda _, __, texts: ((), f"{texts[0]}.startswith({texts[1]})"),
    "contains": lambda _, __, texts: ((), f"({texts[1]} in {texts[0]})"),
}
