"""What each function does to cells, in plain Python: the reference of every engine.

Each function here takes cells of the right type, none of them None, and returns a cell, or None
where the result does not exist (overflow, x/0, bad text, a day outside the calendar). DECIMAL
cells are scaled integers; scales and powers of ten come as arguments.
Source: field guide on decisions, section 2, semantics.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from goodstanding.language.patterns import regular, runs_of
from goodstanding.language.tree import Wildcard
from goodstanding.language.types import DAY_MAX, DOUBLE_MAX, INTEGER_MAX, INTEGER_MIN

_INTEGER_TEXT = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_DECIMAL_TEXT = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?", re.ASCII)
_DAY_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TWO_TO_63 = 9223372036854775808.0
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}


def clip_integer(value: int) -> int | None:
    """The value, or None outside 64 bits."""
    return value if INTEGER_MIN <= value <= INTEGER_MAX else None


def finite(value: float) -> float | None:
    """The value with -0.0 as 0.0, or None where it is infinite."""
    return value + 0.0 if -DOUBLE_MAX <= value <= DOUBLE_MAX else None


def safe_div(over: float, under: float) -> float | None:
    """over / under in DOUBLE."""
    return finite(over / under) if under else None


def divide_half_up(over: int, under: int) -> int:
    """The quotient rounded to a whole number, half away from zero; under is not 0."""
    quotient, rest = divmod(abs(over), abs(under))
    quotient += 2 * rest >= abs(under)
    return quotient if (over < 0) == (under < 0) else -quotient


def div_round(over: int, under: int, over_power: int, under_power: int) -> int | None:
    """over * over_power / (under * under_power), rounded half away from zero."""
    return divide_half_up(over * over_power, under * under_power) if under else None


def int_div(over: int, under: int) -> int | None:
    """The quotient truncated to zero."""
    if not under:
        return None
    quotient = abs(over) // abs(under)
    return clip_integer(quotient if (over < 0) == (under < 0) else -quotient)


def mod(over: int, under: int) -> int | None:
    """The remainder of int_div, which has the sign of the dividend."""
    if not under:
        return None
    rest = abs(over) % abs(under)
    return -rest if over < 0 else rest


def truncate(units: int, power: int) -> int:
    """units / power without its fraction."""
    return units // power if units >= 0 else -(-units // power)


def whole_double(value: float, rounded: Callable[[float], int]) -> int | None:
    """floor, ceil or trunc of a DOUBLE, None outside 64 bits."""
    return rounded(value) if -_TWO_TO_63 <= value < _TWO_TO_63 else None


def int_of_units(units: int, power: int) -> int | None:
    """A DECIMAL as INTEGER if it is whole and fits."""
    quotient, rest = divmod(units, power)
    return None if rest else clip_integer(quotient)


def int_of_double(value: float) -> int | None:
    """A DOUBLE as INTEGER if it is whole and fits."""
    if not -_TWO_TO_63 <= value < _TWO_TO_63:
        return None
    return int(value) if value == int(value) else None


def int_of_text(text: str) -> int | None:
    """A text of an optional sign and 1 to 19 digits as INTEGER."""
    return clip_integer(int(text)) if _INTEGER_TEXT.fullmatch(text) else None


def fit_units(units: int, precision: int) -> int | None:
    """The scaled integer, or None where it has too many digits."""
    return units if -(10**precision) < units < 10**precision else None


def decimal_of_units(units: int, scale: int, precision: int, new_scale: int) -> int | None:
    """An exact number at another scale, rounded half away from zero."""
    if new_scale >= scale:
        return fit_units(units * 10 ** (new_scale - scale), precision)
    return fit_units(divide_half_up(units, 10 ** (scale - new_scale)), precision)


def decimal_of_double(value: float, precision: int, scale: int) -> int | None:
    """The shortest text that reads back as this DOUBLE, then rounded half away from zero."""
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    units = int("".join(map(str, digits)))
    shift = int(exponent) + scale
    if shift > precision:
        return None if units else 0
    units = units * 10**shift if shift >= 0 else divide_half_up(units, 10**-shift)
    return fit_units(-units if sign else units, precision)


def decimal_of_text(text: str, precision: int, scale: int) -> int | None:
    """A text `[+-]digits[.digits]` as DECIMAL, rounded half away from zero."""
    match = _DECIMAL_TEXT.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction = match.groups()
    whole = whole.lstrip("0")
    if len(whole) > precision - scale:
        return None
    kept = (fraction or "")[: scale + 1].ljust(scale + 1, "0")
    units = (int(whole + kept) + 5) // 10
    return fit_units(-units if sign == "-" else units, precision)


def double_of_text(text: str) -> float | None:
    """A text `[+-]digits[.digits]` as the nearest DOUBLE."""
    return finite(float(text)) if _DECIMAL_TEXT.fullmatch(text) else None


def date_of_text(text: str) -> int | None:
    """A text of exactly yyyy-mm-dd as DATE."""
    if _DAY_TEXT.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def add_days(day: int, count: int) -> int | None:
    """The day that many days later, within years 1 to 9999."""
    later = day + count
    return later if 1 <= later <= DAY_MAX else None


def add_months(day: int, count: int) -> int | None:
    """The same day of the month that many months later, or the last day of a shorter month."""
    start = date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(start.day, last_day(year, month + 1))).toordinal()


def last_day(year: int, month: int) -> int:
    """The number of days of a month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def date_diff_days(first: int, second: int) -> int:
    """Days from first to second."""
    return second - first


def date_diff_months(first: int, second: int) -> int:
    """Whole months from first to second: the largest n with add_months(first, n) <= second."""
    if first > second:
        return -date_diff_months(second, first)
    start, end = date.fromordinal(first), date.fromordinal(second)
    months = (end.year - start.year) * 12 + end.month - start.month
    short = start.day > end.day and end.day != last_day(end.year, end.month)
    return months - short


def lower_ascii(text: str) -> str:
    """A to Z in lower case, everything else as it is."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def upper_ascii(text: str) -> str:
    """a to z in upper case, everything else as it is."""
    return text.upper() if text.isascii() else text.translate(_UPPER)


def trim_spaces(text: str) -> str:
    """The text without U+0020 at its ends; other spaces stay."""
    return text.strip(" ")


def substr(text: str, start: int, count: int) -> str | None:
    """Up to count code points from the start-th; None where start < 1 or count < 0."""
    return text[start - 1 : start - 1 + count] if start >= 1 and count >= 0 else None


def substr_rest(text: str, start: int) -> str | None:
    """Everything from the start-th code point; None where start < 1."""
    return text[start - 1 :] if start >= 1 else None


def conjunction(*values: object) -> bool | None:
    """AND over three-valued operands."""
    return False if False in values else None if None in values else True


def disjunction(*values: object) -> bool | None:
    """OR over three-valued operands."""
    return True if True in values else None if None in values else False


def membership(value: object, *others: object) -> bool | None:
    """IN over a value that is known and others that may not be."""
    return True if value in others else None if None in others else False


def like_matcher(pattern: tuple[str | Wildcard, ...]) -> Callable[[str], bool]:
    """A function that says whether a text has the pattern; linear, it never backtracks."""
    runs = runs_of(pattern)
    pieces = [re.compile(regular(run), re.DOTALL) for run in runs]
    if len(pieces) == 1:
        whole = pieces[0]
        return lambda text: whole.fullmatch(text) is not None
    first, *middle, last = pieces
    last_length = sum(1 if isinstance(part, Wildcard) else len(part) for part in runs[-1])

    def matches(text: str) -> bool:
        found = first.match(text)
        end = len(text) - last_length
        for piece in middle:
            if found is None:
                return False
            found = piece.search(text, found.end(), max(end, 0))
        return found is not None and found.end() <= end and last.fullmatch(text, end) is not None

    return matches
