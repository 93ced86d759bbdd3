"""A due time is told stretch by stretch in words a specialist can check against a diary."""

from datetime import UTC, datetime, timedelta

from goodstanding.deadlines.clock import (
    business_days,
    business_hours,
    calendar_days,
    calendar_months,
)
from goodstanding.deadlines.explanation import explain
from goodstanding.deadlines.types import PausedSpan, Roll

HOUR = timedelta(hours=1)


def told(calendar, explanation):
    """The steps as (from, to, state, counted, note), times local."""
    return [
        (
            f"{step.starts_at.astimezone(calendar.tzinfo):%d %b %H:%M}",
            f"{step.ends_at.astimezone(calendar.tzinfo):%d %b %H:%M}",
            step.state,
            step.counted,
            step.note,
        )
        for step in explanation.steps
    ]


def test_sixteen_business_hours_over_easter(calendars):
    england = calendars["england"]

    told_steps = told(
        england,
        explain(
            calendar=england,
            clock=business_hours(16),
            started_at=datetime(2026, 4, 2, 15, tzinfo=UTC),
        ),
    )

    assert told_steps == [
        ("02 Apr 16:00", "02 Apr 17:00", "counted", HOUR, "counted"),
        (
            "02 Apr 17:00",
            "07 Apr 09:00",
            "closed",
            0 * HOUR,
            "Good Friday, Saturday, Sunday, Easter Monday",
        ),
        ("07 Apr 09:00", "07 Apr 17:00", "counted", 8 * HOUR, "counted"),
        ("07 Apr 17:00", "08 Apr 09:00", "closed", 0 * HOUR, "outside hours"),
        ("08 Apr 09:00", "08 Apr 16:00", "counted", 7 * HOUR, "counted"),
    ]


def test_a_pause_is_one_stretch_with_its_reason(calendars):
    england = calendars["england"]
    asked = PausedSpan(
        starts_at=datetime(2026, 11, 18, 15, tzinfo=UTC),
        ends_at=datetime(2026, 11, 20, 11, tzinfo=UTC),
        reason="asked the seller for an invoice",
    )

    explanation = explain(
        calendar=england,
        clock=business_hours(8),
        started_at=datetime(2026, 11, 18, 10, tzinfo=UTC),
        pauses=[asked],
    )

    assert told(england, explanation) == [
        ("18 Nov 10:00", "18 Nov 15:00", "counted", 5 * HOUR, "counted"),
        ("18 Nov 15:00", "20 Nov 11:00", "paused", 0 * HOUR, "asked the seller for an invoice"),
        ("20 Nov 11:00", "20 Nov 14:00", "counted", 3 * HOUR, "counted"),
    ]
    assert explanation.calendar_version == england.version


def test_an_open_pause_is_told_up_to_now(calendars):
    england = calendars["england"]
    asked = PausedSpan(
        starts_at=datetime(2026, 11, 18, 15, tzinfo=UTC), ends_at=None, reason="asked"
    )

    explanation = explain(
        calendar=england,
        clock=business_hours(8),
        started_at=datetime(2026, 11, 18, 10, tzinfo=UTC),
        pauses=[asked],
        at=datetime(2026, 11, 19, 12, tzinfo=UTC),
    )

    assert explanation.due is None
    assert [step.state for step in explanation.steps] == ["counted", "paused"]
    assert explanation.steps[-1].ends_at == datetime(2026, 11, 19, 12, tzinfo=UTC)


def test_business_days_are_numbered(calendars):
    scotland = calendars["scotland"]

    explanation = explain(
        calendar=scotland,
        clock=business_days(2),
        started_at=datetime(2026, 4, 2, 15, tzinfo=UTC),
    )

    assert [(step.state, step.note) for step in explanation.steps] == [
        ("not_counted", "the date of the start does not count"),
        ("closed", "Good Friday, Saturday, Sunday"),
        ("counted", "open date 1"),
        ("counted", "open date 2"),
    ]
    assert explanation.steps[-1].running == timedelta(days=2)
    assert explanation.steps[-1].ends_at == explanation.due.due_at


def test_a_period_is_told_in_at_most_three_steps(calendars):
    england = calendars["england"]
    notice = datetime(2026, 11, 25, 15, tzinfo=UTC)

    plain = explain(calendar=england, clock=calendar_days(30), started_at=notice)
    following = explain(
        calendar=england, clock=calendar_days(30, roll=Roll.FOLLOWING), started_at=notice
    )
    preceding = explain(
        calendar=england, clock=calendar_days(30, roll=Roll.PRECEDING), started_at=notice
    )
    months = explain(calendar=england, clock=calendar_months(1), started_at=notice)

    assert [(step.state, step.counted.days) for step in plain.steps] == [
        ("not_counted", 0),
        ("counted", 30),
    ]
    assert [step.state for step in following.steps] == ["not_counted", "counted", "rolled"]
    assert following.steps[-1].note == "Fri 25 Dec 2026 is closed: the next open date"
    assert preceding.steps[-1].note.endswith("so it ends on the open date before")
    assert months.steps[-1].note == "period of 1 months, every date counts"


def test_a_target_of_zero_needs_no_steps(calendars):
    start = datetime(2026, 4, 2, 15, tzinfo=UTC)

    explanation = explain(calendar=calendars["england"], clock=business_hours(0), started_at=start)

    assert explanation.steps == ()
    assert explanation.due.due_at == start
