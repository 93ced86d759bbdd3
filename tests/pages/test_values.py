"""Values as people read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import engines

from goodstanding.web.cells import (
    cell_html,
    day_text,
    duration_text,
    estimate_html,
    instant_text,
    local_text,
    number_text,
    percent_text,
    words,
)
from goodstanding.web.types import Column, Estimate, Signal

WINTER = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "zone", "expected"),
    [
        (WINTER, "", "22 Nov 2026 14:05 GMT"),
        (SUMMER, "", "1 Jul 2026 15:05 BST"),
        (SUMMER, "UTC", "1 Jul 2026 14:05 UTC"),
        (SUMMER, "Europe/Berlin", "1 Jul 2026 16:05 CEST"),
        (None, "", ""),
    ],
)
def test_an_instant_says_its_zone(value: datetime | None, zone: str, expected: str) -> None:
    assert instant_text(value, zone=zone) == expected


def test_a_sentence_of_the_gate_tells_the_time_of_the_page() -> None:
    said = "The approval of policy x 1 ended on 1 Jul 2026 14:05 UTC; the next on 22 Nov 2026"

    assert local_text(said) == said.replace("14:05 UTC", "15:05 BST")
    assert local_text("since 22 Nov 2026 14:05 UTC") == "since 22 Nov 2026 14:05 GMT"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (38 * 60, "38 min"),
        (59 * 60 + 40, "1 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(hours=23, minutes=59, seconds=40), "1 day"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=3, hours=4), "3 days 4 h"),
        (timedelta(minutes=-12), "\N{MINUS SIGN}12 min"),
        (None, ""),
    ],
)
def test_a_duration_is_said_as_people_say_it(
    value: timedelta | float | None, expected: str
) -> None:
    assert duration_text(value) == expected


def test_numbers_carry_their_separators_and_sign() -> None:
    assert number_text(12345) == "12,345"
    assert number_text(-0.5, places=2) == "\N{MINUS SIGN}0.50"
    assert percent_text(0.0324) == "3.2\N{NO-BREAK SPACE}%"
    assert percent_text(None) == ""
    assert day_text(date(2026, 11, 2)) == "2 Nov 2026"


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        (Estimate(0.03, 1204, 0.02, 0.04), ["3.0", "2.0\N{EN DASH}4.0", "1,204"]),
        (Estimate(0.03, provisional=True), ["provisional"]),
        (Estimate(None, 0), ["no rows"]),
        (Estimate(None), ["not known yet"]),
    ],
)
def test_an_estimate_carries_what_it_may_be_trusted_for(
    estimate: Estimate, expected: list[str]
) -> None:
    text = estimate_html(estimate)

    assert [part for part in expected if part not in text] == []


def test_a_name_in_a_cell_cannot_become_markup() -> None:
    column = Column("name", "Name", link=lambda row: "/x?a=1&b=2")

    cell = cell_html(column, {"name": "<script>alert(1)</script>"})

    assert "<script>" not in cell
    assert 'href="/x?a=1&amp;b=2"' in cell


def test_what_is_not_there_is_a_dash_and_leads_nowhere() -> None:
    column = Column("name", "Name", link=lambda row: "/x")

    assert cell_html(column, {"name": None}) == "\N{EN DASH}"


def test_a_signal_is_a_shape_and_a_word() -> None:
    text = cell_html(Column("state", "State", kind="signal"), {"state": Signal("act", "Overdue")})

    assert "<svg" in text
    assert "Overdue" in text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{{ 1|counted:"case,cases" }}', "1 case"),
        ('{{ 1204|counted:"case,cases" }}', "1,204 cases"),
        ("{{ 'make_api_key'|words }}", "Make API key"),
        ("{{ 'Ana Maria Kovač'|initials }}", "AK"),
        ('{{ 123450|money:"GBP" }}', "£1,234.50"),
        ('{% fold "Why" note="7 rules" %}<b>x</b>{% endfold %}', "<b>x</b>"),
    ],
)
def test_filters_and_tags(source: str, expected: str) -> None:
    assert expected in engines["django"].from_string(source).render({})


def test_facts_of_the_trail_read_as_people_write_them() -> None:
    fact = {"since": "2026-11-22T14:05:09.031606+00:00", "arms": ["a", "b"], "is_on": True}

    said = engines["django"].from_string("{{ fact|facts }}").render({"fact": fact})

    assert said == "since 22 Nov 2026 14:05 GMT, arms a, b, is on yes"
    assert words("make_api_key") == "Make API key"
