"""Canonical JSON: one text for one meaning."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goodstanding.decisions.canonical import (
    NotCanonical,
    canonical_hash,
    canonical_json,
    canonical_value,
    encode_canonical,
    instant_text,
)


def test_the_known_answer() -> None:
    document = {
        "version": 7,
        "policy": "trade_uk",
        "outcome": "refer",
        "features": {"vat_ok": None, "util": Decimal("0.80"), "tenure_months": 12},
    }

    assert canonical_json(document) == (
        b'{"features":{"tenure_months":12,"util":"0.80","vat_ok":null},'
        b'"outcome":"refer","policy":"trade_uk","version":7}'
    )
    digest = canonical_hash(document)
    assert (digest[:8], digest[-8:]) == ("bfa1ef63", "faa1c74e")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.80"), '"0.80"'),
        (Decimal("-0.00"), '"0.00"'),
        (Decimal("1E+3"), '"1000"'),
        (0.1, '"0.1"'),
        (-0.0, '"0.0"'),
        (1e22, '"1e+22"'),
        (True, "true"),
        (2**63 - 1, "9223372036854775807"),
        (date(2024, 2, 29), '"2024-02-29"'),
        (datetime(2026, 11, 22, 14, 5, tzinfo=UTC), '"2026-11-22T14:05:00.000000Z"'),
        (
            datetime(2026, 11, 22, 15, 5, 0, 7, tzinfo=timezone(timedelta(hours=1))),
            '"2026-11-22T14:05:00.000007Z"',
        ),
        (UUID(int=7), '"00000000-0000-0000-0000-000000000007"'),
        ("Straße", '"Straße"'),
        (("b", "a"), '["b","a"]'),
        ({"b": 1, "a": {"d": 1, "c": 2}}, '{"a":{"c":2,"d":1},"b":1}'),
    ],
)
def test_each_type_has_one_form(value: object, text: str) -> None:
    assert canonical_json(value).decode() == text


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), Decimal("NaN"), datetime(2026, 1, 1), b"bytes", {1, 2}],  # noqa: DTZ001
)
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_json({"value": value})


leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text()
documents = st.recursive(
    leaves | st.decimals(allow_nan=False, allow_infinity=False, places=4) | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


# Ends of the calendar have no time in UTC for every zone.
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.timezones())  # noqa: DTZ001


@given(instant=instants)
@example(instant=datetime(2026, 11, 29, 20, tzinfo=UTC))
@example(instant=datetime(2026, 11, 29, 20, 0, 0, 1, tzinfo=timezone(timedelta(hours=-5))))
def test_an_instant_has_its_six_decimals_and_z_whatever_its_zone(instant: datetime) -> None:
    plain = instant.astimezone(UTC).replace(tzinfo=None)

    assert instant_text(instant) == f"{plain.isoformat(timespec='microseconds')}Z"


@given(document=documents)
def test_reading_it_back_and_writing_it_again_changes_nothing(document: object) -> None:
    text = canonical_json(document)

    assert canonical_json(json.loads(text)) == text
    assert encode_canonical(canonical_value(document)) == text
