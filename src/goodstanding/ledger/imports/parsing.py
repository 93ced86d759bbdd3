"""Texts become typed values, exactly or not at all. Pure."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from zoneinfo import ZoneInfo

from goodstanding.core.money import Money, money_from_text
from goodstanding.ledger.errors import ValueMissing, ValueTooLong, ValueUnreadable
from goodstanding.ledger.imports.mapping import (
    Column,
    ColumnType,
    DateFormat,
    LabelRule,
    Mapping,
    Test,
)

Typed = str | int | Decimal | Money | date | datetime | bool | None
Parser = Callable[[str], Typed]
Row = dict[str, Typed]

LONGEST_TEXT = 10_000
MOST_DIGITS = 38  # on either side of the point, as the columns of every engine hold
INTEGER = re.compile(r"[+-]?\d{1,18}")
TRUTHS = {"true": True, "false": False}


def column_parsers(mapping: Mapping) -> dict[str, Callable[[str | None], Typed]]:
    """For each column of the mapping, what reads its text.

    A reader raises ValueMissing, ValueTooLong or ValueUnreadable, naming the column.
    """
    return {
        name: partial(_read, name=name, column=mapping.column(name), parser=_parser(name, mapping))
        for name in mapping.columns
    }


def holds(tests: dict[str, Test], row: Row) -> bool:
    """Whether all tests hold for the row."""
    return all(_passes(test, row[name]) for name, test in tests.items())


def label_of(rules: tuple[LabelRule, ...], row: Row) -> str | None:
    """The label of the first rule whose tests hold; None if there is none."""
    return next((rule.label for rule in rules if holds(rule.when, row)), None)


def as_instant(value: date | datetime, *, shift_days: int, zone: ZoneInfo) -> datetime:
    """The instant of a date (its first moment in the source's zone), shifted by whole days."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time.min)
    shifted = moment + timedelta(days=shift_days)
    return shifted if shifted.tzinfo else shifted.replace(tzinfo=zone)


def _read(text: str | None, *, name: str, column: Column, parser: Parser) -> Typed:
    cleaned = unicodedata.normalize("NFC", text).strip() if text else ""
    if not cleaned or cleaned in column.missing:
        if column.required:
            raise ValueMissing(field=name, name=name)
        return None
    if len(cleaned) > LONGEST_TEXT:
        raise ValueTooLong(field=name, name=name, length=len(cleaned), longest=LONGEST_TEXT)
    if column.values:
        if cleaned in column.values:
            cleaned = column.values[cleaned]
        elif column.otherwise is not None:
            cleaned = column.otherwise
        elif column.unlisted == "missing":
            return None
        elif column.unlisted == "quarantine":
            raise _unreadable(name, column, cleaned, "one of " + ", ".join(sorted(column.values)))
    return parser(cleaned)


def _parser(name: str, mapping: Mapping) -> Parser:
    column = mapping.column(name)
    formats = tuple(mapping.formats[known] for known in column.formats)
    parsers: dict[ColumnType, Parser] = {
        "text": partial(_text, pad_to=column.pad_to),
        "integer": partial(_integer, name=name, column=column),
        "decimal": partial(_decimal, name=name, column=column),
        "money": partial(money_from_text, currency=column.currency or "", field=name),
        "boolean": partial(_boolean, name=name, column=column),
        "date": partial(_date, name=name, column=column, formats=formats),
        "instant": partial(_instant, name=name, column=column, formats=formats),
    }
    return parsers[column.type]


def _text(text: str, *, pad_to: int) -> str:
    return text.zfill(pad_to) if pad_to and text.isdigit() else text


def _integer(text: str, *, name: str, column: Column) -> int:
    if not INTEGER.fullmatch(text):
        raise _unreadable(name, column, text, "a whole number")
    return int(text)


def _decimal(text: str, *, name: str, column: Column) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as surprise:
        raise _unreadable(name, column, text, "a number") from surprise
    if not number.is_finite():
        raise _unreadable(name, column, text, "a finite number")
    places = -int(number.as_tuple().exponent)
    if number and (number.adjusted() >= MOST_DIGITS or places > MOST_DIGITS):
        wanted = f"a number of at most {MOST_DIGITS} digits on either side of the point"
        raise _unreadable(name, column, text, wanted)
    return number


def _boolean(text: str, *, name: str, column: Column) -> bool:
    if text not in TRUTHS:
        raise _unreadable(name, column, text, "true or false")
    return TRUTHS[text]


def _date(text: str, *, name: str, column: Column, formats: tuple[DateFormat, ...]) -> date:
    for known in formats:
        moment = _strptime(text, known)
        if moment is not None:
            return moment.date()
    if not formats:
        try:
            return date.fromisoformat(text[:10])
        except ValueError as surprise:
            raise _unreadable(name, column, text, "a date like 2026-11-22") from surprise
    raise _unreadable(name, column, text, "a date in " + " or ".join(f.pattern for f in formats))


def _instant(text: str, *, name: str, column: Column, formats: tuple[DateFormat, ...]) -> datetime:
    for known in formats:
        moment = _strptime(text, known)
        if moment is not None:
            return moment
    if not formats:
        try:
            return datetime.fromisoformat(text)
        except ValueError as surprise:
            raise _unreadable(name, column, text, "an instant like 2026-11-22 14:05") from surprise
    raise _unreadable(
        name, column, text, "an instant in " + " or ".join(f.pattern for f in formats)
    )


def _strptime(text: str, known: DateFormat) -> datetime | None:
    try:
        moment = datetime.strptime(text, known.pattern)  # noqa: DTZ007 - the mapping gives the zone
    except ValueError:
        return None
    if known.pivot is None:
        return moment
    short = moment.year % 100
    return moment.replace(year=(1900 if short >= known.pivot else 2000) + short)


def _passes(test: Test, value: Typed) -> bool:
    if test.present is not None and (value is not None) != test.present:
        return False
    if test.is_ is not None and (value is None or str(value) != test.is_):
        return False
    if test.one_of is not None and (value is None or str(value) not in test.one_of):
        return False
    if test.before is None and test.not_before is None:
        return True
    if not isinstance(value, date):
        return False
    day = value.date() if isinstance(value, datetime) else value
    return (test.before is None or day < test.before) and (
        test.not_before is None or day >= test.not_before
    )


def _unreadable(name: str, column: Column, text: str, wanted: str) -> ValueUnreadable:
    shown = "the value" if column.personal else repr(text[:80])
    return ValueUnreadable(field=name, name=name, shown=shown, wanted=wanted)
