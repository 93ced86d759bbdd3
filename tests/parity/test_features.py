"""One definition of a feature, one answer: PostgreSQL, DuckDB, Spark and a naive reference."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.core.postgres import EmbeddedServer
from goodstanding.policies.features import (
    FeatureDefinition,
)
from tests.parity.feature_engines import (
    Answers,
    at,
    in_duckdb,
    in_python,
    in_spark,
    postgres_answers,
)
from tests.parity.feature_reference import Asked, Version
from tests.parity.feature_texts import (
    CONVERTED,
    ONE,
    OTHER,
    START,
    feature,
    rates_of_every_kind,
)

Ask = Callable[..., Answers]


GUIDE = [
    Version(subject="e1", party_id=ONE, effective_at=START, recorded_at=START,
            amount_minor=10_000, currency="EUR"),
    Version(subject="e2", party_id=ONE, effective_at=at("2026-01-10 12:00"),
            recorded_at=at("2026-01-10 12:00"), amount_minor=25_000, currency="EUR"),
    Version(subject="e2", party_id=ONE, version_no=2, effective_at=at("2026-01-10 12:00"),
            recorded_at=at("2026-02-01 00:00"), amount_minor=20_000, currency="EUR"),
    Version(subject="e3", party_id=ONE, effective_at=at("2026-01-20 08:00"),
            recorded_at=at("2026-02-05 08:00"), amount_minor=4_000, currency="EUR"),
    Version(subject="e4", party_id=ONE, effective_at=at("2026-01-31 00:00"),
            recorded_at=at("2026-01-31 00:00"), amount_minor=6_000, currency="EUR"),
    Version(subject="e5", party_id=ONE, effective_at=at("2026-01-31 00:00"),
            recorded_at=at("2026-01-31 00:00"), amount_minor=1_000, currency="EUR"),
    Version(subject="e6", party_id=ONE, effective_at=at("2026-01-25 00:00"),
            recorded_at=at("2026-01-25 00:00"), amount_minor=7_500, currency="EUR"),
    Version(subject="e6", party_id=ONE, version_no=2, retracted=True,
            effective_at=at("2026-01-25 00:00"), recorded_at=at("2026-02-10 00:00"),
            amount_minor=7_500, currency="EUR"),
]  # fmt: skip
GUIDE_FEATURES = [
    feature(measure, name=f"guide_{number}")
    for number, measure in enumerate(
        ["count", "{sum: amount}", "{avg: amount}", "{median: amount}", "{stddev: amount}"]
    )
]
GUIDE_ASKED = [
    Asked(party_id=ONE, entity="e4", event="e4", as_of=at("2026-01-31 00:00")),
    Asked(party_id=ONE, entity="e4", event=None, as_of=at("2026-02-06 00:00")),
]
GUIDE_ANSWERS = [
    ["3", "425.00", "141.666667", "100", "77.280154"],
    ["5", "385.00", "77", "60", "65.238026"],
]


@pytest.fixture(scope="module")
def in_postgres(postgres: EmbeddedServer) -> Iterator[Ask]:
    with postgres_answers(postgres) as ask:
        yield ask


def as_guided(answers: Answers) -> bool:
    return answers == [[(Decimal(value), None) for value in line] for line in GUIDE_ANSWERS]


def test_the_example_of_the_guide_holds_live_and_set_wise(in_postgres: Ask) -> None:
    assert as_guided(in_python(GUIDE_FEATURES, GUIDE_ASKED, GUIDE))
    assert as_guided(in_postgres(GUIDE_FEATURES, GUIDE_ASKED, GUIDE))
    assert as_guided(in_duckdb(GUIDE_FEATURES, GUIDE_ASKED, GUIDE))


NO_FACTS = ["count", "{count_distinct: state}", "{sum: amount}", "{avg: amount}", "{min: amount}",
            "{max: amount}", "{stddev: amount}", "{median: amount}", "{last: amount}",
            "{ratio: good}"]  # fmt: skip


def test_a_covered_window_without_facts_is_nought_or_unknown(in_postgres: Ask) -> None:
    definitions = [feature(text, name=f"n_{place}") for place, text in enumerate(NO_FACTS)]
    asked = [Asked(party_id=OTHER, entity="x", event=None, as_of=at("2026-01-31 00:00"))]
    wanted = [[(0, None)] * 3 + [(None, "not_applicable")] * 7]

    assert in_postgres(definitions, asked, GUIDE) == wanted
    assert in_duckdb(definitions, asked, GUIDE) == wanted


def test_a_history_that_begins_inside_the_window_is_no_history(in_postgres: Ask) -> None:
    definitions = [feature("count", window="31d"), feature("count", name="two", window="30d")]
    asked = [Asked(party_id=ONE, entity="x", event=None, as_of=at("2026-01-31 00:00"))]
    wanted = [[(None, "no_history"), (3, None)]]

    assert in_postgres(definitions, asked, GUIDE) == wanted
    assert in_duckdb(definitions, asked, GUIDE) == wanted


def test_a_source_that_fell_silent_is_stale(in_postgres: Ask) -> None:
    fresh = feature("count", more="max_age: 7d\n")
    asked = [
        Asked(party_id=ONE, entity="x", event=None, as_of=at("2026-02-07 00:00")),
        Asked(party_id=ONE, entity="x", event=None, as_of=at("2026-02-07 00:01")),
    ]
    wanted = [[(5, None)], [(None, "stale")]]

    assert in_postgres([fresh], asked, GUIDE) == wanted
    assert in_duckdb([fresh], asked, GUIDE) == wanted


def test_a_number_is_not_the_text_of_it(in_postgres: Ask) -> None:
    ledger = [
        Version(subject=f"s{place}", party_id=ONE, effective_at=START + timedelta(days=place),
                recorded_at=START + timedelta(days=place), attributes={"score": value})
        for place, value in enumerate([1, "1", 1.5, True, None, 2])
    ]  # fmt: skip
    definitions = [
        feature("{count: score}", window="10d"),
        feature("{sum: score}", name="total", window="10d"),
    ]
    asked = [Asked(party_id=ONE, entity="x", event=None, as_of=START + timedelta(days=10))]
    wanted = [[(2, None), (3, None)]]

    assert in_postgres(definitions, asked, ledger) == wanted
    assert in_duckdb(definitions, asked, ledger) == wanted


def test_another_currency_makes_the_sum_unknown_or_is_left_out(in_postgres: Ask) -> None:
    moment = at("2026-01-12 00:00")
    pounds = Version(subject="e7", party_id=ONE, effective_at=moment, recorded_at=moment,
                     amount_minor=1, currency="GBP")  # fmt: skip
    ledger = [*GUIDE, pounds]
    definitions = [
        feature("{sum: amount}"),
        feature("{sum: amount}", name="euros", more="currency: EUR\nother_currencies: left_out\n"),
    ]
    wanted = [[(None, "invalid"), (Decimal("425.00"), None)]]

    assert in_postgres(definitions, GUIDE_ASKED[:1], ledger) == wanted
    assert in_duckdb(definitions, GUIDE_ASKED[:1], ledger) == wanted


def test_the_event_being_decided_is_out_however_early_it_is(in_postgres: Ask) -> None:
    asked = [Asked(party_id=ONE, entity="e1", event="e2", as_of=at("2026-01-31 00:00"))]
    definitions = [feature("count"), feature("count", name="own", entity="subject")]
    wanted = [[(2, None), (1, None)]]

    assert in_postgres(definitions, asked, GUIDE) == wanted
    assert in_duckdb(definitions, asked, GUIDE) == wanted


MEASURES = st.sampled_from(
    [
        "count", "{count: score}", "{count_distinct: state}", "{count_distinct: rate}",
        "{sum: amount}", "{sum: score}", "{sum: rate}", "{avg: amount}", "{avg: score}",
        "{avg: rate}", "{min: amount}", "{max: rate}", "{stddev: amount}", "{stddev: rate}",
        "{median: amount}", "{quantile: score, at: 0.9}", "{quantile: rate, at: 0.3333}",
        "{last: state}", "{last: good}", "{last: due}", "{last: rate}", "{ratio: good}",
        '{ratio: "score > 1"}', '{sum: "to_decimal(amount * 2, 18, 2)"}',
    ]
)  # fmt: skip
FILTERS = st.sampled_from(
    [None, "score >= 2", "good", "state <> 'paid'", "amount > 0.50", "due < DATE '2026-01-03'",
     "effective_on > due",
     "rate IS NULL OR rate < 0.5", "currency = 'EUR'", "starts_with(subject, 's1')"]
)  # fmt: skip


CURRENCY_RULES = [
    "currency: EUR\n", "currency: EUR\nother_currencies: left_out\n", CONVERTED, CONVERTED,
    CONVERTED + "rate_max_age: 30h\n", CONVERTED.replace("EUR", "JPY"),
]  # fmt: skip


@st.composite
def definitions_drawn(draw: st.DrawFn) -> list[FeatureDefinition]:
    found = []
    for number in range(draw(st.integers(1, 4))):
        condition = draw(FILTERS)
        more = draw(st.sampled_from(CURRENCY_RULES))
        more += f'filter: "{condition}"\n' if condition else ""
        more += draw(st.sampled_from(["", "", "max_age: 36h\n"]))
        found.append(
            feature(
                draw(MEASURES),
                name=f"drawn_{number}",
                entity=draw(st.sampled_from(["party", "party", "subject"])),
                source=draw(st.sampled_from(["paid", "[billed, paid]"])),
                window=draw(st.sampled_from(["1d", "3d", "30h"])),
                more=more,
            )
        )
    return found


HOURS = st.integers(0, 7 * 24).map(lambda hours: START + timedelta(hours=hours))
AMOUNTS = st.one_of(st.integers(-300, 300), st.integers(-(10**17), 10**17))
VALUES = {
    "score": st.sampled_from([None, 0, 1, 2, 3, -7, 10**15, "2", 1.5, True]),
    "good": st.sampled_from([None, True, False, "true", 1]),
    "state": st.sampled_from([None, "paid", "PAID", "é", "z", "", 5]),
    "rate": st.sampled_from([None, "0.1234", "0.12345", "-3", 2, "99999.9999", "100000"]),
    "due": st.sampled_from([None, "2026-01-02", "2026-02-30", "2026-01-05", "soon", 3]),
}


@st.composite
def ledgers(draw: st.DrawFn) -> list[Version]:
    found: list[Version] = []
    for number in range(draw(st.integers(0, 9))):
        kind, subject = draw(st.sampled_from(["paid", "billed"])), f"s{number}"
        recorded = draw(HOURS)
        entity = draw(st.sampled_from(["GS-UK", "GS-UK", "GS-UK", "GS-US"]))
        for version in range(1, draw(st.integers(1, 3)) + 1):
            currency = draw(st.sampled_from(["EUR", "EUR", "EUR", "GBP", "JPY", None]))
            found.append(
                Version(
                    kind=kind,
                    subject=subject,
                    party_id=draw(st.sampled_from([ONE, ONE, ONE, OTHER, None])),
                    version_no=version,
                    retracted=version > 1 and draw(st.booleans()),
                    effective_at=draw(HOURS),
                    recorded_at=recorded,
                    amount_minor=None if currency is None else draw(AMOUNTS),
                    currency=currency,
                    attributes={
                        name: draw(values) for name, values in VALUES.items() if draw(st.booleans())
                    },
                    legal_entity=entity,
                )
            )
            recorded += timedelta(hours=draw(st.integers(0, 40)))
    return found + draw(rates_drawn())


RATE_VALUES = st.sampled_from(
    ["0.85", "1.17645", "160.5", "0.00615", 2, "0.0000000001", "99999999.9999999999", "0", "-1",
     "x", 1.5, None]
)  # fmt: skip


@st.composite
def rates_drawn(draw: st.DrawFn) -> list[Version]:
    found: list[Version] = []
    for number in range(draw(st.integers(0, 8))):
        pair = draw(st.sampled_from(["GBP/EUR", "EUR/GBP", "EUR/JPY", "JPY/EUR", "GBP/JPY"]))
        recorded = draw(HOURS)
        for version in range(1, draw(st.sampled_from([1, 1, 2, 3])) + 1):
            found.append(
                Version(
                    kind="exchange_rate",
                    subject=f"{pair} {number}",
                    version_no=version,
                    retracted=version > 1 and draw(st.booleans()),
                    effective_at=draw(HOURS),
                    recorded_at=recorded,
                    attributes={"rate": draw(RATE_VALUES)},
                )
            )
            recorded += timedelta(hours=draw(st.integers(0, 40)))
    return found


ASKED = st.lists(
    st.builds(
        Asked,
        party_id=st.sampled_from([ONE, ONE, OTHER, None]),
        entity=st.sampled_from(["s0", "s1", None]),
        event=st.sampled_from([None, "s0", "s2"]),
        as_of=HOURS.map(lambda moment: moment + timedelta(hours=24)),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25)
@given(definitions=definitions_drawn(), asked=ASKED, ledger=ledgers())
def test_every_engine_agrees_on_random_ledgers(
    in_postgres: Ask,
    definitions: list[FeatureDefinition],
    asked: list[Asked],
    ledger: list[Version],
) -> None:
    wanted = in_python(definitions, asked, ledger)

    assert in_postgres(definitions, asked, ledger) == wanted
    assert in_duckdb(definitions, asked, ledger) == wanted


@pytest.mark.slow
def test_spark_agrees_with_the_reference() -> None:
    pytest.importorskip("pyspark", reason="Spark is an extra")
    assert as_guided(in_spark(GUIDE_FEATURES, GUIDE_ASKED, GUIDE))
    texts = ["{count_distinct: state}", "{sum: score}", "{avg: rate}", "{stddev: rate}",
             "{quantile: score, at: 0.9}", "{last: state}", "{last: due}",
             "{ratio: good}"]  # fmt: skip
    definitions = [
        feature(
            text,
            name=f"spark_{place}",
            source="[billed, paid]",
            window="3d",
            more=f'currency: EUR\nmax_age: 36h\nfilter: "{condition}"\n',
        )
        for place, (text, condition) in enumerate(
            zip(texts, ["score >= 0 OR effective_on < due", "good IS NOT TRUE"] * 4, strict=True)
        )
    ]
    definitions += [
        feature("{sum: amount}", name=name, source="[billed, paid]", window="3d", more=rule)
        for name, rule in (("in_euros", CONVERTED), ("in_yen", CONVERTED.replace("EUR", "JPY")))
    ]
    ledger = [*ledger_of_every_kind(), *rates_of_every_kind()]
    asked = [
        Asked(party_id=party, entity="s0", event="s3", as_of=START + timedelta(hours=hours))
        for party in (ONE, OTHER, None)
        for hours in (30, 80, 100, 130, 200)
    ]

    assert in_spark(definitions, asked, ledger) == in_python(definitions, asked, ledger)


def ledger_of_every_kind() -> list[Version]:
    """Forty facts with corrections and retractions, each attribute in every form."""
    forms = [("score", [1, 2, "2", 1.5, None, -7]), ("good", [True, False, "true"]),
             ("state", ["paid", "é", 5, ""]), ("rate", ["0.1234", "-3", 2, "x"]),
             ("due", ["2026-01-02", "2026-02-30", 3])]  # fmt: skip
    found = []
    for number in range(40):
        moment = START + timedelta(hours=3 * number)
        found += [
            Version(
                kind=("paid", "billed")[number % 2],
                subject=f"s{number}",
                party_id=(ONE, ONE, OTHER)[number % 3],
                version_no=version,
                retracted=version == 3,
                effective_at=moment,
                recorded_at=moment + timedelta(hours=9 * version),
                amount_minor=100 * number,
                currency=("EUR", "EUR", "GBP", "EUR", "JPY")[number // 2 % 5],
                attributes={name: values[number % len(values)] for name, values in forms},
            )
            for version in range(1, 2 + (number % 5 == 0) + (number % 10 == 0))
        ]
    return found
