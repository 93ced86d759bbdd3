"""The seven types of the language and the two implicit steps between them.

A cell is the value of a type inside the engines: BOOLEAN `bool`, INTEGER `int` of 64 bits,
DECIMAL(p,s) the `int` of units of 10**-s, DOUBLE `float`, TEXT `str`, DATE the `int` of
proleptic days (1 is 0001-01-01), TIMESTAMP the `int` of microseconds since 1970 in UTC.
Unknown is None. Scaled integers make money exact and are the fastest form in Python.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TypeAlias

from goodstanding.language.errors import ExpressionRefused

Cell: TypeAlias = bool | int | float | str

INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1
INTEGER_DIGITS = 19
DECIMAL_DIGITS = 38
DOUBLE_MAX = 1.7976931348623157e308
DAY_MAX = 3_652_059  # 9999-12-31; 0001-01-01 is day 1
MICROSECOND_MIN = -62_135_596_800_000_000  # 0001-01-01T00:00:00Z
MICROSECOND_MAX = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z


class Kind(StrEnum):
    """The family of a type; DECIMAL has a precision and a scale beside it."""

    BOOLEAN = "BOOLEAN"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    DOUBLE = "DOUBLE"
    TEXT = "TEXT"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"


@dataclass(frozen=True, slots=True)
class Type:
    """One type; `precision` and `scale` count decimal digits and are 0 except for DECIMAL."""

    kind: Kind
    precision: int = 0
    scale: int = 0

    def __str__(self) -> str:
        return _name(self)

    @property
    def is_exact_number(self) -> bool:
        return self.kind in {Kind.INTEGER, Kind.DECIMAL}

    @property
    def is_number(self) -> bool:
        return self.is_exact_number or self.kind is Kind.DOUBLE

    @property
    def integer_digits(self) -> int:
        """Digits before the point that a value of this exact type may have."""
        return INTEGER_DIGITS if self.kind is Kind.INTEGER else self.precision - self.scale


@cache
def _name(type_: Type) -> str:
    if type_.kind is Kind.DECIMAL:
        return f"DECIMAL({type_.precision},{type_.scale})"
    return type_.kind.value


BOOLEAN = Type(Kind.BOOLEAN)
INTEGER = Type(Kind.INTEGER)
DOUBLE = Type(Kind.DOUBLE)
TEXT = Type(Kind.TEXT)
DATE = Type(Kind.DATE)
TIMESTAMP = Type(Kind.TIMESTAMP)

PARAMETERS = {"as_of": TIMESTAMP, "as_of_date": DATE}

_PLAIN = {str(type_): type_ for type_ in (BOOLEAN, INTEGER, DOUBLE, TEXT, DATE, TIMESTAMP)}
_DECIMAL = re.compile(r"DECIMAL\s*\(\s*([0-9]{1,3})\s*(?:,\s*([0-9]{1,3})\s*)?\)", re.ASCII)


def decimal(precision: int, scale: int) -> Type:
    """DECIMAL(precision, scale); raises ExpressionRefused outside 1..38 digits or scale > p."""
    if not 1 <= precision <= DECIMAL_DIGITS or not 0 <= scale <= precision:
        raise ExpressionRefused(
            code="decimal_precision",
            message=f"DECIMAL({precision},{scale}) is no type:"
            f" it holds 1 to {DECIMAL_DIGITS} digits, of which the scale is a part.",
            mend="use fewer digits, or narrow an operand first with to_decimal(x, p, s).",
        )
    return Type(Kind.DECIMAL, precision, scale)


def parse_type(text: str) -> Type:
    """The type that a text such as `DECIMAL(18,2)` names; case and spaces do not matter."""
    name = text.strip().upper()
    if name in _PLAIN:
        return _PLAIN[name]
    match = _DECIMAL.fullmatch(name)
    if match is None:
        raise ExpressionRefused(
            code="unknown_type",
            message=f"{text!r} is no type of the language.",
            mend=f"use one of {', '.join(_PLAIN)} or DECIMAL(p,s).",
        )
    return decimal(int(match[1]), int(match[2] or 0))
