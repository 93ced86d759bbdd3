"""Reading features: what a text means, and what is refused with its line and mend."""

from datetime import timedelta

import pytest

from goodstanding.language import DATE, INTEGER, decimal
from goodstanding.policies.features import (
    Conversion,
    EntityKey,
    FeatureUnknown,
    Measure,
    OtherCurrencies,
    catalogue,
    feature_named,
    read_feature,
)
from goodstanding.policies.features.reader import FeatureRefused

TEXT = """feature: low_reviews_90d
version: "2"
title: Low reviews in 90 days
owner: Seller risk
entity: party
source: review_received
attributes: {score: INTEGER, answered_on: DATE}
filter: score <= 2
measure: count
window: 90d
unit: reviews
max_age: 14d
"""


def test_a_text_becomes_a_typed_definition() -> None:
    found = read_feature(TEXT, source="low_reviews_90d.yaml", desk="sellers")

    assert (found.reference, found.desk, found.entity) == (
        "low_reviews_90d@2", "sellers", EntityKey.PARTY,
    )  # fmt: skip
    assert (found.measure, found.type, found.kinds) == (
        Measure.COUNT,
        INTEGER,
        ("review_received",),
    )
    assert (found.window, found.max_age) == (timedelta(hours=90 * 24), timedelta(days=14))
    assert found.attributes == {"score": INTEGER, "answered_on": DATE}
    assert found.other_currencies is OtherCurrencies.UNKNOWN


@pytest.mark.parametrize(
    ("measure", "type_"),
    [
        ("{sum: amount}", decimal(18, 2)),
        ("{avg: amount}", decimal(18, 6)),
        ("{quantile: amount, at: 0.95}", decimal(18, 6)),
        ("{last: answered_on}", DATE),
        ("{max: score}", INTEGER),
        ('{ratio: "score > 3"}', decimal(18, 6)),
    ],
)
def test_a_measure_has_a_type(measure: str, type_: object) -> None:
    text = TEXT.replace("measure: count", f"measure: {measure}") + "currency: EUR\n"

    assert read_feature(text, source="x").type == type_


MISTAKES = [
    ("filter: score <= 2", "filter: scores <= 2", "8:9", "Did you mean 'score'"),
    ("filter: score <= 2", "filter: score", "8:9", "BOOLEAN is wanted"),
    ("filter: score <= 2", "filter: answered_on <= as_of_date", "8:", "its window says"),
    ("measure: count", "measure: {sum: amount}", "9:", "Write `currency: EUR`"),
    ("measure: count", "measure: {sum: answered_on}", "9:", "Give INTEGER or DECIMAL"),
    ("measure: count", "measure: sum", "9:", "sum of what?"),
    ("measure: count", "measure: {sums: score}", "9:", "Did you mean 'sum'"),
    ("measure: count", "measure: {sum: score, avg: score}", "9:", "one measure"),
    ("measure: count", "measure: {quantile: score, at: 1.2}", "9:", "no quantile"),
    ("window: 90d", "window: a month", "10:", "30d (720 hours)"),
    ("window: 90d", "window: 0d", "10:", "no length of time"),
    ("window: 90d", "windows: 90d", "10:", "Did you mean 'window'"),
    ("entity: party", "entity: person", "5:", "Use one of: party, subject"),
    ("source: review_received", "source: []", "6:", "Name the kinds"),
    ("source: review_received", "source: Review", "6:", "no kind of facts"),
    ("{score: INTEGER, answered_on: DATE}", "{score: TIMESTAMP}", "7:", "Use BOOLEAN"),
    ("{score: INTEGER, answered_on: DATE}", "{amount: INTEGER}", "7:", "part of the fact"),
    ("unit: reviews", "currency: EURO", "11:", "ISO 4217"),
    ("unit: reviews", "other_currencies: left_out", "11:", "No currency is declared"),
    ("unit: reviews", "other_currencies: converted", "11:", "Write `currency: EUR` too"),
    ("unit: reviews", "other_currencies: convert", "11:", "unknown, left_out, converted"),
    ("unit: reviews", "rate_max_age: 3d", "11:", "Write `other_currencies: converted`"),
    ("unit: reviews", "currency: EUR\nrate_max_age: 3d", "12:", "Only amounts that are converted"),
    (
        "unit: reviews",
        "currency: EUR\nother_currencies: converted\nrate_max_age: 1w",
        "13:",
        "Write 30d",
    ),
    ('version: "2"', 'version: "2 b"', "2:", "no version"),
    ("owner: Seller risk", "", "1:", "owner is missing"),
]


def test_a_feature_that_converts_says_how_old_a_rate_may_be() -> None:
    text = TEXT + "currency: EUR\nother_currencies: converted\n"
    usual = read_feature(text, source="x")
    short = read_feature(text + "rate_max_age: 36h\n", source="x")

    assert usual.conversion == Conversion("EUR", timedelta(days=7))
    assert short.conversion == Conversion("EUR", timedelta(hours=36))
    assert read_feature(TEXT + "currency: EUR\n", source="x").conversion is None


@pytest.mark.parametrize(("right", "wrong", "place", "words"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_mend(
    right: str, wrong: str, place: str, words: str
) -> None:
    with pytest.raises(FeatureRefused) as refused:
        read_feature(TEXT.replace(right, wrong), source="x.yaml")

    lines = [item.as_line(source="x.yaml") for item in refused.value.mistakes]
    assert any(line.startswith(f"x.yaml:{place}") and words in line for line in lines), lines
    assert refused.value.code == "feature_refused"


def test_the_desks_features_can_be_read_and_named() -> None:
    known = catalogue()

    assert known
    assert all(reference == item.reference for reference, item in known.items())
    assert all(item.desk in {"credit", "sellers"} for item in known.values())
    with pytest.raises(FeatureUnknown, match="no feature orders_90"):
        feature_named("orders_90")
