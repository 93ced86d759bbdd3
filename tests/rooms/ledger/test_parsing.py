"""Texts become typed values exactly, or are refused by name."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.core.errors import Refusal
from goodstanding.core.money import Money
from goodstanding.ledger.errors import ValueMissing, ValueTooLong, ValueUnreadable
from goodstanding.ledger.imports.mapping import parse_mapping
from goodstanding.ledger.imports.parsing import as_instant, column_parsers

COLUMNS = """
mapping: m
title: t
owner: credit
desk: credit
legal_entity: GS-US
source: s
provenance: p
formats:
  us: {pattern: "%m/%d/%Y"}
  short: {pattern: "%d-%b-%y", pivot: 69}
  late: {pattern: "%d-%b-%y", pivot: 20}
columns:
  text: text
  zip: {pad_to: 5, missing: ["0"]}
  count: integer
  ratio: decimal
  money: {type: money, currency: USD}
  yen: {type: money, currency: JPY}
  day: {type: date, formats: [us, short]}
  late: {type: date, formats: [late]}
  plain_day: date
  moment: instant
  flag: {type: boolean, values: {Y: "true", N: "false"}}
  lenient: {values: {A: a}, unlisted: missing}
  open: {values: {A: a}, unlisted: keep}
  franchise: {type: boolean, values: {"0": "false"}, otherwise: "true"}
  needed: {required: true}
  secret: {type: integer, personal: true}
facts: [{kind: k, subject: "{text}", effective_at: plain_day}]
"""
READ = column_parsers(parse_mapping(COLUMNS))


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("text", "  Cafe\u0301 ", "Caf\u00e9"),
        ("text", "   ", None),
        ("zip", "4711", "04711"),
        ("zip", "0", None),
        ("count", "-12", -12),
        ("ratio", "0.10", Decimal("0.10")),
        ("ratio", "1e37", Decimal("1e37")),
        ("money", "$60,000.00 ", Money(6_000_000, "USD")),
        ("yen", "1200", Money(1200, "JPY")),
        ("day", "2/28/1997", date(1997, 2, 28)),
        ("day", "29-Aug-14", date(2014, 8, 29)),
        ("day", "31-Oct-88", date(1988, 10, 31)),
        ("day", "01-Jan-69", date(1969, 1, 1)),
        ("day", "31-Dec-68", date(2068, 12, 31)),
        ("late", "01-Jan-19", date(2019, 1, 1)),
        ("late", "01-Jan-20", date(1920, 1, 1)),
        ("plain_day", "2026-11-22", date(2026, 11, 22)),
        ("moment", "2016-02-29T01:16:00", datetime(2016, 2, 29, 1, 16)),  # noqa: DTZ001
        ("flag", "Y", True),
        ("lenient", "Z", None),
        ("open", "Z", "Z"),
        ("franchise", "0", False),
        ("franchise", "79140", True),
        (None, None, None),
    ],
)
def test_what_is_read(column: str | None, text: str | None, value: object) -> None:
    read = READ[column or "text"](text)

    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("column", "text", "refusal"),
    [
        ("count", "1.5", ValueUnreadable),
        ("count", "NaN", ValueUnreadable),
        ("count", "9" * 19, ValueUnreadable),
        ("ratio", "Infinity", ValueUnreadable),
        ("ratio", "one", ValueUnreadable),
        ("ratio", "1e38", ValueUnreadable),
        ("ratio", "1e-999999999", ValueUnreadable),
        ("money", "12.345", Refusal),
        ("money", "NaN", Refusal),
        ("day", "2/30/1997", ValueUnreadable),
        ("day", "1997-02-28", ValueUnreadable),
        ("plain_day", "28.2.1997", ValueUnreadable),
        ("moment", "yesterday", ValueUnreadable),
        ("flag", "T", ValueUnreadable),
        ("needed", " ", ValueMissing),
        ("text", "x" * 1_000_000, ValueTooLong),
    ],
)
def test_what_is_refused_by_name(column: str, text: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as refused:
        READ[column](text)

    assert refused.value.field == column


def test_a_personal_value_is_not_repeated_in_its_refusal() -> None:
    with pytest.raises(ValueUnreadable) as refused:
        READ["secret"]("Maria Inventada")

    assert "Maria" not in str(refused.value)


def test_a_date_is_its_first_moment_in_the_zone_of_its_source() -> None:
    zone = ZoneInfo("America/Sao_Paulo")

    moment = as_instant(date(2018, 1, 1), shift_days=1, zone=zone).astimezone(UTC)

    assert moment == datetime(2018, 1, 2, 2, tzinfo=UTC)


@given(st.text(max_size=40), st.sampled_from(sorted(READ)))
def test_any_text_is_read_or_refused_never_a_surprise(text: str, column: str) -> None:
    refused_field = column
    try:
        READ[column](text)
    except Refusal as refusal:
        refused_field = refusal.field

    assert refused_field == column
