"""Random typed expressions and rows: every construct of the language, every edge of its types."""

import random
from collections.abc import Mapping
from datetime import date

from hypothesis import strategies as st

from goodstanding.language.types import (
    BOOLEAN,
    DATE,
    DAY_MAX,
    DOUBLE,
    INTEGER,
    INTEGER_MAX,
    INTEGER_MIN,
    MICROSECOND_MAX,
    MICROSECOND_MIN,
    TEXT,
    TIMESTAMP,
    Cell,
    Kind,
    Type,
    decimal,
)

INPUTS: Mapping[str, Type] = {
    "i": INTEGER,
    "j": INTEGER,
    "k": INTEGER,
    "money": decimal(18, 2),
    "rate": decimal(9, 4),
    "tiny": decimal(3, 3),
    "count": decimal(5, 0),
    "wide": decimal(30, 6),
    "widest": decimal(38, 0),
    "fine": decimal(38, 18),
    "x": DOUBLE,
    "y": DOUBLE,
    "t": TEXT,
    "u": TEXT,
    "v": TEXT,
    "d": DATE,
    "e": DATE,
    "at": TIMESTAMP,
    "seen": TIMESTAMP,
    "p": BOOLEAN,
    "q": BOOLEAN,
    "as_of": TIMESTAMP,
    "as_of_date": DATE,
}
LISTS: Mapping[str, tuple[Type, frozenset[Cell]]] = {
    "texts": (TEXT, frozenset({"a", "B", "straße", "", "10% off", "a\\b"})),
    "numbers": (INTEGER, frozenset({0, 1, -7, INTEGER_MIN})),
    "amounts": (decimal(18, 2), frozenset({0, 100, -1, 10**18 - 1})),
    "days": (DATE, frozenset({1, 738_946, DAY_MAX})),
    "nothing": (TEXT, frozenset()),
}

_DOUBLES = [
    0.0, 1.0, -1.0, 0.1, -0.1, 0.3, 1.005, 2.5, -2.5, 1.5, 0.5, 1e-7, 1e22, 1e23, 5e-324, 1e300,
    1.7976931348623157e308, -1.7976931348623157e308, 2.2250738585072014e-308, 9007199254740993.0,
    9.223372036854775e18, 9.223372036854776e18, -9.223372036854776e18, 0.049999999999999996,
    123456789.125, 99.995, 99.99499999999999, 1e16, 1.2345678901234567e19, 4.35, 1e-5, 0.00005,
]  # fmt: skip
_TEXTS = [
    "", " ", "a", "b", "B", "abc", "abc ", " abc", "A", "z", "Z", "é", "straße", "ÀÉ", "😀", "a😀b",
    "10% off", "10!%", "a_b", "a\\b", "a\nb", "\n", "it's", '"q"', "%", "_", "!", "0", "00", "-0",
    "+5", "42", " 42 ", "12.7", "1e3", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "99999999999999999999", "0000000000000000001", "1.005", "-1.005",
    "+0.5", ".5", "5.", "1.2.3", "٣", "\uff11", "2024-02-29", "2023-02-29", "2024-2-5",
    "0000-01-01",
    "0001-01-01", "9999-12-31", "2024-13-01", "2024-00-10", "2024-01-00", "2024-02-30", "NaN",
    "inf", "1" * 40, "9" * 38, "0." + "9" * 50, "1" + "0" * 308, "1" + "0" * 309, "9" * 400,
    str(2**1024 - 2**970), str(2**1024 - 2**970 - 1), "{}", ":x", "%s", "?",
    "$1", "\t", "\u00a0abc\u00a0", "\ufb01", "\u0130", "\u0131", "\u01c5", "\U0010ffff", "\ufffd",
    "ab\ncd", "ff\n",
    "1\n", "2024-01-01\n",
]  # fmt: skip
_DAYS = [
    1, 2, 31, 32, 59, 60, 365, 366, DAY_MAX, DAY_MAX - 1, DAY_MAX - 30,
    *(date(2024, month, day).toordinal() for month in (1, 2, 3, 12) for day in (1, 28, 29)),
    *(date(year, 1, 31).toordinal() for year in (1900, 2000, 2023, 2024)),
    date(2023, 2, 28).toordinal(), date(1970, 1, 1).toordinal(), date(2024, 3, 31).toordinal(),
]  # fmt: skip
_INTEGERS = [
    0, 1, -1, 2, 3, 5, -7, 7, 10, 31, 100, 2**31, -(2**31), 2**53 + 1, 10**18, INTEGER_MAX,
    INTEGER_MIN, INTEGER_MAX - 1, INTEGER_MIN + 1, 3_037_000_500,
]  # fmt: skip


def random_rows(seed: int, count: int) -> list[dict[str, Cell | None]]:
    """Rows of every input: NULL one time in six, else mostly edges."""
    chance = random.Random(seed)
    return [{name: _random_cell(chance, of) for name, of in INPUTS.items()} for _ in range(count)]


def _random_cell(chance: random.Random, of: Type) -> Cell | None:
    if chance.random() < 0.16:
        return None
    edge = chance.random() < 0.7
    match of.kind:
        case Kind.BOOLEAN:
            return chance.random() < 0.5
        case Kind.INTEGER:
            return chance.choice(_INTEGERS) if edge else chance.randint(-50, 50)
        case Kind.DECIMAL:
            return _random_units(chance, of, edge=edge)
        case Kind.DOUBLE:
            return chance.choice(_DOUBLES) if edge else round(chance.uniform(-100, 100), 3)
        case Kind.TEXT:
            return chance.choice(_TEXTS) if edge else str(chance.randint(-999, 999))
        case Kind.DATE:
            return chance.choice(_DAYS) if edge else chance.randint(730_000, 740_000)
        case Kind.TIMESTAMP:
            edges = [MICROSECOND_MIN, MICROSECOND_MAX, 0, -1, 1_700_000_000_123_456]
            return chance.choice(edges) if edge else chance.randint(0, 2 * 10**15)


def _random_units(chance: random.Random, of: Type, *, edge: bool) -> int:
    greatest = 10**of.precision - 1
    if not edge:
        return chance.randint(-min(greatest, 10**6), min(greatest, 10**6))
    half = 5 * 10 ** max(of.scale - 1, 0)
    edges = [
        0,
        1,
        -1,
        greatest,
        -greatest,
        half,
        -half,
        half + 1,
        greatest // 2,
        INTEGER_MAX * 10**of.scale,
    ]
    return max(-greatest, min(greatest, chance.choice(edges)))


_LITERALS = {
    Kind.BOOLEAN: ["TRUE", "FALSE"],
    Kind.INTEGER: ["0", "1", "-1", "2", "3", "7", "100", "9223372036854775807",
                   "-9223372036854775808"],
    Kind.DECIMAL: ["0.0", "0.5", "1.00", "-2.5", "12.3456", "0.01", "99999.99", "0.005"],
    Kind.TEXT: ["''", "'a'", "'B'", "'it''s'", "'10% off'", "'straße'", "'a\\b'", "':x {} ?$1 %s'",
                "'😀'", "'42'", "'2024-02-29'", "' '", "'a\nb'"],
    Kind.DATE: ["DATE '2024-02-29'", "DATE '0001-01-01'", "DATE '9999-12-31'", "DATE '2023-01-31'"],
}  # fmt: skip
_PATTERNS = [
    "'%'", "'a%'", "'%b'", "'%b%'", "'_'", "'a_b'", "'__%'", "'10!%%' ESCAPE '!'", "''", "'%_'",
    "'a!_b' ESCAPE '!'", "'a\\\\b' ESCAPE '\\'", "'%a%b%'", "'it''s'", "'ab%cd'", "'%😀%'",
    "'%#%%' ESCAPE '#'",
]  # fmt: skip
_COMPARED = [Kind.INTEGER, Kind.DECIMAL, Kind.TEXT, Kind.DATE, Kind.TIMESTAMP, Kind.BOOLEAN]


@st.composite
def expressions(draw: st.DrawFn, kind: Kind, depth: int = 3) -> str:
    """The text of an expression of a kind, with brackets around every operation."""
    if depth <= 0 or draw(st.integers(0, 9)) == 0:
        return draw(_leaves(kind))
    maker = draw(st.sampled_from([*_MAKERS[kind], *_ANY]))
    return maker(draw, kind, depth - 1)


def _leaves(kind: Kind) -> st.SearchStrategy[str]:
    names = [name for name, of in INPUTS.items() if of.kind is kind]
    return st.sampled_from([*names, *names, *_LITERALS.get(kind, [])])


def _part(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    return draw(expressions(kind, depth))


def _exact(draw: st.DrawFn) -> Kind:
    return draw(st.sampled_from([Kind.INTEGER, Kind.DECIMAL]))


def _number(draw: st.DrawFn) -> Kind:
    return draw(st.sampled_from([Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE]))


def _case(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    count = draw(st.integers(1, 2))
    whens = " ".join(
        f"WHEN {_part(draw, Kind.BOOLEAN, depth)} THEN {_part(draw, kind, depth)}"
        for _ in range(count)
    )
    otherwise = draw(st.sampled_from(["", "ELSE NULL", f"ELSE {_part(draw, kind, depth)}"]))
    return f"(CASE {whens} {otherwise} END)"


def _simple_case(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    over = draw(st.sampled_from(_COMPARED))
    whens = " ".join(
        f"WHEN {_part(draw, over, depth)} THEN {_part(draw, kind, depth)}"
        for _ in range(draw(st.integers(1, 2)))
    )
    return f"(CASE {_part(draw, over, depth)} {whens} ELSE {_part(draw, kind, depth)} END)"


def _coalesce(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    parts = [_part(draw, kind, depth) for _ in range(draw(st.integers(2, 3)))]
    return f"coalesce({', '.join(parts)})"


def _nullif(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    if kind is Kind.DOUBLE:
        return _coalesce(draw, kind, depth)
    return f"nullif({_part(draw, kind, depth)}, {_part(draw, kind, depth)})"


def _extreme(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    name = draw(st.sampled_from(["min_of", "max_of"]))
    parts = [_part(draw, kind, depth) for _ in range(draw(st.integers(2, 3)))]
    return f"{name}({', '.join(parts)})"


_ANY = [_case, _coalesce, _nullif, _extreme, _simple_case]


def _arithmetic(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    operator = draw(st.sampled_from(["+", "-", "*"]))
    left = _part(draw, kind, depth)
    other = _exact(draw) if kind is Kind.DECIMAL else kind
    right = _part(draw, other, depth)
    if kind is Kind.DOUBLE and draw(st.booleans()):
        right = draw(st.sampled_from(["0", "0.1", "-2.5", "1000000", "3"]))
    return f"({left} {operator} {right})"


def _negate(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    return f"(- {_part(draw, kind, depth)})"


def _abs(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    return f"abs({_part(draw, kind, depth)})"


def _whole(draw: st.DrawFn, _: Kind, depth: int) -> str:
    name = draw(st.sampled_from(["floor", "ceil", "trunc", "to_int"]))
    return f"{name}({_part(draw, _number(draw), depth)})"


def _to_int(draw: st.DrawFn, _: Kind, depth: int) -> str:
    return f"to_int({_part(draw, Kind.TEXT, depth)})"


def _int_div(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    name = draw(st.sampled_from(["int_div", "mod"]))
    return f"{name}({_part(draw, kind, depth)}, {_part(draw, kind, depth)})"


def _date_diff(draw: st.DrawFn, _: Kind, depth: int) -> str:
    name = draw(st.sampled_from(["date_diff_days", "date_diff_months"]))
    return f"{name}({_part(draw, Kind.DATE, depth)}, {_part(draw, Kind.DATE, depth)})"


def _length(draw: st.DrawFn, _: Kind, depth: int) -> str:
    return f"length({_part(draw, Kind.TEXT, depth)})"


def _div_round(draw: st.DrawFn, _: Kind, depth: int) -> str:
    over, under = _part(draw, _exact(draw), depth), _part(draw, _exact(draw), depth)
    return f"div_round({over}, {under}, {draw(st.sampled_from([0, 1, 2, 4, 9]))})"


def _round(draw: st.DrawFn, _: Kind, depth: int) -> str:
    scale = draw(st.sampled_from([0, 1, 2, 3, 6, 18]))
    return f"round_half_up({_part(draw, _exact(draw), depth)}, {scale})"


def _to_decimal(draw: st.DrawFn, _: Kind, depth: int) -> str:
    of = draw(
        st.sampled_from(["1, 0", "3, 1", "9, 6", "18, 2", "19, 4", "38, 0", "38, 10", "38, 38"])
    )
    source = draw(st.sampled_from([Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE, Kind.TEXT]))
    return f"to_decimal({_part(draw, source, depth)}, {of})"


def _safe_div(draw: st.DrawFn, _: Kind, depth: int) -> str:
    return f"safe_div({_part(draw, _number(draw), depth)}, {_part(draw, _number(draw), depth)})"


def _to_double(draw: st.DrawFn, _: Kind, depth: int) -> str:
    source = draw(st.sampled_from([Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE, Kind.TEXT]))
    return f"to_double({_part(draw, source, depth)})"


def _concatenate(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    return f"({_part(draw, kind, depth)} || {_part(draw, kind, depth)})"


def _text_function(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    name = draw(st.sampled_from(["lower_ascii", "upper_ascii", "trim_spaces"]))
    return f"{name}({_part(draw, kind, depth)})"


def _substr(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    start = draw(st.one_of(st.sampled_from(["1", "2", "0"]), expressions(Kind.INTEGER, depth)))
    size = draw(st.one_of(st.sampled_from(["", ", 0", ", 2"]), expressions(Kind.INTEGER, depth)))
    size = f", {size}" if size and not size.startswith(",") else size
    return f"substr({_part(draw, kind, depth)}, {start}{size})"


def _to_date(draw: st.DrawFn, _: Kind, depth: int) -> str:
    return f"to_date({_part(draw, Kind.TEXT, depth)})"


def _add_days(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    name = draw(st.sampled_from(["add_days", "add_months"]))
    return f"{name}({_part(draw, kind, depth)}, {_part(draw, Kind.INTEGER, depth)})"


def _compare(draw: st.DrawFn, _: Kind, depth: int) -> str:
    kind = draw(st.sampled_from([*_COMPARED, Kind.DOUBLE]))
    orders = ["<", "<=", ">", ">="]
    operator = draw(st.sampled_from(orders if kind is Kind.DOUBLE else ["=", "<>", *orders]))
    other = _exact(draw) if kind in {Kind.INTEGER, Kind.DECIMAL} else kind
    right = _part(draw, other, depth)
    if kind is Kind.DOUBLE and draw(st.booleans()):
        right = draw(st.sampled_from(["0", "0.1", "-2.5", "100"]))
    return f"({_part(draw, kind, depth)} {operator} {right})"


def _junction(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    operator = draw(st.sampled_from([" AND ", " OR "]))
    parts = [_part(draw, kind, depth) for _ in range(draw(st.integers(2, 3)))]
    return f"({operator.join(parts)})"


def _not(draw: st.DrawFn, kind: Kind, depth: int) -> str:
    return f"(NOT {_part(draw, kind, depth)})"


def _is(draw: st.DrawFn, _: Kind, depth: int) -> str:
    word = draw(st.sampled_from(["", "NOT "]))
    if draw(st.booleans()):
        kind = draw(st.sampled_from([*_COMPARED, Kind.DOUBLE]))
        return f"({_part(draw, kind, depth)} IS {word}NULL)"
    truth = draw(st.sampled_from(["TRUE", "FALSE"]))
    return f"({_part(draw, Kind.BOOLEAN, depth)} IS {word}{truth})"


def _distinct(draw: st.DrawFn, _: Kind, depth: int) -> str:
    kind = draw(st.sampled_from(_COMPARED))
    word = draw(st.sampled_from(["", "NOT "]))
    return f"({_part(draw, kind, depth)} IS {word}DISTINCT FROM {_part(draw, kind, depth)})"


def _in(draw: st.DrawFn, _: Kind, depth: int) -> str:
    kind = draw(st.sampled_from(_COMPARED))
    word = draw(st.sampled_from(["", "NOT "]))
    parts = [_part(draw, kind, draw(st.integers(0, depth))) for _ in range(draw(st.integers(1, 3)))]
    return f"({_part(draw, kind, depth)} {word}IN ({', '.join(parts)}))"


def _between(draw: st.DrawFn, _: Kind, depth: int) -> str:
    kind = draw(st.sampled_from([*_COMPARED, Kind.DOUBLE]))
    word = draw(st.sampled_from(["", "NOT "]))
    low, high = _part(draw, kind, depth), _part(draw, kind, depth)
    return f"({_part(draw, kind, depth)} {word}BETWEEN {low} AND {high})"


def _like(draw: st.DrawFn, _: Kind, depth: int) -> str:
    word = draw(st.sampled_from(["", "NOT "]))
    drawn = st.text("ab%_.", max_size=9).map("'{}'".format)
    pattern = draw(st.sampled_from(_PATTERNS) | drawn)
    return f"({_part(draw, Kind.TEXT, depth)} {word}LIKE {pattern})"


def _text_test(draw: st.DrawFn, _: Kind, depth: int) -> str:
    name = draw(st.sampled_from(["starts_with", "contains"]))
    return f"{name}({_part(draw, Kind.TEXT, depth)}, {_part(draw, Kind.TEXT, depth)})"


def _in_list(draw: st.DrawFn, _: Kind, depth: int) -> str:
    name = draw(st.sampled_from(sorted(LISTS)))
    kind = LISTS[name][0].kind
    if kind is Kind.DECIMAL:
        return f"in_list(money, '{name}')"
    return f"in_list({_part(draw, kind, depth)}, '{name}')"


_MAKERS = {
    Kind.BOOLEAN: [_compare, _compare, _junction, _junction, _not, _is, _distinct, _in, _between,
                   _like, _text_test, _in_list],
    Kind.INTEGER: [_arithmetic, _arithmetic, _negate, _abs, _whole, _to_int, _int_div, _date_diff,
                   _length],
    Kind.DECIMAL: [_arithmetic, _arithmetic, _negate, _abs, _div_round, _round, _to_decimal],
    Kind.DOUBLE: [_arithmetic, _arithmetic, _negate, _abs, _safe_div, _to_double],
    Kind.TEXT: [_concatenate, _text_function, _substr],
    Kind.DATE: [_to_date, _add_days, _add_days],
    Kind.TIMESTAMP: [],
}  # fmt: skip
