"""Read deadlines as they stood at an instant.

deadline_at(deadline_id=, at=) -> Deadline
deadlines_of(subject_kind=, subject_id=, at=) -> list[Deadline]
deadlines_of_subjects(subject_kind=, subject_ids=, at=) -> dict subject -> list[Deadline]
running_deadlines(at=, subject_kind=None) -> list[Deadline], least open time left first
deadlines_at_risk(at=, within=, subject_kind=None) -> list[Deadline]
explain_deadline(deadline_id=, at=) -> Explanation
calendar_named(name=) -> Calendar
open_time_after(calendar=, at=, open_time=) -> datetime
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db.models import Q, QuerySet

from goodstanding.core.errors import NotFound
from goodstanding.deadlines import models
from goodstanding.deadlines.calendar import Calendar
from goodstanding.deadlines.clock import due_time, open_time_left
from goodstanding.deadlines.errors import CalendarInvalid
from goodstanding.deadlines.explanation import explain
from goodstanding.deadlines.timeline import MICROSECOND, to_datetime, to_instant
from goodstanding.deadlines.types import (
    Clock,
    ClockKind,
    CountFrom,
    Deadline,
    DeadlineState,
    DueTime,
    Explanation,
    PausedSpan,
    Roll,
)


def deadline_at(*, deadline_id: UUID, at: datetime) -> Deadline:
    """One deadline. Raises NotFound."""
    row = _rows().filter(id=deadline_id).first()
    if row is None:
        raise NotFound(what="deadline", key=deadline_id)
    return view_of(row, at=at)


def deadlines_of(*, subject_kind: str, subject_id: UUID, at: datetime) -> list[Deadline]:
    """All deadlines of a subject that had started, oldest first."""
    found = deadlines_of_subjects(subject_kind=subject_kind, subject_ids=[subject_id], at=at)
    return found.get(subject_id, [])


def deadlines_of_subjects(
    *, subject_kind: str, subject_ids: Iterable[UUID], at: datetime
) -> dict[UUID, list[Deadline]]:
    """All deadlines of many subjects in three queries, each subject's oldest first."""
    rows = _rows().filter(
        subject_kind=subject_kind, subject_id__in=list(subject_ids), started_at__lte=at
    )
    found: dict[UUID, list[Deadline]] = {}
    for row in rows.order_by("started_at", "id"):
        found.setdefault(row.subject_id, []).append(view_of(row, at=at))
    return found


def running_deadlines(*, at: datetime, subject_kind: str | None = None) -> list[Deadline]:
    """Every open deadline, the least open time left first; the most overdue leads."""
    rows = open_deadline_rows(at=at)
    if subject_kind is not None:
        rows = rows.filter(subject_kind=subject_kind)
    views = [view_of(row, at=at) for row in rows]
    return sorted(views, key=_urgency)


def deadlines_at_risk(
    *, at: datetime, within: timedelta, subject_kind: str | None = None
) -> list[Deadline]:
    """Open deadlines, overdue ones included, with no more open time left than `within`."""
    return [
        deadline
        for deadline in running_deadlines(at=at, subject_kind=subject_kind)
        if deadline.state is not DeadlineState.PAUSED
        and deadline.open_left is not None
        and deadline.open_left <= within
    ]


def explain_deadline(*, deadline_id: UUID, at: datetime) -> Explanation:
    """How its due time came about, as known at an instant. Raises NotFound."""
    row = _rows().filter(id=deadline_id).first()
    if row is None:
        raise NotFound(what="deadline", key=deadline_id)
    return explain(
        calendar=calendar_of_version(row.calendar.version),
        clock=clock_of(row),
        started_at=row.started_at,
        pauses=pauses_of(row, at=at),
        at=at,
    )


def open_pauses_of_request(*, request_id: UUID) -> list[UUID]:
    """The pauses that a sent request began and that have not ended, on deadlines still open."""
    rows = models.Pause.objects.filter(
        request_id=request_id,
        end=None,
        deadline__satisfaction=None,
        deadline__cancellation=None,
        deadline__supersession=None,
    )
    return list(rows.order_by("starts_at", "id").values_list("id", flat=True))


def calendar_named(*, name: str) -> Calendar:
    """The newest frozen version of a calendar. Raises CalendarInvalid if there is none."""
    return calendar_of_version(latest_version_of(name).version)


def open_time_after(*, calendar: str, at: datetime, open_time: timedelta) -> datetime:
    """The instant at which this much open time of a calendar has passed since `at`.

    Closing time, never the next opening. Raises CalendarInvalid, CalendarHorizonExceeded.
    """
    timeline = calendar_named(name=calendar).open_time
    passed = timeline.position(to_instant(at)) + open_time // MICROSECOND
    return to_datetime(timeline.reach(passed))


def latest_version_of(name: str) -> models.CalendarVersion:
    """The newest frozen row of a calendar. Raises CalendarInvalid."""
    row = models.CalendarVersion.objects.filter(name=name).order_by("-frozen_at", "-id").first()
    if row is None:
        raise CalendarInvalid(name=name, why="no version of it has been frozen")
    return row


@lru_cache(maxsize=64)
def calendar_of_version(version: str) -> Calendar:
    """The calendar with this digest; kept in the process, since content cannot change."""
    row = models.CalendarVersion.objects.get(version=version)
    return Calendar.from_content(row.content)


def open_deadline_rows(*, at: datetime) -> "QuerySet[models.Deadline]":
    """Rows that had started and not ended by an instant."""
    return (
        _rows()
        .filter(started_at__lte=at)
        .filter(Q(satisfaction=None) | Q(satisfaction__satisfied_at__gt=at))
        .filter(Q(cancellation=None) | Q(cancellation__cancelled_at__gt=at))
        .filter(Q(supersession=None) | Q(supersession__superseded_at__gt=at))
        .prefetch_related("thresholdnotice_set")
    )


def clock_of(row: models.Deadline) -> Clock:
    """The clock of a row."""
    return Clock(
        kind=ClockKind(row.clock_kind),
        target=row.target,
        count_from=CountFrom(row.count_from),
        end_of_day=row.end_of_day,
        roll=Roll(row.roll),
    )


def pauses_of(
    row: models.Deadline, *, at: datetime, ending: UUID | None = None
) -> list[PausedSpan]:
    """The pauses begun by an instant; one that ended later is still open then.

    `ending` is a pause to take as ended at the instant.
    """
    spans: list[PausedSpan] = []
    for pause in _pauses(row):
        if pause.starts_at > at:
            continue
        end = getattr(pause, "end", None)
        ends_at = end.ends_at if end is not None and end.ends_at <= at else None
        if pause.id == ending:
            ends_at = at
        spans.append(PausedSpan(starts_at=pause.starts_at, ends_at=ends_at, reason=pause.reason))
    return spans


def view_of(row: models.Deadline, *, at: datetime) -> Deadline:
    """A row as it stood at an instant."""
    calendar = calendar_of_version(row.calendar.version)
    clock = clock_of(row)
    pauses = pauses_of(row, at=at)
    due = due_time(calendar=calendar, clock=clock, started_at=row.started_at, pauses=pauses)
    state, ended_at = _state(row, due, pauses, at)
    left = None
    if ended_at is None:
        left = open_time_left(
            calendar=calendar, clock=clock, started_at=row.started_at, at=at, pauses=pauses
        )
    return Deadline(
        id=row.id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        kind=row.kind,
        legal=row.legal,
        provision=row.provision,
        clock=clock,
        calendar_name=calendar.name,
        calendar_version=calendar.version,
        zone=calendar.zone,
        started_at=row.started_at,
        due_at=None if due is None else due.due_at,
        last_day=None if due is None else due.last_day,
        state=state,
        open_left=left,
        ended_at=ended_at,
        pauses=tuple(pauses),
    )


def _state(
    row: models.Deadline, due: DueTime | None, pauses: Sequence[PausedSpan], at: datetime
) -> tuple[DeadlineState, datetime | None]:
    """Where it stood; a deadline missed before it was superseded stays missed."""
    ends = [
        (DeadlineState.MET, "satisfaction", "satisfied_at"),
        (DeadlineState.CANCELLED, "cancellation", "cancelled_at"),
        (DeadlineState.SUPERSEDED, "supersession", "superseded_at"),
    ]
    for state, name, field in ends:
        end = getattr(row, name, None)
        ended_at: datetime | None = None if end is None else getattr(end, field)
        if ended_at is not None and ended_at <= at:
            is_late = due is not None and due.due_at < ended_at
            late = is_late and state is not DeadlineState.CANCELLED
            return (DeadlineState.MISSED if late else state), ended_at
    if due is not None and due.due_at < at:
        return DeadlineState.OVERDUE, None
    is_paused = any(pause.ends_at is None for pause in pauses)
    return (DeadlineState.PAUSED if is_paused else DeadlineState.RUNNING), None


def _urgency(deadline: Deadline) -> tuple[bool, timedelta, datetime]:
    left = deadline.open_left if deadline.open_left is not None else timedelta.max
    return (deadline.state is DeadlineState.PAUSED, left, deadline.started_at)


def _rows() -> "QuerySet[models.Deadline]":
    """Deadlines with their ends; a calendar's content, years of it, is read once by its version."""
    ends = ("calendar", "satisfaction", "cancellation", "supersession")
    rows = models.Deadline.objects.select_related(*ends).defer("calendar__content")
    return rows.prefetch_related("pause_set__end")


def _pauses(row: models.Deadline) -> list[models.Pause]:
    return sorted(row.pause_set.all(), key=lambda pause: pause.starts_at)
