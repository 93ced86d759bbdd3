"""The values of a record that come as expected, taken by one generated function.

A value is expected if it is of the input's own Python type and inside of its bounds: an int, a
Decimal with exactly the declared places or a whole amount, a plain ASCII text, a date. It becomes
a cell in a fraction of a microsecond; whatever else comes is handed to `rest`, with the input's
number.
Nothing of the author's text is in the source: names and bounds are its globals.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import TypeAlias, cast

from goodstanding.language.python_engine import compile_function
from goodstanding.language.types import DOUBLE_MAX, INTEGER_MAX, INTEGER_MIN, Cell, Kind
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.engine.values import TEXT_MAX

EXACT_DIGITS = 28  # digits of Python's usual decimal context, in which money is multiplied here
_ANY = Context(prec=100)

Rest: TypeAlias = Callable[[int, object], Cell | None]
UsualValues: TypeAlias = Callable[[Callable[[str], object], Rest, bool], tuple[Cell | None, ...]]


def usual_values(inputs: Sequence[InputDeclaration]) -> UsualValues:
    """The function for some inputs; it takes the record's `get`, `rest`, and whether the decimal
    context has its usual precision.
    """
    constants: dict[str, object] = {
        "type": type,
        "int": int,
        "len": len,
        "bool": bool,
        "float": float,
        "str": str,
        "date": date,
        "Decimal": Decimal,
    }
    lines: list[str] = []
    for at, item in enumerate(inputs):
        constants[f"n{at}"] = item.name
        expected, taken = _expected(at, item, constants)
        lines.append(f"a{at} = get(n{at})")
        lines.append(f"if not ({expected}): a{at} = rest({at}, a{at})")
        if taken:
            lines.append(f"else: a{at} = {taken}")
    lines.append("return (" + "".join(f"a{at}, " for at in range(len(inputs))) + ")")
    source = "def read(get, rest, exact):\n" + "".join(f"    {line}\n" for line in lines)
    return cast("UsualValues", compile_function(source, name="read", constants=constants))


def _expected(at: int, item: InputDeclaration, constants: dict[str, object]) -> tuple[str, str]:
    """The test that a value is as expected, and the text of its cell where that is another."""
    name = f"a{at}"
    match item.type.kind:
        case Kind.BOOLEAN:
            found = f"type({name}) is bool", ""
        case Kind.INTEGER:
            low, high = _bounds(item, least=INTEGER_MIN, most=INTEGER_MAX)
            found = f"type({name}) is int and {low} <= {name} <= {high}", ""
        case Kind.DECIMAL if item.type.scale > 0 and item.type.precision < EXACT_DIGITS:
            limit = 10**item.type.precision - 1
            low, high = _bounds(item, least=-limit, most=limit)
            constants[f"q{at}"] = Decimal(1).scaleb(-item.type.scale)
            constants[f"p{at}"] = Decimal(10**item.type.scale)
            # Of other exponents a product could be rounded, or have a million digits.
            decimal = f"type({name}) is Decimal and {name}.same_quantum(q{at})"
            exactly = f"exact and ({decimal} or type({name}) is int)"
            found = f"{exactly} and {low} <= (u := int({name} * p{at})) <= {high}", "u"
        case Kind.DOUBLE if item.low is None and item.high is None:
            inside = f"{-DOUBLE_MAX!r} <= {name} <= {DOUBLE_MAX!r}"
            found = f"type({name}) is float and {inside}", f"{name} + 0.0"
        case Kind.TEXT:
            longest = min(item.max_length or TEXT_MAX, TEXT_MAX)
            test = f"type({name}) is str and len({name}) <= {longest} and {name}.isascii()"
            if item.values:
                constants[f"s{at}"] = frozenset(item.values)
            among = f"{name} in s{at}" if item.values else f"'\\0' not in {name}"
            found = f"{test} and {among}", ""
        case Kind.DATE if item.low is None and item.high is None:
            found = f"type({name}) is date", f"{name}.toordinal()"
        case _:
            found = "False", ""
    return found


def _bounds(item: InputDeclaration, *, least: int, most: int) -> tuple[int, int]:
    """The least and the greatest cell inside of the declared bounds."""
    scale = item.type.scale
    if item.low is not None:
        least = max(least, _whole(item.low, scale, ROUND_CEILING))
    if item.high is not None:
        most = min(most, _whole(item.high, scale, ROUND_FLOOR))
    return least, most


def _whole(bound: object, scale: int, rounding: str) -> int:
    units = _ANY.scaleb(Decimal(str(bound)), scale)
    return int(units.to_integral_value(rounding=rounding, context=_ANY))
