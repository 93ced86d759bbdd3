"""Amounts of other currencies at the rate of when their fact took effect, as SQL.

A rate is a fact without a party: its subject begins with the pair, `EUR/USD 2026-11-27`, and its
attribute `rate` says how many units of the second are one unit of the first. Where it is read it is
a whole number with a sign: positive, of ten-billionths, where the fact's currency stands first, so
that amounts are multiplied; negative where it stands second, so that they are divided.

No number here has more than 37 digits: amounts and rates have at most 18 each, and the powers of
ten that bring minor units together lie between 10^6 and 10^14.
"""

from itertools import groupby

from babel.numbers import list_currencies

from goodstanding.core.money import minor_places
from goodstanding.language.types import decimal
from goodstanding.policies.features.attributes import attribute_of
from goodstanding.policies.features.definition import AMOUNT_DIGITS, Conversion
from goodstanding.policies.features.dialects import Dialect

RATE_DECIMALS = 10
_RATE = decimal(18, RATE_DECIMALS)
_USUAL_PLACES = 2
MOST = 10**AMOUNT_DIGITS - 1


def pair_of(relation: str) -> str:
    """The pair of currencies in the subject of a rate: `EUR/USD`."""
    return f"split_part({relation}.subject, ' ', 1)"


def rate_units(relation: str, *, dialect: Dialect) -> str:
    """The rate of a fact in ten-billionths; NULL where it states none that can be read."""
    read = attribute_of(relation, "rate", _RATE, dialect=dialect)
    power = dialect.literal(10**RATE_DECIMALS, decimal(19, 0))
    return f"CAST(({read}) * {power} AS BIGINT)"


def quotient(
    conversion: Conversion, *, amount: str, currency: str, rate: str, dialect: Dialect
) -> tuple[str, str]:
    """What an amount in minor units is at a signed rate, as what is divided and by what.

    The first is NULL without a rate, or beyond eighteen digits.
    """
    own = minor_places(currency=conversion.currency)
    held, units = dialect.as_wide(amount), dialect.as_wide(rate)
    more = _power(currency, {places: RATE_DECIMALS + own - places for places in _places()}, dialect)
    less = _power(currency, {places: RATE_DECIMALS + places - own for places in _places()}, dialect)
    within = f"{rate} IS NOT NULL AND {amount} BETWEEN -{MOST} AND {MOST}"
    return (
        f"CASE WHEN {within} THEN {held} * CASE WHEN {rate} > 0 THEN {units} ELSE {more} END END",
        f"CASE WHEN {rate} > 0 THEN {less} ELSE -{units} END",
    )


def rounded(above: str, below: str, *, dialect: Dialect) -> str:
    """A quotient rounded half away from zero to whole minor units; NULL beyond eighteen digits."""
    within = f"2 * abs({above}) < {dialect.number(2 * MOST + 1)} * {below}"
    return f"CASE WHEN {within} THEN CAST({dialect.half_up(above, below)} AS BIGINT) END"


def _places() -> dict[int, tuple[str, ...]]:
    """The currencies of each number of decimal places."""
    places = [(minor_places(currency=code), code) for code in sorted(list_currencies())]
    ordered = groupby(sorted(places), key=lambda item: item[0])
    return {number: tuple(code for _, code in items) for number, items in ordered}


def _power(currency: str, exponents: dict[int, int], dialect: Dialect) -> str:
    """The power of ten by the decimal places of a currency."""
    cases = " ".join(
        f"WHEN {currency} IN ({', '.join(map(dialect.quote, codes))})"
        f" THEN {dialect.number(10 ** exponents[places])}"
        for places, codes in _places().items()
        if places != _USUAL_PLACES
    )
    return f"CASE {cases} ELSE {dialect.number(10 ** exponents[_USUAL_PLACES])} END"
