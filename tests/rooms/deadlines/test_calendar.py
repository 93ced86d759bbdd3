"""Calendars are read with clear refusals, frozen, and named by the digest of their content."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from goodstanding.deadlines.calendar import (
    Calendar,
    SpecialDay,
    freeze_calendar,
    load_calendar_definition,
    read_calendar_definition,
    shipped_calendar_names,
)
from goodstanding.deadlines.clock import open_time_between
from goodstanding.deadlines.errors import CalendarInvalid

PLAIN = """
title: Plain
zone: Europe/London
country: GB
subdivision: ENG
week:
  monday: ["09:00-12:00", "13:00-17:00"]
special_days:
  2026-04-06: {name: Stock-taking, hours: ["10:00-11:00"]}
  2026-04-13: {name: Move of the office}
"""


def test_every_shipped_calendar_freezes():
    for name in shipped_calendar_names():
        calendar = freeze_calendar(
            definition=load_calendar_definition(name=name), first_year=2026, last_year=2026
        )
        assert calendar.open_time.starts


def test_a_version_is_named_by_its_content():
    definition = load_calendar_definition(name="england")

    first = freeze_calendar(definition=definition, first_year=2026, last_year=2027)
    again = freeze_calendar(definition=definition, first_year=2026, last_year=2027)
    mourning = replace(
        definition,
        special_days=(SpecialDay(on=date(2026, 9, 14), name="Day of mourning", hours=()),),
    )
    other = freeze_calendar(definition=mourning, first_year=2026, last_year=2027)

    assert first.version == again.version
    assert first.version != other.version
    assert len(first.version) == 64


def test_a_version_reads_back_from_its_content():
    definition = read_calendar_definition(name="plain", text=PLAIN)
    frozen = freeze_calendar(definition=definition, first_year=2026, last_year=2026)

    read = Calendar.from_content(frozen.content())

    assert read == frozen
    assert read.version == frozen.version


def test_a_special_day_overrides_weekday_and_holiday():
    calendar = freeze_calendar(
        definition=read_calendar_definition(name="plain", text=PLAIN),
        first_year=2026,
        last_year=2026,
    )

    easter_monday, move, sunday, may_day = (
        date(2026, 4, 6),
        date(2026, 4, 13),
        date(2026, 4, 12),
        date(2026, 5, 4),
    )

    assert calendar.intervals_on(easter_monday) == ((600, 660),)
    assert calendar.closed_because(easter_monday) is None
    assert calendar.closed_because(move) == "Move of the office"
    assert calendar.closed_because(sunday) == "Sunday"
    assert calendar.closed_because(may_day) == "May Day"


def test_a_night_belongs_to_the_dates_it_touches():
    nights = load_calendar_definition(name="london_nights")

    assert nights.week[0] == ((0, 360), (1320, 1440))


def test_the_zone_rules_are_frozen_with_the_version():
    calendar = freeze_calendar(
        definition=read_calendar_definition(name="plain", text=PLAIN),
        first_year=2026,
        last_year=2026,
    )
    # The same version under the rule that London had given up summer time.
    without_summer = replace(calendar, offsets=calendar.offsets[:1])
    july = datetime(2026, 7, 6, 8, tzinfo=UTC)

    opened = [
        open_time_between(calendar=version, since=july, until=july + timedelta(hours=1))
        for version in (calendar, without_summer)
    ]

    assert opened == [timedelta(hours=1), timedelta(0)]
    assert calendar.version != without_summer.version


REFUSED = [
    ("just text", "mapping"),
    (PLAIN.replace("zone:", "timezone:"), "timezone"),
    (PLAIN.replace("title: Plain", ""), "title"),
    (PLAIN.replace("monday", "moonday"), "moonday"),
    (PLAIN.replace("13:00", "11:00"), "overlap"),
    (PLAIN.replace("09:00-12:00", "nine to twelve"), "HH:MM"),
    (PLAIN.replace("09:00-12:00", "09:00"), "HH:MM"),
    (PLAIN.replace("{name: Move of the office}", "{}"), "needs a name"),
    (PLAIN.replace('["10:00-11:00"]', '["11:00-10:00"]'), "ends before"),
]


@pytest.mark.parametrize(("text", "named"), REFUSED)
def test_a_calendar_that_cannot_be_read_names_the_place(text, named):
    with pytest.raises(CalendarInvalid, match=named):
        read_calendar_definition(name="plain", text=text)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"zone": "Europe/Nowhere"}, "Nowhere"),
        ({"country": "XX"}, "XX"),
        ({"subdivision": "XX"}, "XX"),
        ({"week": ()}, "seven days"),
    ],
)
def test_a_calendar_that_cannot_be_frozen_says_why(change, named):
    definition = replace(read_calendar_definition(name="plain", text=PLAIN), **change)

    with pytest.raises(CalendarInvalid, match=named):
        freeze_calendar(definition=definition, first_year=2026, last_year=2026)


def test_years_that_run_backwards_are_refused():
    definition = read_calendar_definition(name="plain", text=PLAIN)

    with pytest.raises(CalendarInvalid, match="precedes"):
        freeze_calendar(definition=definition, first_year=2026, last_year=2025)


def test_an_unknown_calendar_names_those_there_are():
    with pytest.raises(CalendarInvalid, match="bavaria"):
        load_calendar_definition(name="atlantis")
