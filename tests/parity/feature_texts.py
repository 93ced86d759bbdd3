"""Features and rates of exchange that the tests of parity measure and convert by."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from goodstanding.policies.features import FeatureDefinition, read_feature
from tests.parity.feature_engines import at
from tests.parity.feature_reference import Version

ONE, OTHER = UUID(int=1), UUID(int=2)
START = at("2026-01-01 00:00")
TEXT = """
feature: {name}
version: "1"
title: A feature of the tests
owner: Credit risk
entity: {entity}
source: {source}
measure: {measure}
window: {window}
unit: EUR
"""
ATTRIBUTES = """
attributes: {score: INTEGER, good: BOOLEAN, state: TEXT, rate: "DECIMAL(9,4)", due: DATE}
"""


def feature(
    measure: str,
    *,
    name: str = "tried",
    entity: str = "party",
    source: str = "invoice_paid",
    window: str = "30d",
    more: str = "currency: EUR\n",
) -> FeatureDefinition:
    text = TEXT.format(name=name, entity=entity, source=source, measure=measure, window=window)
    return read_feature(text + more + ATTRIBUTES, source="test")


CONVERTED = "currency: EUR\nother_currencies: converted\n"


def rate(
    pair: str, value: object, *, at: datetime, known: datetime | None = None, **changes: Any
) -> Version:
    """One unit of the first currency is `value` units of the second, from an instant on."""
    return Version(
        kind="exchange_rate", subject=f"{pair} {at:%Y-%m-%d}", effective_at=at,
        recorded_at=known or at, attributes={"rate": value}, **changes,
    )  # fmt: skip


def rates_of_every_kind() -> list[Version]:
    """Rates of six days, every third corrected and retracted later; one day has both directions."""
    found = []
    for number in range(6):
        moment = START + timedelta(hours=24 * number)
        for pair, value in (("EUR/GBP", "0.8537"), ("JPY/EUR", "0.00615"), ("GBP/EUR", "1.17")):
            if pair == "GBP/EUR" and number != 2:
                continue
            found += [
                rate(pair, value + str(version), at=moment, version_no=version,
                     known=moment + timedelta(hours=20 * version), retracted=version == 3)
                for version in range(1, 4 if number % 3 == 0 else 2)
            ]  # fmt: skip
    return found
