"""Laws of the clock, over drawn calendars, instants and pauses, daylight saving included."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.deadlines.calendar import (
    CalendarDefinition,
    SpecialDay,
    freeze_calendar,
)
from goodstanding.deadlines.clock import (
    add_open_time,
    business_hours,
    due_time,
    open_time_between,
)
from goodstanding.deadlines.explanation import explain
from goodstanding.deadlines.types import PausedSpan

ZONES = (
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",  # its clocks change at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Casablanca",
    "Asia/Kathmandu",
)
FIRST = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

hours = st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True).map(
    lambda quarters: tuple(
        (start * 15, end * 15)
        for start, end in zip(*[iter(sorted(quarters)[: len(quarters) // 2 * 2])] * 2, strict=True)
    )
)


@st.composite
def drawn_calendars(draw):
    specials = draw(st.dictionaries(st.integers(0, 350), hours | st.just(()), max_size=8))
    week = [draw(hours | st.just(())) for _ in range(6)]
    definition = CalendarDefinition(
        name="drawn",
        title="Drawn",
        zone=draw(st.sampled_from(ZONES)),
        country="GB",
        subdivision=draw(st.sampled_from(["ENG", "SCT"])),
        week=(*week, draw(hours)),
        special_days=tuple(
            SpecialDay(on=date(2026, 1, 1) + timedelta(days=day), name="special", hours=open_)
            for day, open_ in specials.items()
        ),
    )
    return freeze_calendar(definition=definition, first_year=2025, last_year=2028)


instants = st.integers(0, 340 * 24 * 60).map(lambda minutes: FIRST + minutes * MINUTE)
pauses = st.lists(
    st.tuples(instants, st.integers(0, 10_000)).map(
        lambda pair: PausedSpan(
            starts_at=pair[0], ends_at=pair[0] + pair[1] * MINUTE, reason="asked"
        )
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(calendar=drawn_calendars(), ends=st.lists(instants, min_size=3, max_size=3), paused=pauses)
def test_open_time_is_additive(calendar, ends, paused):
    t, u, v = sorted(ends)

    def between(since, until):
        return open_time_between(calendar=calendar, since=since, until=until, pauses=paused)

    assert between(t, u) + between(u, v) == between(t, v)


@settings(max_examples=60, deadline=None)
@given(calendar=drawn_calendars(), t=instants, seconds=st.integers(0, 80 * 3600), paused=pauses)
def test_what_is_added_is_what_has_passed(calendar, t, seconds, paused):
    target = timedelta(seconds=seconds)

    due = add_open_time(calendar=calendar, since=t, target=target, pauses=paused)

    assert due >= t
    assert open_time_between(calendar=calendar, since=t, until=due, pauses=paused) == target
    if due > t:
        earlier = due - timedelta(microseconds=1)
        assert open_time_between(calendar=calendar, since=t, until=earlier, pauses=paused) < target


@settings(max_examples=60, deadline=None)
@given(
    calendar=drawn_calendars(),
    starts=st.tuples(instants, instants),
    seconds=st.tuples(st.integers(0, 80 * 3600), st.integers(0, 80 * 3600)),
    paused=pauses,
)
def test_adding_is_monotone_in_start_and_target(calendar, starts, seconds, paused):
    (t, later), (short, long) = sorted(starts), sorted(seconds)

    def add(since, target):
        return add_open_time(
            calendar=calendar, since=since, target=timedelta(seconds=target), pauses=paused
        )

    assert add(t, short) <= add(t, long)
    assert add(t, short) <= add(later, short)


@pytest.mark.parametrize("changes_near", ["2026-03-27", "2026-04-04", "2026-10-23", "2026-09-04"])
@settings(max_examples=20, deadline=None)
@given(calendar=drawn_calendars(), minutes=st.integers(1, 4 * 24 * 60), paused=pauses)
def test_a_minute_by_minute_count_agrees(changes_near, calendar, minutes, paused):
    """Read straight off the zone database, minute by minute, across changes of the clocks."""
    since = datetime.fromisoformat(changes_near).replace(tzinfo=UTC)
    zone = ZoneInfo(calendar.zone)

    def is_counted(at):
        wall = at.astimezone(zone)
        minute = wall.hour * 60 + wall.minute
        is_open = any(a <= minute < b for a, b in calendar.intervals_on(wall.date()))
        return is_open and not any(span.starts_at <= at < span.ends_at for span in paused)

    counted = sum(is_counted(since + number * MINUTE) for number in range(minutes))

    assert (
        open_time_between(
            calendar=calendar, since=since, until=since + minutes * MINUTE, pauses=paused
        )
        == counted * MINUTE
    )


@settings(max_examples=60, deadline=None)
@given(calendar=drawn_calendars(), t=instants, target=st.integers(1, 60), paused=pauses)
def test_an_explanation_adds_up_without_gaps(calendar, t, target, paused):
    clock = business_hours(target)

    due = due_time(calendar=calendar, clock=clock, started_at=t, pauses=paused)
    steps = explain(calendar=calendar, clock=clock, started_at=t, pauses=paused).steps

    assert sum((step.counted for step in steps), timedelta()) == timedelta(hours=target)
    assert steps[0].starts_at == t
    assert steps[-1].ends_at == due.due_at
    assert all(before.ends_at == after.starts_at for before, after in pairwise(steps))
