"""Values at the boundary of a policy: `language.boundary` with reasons, and quick for the usual.

Inside the engines a value is a cell (see `language.types`); out here it is what Python and JSON
have.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, DecimalException, Inexact
from typing import cast

from goodstanding.language.boundary import normalise, python_value, read_value
from goodstanding.language.errors import ValueRefused
from goodstanding.language.types import INTEGER_MAX, INTEGER_MIN, Cell, Kind, Type
from goodstanding.policies.engine.evaluation import MissingKind, Value

TEXT_MAX = 10_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EXACT = Context(prec=100, traps=[Inexact])
_WANTED = {
    Kind.BOOLEAN: "true or false",
    Kind.INTEGER: "a whole number",
    Kind.DOUBLE: "a finite number",
    Kind.TEXT: "a text",
    Kind.DATE: "a day written yyyy-mm-dd",
    Kind.TIMESTAMP: "an instant with its zone",
}

ReadCell = Callable[[object], Cell]


class NotOfType(ValueError):
    """A value that the declared type does not have; the message is the reason."""

    def __init__(self, message: str, *, kind: MissingKind = MissingKind.INVALID) -> None:
        """Say why, and which kind of missing value it becomes."""
        super().__init__(message)
        self.kind = kind


def cell_reader(type_: Type) -> ReadCell:
    """The function that reads a record's value, never None, as a cell; it raises NotOfType."""
    match type_.kind:
        case Kind.BOOLEAN:
            return _quick(type_, lambda raw: raw if type(raw) is bool else None)
        case Kind.INTEGER:
            return _quick(type_, _integer)
        case Kind.DECIMAL:
            return _quick(type_, _units_reader(type_))
        case Kind.TEXT:
            return _quick(type_, _ascii)
        case _:
            return _quick(type_, lambda _: None)


def read_text(text: str, type_: Type) -> Cell:
    """The cell that a text of a policy means for a type; raises NotOfType."""
    try:
        reading = read_value(type_, text)
    except ValueRefused as refused:
        raise NotOfType(refused.problem) from refused
    if reading.cell is None:
        raise NotOfType(f"{text!r} is not {wanted(type_)}")
    return reading.cell


def value_of(cell: Cell | None, type_: Type) -> Value | None:
    """The Python value of a cell: Decimal at its scale, date, datetime in UTC."""
    return python_value(type_, cell)


def shower(type_: Type) -> Callable[[Cell | None], Value | None]:
    """`value_of` of one type; quick for the usual."""
    if type_.kind is not Kind.DECIMAL:
        natural = {Kind.BOOLEAN, Kind.INTEGER, Kind.DOUBLE, Kind.TEXT}
        return _as_it_is if type_.kind in natural else lambda cell: value_of(cell, type_)
    places, scaleb = -type_.scale, _EXACT.scaleb
    return lambda cell: None if cell is None else scaleb(Decimal(cell), places)


def _as_it_is(cell: Cell | None) -> Value | None:
    return cell


def wanted(type_: Type) -> str:
    """What a type asks for, in words."""
    if type_.kind is Kind.DECIMAL:
        whole = type_.precision - type_.scale
        return f"a number of at most {whole} digits before and {type_.scale} after the point"
    return _WANTED[type_.kind]


def microseconds(instant: datetime) -> int:
    """A TIMESTAMP cell: microseconds since 1970 in UTC."""
    return (instant - EPOCH) // _MICROSECOND


def _quick(type_: Type, usual: Callable[[object], Cell | None]) -> ReadCell:
    def read(raw: object) -> Cell:
        cell = usual(raw)
        return _slow(raw, type_) if cell is None else cell

    return read


def _slow(raw: object, type_: Type) -> Cell:
    try:
        if type(raw) is str and len(raw) > TEXT_MAX:
            raise NotOfType(f"a text of {len(raw)} characters is longer than {TEXT_MAX}")
        if isinstance(raw, datetime) and raw.tzinfo is None:
            raise NotOfType("an instant needs its zone")
        reading = normalise(type_, cast("Value", raw))
    except ValueRefused as refused:
        raise NotOfType(refused.problem) from refused
    if reading.cell is None:
        raise NotOfType(
            f"{_shown(raw)} is not {wanted(type_)}",
            kind=MissingKind(reading.missing or MissingKind.INVALID),
        )
    return reading.cell


def _integer(raw: object) -> Cell | None:
    return raw if type(raw) is int and INTEGER_MIN <= raw <= INTEGER_MAX else None


def _units_reader(type_: Type) -> Callable[[object], Cell | None]:
    power, limit, places = 10**type_.scale, 10**type_.precision, type_.scale

    def read(raw: object) -> Cell | None:
        if type(raw) is int:
            units = raw * power
        elif type(raw) is Decimal and raw.is_finite() and raw.adjusted() < 40:
            try:
                scaled = _EXACT.scaleb(raw, places)
            except DecimalException:
                return None
            units = int(scaled)
            if units != scaled:
                return None
        else:
            return None
        return units if -limit < units < limit else None

    return read


def _ascii(raw: object) -> Cell | None:
    if type(raw) is str and len(raw) <= TEXT_MAX and raw.isascii() and "\0" not in raw:
        return raw
    return None


def _shown(raw: object) -> str:
    shown = str(raw) if isinstance(raw, Decimal) else repr(raw)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."
