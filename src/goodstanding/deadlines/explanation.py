"""How a due time came about, stretch by stretch, in the words of the calendar.

    explain(calendar=, clock=, started_at=, pauses=(), at=None) -> Explanation

The counted stretches of a clock with a due time add up to its target. Without one (a pause is
open) the explanation runs to `at`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from goodstanding.deadlines.calendar import Calendar
from goodstanding.deadlines.clock import (
    ONE_DAY,
    counted_dates,
    due_time,
    measure_of,
    merge_pauses,
    period_end,
)
from goodstanding.deadlines.timeline import (
    MICROSECOND,
    Measure,
    Span,
    day_end,
    local_wall,
    to_datetime,
    to_instant,
)
from goodstanding.deadlines.types import (
    Clock,
    ClockKind,
    CountFrom,
    DueTime,
    ExplainedStep,
    Explanation,
    PausedSpan,
    StepState,
)

NOTHING = timedelta(0)


def explain(
    *,
    calendar: Calendar,
    clock: Clock,
    started_at: datetime,
    pauses: Sequence[PausedSpan] = (),
    at: datetime | None = None,
) -> Explanation:
    """Every stretch from start to due (or to `at` while a pause is open), with why.

    Raises what `due_time` raises.
    """
    due = due_time(calendar=calendar, clock=clock, started_at=started_at, pauses=pauses)
    if clock.target == 0:
        steps: list[ExplainedStep] = []
    elif clock.counts_time:
        end = due.due_at if due is not None else max(at or started_at, started_at)
        steps = _time_steps(calendar, clock, started_at, end, pauses)
    elif due is not None and clock.kind is ClockKind.BUSINESS_DAYS:
        steps = _business_day_steps(calendar, clock, started_at, due)
    else:
        steps = _period_steps(calendar, clock, started_at, due)
    return Explanation(
        clock=clock,
        calendar_name=calendar.name,
        calendar_version=calendar.version,
        zone=calendar.zone,
        started_at=started_at,
        steps=tuple(steps),
        due=due,
    )


def _time_steps(
    calendar: Calendar,
    clock: Clock,
    started_at: datetime,
    ends_at: datetime,
    pauses: Sequence[PausedSpan],
) -> list[ExplainedStep]:
    steps: list[ExplainedStep] = []
    running = NOTHING
    for state, span in _stretches(measure_of(calendar, clock), started_at, ends_at, pauses):
        counted = (span.end - span.start) * MICROSECOND if state == "counted" else NOTHING
        running += counted
        steps.append(
            ExplainedStep(
                starts_at=to_datetime(span.start),
                ends_at=to_datetime(span.end),
                state=state,
                counted=counted,
                running=running,
                note=_time_note(calendar, state, span, pauses),
            )
        )
    return steps


def _stretches(
    measure: Measure, started_at: datetime, ends_at: datetime, pauses: Sequence[PausedSpan]
) -> Iterator[tuple[StepState, Span]]:
    """Pauses whole, and between them what was open and what was closed."""
    cursor, end = to_instant(started_at), to_instant(ends_at)
    for pause in merge_pauses(pauses):
        if pause.end <= cursor or pause.start >= end:
            continue
        yield from _open_and_closed(measure, cursor, max(cursor, pause.start))
        stop = min(pause.end, end)
        yield "paused", Span(max(cursor, pause.start), stop)
        cursor = stop
    yield from _open_and_closed(measure, cursor, end)


def _open_and_closed(measure: Measure, start: int, end: int) -> Iterator[tuple[StepState, Span]]:
    for span in measure.spans(start, end) if start < end else ():
        if start < span.start:
            yield "closed", Span(start, span.start)
        yield "counted", span
        start = span.end
    if start < end:
        yield "closed", Span(start, end)


def _time_note(
    calendar: Calendar, state: StepState, span: Span, pauses: Sequence[PausedSpan]
) -> str:
    if state == "counted":
        return "counted"
    if state == "paused":
        reasons = [
            pause.reason
            for pause in sorted(pauses, key=lambda pause: pause.starts_at)
            if to_instant(pause.starts_at) < span.end
            and (pause.ends_at is None or to_instant(pause.ends_at) > span.start)
        ]
        return "; ".join(dict.fromkeys(reasons))
    closed = [reason for reason in _closed_reasons(calendar, span) if reason]
    return ", ".join(closed) or "outside hours"


def _closed_reasons(calendar: Calendar, span: Span) -> Iterator[str | None]:
    day = local_wall(calendar.offsets, span.start).date()
    last = local_wall(calendar.offsets, span.end - 1).date()
    while day <= last:
        yield calendar.closed_because(day)
        day += ONE_DAY


def _business_day_steps(
    calendar: Calendar, clock: Clock, started_at: datetime, due: DueTime
) -> list[ExplainedStep]:
    started_on = local_wall(calendar.offsets, to_instant(started_at)).date()
    dates = counted_dates(calendar=calendar, clock=clock, started_on=started_on)
    counted = {next(dates) for _ in range(clock.target)}
    last = max(counted)
    rows: list[tuple[date, StepState, str]] = []
    day = started_on
    while day <= last:
        if day in counted:
            rows.append((day, "counted", f"open date {len([d for d in counted if d <= day])}"))
        elif day == started_on:
            rows.append((day, "not_counted", "the date of the start does not count"))
        else:
            rows.append((day, "closed", calendar.closed_because(day) or "closed"))
        day += ONE_DAY
    return _date_steps(calendar, started_at, due, rows)


def _period_steps(
    calendar: Calendar, clock: Clock, started_at: datetime, due: DueTime | None
) -> list[ExplainedStep]:
    """The event's date, the period, and its roll: at most one step each."""
    if due is None:
        return []
    started_on = local_wall(calendar.offsets, to_instant(started_at)).date()
    unrolled = period_end(clock=clock, started_on=started_on)
    last = due.last_day or local_wall(calendar.offsets, to_instant(due.due_at)).date()
    unit = "months" if clock.kind is ClockKind.CALENDAR_MONTHS else "calendar days"
    period = f"period of {clock.target} {unit}, every date counts"
    if last < unrolled:
        period += f"; {unrolled:%a %d %b %Y} is closed, so it ends on the open date before"
    rows: list[tuple[date, StepState, str]] = []
    for number in range((last - started_on).days + 1):
        day = started_on + timedelta(days=number)
        if number == 0 and clock.count_from is CountFrom.DAY_AFTER:
            rows.append((day, "not_counted", "the date of the event does not count"))
        elif day <= unrolled:
            rows.append((day, "counted", period))
        else:
            rows.append((day, "rolled", f"{unrolled:%a %d %b %Y} is closed: the next open date"))
    return _date_steps(calendar, started_at, due, rows)


def _date_steps(
    calendar: Calendar,
    started_at: datetime,
    due: DueTime,
    rows: Sequence[tuple[date, StepState, str]],
) -> list[ExplainedStep]:
    """One step for each run of dates with the same state and note (closed runs join)."""
    steps: list[ExplainedStep] = []
    running = NOTHING
    starts_at = started_at
    for (state, note), run in groupby(rows, key=_run_key):
        dates = list(run)
        counted = ONE_DAY * len(dates) if state == "counted" else NOTHING
        running += counted
        ends_at = to_datetime(day_end(calendar.offsets, dates[-1][0]))
        steps.append(
            ExplainedStep(
                starts_at=starts_at,
                ends_at=min(ends_at, due.due_at),
                state=state,
                counted=counted,
                running=running,
                note=note or ", ".join(row[2] for row in dates),
            )
        )
        starts_at = ends_at
    return steps


def _run_key(row: tuple[date, StepState, str]) -> tuple[StepState, str]:
    return (row[1], "") if row[1] == "closed" else (row[1], row[2])
