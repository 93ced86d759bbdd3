"""Amounts in other currencies: worked answers, the same from PostgreSQL, DuckDB and the reference.

Random ledgers with rates, and Spark, are in test_features.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from goodstanding.core.postgres import EmbeddedServer
from goodstanding.policies.features import as_of_join, catalogue, point_lookup
from tests.parity.feature_engines import Answers, at, in_duckdb, in_python, postgres_answers
from tests.parity.feature_reference import Asked, Version
from tests.parity.feature_texts import CONVERTED, ONE, OTHER, feature, rate

Ask = Callable[..., Answers]
NOON = at("2026-01-12 12:00")


@pytest.fixture(scope="module")
def in_postgres(postgres: EmbeddedServer) -> Iterator[Ask]:
    with postgres_answers(postgres) as ask:
        yield ask


def paid(number: int, amount_minor: int, currency: str, *, moment: datetime = NOON) -> Version:
    return Version(subject=f"p{number}", party_id=ONE, effective_at=moment, recorded_at=moment,
                   amount_minor=amount_minor, currency=currency)  # fmt: skip


def asked_at(moment: datetime) -> Asked:
    return Asked(party_id=ONE, entity="x", event=None, as_of=moment)


BEGINS = Version(subject="begins", party_id=OTHER, effective_at=at("2025-01-01 00:00"),
                 recorded_at=at("2025-01-01 00:00"))  # fmt: skip
DAY = timedelta(days=1)
KNOWN_ANSWERS = {
    # EUR/USD 1.0850: USD 100.00 are 92.1658..., half a cent is rounded away from zero.
    "divided where only the other direction is there": (
        [rate("EUR/USD", "1.0850", at=NOON)], paid(1, 10_000, "USD"), "92.17",
    ),
    "multiplied where the rate is direct": (
        [rate("USD/EUR", "0.9", at=NOON - DAY), rate("EUR/USD", "1.0850", at=NOON)],
        paid(1, 10_000, "USD"), "90.00",
    ),
    "half a cent away from zero": ([rate("USD/EUR", "0.5", at=NOON)], paid(1, -3, "USD"), "-0.02"),
    "yen without minor units": ([rate("EUR/JPY", "162.35", at=NOON)], paid(1, 10_000, "JPY"),
                                "61.60"),
    "yen at a direct rate": ([rate("JPY/EUR", "0.0061595", at=NOON)], paid(1, 10_000, "JPY"),
                             "61.60"),
    "dinars with three decimals": ([rate("KWD/EUR", "3", at=NOON)], paid(1, 1_005, "KWD"), "3.02"),
    "a rate of the instant itself": ([rate("USD/EUR", 2, at=NOON)], paid(1, 100, "USD"), "2.00"),
    "a later rate is none": ([rate("USD/EUR", "2", at=NOON + timedelta(seconds=1))],
                             paid(1, 100, "USD"), None),
    "a rate of seven days": ([rate("USD/EUR", "2", at=NOON - 7 * DAY)], paid(1, 100, "USD"),
                             "2.00"),
    "a rate older than that": ([rate("USD/EUR", "2", at=NOON - 7 * DAY - timedelta(seconds=1))],
                               paid(1, 100, "USD"), None),
    "the latest one holds": (
        [rate("USD/EUR", "2", at=NOON - 2 * DAY), rate("USD/EUR", "3", at=NOON - DAY)],
        paid(1, 100, "USD"), "3.00",
    ),
    "none at all": ([], paid(1, 100, "USD"), None),
    "of another pair": ([rate("USD/GBP", "2", at=NOON)], paid(1, 100, "USD"), None),
    "of another company": ([rate("USD/EUR", "2", at=NOON, legal_entity="GS-US")],
                           paid(1, 100, "USD"), None),
    "what is no rate": ([rate("USD/EUR", "0", at=NOON)], paid(1, 100, "USD"), None),
    "beyond eighteen digits": ([rate("USD/EUR", "1000", at=NOON)], paid(1, 10**17, "USD"), None),
    "as large as can be": (
        [rate("JPY/EUR", "0.0099999999", at=NOON)], paid(1, 10**18 - 1, "JPY"),
        "9999999899999999.99",
    ),
}  # fmt: skip


def test_an_amount_is_converted_at_the_rate_of_its_fact(in_postgres: Ask) -> None:
    """Each answer in a company of its own, so that all are asked at once."""
    ledger = [
        replace(one, legal_entity=name)
        for name, (rates, fact, _) in KNOWN_ANSWERS.items()
        for one in (BEGINS, fact, *(rate for rate in rates if rate.legal_entity == "GS-UK"))
    ]
    elsewhere = KNOWN_ANSWERS["of another company"][0]
    asked = [replace(asked_at(NOON + DAY), legal_entity=name) for name in KNOWN_ANSWERS]
    total = feature("{sum: amount}", more=CONVERTED)
    wanted = {
        name: (None, "invalid") if text is None else (Decimal(text), None)
        for name, (_, _, text) in KNOWN_ANSWERS.items()
    }

    for engine in (in_python, in_postgres, in_duckdb):
        found = [answer for [answer] in engine([total], asked, [*ledger, *elsewhere])]
        assert dict(zip(KNOWN_ANSWERS, found, strict=True)) == wanted


def test_each_amount_is_rounded_and_every_measure_reads_it_converted(in_postgres: Ask) -> None:
    """Three times half a cent are three cents and not two; the filter reads euros too."""
    rates = [rate("USD/EUR", "0.5", at=NOON), rate("EUR/JPY", "160", at=NOON)]
    facts = [*(paid(number, 1, "USD") for number in range(3)), paid(3, 16_000, "JPY"),
             paid(4, 250, "EUR")]  # fmt: skip
    measures = ["{sum: amount}", "{max: amount}", "{avg: amount}", "{count_distinct: currency}"]
    definitions = [
        feature(text, name=f"m_{at}", more=CONVERTED) for at, text in enumerate(measures)
    ]
    definitions.append(feature("count", name="large", more=CONVERTED + "filter: amount > 2.00\n"))
    definitions.append(feature("{sum: amount}", name="strict"))
    wanted = [
        [(Decimal("102.53"), None), (Decimal("100.00"), None), (Decimal("20.506000"), None),
         (3, None), (2, None), (None, "invalid")]
    ]  # fmt: skip

    for engine in (in_python, in_postgres, in_duckdb):
        assert engine(definitions, [asked_at(NOON + DAY)], [BEGINS, *facts, *rates]) == wanted


def test_a_rate_counts_as_it_was_known_at_the_decision(in_postgres: Ask) -> None:
    """Known on the 13th, corrected on the 15th, retracted on the 17th."""
    versions = [
        rate("USD/EUR", "2", at=NOON, known=at("2026-01-13 00:00")),
        rate("USD/EUR", "3", at=NOON, known=at("2026-01-15 00:00"), version_no=2),
        rate("USD/EUR", "3", at=NOON, known=at("2026-01-17 00:00"), version_no=3, retracted=True),
    ]
    ledger = [BEGINS, paid(1, 100, "USD"), *versions]
    moments = ("12 13:00", "13 00:00", "14 23:59", "15 00:00", "16 23:59", "17 00:00")
    asked = [asked_at(at(f"2026-01-{moment}")) for moment in moments]
    answers = [None, "2.00", "2.00", "3.00", "3.00", None]
    wanted = [[(None, "invalid") if text is None else (Decimal(text), None)] for text in answers]
    total = feature("{sum: amount}", more=CONVERTED)

    for engine in (in_python, in_postgres, in_duckdb):
        assert engine([total], asked, ledger) == wanted


def test_only_a_definition_that_converts_looks_at_rates() -> None:
    for definition in (feature("{sum: amount}"), *catalogue().values()):
        queries = [point_lookup([definition]).joins] + [
            as_of_join([definition], engine=engine, facts="facts", asked="asked")
            for engine in ("duckdb", "spark")
        ]
        looks = ["exchange_rate" in query for query in queries]
        assert looks == [definition.conversion is not None] * 3
