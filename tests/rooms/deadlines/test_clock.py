"""The field guide's table of due times, and the refusals of the clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from goodstanding.core.time import InstantWithoutZone
from goodstanding.deadlines.clock import (
    add_open_time,
    business_days,
    business_hours,
    calendar_days,
    calendar_months,
    due_time,
    elapsed_hours,
    open_time_between,
    open_time_left,
    threshold_times,
    time_left,
)
from goodstanding.deadlines.errors import CalendarHorizonExceeded, ClockInvalid, PauseInvalid
from goodstanding.deadlines.types import Clock, ClockKind, CountFrom, PausedSpan, Roll


def local(calendar, text):
    """An instant from local wall time; a repeated hour means its first pass."""
    return datetime.fromisoformat(text).replace(tzinfo=calendar.tzinfo).astimezone(UTC)


def shown(calendar, at):
    return f"{at.astimezone(calendar.tzinfo):%Y-%m-%d %H:%M}"


def pause(calendar, start, end, reason="asked the seller"):
    return PausedSpan(
        starts_at=local(calendar, start),
        ends_at=None if end is None else local(calendar, end),
        reason=reason,
    )


GUIDE_TABLE = [
    ("england", business_hours(16), "2026-04-02 16:00", "2026-04-08 16:00"),
    ("scotland", business_hours(16), "2026-04-02 16:00", "2026-04-07 16:00"),
    ("bavaria", business_hours(4), "2026-06-03 16:00", "2026-06-05 11:00"),
    ("berlin", business_hours(4), "2026-06-03 16:00", "2026-06-04 11:00"),
    ("england", elapsed_hours(24), "2026-10-24 12:00", "2026-10-25 11:00"),
    ("england", elapsed_hours(24), "2026-03-28 12:00", "2026-03-29 13:00"),
    ("england", business_hours(4), "2026-11-13 13:00", "2026-11-13 17:00"),
    ("london_nights", business_hours(7), "2026-10-24 23:00", "2026-10-25 05:00"),
    ("london_nights", business_hours(7), "2026-03-28 23:00", "2026-03-29 23:00"),
    ("england", business_days(5), "2026-04-02 16:00", "2026-04-13 17:00"),
    ("scotland", business_days(5), "2026-04-02 16:00", "2026-04-10 17:00"),
]


@pytest.mark.parametrize(("name", "clock", "start", "due"), GUIDE_TABLE)
def test_a_clock_runs_out_as_the_guide_says(calendars, name, clock, start, due):
    calendar = calendars[name]

    found = due_time(calendar=calendar, clock=clock, started_at=local(calendar, start))

    assert shown(calendar, found.due_at) == due


def test_a_pause_moves_the_due_and_its_thresholds(calendars):
    england = calendars["england"]
    start = local(england, "2026-11-18 10:00")
    asked = [pause(england, "2026-11-18 15:00", "2026-11-20 11:00")]

    due = due_time(calendar=england, clock=business_hours(8), started_at=start, pauses=asked)
    thresholds = threshold_times(
        calendar=england, clock=business_hours(8), started_at=start, pauses=asked
    )

    assert shown(england, due.due_at) == "2026-11-20 14:00"
    assert [(found.percent, shown(england, found.reached_at)) for found in thresholds] == [
        (50, "2026-11-18 14:00"),
        (75, "2026-11-20 12:00"),
        (100, "2026-11-20 14:00"),
    ]


def test_thirty_days_notice_ends_with_its_last_day(calendars):
    england = calendars["england"]

    due = due_time(
        calendar=england,
        clock=calendar_days(30),
        started_at=local(england, "2026-11-25 15:00"),
    )

    assert due.last_day == date(2026, 12, 25)
    assert shown(england, due.due_at) == "2026-12-26 00:00"


def test_ten_days_to_collect_run_from_the_qualifying_date(calendars):
    england = calendars["england"]

    due = due_time(
        calendar=england,
        clock=calendar_days(10),
        started_at=local(england, "2026-03-31 09:00"),
    )

    assert due.last_day == date(2026, 4, 10)


DATE_TABLE = [
    # clock, start, last day
    (calendar_months(6), "2026-08-31 10:00", date(2027, 2, 28)),
    (calendar_months(6), "2027-08-31 10:00", date(2028, 2, 29)),
    (calendar_days(30, roll=Roll.FOLLOWING), "2026-11-25 15:00", date(2026, 12, 29)),
    (calendar_days(30, roll=Roll.PRECEDING), "2026-11-25 15:00", date(2026, 12, 24)),
    (calendar_days(5, roll=Roll.FOLLOWING), "2026-11-09 15:00", date(2026, 11, 16)),
    (
        Clock(kind=ClockKind.CALENDAR_DAYS, target=10, count_from=CountFrom.EVENT_DAY),
        "2026-03-31 09:00",
        date(2026, 4, 9),
    ),
    (
        Clock(kind=ClockKind.CALENDAR_MONTHS, target=1, count_from=CountFrom.EVENT_DAY),
        "2026-03-31 09:00",
        date(2026, 4, 29),
    ),
    (
        Clock(kind=ClockKind.BUSINESS_DAYS, target=1, count_from=CountFrom.EVENT_DAY),
        "2026-04-02 16:00",
        date(2026, 4, 2),
    ),
]


@pytest.mark.parametrize(("clock", "start", "last_day"), DATE_TABLE)
def test_the_last_day_follows_the_parameters(calendars, clock, start, last_day):
    england = calendars["england"]

    due = due_time(calendar=england, clock=clock, started_at=local(england, start))

    assert due.last_day == last_day


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-10 15:20", 2, "2026-11-12 15:20"),
        ("2026-03-28 01:30", 1, "2026-03-29 02:00"),  # 01:30 is skipped: the jump itself
        ("2026-10-24 01:30", 1, "2026-10-25 01:30"),  # 01:30 comes twice: the first
    ],
)
def test_a_period_may_end_at_the_wall_time_of_its_event(calendars, start, days, due):
    england = calendars["england"]
    clock = Clock(kind=ClockKind.CALENDAR_DAYS, target=days, end_of_day=False)

    found = due_time(calendar=england, clock=clock, started_at=local(england, start))

    assert shown(england, found.due_at) == due
    assert found.last_day is None


@pytest.mark.parametrize(
    "clock", [business_hours(0), elapsed_hours(0), business_days(0), calendar_days(0)]
)
def test_a_target_of_zero_is_due_at_once(calendars, clock):
    sunday = local(calendars["england"], "2026-11-15 03:00")

    assert due_time(calendar=calendars["england"], clock=clock, started_at=sunday).due_at == sunday


def test_an_open_pause_leaves_no_due_but_what_was_left(calendars):
    england = calendars["england"]
    start = local(england, "2026-11-18 10:00")
    asked = [pause(england, "2026-11-18 15:00", None)]
    clock = business_hours(8)
    two_days_on = local(england, "2026-11-20 11:00")

    due = due_time(calendar=england, clock=clock, started_at=start, pauses=asked)
    left = time_left(calendar=england, clock=clock, started_at=start, at=two_days_on, pauses=asked)

    assert due is None
    assert left == timedelta(hours=3)
    assert [
        found.percent
        for found in threshold_times(calendar=england, clock=clock, started_at=start, pauses=asked)
    ] == [50]


def test_a_pause_in_closed_time_changes_nothing(calendars):
    england = calendars["england"]
    start = local(england, "2026-11-18 16:00")
    overnight = [pause(england, "2026-11-18 18:00", "2026-11-19 08:00")]

    due = due_time(calendar=england, clock=business_hours(4), started_at=start, pauses=overnight)

    assert shown(england, due.due_at) == "2026-11-19 12:00"


def test_a_pause_after_the_breach_heals_nothing(calendars):
    england = calendars["england"]
    start = local(england, "2026-11-18 10:00")
    late = [pause(england, "2026-11-18 15:00", None)]
    clock = business_hours(4)

    due = due_time(calendar=england, clock=clock, started_at=start, pauses=late)
    left = time_left(
        calendar=england,
        clock=clock,
        started_at=start,
        at=local(england, "2026-11-19 10:00"),
        pauses=late,
    )

    assert shown(england, due.due_at) == "2026-11-18 14:00"
    assert left == -timedelta(hours=4)


def test_overlapping_pauses_count_once(calendars):
    england = calendars["england"]
    start = local(england, "2026-11-18 09:00")
    pauses = [
        pause(england, "2026-11-18 10:00", "2026-11-18 12:00", "asked the seller"),
        pause(england, "2026-11-18 11:00", "2026-11-18 13:00", "asked the bank"),
    ]

    due = due_time(calendar=england, clock=business_hours(2), started_at=start, pauses=pauses)

    assert shown(england, due.due_at) == "2026-11-18 14:00"


def test_a_pause_holds_an_elapsed_clock_too(calendars):
    england = calendars["england"]
    start = local(england, "2026-11-18 10:00")
    asked = [pause(england, "2026-11-18 12:00", "2026-11-18 18:00")]

    due = due_time(calendar=england, clock=elapsed_hours(24), started_at=start, pauses=asked)

    assert shown(england, due.due_at) == "2026-11-19 16:00"


def test_open_time_left_measures_every_kind_alike(calendars):
    england = calendars["england"]
    start = local(england, "2026-11-13 16:00")
    at = local(england, "2026-11-13 16:30")

    left = {
        clock.kind: open_time_left(calendar=england, clock=clock, started_at=start, at=at)
        for clock in (elapsed_hours(24), business_hours(4), business_days(1), calendar_days(3))
    }

    assert left == {
        ClockKind.ELAPSED: timedelta(minutes=30),
        ClockKind.BUSINESS_TIME: timedelta(hours=3, minutes=30),
        ClockKind.BUSINESS_DAYS: timedelta(hours=8, minutes=30),
        ClockKind.CALENDAR_DAYS: timedelta(hours=8, minutes=30),
    }


def test_notices_wait_for_open_dates_and_quiet_hours(calendars):
    england = calendars["england"]
    start = local(england, "2026-11-13 20:00")

    found = threshold_times(calendar=england, clock=elapsed_hours(24), started_at=start)

    assert [(threshold.percent, shown(england, threshold.reached_at)) for threshold in found] == [
        (50, "2026-11-14 08:00"),
        (75, "2026-11-14 14:00"),
        (100, "2026-11-14 20:00"),
    ]
    assert {shown(england, threshold.notice_at) for threshold in found} == {"2026-11-16 07:00"}


def test_thresholds_of_a_legal_period_stand_in_open_time(calendars):
    england = calendars["england"]
    start = local(england, "2026-11-25 15:00")

    found = threshold_times(calendar=england, clock=calendar_days(30), started_at=start)

    # 2 h on 25 Nov and 21 whole days to 24 Dec: 170 h of open time, then Christmas.
    assert [shown(england, threshold.reached_at) for threshold in found] == [
        "2026-12-10 12:00",
        "2026-12-17 14:30",
        "2026-12-26 00:00",
    ]


def test_a_negative_target_is_refused(calendars):
    with pytest.raises(ClockInvalid, match="negative"):
        due_time(
            calendar=calendars["england"],
            clock=business_days(-1),
            started_at=datetime(2026, 1, 5, tzinfo=UTC),
        )


def test_a_time_without_a_zone_is_refused(calendars):
    with pytest.raises(InstantWithoutZone, match="no time zone"):
        due_time(
            calendar=calendars["england"],
            clock=business_hours(1),
            started_at=datetime(2026, 1, 5),  # noqa: DTZ001 - the point of the test
        )


def test_a_pause_on_a_clock_of_dates_is_refused(calendars):
    england = calendars["england"]

    with pytest.raises(PauseInvalid, match="cannot be paused"):
        due_time(
            calendar=england,
            clock=calendar_days(30),
            started_at=local(england, "2026-11-25 15:00"),
            pauses=[pause(england, "2026-11-26 09:00", None)],
        )


def test_a_pause_that_ends_before_it_starts_is_refused(calendars):
    england = calendars["england"]

    with pytest.raises(PauseInvalid, match="ends before"):
        due_time(
            calendar=england,
            clock=business_hours(8),
            started_at=local(england, "2026-11-25 15:00"),
            pauses=[pause(england, "2026-11-26 09:00", "2026-11-26 08:00")],
        )


def test_time_outside_the_version_is_refused(calendars):
    england = calendars["england"]
    last_week = local(england, "2028-12-29 15:00")

    for clock in (business_hours(16), business_days(3), calendar_days(30)):
        with pytest.raises(CalendarHorizonExceeded, match="longer version"):
            due_time(calendar=england, clock=clock, started_at=last_week)
    with pytest.raises(CalendarHorizonExceeded):
        open_time_between(calendar=england, since=datetime(2020, 1, 1, tzinfo=UTC), until=last_week)


def test_time_cannot_run_backwards(calendars):
    england = calendars["england"]
    noon = local(england, "2026-11-25 12:00")

    with pytest.raises(ClockInvalid, match="precedes"):
        open_time_between(calendar=england, since=noon, until=noon - timedelta(minutes=1))


def test_open_time_is_added_to_the_microsecond(calendars):
    england = calendars["england"]
    start = local(england, "2026-11-25 16:59") + timedelta(microseconds=1)

    due = add_open_time(calendar=england, since=start, target=timedelta(minutes=1))

    assert due == local(england, "2026-11-26 09:00") + timedelta(microseconds=1)
