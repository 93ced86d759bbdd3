"""Money as integer minor units and an ISO 4217 currency; never a float."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache

from babel.numbers import format_currency, get_currency_precision, list_currencies

from goodstanding.core.errors import Refusal

LARGEST_MINOR = 2**63 - 1  # what a bigint column holds
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


class UnknownCurrency(Refusal):
    """{currency!r} is not an ISO 4217 currency."""

    code = "unknown_currency"
    mend = "Give a three-letter code such as GBP, EUR or USD."


class NotAnAmount(Refusal):
    """{text!r} is not an exact amount of {currency}."""

    code = "not_an_amount"
    mend = "Give digits with a decimal point and at most {places} places, for example 1,234.50."


class CurrenciesDiffer(Refusal):
    """{left} and {right} cannot be added: convert one of them first."""

    code = "currencies_differ"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount: `amount_minor` in the smallest unit of `currency` (ISO 4217)."""

    amount_minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        """The sum; raises CurrenciesDiffer unless both are of one currency."""
        if self.currency != other.currency:
            raise CurrenciesDiffer(left=self.currency, right=other.currency)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def as_decimal(self) -> Decimal:
        """The amount in whole units, exact."""
        return Decimal(self.amount_minor).scaleb(-minor_places(currency=self.currency))

    def as_text(self, *, locale: str = "en_GB") -> str:
        """The amount as a person of that locale writes it, with its currency."""
        return format_currency(self.as_decimal(), self.currency, locale=locale)


def is_currency(code: str) -> bool:
    """Whether this is a three-letter code of ISO 4217, past ones included."""
    return code in list_currencies()


@cache
def minor_places(*, currency: str) -> int:
    """How many decimal places the currency has (ISO 4217, as CLDR carries it).

    Raises UnknownCurrency.
    """
    if not is_currency(currency):
        raise UnknownCurrency(field="currency", currency=currency)
    return get_currency_precision(currency)


def money_from_text(text: str, *, currency: str, field: str = "amount") -> Money:
    """The exact amount that `text` writes in whole units; `$` and thousands commas are read.

    Raises NotAnAmount if it has letters, more places than the currency, a comma that parts no
    thousands ("1,50" is no 150), or is not finite.
    """
    places = minor_places(currency=currency)
    cleaned = text.strip().replace("$", "")
    if "," in cleaned and not THOUSANDS.fullmatch(cleaned):
        raise NotAnAmount(field=field, text=text, currency=currency, places=places)
    try:
        scaled = Decimal(cleaned.replace(",", "")).scaleb(places)
    except InvalidOperation as surprise:
        raise NotAnAmount(field=field, text=text, currency=currency, places=places) from surprise
    if not scaled.is_finite() or abs(scaled) > LARGEST_MINOR or scaled % 1:
        raise NotAnAmount(field=field, text=text, currency=currency, places=places)
    return Money(int(scaled), currency)
