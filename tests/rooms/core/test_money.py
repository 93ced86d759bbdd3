"""Money is exact."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.core.money import (
    CurrenciesDiffer,
    Money,
    NotAnAmount,
    UnknownCurrency,
    money_from_text,
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("$60,000.00 ", "USD", 6_000_000),
        ("0.01", "GBP", 1),
        ("-12.5", "EUR", -1250),
        ("-$1,234,567.5", "USD", -123_456_750),
        ("1E+3", "EUR", 100_000),
        ("1500", "JPY", 1500),
        ("1.234", "KWD", 1234),
    ],
)
def test_text_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert money_from_text(text, currency=currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text", ["", "12.345", "abc", "NaN", "inf", "1e400", "--1", "1,50", "1,0000", "1.000,50"]
)
def test_what_is_no_amount_is_refused_with_the_field(text: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        money_from_text(text, currency="GBP", field="approved")

    assert refused.value.field == "approved"
    assert "at most 2 places" in refused.value.advice


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        money_from_text("1", currency="GBX")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrenciesDiffer):
        Money(1, "GBP") + Money(1, "EUR")


@given(st.integers(-(10**15), 10**15))
def test_decimal_and_text_round_trip(minor: int) -> None:
    money = Money(minor, "GBP")

    assert money.as_decimal() == Decimal(minor) / 100
    assert money_from_text(str(money.as_decimal()), currency="GBP") == money


def test_people_read_it_with_its_currency() -> None:
    assert Money(123_456_789, "GBP").as_text() == "£1,234,567.89"
