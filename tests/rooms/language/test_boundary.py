"""Values are normalised once, where they enter and leave."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.language import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    TEXT,
    TIMESTAMP,
    ExpressionRefused,
    Reading,
    ValueRefused,
    decimal,
    format_value,
    normalise,
    parse_type,
    python_value,
    read_value,
)

MONEY = decimal(18, 2)


@pytest.mark.parametrize(
    ("wanted", "value", "reading"),
    [
        (INTEGER, 5, Reading(5)),
        (INTEGER, True, Reading(None, "invalid")),
        (INTEGER, 2.5, Reading(None, "invalid")),
        (INTEGER, 2.0, Reading(2)),
        (INTEGER, 2**63, Reading(None, "overflow")),
        (INTEGER, None, Reading(None, "null")),
        (MONEY, Decimal("12.3"), Reading(1230)),
        (MONEY, Decimal("12.300"), Reading(1230)),
        (MONEY, Decimal("12.345"), Reading(None, "invalid")),
        (MONEY, Decimal("1e16"), Reading(None, "overflow")),
        (MONEY, Decimal("1e999999"), Reading(None, "overflow")),
        (MONEY, Decimal("1e-999999"), Reading(None, "invalid")),
        (MONEY, Decimal("-0.00"), Reading(0)),
        (MONEY, Decimal("NaN"), Reading(None, "invalid")),
        (MONEY, "7", Reading(700)),
        (DOUBLE, float("nan"), Reading(None, "invalid")),
        (DOUBLE, float("inf"), Reading(None, "invalid")),
        (DOUBLE, Decimal("0.1"), Reading(0.1)),
        (DOUBLE, 10**400, Reading(None, "overflow")),
        (BOOLEAN, True, Reading(True)),
        (BOOLEAN, 1, Reading(None, "invalid")),
        (BOOLEAN, "TRUE", Reading(True)),
        (TEXT, "e\u0301", Reading("é")),
        (TEXT, "", Reading("")),
        (TEXT, 5, Reading(None, "invalid")),
        (DATE, date(1, 1, 1), Reading(1)),
        (DATE, datetime(2024, 1, 1, tzinfo=UTC), Reading(None, "invalid")),
        (DATE, "2024-02-30", Reading(None, "invalid")),
        (TIMESTAMP, date(2024, 1, 1), Reading(None, "invalid")),
        (TIMESTAMP, "1970-01-01T00:00:00.5Z", Reading(500_000)),
        (TIMESTAMP, "1970-01-01 01:00:00+01:00", Reading(0)),
        (TIMESTAMP, "1970-01-01T00:00:00.1234567Z", Reading(None, "invalid")),
    ],
)
def test_a_value_is_read_or_its_gap_is_named(wanted, value, reading):
    assert normalise(wanted, value) == reading


def test_an_instant_in_another_zone_is_the_same_instant():
    there = datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))

    assert normalise(TIMESTAMP, there) == Reading(0)


def test_nought_has_no_sign():
    assert repr(normalise(DOUBLE, -0.0).cell) == "0.0"


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_no_engine_can_store_is_refused(text):
    with pytest.raises(ValueRefused):
        normalise(TEXT, text)


@pytest.mark.parametrize(
    ("held", "cell", "text"),
    [
        (BOOLEAN, False, "FALSE"),
        (MONEY, -5, "-0.05"),
        (DOUBLE, 1e-7, "1e-07"),
        (DATE, 1, "0001-01-01"),
        (TIMESTAMP, 0, "1970-01-01T00:00:00.000000Z"),
        (TIMESTAMP, None, None),
    ],
)
def test_the_canonical_text(held, cell, text):
    assert format_value(held, cell) == text


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_money_comes_back_from_its_text_and_its_value(cell):
    assert read_value(MONEY, format_value(MONEY, cell)).cell == cell
    assert normalise(MONEY, python_value(MONEY, cell)).cell == cell


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back_from_its_text(instant):
    cell = normalise(TIMESTAMP, instant).cell

    assert read_value(TIMESTAMP, format_value(TIMESTAMP, cell)).cell == cell
    assert python_value(TIMESTAMP, cell) == instant


def test_types_are_read_in_any_case_and_spacing():
    assert parse_type(" decimal( 18 , 2 ) ") == MONEY
    assert parse_type("DECIMAL(9)") == decimal(9, 0)
    assert str(MONEY) == "DECIMAL(18,2)"


@pytest.mark.parametrize(
    "text", ["", "INT", "DECIMAL", "DECIMAL(39,2)", "DECIMAL(5,6)", "DECIMAL(0)"]
)
def test_an_unknown_type_is_refused(text):
    with pytest.raises(ExpressionRefused):
        parse_type(text)
