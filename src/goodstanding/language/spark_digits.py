"""Digits in Spark SQL: texts of numbers, and quotients of 38 digits."""

from goodstanding.language.sql import DOUBLE_LIMIT, SqlEmitter, when
from goodstanding.language.types import DOUBLE, Type

DECIMAL_SHAPE = "(?s)^[+-]?[0-9]+([.][0-9]+)?(?!.)"


def shortest_text(emitter: SqlEmitter, x: str) -> str:
    """The shortest text that reads back as this DOUBLE, as digits and an exponent.

    Java's own text is not always the shortest or the nearest, so 15, 16 and 17 digits are tried;
    from 2**53 on, where every DOUBLE is whole, on all its digits.
    """
    size, step = f"abs({x})", emitter.literal(2.0**63, DOUBLE)
    high = f"CAST(floor({size} / {step}) AS BIGINT)"
    low = f"CAST({size} - CAST({high} AS DOUBLE) * {step} AS BIGINT)"
    whole = f"CAST({high} AS DECIMAL(19,0)) * CAST('{2**63}' AS DECIMAL(19,0)) + {low}"
    large = f"{size} >= {emitter.literal(2.0**53, DOUBLE)}"
    text = (
        f"CASE WHEN {large} THEN CAST(CAST({whole} AS DECIMAL(38,0)) AS STRING)"
        f" ELSE CAST({size} AS STRING) END"
    )

    def digits(t: str) -> str:
        mantissa = f"split_part({t}, 'E', 1)"
        exponent = f"coalesce(CAST(nullif(split_part({t}, 'E', 2), '') AS INT), 0)"
        significant = f"trim(LEADING '0' FROM replace({mantissa}, '.', ''))"
        last = f"{exponent} - length(split_part({mantissa}, '.', 2))"
        return emitter.bind(significant, lambda m: emitter.bind(last, lambda k: _search(x, m, k)))

    sign = f"CASE WHEN {x} < 0 THEN '-' ELSE '' END"
    found = f"{sign} || {emitter.bind(text, digits)}"
    return f"CASE WHEN {x} = {emitter.literal(0.0, DOUBLE)} THEN '0' ELSE {found} END"


def _search(x: str, m: str, k: str) -> str:
    tries: list[str] = []
    for count in (15, 16, 17):
        power = f"'E' || CAST({k} + length({m}) - {count} AS STRING)"
        head = f"CAST(substr({m}, 1, {count}) AS BIGINT)"
        up = f"substr({m}, {count + 1}, 1) >= '5'"
        for first in (1, 0):
            step = f"CASE WHEN {up} THEN {first} ELSE {1 - first} END"
            candidate = f"CAST({head} + {step} AS STRING) || {power}"
            same = f"length({m}) > {count} AND CAST({candidate} AS DOUBLE) = abs({x})"
            tries.append(f"WHEN {same} THEN {candidate}")
    return f"(CASE {' '.join(tries)} ELSE {m} || 'E' || CAST({k} AS STRING) END)"


def short_decimal(text: str, target: Type) -> str:
    """A decimal text cut to the digits that decide its rounding, NULL where it does not fit."""
    whole, fraction = _whole_digits(text), _fraction_digits(text)
    room, scale = target.precision - target.scale, target.scale
    kept = f"rpad({fraction}, {scale + 1}, '0')"
    nines = f"{whole} || left({kept}, {scale}) = '{'9' * target.precision}'"
    over = f"({nines} AND right({kept}, 1) >= '5')"
    sign = f"CASE WHEN startswith({text}, '-') THEN '-' ELSE '' END"
    fits = f"{text} RLIKE '{DECIMAL_SHAPE}' AND length({whole}) <= {room} AND NOT {over}"
    return when(fits, f"{sign} || '0' || {whole} || '.' || {kept}")


def readable_double(text: str) -> str:
    """A decimal text that is finite as DOUBLE; Java also reads suffixes and spaces."""
    whole = _whole_digits(text)
    finite = (
        f"(length({whole}) < {len(DOUBLE_LIMIT)} OR (length({whole}) = {len(DOUBLE_LIMIT)}"
        f" AND {whole} < '{DOUBLE_LIMIT}'))"
    )
    return when(f"{text} RLIKE '{DECIMAL_SHAPE}' AND {finite}", text)


def minus(text: str, of: Type) -> str:
    """A DECIMAL with the other sign: Spark's own minus keeps 34 digits only."""
    if of.precision <= 34:
        return f"(-{text})"
    if of.precision < 38 or not of.scale:
        return f"CAST(CAST('0' AS DECIMAL(1,0)) - {text} AS {of})"
    digits = f"CAST({text} AS STRING)"
    other = f"CASE WHEN {text} < 0 THEN substr({digits}, 2) ELSE '-' || {digits} END"
    return f"CAST({other} AS {of})"


def size(text: str, of: Type) -> str:
    """The magnitude of a DECIMAL: Spark's own abs keeps 34 digits only."""
    return f"CASE WHEN {text} < 0 THEN {minus(text, of)} ELSE {text} END"


def whole_quotient(emitter: SqlEmitter, n: str, d: str, digits: int) -> str:
    """n / d without its fraction; both DECIMAL(38,0) and not negative, d not 0.

    Spark's DECIMAL division keeps at least six decimals, so a quotient has at most 32 digits
    before the point; a longer one, whose divisor is small, is taken in two halves.
    """

    def exact(over: str, under: str) -> str:
        return f"CAST(({over} - {over} % {under}) / {under} AS DECIMAL(38,0))"

    if digits <= 32:
        return exact(n, d)
    half = f"CAST('{10**16}' AS DECIMAL(17,0))"
    top = f"CAST(({n} - {n} % {half}) / {half} AS DECIMAL(38,0))"

    def halves(h: str) -> str:
        small = when(f"{d} < 1000000", d)
        rest = f"CAST({h} % ({small}) * {half} + {n} % {half} AS DECIMAL(38,0))"
        low = emitter.bind(rest, lambda r: exact(r, f"({small})"))
        high = f"CAST({exact(h, f'({small})')} * {half} AS DECIMAL(38,0))"
        large = exact(f"({when(f'{d} >= 1000000', n)})", d)
        return (
            f"CASE WHEN {d} < 1000000 THEN CAST({high} + {low} AS DECIMAL(38,0)) ELSE {large} END"
        )

    return emitter.bind(top, halves)


def _whole_digits(text: str) -> str:
    return f"trim(LEADING '0' FROM regexp_extract({text}, '^[+-]?([0-9]+)', 1))"


def _fraction_digits(text: str) -> str:
    return f"regexp_extract({text}, '(?s)[.]([0-9]+)(?!.)', 1)"
