"""Where values enter and leave: normalised once, so that no engine meets NaN, -0.0 or odd text.

A reading is a cell, or None with the kind of missing value. Bad values never raise: an event
with a bad optional value is still decided. Only text that no engine can store is refused.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from goodstanding.language.errors import ValueRefused
from goodstanding.language.printer import format_units
from goodstanding.language.scalar import fit_units
from goodstanding.language.types import (
    INTEGER_MAX,
    INTEGER_MIN,
    MICROSECOND_MAX,
    MICROSECOND_MIN,
    Cell,
    Kind,
    Type,
)

Value: TypeAlias = bool | int | float | str | Decimal | date | datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INTEGER = re.compile(r"[+-]?[0-9]{1,400}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Reading:
    """A cell, or None with `missing`: null, invalid or overflow."""

    cell: Cell | None
    missing: str | None = None


NULL = Reading(None, "null")
INVALID = Reading(None, "invalid")
OVERFLOW = Reading(None, "overflow")


def read_value(wanted: Type, text: str | None) -> Reading:
    """The reading of a text in the canonical form of its type; None is null.

    TRUE and FALSE in any case; numbers with a point; DOUBLE also with an exponent; yyyy-mm-dd;
    yyyy-mm-ddThh:mm:ss[.ffffff] with Z or an offset, UTC where it has none.
    Raises ValueRefused for text that holds NUL or half a character.
    """
    if text is None:
        return NULL
    return _TEXT_READERS[wanted.kind](wanted, text)


def normalise(wanted: Type, value: Value | None) -> Reading:
    """The reading of a Python value, as JSON, a form or a database gives it.

    Nothing is guessed: a bool is no INTEGER, a float with a fraction no INTEGER, a number no
    TEXT; such values are invalid. JSON numbers come as int or Decimal. A text is read as
    `read_value` does, for every type. Raises ValueRefused like it.
    """
    if value is None:
        return NULL
    if isinstance(value, str):
        return read_value(wanted, value)
    if isinstance(value, bool):
        return Reading(value) if wanted.kind is Kind.BOOLEAN else INVALID
    if isinstance(value, datetime):
        return _read_instant(value) if wanted.kind is Kind.TIMESTAMP else INVALID
    if isinstance(value, date):
        return Reading(value.toordinal()) if wanted.kind is Kind.DATE else INVALID
    if wanted.kind is Kind.DOUBLE:
        return _read_double(value)
    return _read_exact(wanted, value) if wanted.is_exact_number else INVALID


def python_value(held: Type, cell: Cell | None) -> Value | None:
    """The cell as people's Python: Decimal, date, datetime in UTC."""
    if cell is None:
        return None
    match held.kind:
        case Kind.DECIMAL:
            return Decimal(format_units(int(cell), held.scale))
        case Kind.DATE:
            return date.fromordinal(int(cell))
        case Kind.TIMESTAMP:
            return _EPOCH + timedelta(microseconds=int(cell))
        case _:
            return cell


def format_value(held: Type, cell: Cell | None) -> str | None:
    """The canonical text: TRUE, 5, 30.864000, Python's repr of a DOUBLE, 2024-03-29,
    2024-03-29T12:00:00.000000Z; None stays None.
    """
    if cell is None:
        return None
    match held.kind:
        case Kind.BOOLEAN:
            return "TRUE" if cell else "FALSE"
        case Kind.INTEGER | Kind.DECIMAL:
            return format_units(int(cell), held.scale)
        case Kind.DOUBLE:
            return repr(float(cell))
        case Kind.TEXT:
            return str(cell)
        case Kind.DATE:
            return date.fromordinal(int(cell)).isoformat()
        case Kind.TIMESTAMP:
            instant = _EPOCH + timedelta(microseconds=int(cell))
            return f"{instant.date().isoformat()}T{instant:%H:%M:%S.%f}Z"


def check_text(text: str) -> str:
    """The text in NFC. Raises ValueRefused for NUL and for half a surrogate pair."""
    if "\0" in text:
        raise ValueRefused(
            message="A text holds the character NUL, which databases cannot store.",
            mend="remove it before sending.",
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueRefused(
            message="A text holds half of a surrogate pair, which is no character.",
            mend="send well-formed Unicode.",
        ) from error
    return unicodedata.normalize("NFC", text)


def _read_instant(value: datetime) -> Reading:
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    microseconds = (aware - _EPOCH) // _MICROSECOND
    if not MICROSECOND_MIN <= microseconds <= MICROSECOND_MAX:
        return OVERFLOW
    return Reading(microseconds)


def _read_double(value: object) -> Reading:
    if not isinstance(value, int | float | Decimal):
        return INVALID
    try:
        number = float(value)
    except ValueError:  # a signalling NaN
        return INVALID
    except OverflowError:
        return OVERFLOW
    return Reading(number + 0.0) if math.isfinite(number) else INVALID


def _read_exact(wanted: Type, value: object) -> Reading:
    if isinstance(value, float):
        if not math.isfinite(value):
            return INVALID
        value = Decimal(repr(value))
    if not isinstance(value, int | Decimal):
        return INVALID
    number = Decimal(value)
    if not number.is_finite():
        return INVALID
    if number and number.adjusted() > 60:
        return OVERFLOW
    return _read_number(wanted, number)


def _read_number(wanted: Type, number: Decimal) -> Reading:
    """An exact number; digits beyond the scale make it invalid, too many before it overflow."""
    sign, digits, exponent = number.as_tuple()
    shift = int(exponent) + wanted.scale
    units = int("".join(map(str, digits)))
    if shift < 0:
        units, rest = divmod(units, 10 ** min(-shift, len(digits) + 1))
        if rest:
            return INVALID
    else:
        units *= 10 ** min(shift, 400)
    units = -units if sign else units
    if wanted.kind is Kind.INTEGER:
        return Reading(units) if INTEGER_MIN <= units <= INTEGER_MAX else OVERFLOW
    return OVERFLOW if fit_units(units, wanted.precision) is None else Reading(units)


def _text_boolean(_: Type, text: str) -> Reading:
    truth = _TRUTH.get(text.lower())
    return INVALID if truth is None else Reading(truth)


def _text_exact(wanted: Type, text: str) -> Reading:
    pattern = _INTEGER if wanted.kind is Kind.INTEGER else _DECIMAL
    if pattern.fullmatch(text) is None:
        return INVALID
    try:
        return _read_number(wanted, Decimal(text))
    except InvalidOperation:
        return INVALID


def _text_double(_: Type, text: str) -> Reading:
    return _read_double(float(text)) if _DOUBLE.fullmatch(text) else INVALID


def _text_text(_: Type, text: str) -> Reading:
    return Reading(check_text(text))


def _text_date(_: Type, text: str) -> Reading:
    if _DAY.fullmatch(text) is None:
        return INVALID
    try:
        return Reading(date.fromisoformat(text).toordinal())
    except ValueError:
        return INVALID


def _text_timestamp(_: Type, text: str) -> Reading:
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return INVALID
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in {None, "Z"} else zone
    try:
        instant = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '').ljust(6, '0')}{zone}")
    except ValueError:
        return INVALID
    return _read_instant(instant)


_TEXT_READERS = {
    Kind.BOOLEAN: _text_boolean,
    Kind.INTEGER: _text_exact,
    Kind.DECIMAL: _text_exact,
    Kind.DOUBLE: _text_double,
    Kind.TEXT: _text_text,
    Kind.DATE: _text_date,
    Kind.TIMESTAMP: _text_timestamp,
}
