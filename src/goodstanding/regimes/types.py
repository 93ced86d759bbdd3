"""Shapes of the regimes room: provisions of law as dated data."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A number that a regime draws a line at, in the unit named (sales, USD minor, fraction)."""

    regime: str
    code: str
    value: Decimal
    unit: str
    citation: str
    valid_from: date
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalClock:
    """A period that a regime sets, in the words of a deadline clock.

    clock_kind, count_from and roll are those of the deadlines room; target is in seconds, open
    dates, dates or months by kind.
    """

    regime: str
    code: str
    clock_kind: str
    target: int
    count_from: str
    end_of_day: bool
    roll: str
    citation: str
    valid_from: date
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonText:
    """The words in which a regime's reason is given, in one language.

    text may hold fields in braces, filled with the facts of the case.
    """

    regime: str
    code: str
    language: str
    text: str
    citation: str
    valid_from: date
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One discrete sale: its local date and its gross amount in minor units."""

    sold_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a load of the regime files did: rows written, rows that stood already."""

    written: int
    unchanged: int
