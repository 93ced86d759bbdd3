"""Deadline clocks: when a target is reached, and how much of it is left.

B(t, u) is the open time in [t, u) outside the union of the pauses. A clock that counts time is
due at the earliest u >= t with B(t, u) = target: at closing time, never at the next opening; a
target of zero is due at once. Pauses are counted on the calendar of the due time itself.

    open_time_between(calendar=, since=, until=, pauses=()) -> timedelta           B(t, u)
    add_open_time(calendar=, since=, target=, pauses=()) -> datetime | None        its inverse
    due_time(calendar=, clock=, started_at=, pauses=()) -> DueTime | None
    time_left(calendar=, clock=, started_at=, at=, pauses=()) -> timedelta
    open_time_left(calendar=, clock=, started_at=, at=, pauses=()) -> timedelta
    threshold_times(calendar=, clock=, started_at=, pauses=(), percents=(50, 75, 100))
    business_hours(n), elapsed_hours(n), business_days(n), calendar_days(n), calendar_months(n)

Source: the field guide on seller operations, section 3; Regulation (EEC) 1182/71 for the
parameters count_from, end_of_day and roll.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from goodstanding.deadlines.calendar import Calendar
from goodstanding.deadlines.errors import CalendarHorizonExceeded, ClockInvalid, PauseInvalid
from goodstanding.deadlines.timeline import (
    MICROSECOND,
    Elapsed,
    Measure,
    Span,
    day_end,
    instant_at,
    local_wall,
    to_datetime,
    to_instant,
)
from goodstanding.deadlines.types import (
    Clock,
    ClockKind,
    CountFrom,
    DueTime,
    PausedSpan,
    Roll,
    ThresholdTime,
)

# The end of a pause that has not ended; later than any instant of a calendar.
NEVER = 2**62
ONE_DAY = timedelta(days=1)


def business_hours(hours: float) -> Clock:
    """A clock of so many hours of open time."""
    return Clock(kind=ClockKind.BUSINESS_TIME, target=round(hours * 3600))


def elapsed_hours(hours: float) -> Clock:
    """A clock of so many hours in UTC, open or not."""
    return Clock(kind=ClockKind.ELAPSED, target=round(hours * 3600))


def business_days(days: int) -> Clock:
    """A clock that runs to the close of the n-th open date after the start's date."""
    return Clock(kind=ClockKind.BUSINESS_DAYS, target=days)


def calendar_days(days: int, *, roll: Roll = Roll.NONE) -> Clock:
    """A clock of dates: the event's date does not count, the last one counts to its end."""
    return Clock(kind=ClockKind.CALENDAR_DAYS, target=days, roll=roll)


def calendar_months(months: int, *, roll: Roll = Roll.NONE) -> Clock:
    """A clock of months, clamped to the month's last date: 31 August and six is 28 February."""
    return Clock(kind=ClockKind.CALENDAR_MONTHS, target=months, roll=roll)


def open_time_between(
    *, calendar: Calendar, since: datetime, until: datetime, pauses: Sequence[PausedSpan] = ()
) -> timedelta:
    """B(since, until): open time outside the pauses' union.

    Raises ClockInvalid when until precedes since, CalendarHorizonExceeded outside the version.
    """
    start, end = to_instant(since), to_instant(until)
    if end < start:
        raise ClockInvalid(why=f"until {until.isoformat()} precedes since {since.isoformat()}")
    return _running_time(calendar.open_time, start, end, merge_pauses(pauses)) * MICROSECOND


def add_open_time(
    *,
    calendar: Calendar,
    since: datetime,
    target: timedelta,
    pauses: Sequence[PausedSpan] = (),
) -> datetime | None:
    """The earliest u >= since with B(since, u) = target; None while an open pause prevents it."""
    reached = _reach(
        calendar.open_time, to_instant(since), target // MICROSECOND, merge_pauses(pauses)
    )
    return None if reached is None else to_datetime(reached)


def due_time(
    *,
    calendar: Calendar,
    clock: Clock,
    started_at: datetime,
    pauses: Sequence[PausedSpan] = (),
) -> DueTime | None:
    """When the clock runs out; None while an open pause prevents it.

    Raises ClockInvalid for a negative target, PauseInvalid for a pause that ends before it
    starts or stands on a clock that counts dates.
    """
    if clock.target < 0:
        raise ClockInvalid(field="target", why=f"its target {clock.target} is negative")
    if clock.target == 0:
        return DueTime(due_at=started_at)
    if clock.counts_time:
        reached = _reach(
            measure_of(calendar, clock),
            to_instant(started_at),
            clock.target * 1_000_000,
            merge_pauses(pauses),
        )
        return None if reached is None else DueTime(due_at=to_datetime(reached))
    if pauses:
        raise PauseInvalid(why=f"a clock that counts {clock.kind.value} cannot be paused")
    return _due_by_dates(calendar, clock, started_at)


def time_left(
    *,
    calendar: Calendar,
    clock: Clock,
    started_at: datetime,
    at: datetime,
    pauses: Sequence[PausedSpan] = (),
) -> timedelta:
    """Clock time left at an instant; negative once overdue, by the clock time since the due.

    Clocks that count dates are measured in open time. While a pause is open, the time that was
    left when it began. A pause after the breach heals nothing.
    """
    due = due_time(calendar=calendar, clock=clock, started_at=started_at, pauses=pauses)
    return _left(measure_of(calendar, clock), clock, due, started_at, at, pauses)


def open_time_left(
    *,
    calendar: Calendar,
    clock: Clock,
    started_at: datetime,
    at: datetime,
    pauses: Sequence[PausedSpan] = (),
) -> timedelta:
    """Open time left at an instant, whatever the clock counts: what a queue is ordered by.

    An elapsed clock under an open pause has no due; its own time left is given.
    """
    due = due_time(calendar=calendar, clock=clock, started_at=started_at, pauses=pauses)
    measure = measure_of(calendar, clock) if due is None else calendar.open_time
    return _left(measure, clock, due, started_at, at, pauses)


def threshold_times(
    *,
    calendar: Calendar,
    clock: Clock,
    started_at: datetime,
    pauses: Sequence[PausedSpan] = (),
    percents: Sequence[int] = (50, 75, 100),
) -> tuple[ThresholdTime, ...]:
    """When each percentage of the clock is used and its notice may be sent.

    Clocks that count time use their own time; clocks that count dates the open time from start
    to due, and 100 % is their due time. A threshold behind an open pause is left out. A notice
    waits for the calendar's next open date outside quiet hours.
    """
    due = due_time(calendar=calendar, clock=clock, started_at=started_at, pauses=pauses)
    start = to_instant(started_at)
    found: list[ThresholdTime] = []
    for percent in percents:
        if percent == 100 and due is not None:
            reached: int | None = to_instant(due.due_at)
        elif clock.counts_time:
            used = -(-clock.target * 1_000_000 * percent // 100)
            reached = _reach(measure_of(calendar, clock), start, used, merge_pauses(pauses))
        elif due is not None:
            end = to_instant(due.due_at)
            used = -(-_running_time(calendar.open_time, start, end, []) * percent // 100)
            reached = _reach(calendar.open_time, start, used, []) if used else end
        else:
            reached = None
        if reached is not None:
            found.append(_threshold(calendar, percent, reached))
    return tuple(found)


def measure_of(calendar: Calendar, clock: Clock) -> Measure:
    """The time that a clock counts or, for clocks of dates, the calendar's open time."""
    return Elapsed() if clock.kind is ClockKind.ELAPSED else calendar.open_time


def merge_pauses(pauses: Sequence[PausedSpan]) -> list[Span]:
    """The union of the pauses as disjoint spans in order. Raises PauseInvalid."""
    merged: list[Span] = []
    for pause in sorted(pauses, key=lambda pause: pause.starts_at):
        start = to_instant(pause.starts_at)
        end = NEVER if pause.ends_at is None else to_instant(pause.ends_at)
        if end < start:
            raise PauseInvalid(
                why=f"{pause.reason!r} ends before it starts at {pause.starts_at.isoformat()}"
            )
        if merged and start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(Span(start, end))
    return merged


def counted_dates(*, calendar: Calendar, clock: Clock, started_on: date) -> Iterator[date]:
    """The open dates that a business_days clock counts, without end; the n-th is its last."""
    day = started_on if clock.count_from is CountFrom.EVENT_DAY else started_on + ONE_DAY
    while True:
        if day > calendar.last_day:
            raise _horizon(calendar, f"open date {clock.target}")
        if calendar.is_open_day(day):
            yield day
        day += ONE_DAY


def period_end(*, clock: Clock, started_on: date) -> date:
    """The last date of a period in calendar days or months, before any roll."""
    if clock.kind is ClockKind.CALENDAR_DAYS:
        last = started_on + timedelta(days=clock.target)
    else:
        last = started_on + relativedelta(months=clock.target)
    return last - ONE_DAY if clock.count_from is CountFrom.EVENT_DAY else last


def rolled(*, calendar: Calendar, last_day: date, roll: Roll) -> date:
    """The last day after its roll. Raises CalendarHorizonExceeded if no open date is known."""
    step = {Roll.NONE: 0, Roll.FOLLOWING: 1, Roll.PRECEDING: -1}[roll]
    while step and not calendar.is_open_day(last_day):
        last_day += timedelta(days=step)
        if not calendar.first_day <= last_day <= calendar.last_day:
            raise _horizon(calendar, "the open date to roll to")
    return last_day


def _due_by_dates(calendar: Calendar, clock: Clock, started_at: datetime) -> DueTime:
    start = to_instant(started_at)
    timeline = calendar.open_time
    timeline.check(start)
    wall = local_wall(calendar.offsets, start)
    if clock.kind is ClockKind.BUSINESS_DAYS:
        dates = counted_dates(calendar=calendar, clock=clock, started_on=wall.date())
        for _ in range(clock.target - 1):
            next(dates)
        last_day = next(dates)
        closes = timeline.closes_by_day.get(last_day, day_end(calendar.offsets, last_day))
        return DueTime(due_at=to_datetime(closes), last_day=last_day)
    last_day = rolled(
        calendar=calendar,
        last_day=period_end(clock=clock, started_on=wall.date()),
        roll=clock.roll,
    )
    if clock.end_of_day:
        due = day_end(calendar.offsets, last_day)
    else:
        due = instant_at(calendar.offsets, datetime.combine(last_day, wall.time()))
    timeline.check(due)
    return DueTime(due_at=to_datetime(due), last_day=last_day if clock.end_of_day else None)


def _running_time(measure: Measure, start: int, end: int, paused: Sequence[Span]) -> int:
    total = measure.position(end) - measure.position(start)
    for pause in paused:
        low, high = max(start, pause.start), min(end, pause.end)
        if low < high:
            total -= measure.position(high) - measure.position(low)
    return total


def _reach(measure: Measure, start: int, target: int, paused: Sequence[Span]) -> int | None:
    """Walk from pause to pause; what is left after the last is added in one step."""
    if target <= 0:
        return start
    for pause in paused:
        if pause.end <= start:
            continue
        if start < pause.start:
            target_position = measure.position(start) + target
            if target_position <= measure.position(pause.start):
                return measure.reach(target_position)
            target -= measure.position(pause.start) - measure.position(start)
        if pause.end == NEVER:
            return None
        start = pause.end
    return measure.reach(measure.position(start) + target)


def _left(
    measure: Measure,
    clock: Clock,
    due: DueTime | None,
    started_at: datetime,
    at: datetime,
    pauses: Sequence[PausedSpan],
) -> timedelta:
    now, start = to_instant(at), to_instant(started_at)
    paused = merge_pauses(pauses)
    if due is None:
        used = _running_time(measure, start, max(now, start), paused)
        return (clock.target * 1_000_000 - used) * MICROSECOND
    due_at = to_instant(due.due_at)
    if now <= due_at:
        return _running_time(measure, max(now, start), due_at, paused) * MICROSECOND
    return -_running_time(measure, due_at, now, []) * MICROSECOND


def _threshold(calendar: Calendar, percent: int, reached: int) -> ThresholdTime:
    notice = calendar.notice_time.next_open(reached)
    return ThresholdTime(
        percent=percent, reached_at=to_datetime(reached), notice_at=to_datetime(notice)
    )


def _horizon(calendar: Calendar, wanted: str) -> CalendarHorizonExceeded:
    known = f"{calendar.first_day} to {calendar.last_day}"
    return CalendarHorizonExceeded(name=calendar.name, known=known, wanted=wanted)
