"""Open deadlines and keep what happens to them; every change is a row of its own.

    freeze_calendar_version(name=, first_year=, last_year=, at=) -> str (version)
    ensure_calendars(at=) -> dict name -> version
    open_deadline(subject_kind=, subject_id=, kind=, clock=, calendar=,
                  started_at=, by=) -> Deadline
    open_legal_deadline(subject_kind=, subject_id=, kind=, regime=, code=, calendar=,
                        started_at=, by=) -> Deadline
    pause_deadline(deadline_id=, reason=, request_id=, at=, by=) -> UUID (pause)
    end_pause(pause_id=, at=, by=) -> Deadline
    satisfy_deadline(deadline_id=, at=, by=) -> Deadline
    cancel_deadline(deadline_id=, reason=, at=, by=) -> Deadline
    retarget_deadline(deadline_id=, clock=, reason=, at=, by=) -> Deadline (the successor)
    fire_due_notices(at=) -> int

`by` is an actor as the audit trail names it: a login, `key:<prefix>` or `system:<process>`.
"""

from datetime import datetime
from importlib.metadata import version as installed_version
from uuid import UUID

from django.db import transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.locks import lock_record
from goodstanding.core.outbox import publish
from goodstanding.deadlines import models
from goodstanding.deadlines.calendar import (
    freeze_calendar,
    load_calendar_definition,
    shipped_calendar_names,
)
from goodstanding.deadlines.clock import due_time, threshold_times
from goodstanding.deadlines.errors import (
    ClockInvalid,
    DeadlineEnded,
    LegalDeadlineRunsOn,
    PauseInvalid,
    PauseNotOpen,
    ReasonMissing,
)
from goodstanding.deadlines.queries import (
    calendar_of_version,
    clock_of,
    deadline_at,
    latest_version_of,
    open_deadline_rows,
    pauses_of,
    view_of,
)
from goodstanding.deadlines.types import (
    Clock,
    ClockKind,
    CountFrom,
    Deadline,
    Roll,
)
from goodstanding.regimes.queries import legal_clock

YEARS_BACK, YEARS_AHEAD = 12, 6


@transaction.atomic
def freeze_calendar_version(*, name: str, first_year: int, last_year: int, at: datetime) -> str:
    """Freeze a shipped calendar and keep it; returns its version, the same for the same content.

    Raises CalendarInvalid.
    """
    frozen = freeze_calendar(
        definition=load_calendar_definition(name=name),
        first_year=first_year,
        last_year=last_year,
    )
    models.CalendarVersion.objects.get_or_create(
        version=frozen.version,
        defaults={
            "name": frozen.name,
            "content": frozen.content(),
            "first_day": frozen.first_day,
            "last_day": frozen.last_day,
            "holidays_library": f"holidays {installed_version('holidays')}",
            "frozen_at": at,
        },
    )
    return frozen.version


def ensure_calendars(*, at: datetime) -> dict[str, str]:
    """Freeze every shipped calendar for the years around an instant; safe to repeat."""
    return {
        name: freeze_calendar_version(
            name=name, first_year=at.year - YEARS_BACK, last_year=at.year + YEARS_AHEAD, at=at
        )
        for name in shipped_calendar_names()
    }


@transaction.atomic
def open_deadline(
    *,
    subject_kind: str,
    subject_id: UUID,
    kind: str,
    clock: Clock,
    calendar: str,
    started_at: datetime,
    by: str,
) -> Deadline:
    """Open an SLA on the newest version of the calendar named.

    Raises CalendarInvalid if no version of it is frozen, ClockInvalid, CalendarHorizonExceeded.
    """
    row = _new_row(
        subject_kind=subject_kind,
        subject_id=subject_id,
        kind=kind,
        clock=clock,
        calendar=latest_version_of(calendar),
        started_at=started_at,
        by=by,
    )
    row.save(force_insert=True)
    return view_of(row, at=started_at)


@transaction.atomic
def open_legal_deadline(
    *,
    subject_kind: str,
    subject_id: UUID,
    kind: str,
    regime: str,
    code: str,
    calendar: str,
    started_at: datetime,
    by: str,
) -> Deadline:
    """Open the deadline that a regime's provision sets, as the law stood at the start.

    Raises ProvisionNotFound, CalendarInvalid, CalendarHorizonExceeded.
    """
    period = legal_clock(regime=regime, code=code, as_of=started_at.date())
    row = _new_row(
        subject_kind=subject_kind,
        subject_id=subject_id,
        kind=kind,
        clock=Clock(
            kind=ClockKind(period.clock_kind),
            target=period.target,
            count_from=CountFrom(period.count_from),
            end_of_day=period.end_of_day,
            roll=Roll(period.roll),
        ),
        calendar=latest_version_of(calendar),
        started_at=started_at,
        by=by,
        provision=f"{regime}/{code}@{period.valid_from}#{period.revision}",
    )
    row.save(force_insert=True)
    return view_of(row, at=started_at)


@transaction.atomic
def pause_deadline(
    *, deadline_id: UUID, reason: str, request_id: UUID, at: datetime, by: str
) -> UUID:
    """Let the clock stand still because the request was sent; returns the pause's id.

    Raises LegalDeadlineRunsOn, DeadlineEnded, ReasonMissing, PauseInvalid for a clock that
    counts dates or a pause before the start.
    """
    row = _open_row(deadline_id, at=at)
    if row.legal:
        raise LegalDeadlineRunsOn(kind=row.kind)
    if not reason.strip():
        raise ReasonMissing(field="reason", verb="A pause")
    if not clock_of(row).counts_time:
        raise PauseInvalid(why=f"a clock that counts {row.clock_kind} cannot be paused")
    if at < row.started_at:
        raise PauseInvalid(why="it starts before the deadline's own start")
    pause = models.Pause.objects.create(
        deadline=row, starts_at=at, reason=reason.strip(), request_id=request_id, paused_by=by
    )
    _audit("pause_deadline", row, at=at, by=by, reason=reason, request_id=str(request_id))
    return pause.id


@transaction.atomic
def end_pause(*, pause_id: UUID, at: datetime, by: str) -> Deadline:
    """Let the clock run again.

    Raises PauseNotOpen, or PauseInvalid if it would end before it began.
    """
    lock_record(pause_id)
    pause = models.Pause.objects.select_related("deadline__calendar", "end").get(id=pause_id)
    ended = getattr(pause, "end", None)
    if ended is not None:
        raise PauseNotOpen(ended_at=f"{ended.ends_at:%Y-%m-%d %H:%M} UTC")
    if at < pause.starts_at:
        raise PauseInvalid(why=f"{pause.reason!r} would end before it starts")
    row = pause.deadline
    due = due_time(
        calendar=calendar_of_version(row.calendar.version),
        clock=clock_of(row),
        started_at=row.started_at,
        pauses=pauses_of(row, at=at, ending=pause_id),
    )
    models.PauseEnd.objects.create(
        pause=pause, ends_at=at, due_at=None if due is None else due.due_at, ended_by=by
    )
    _audit("end_pause", row, at=at, by=by, pause_id=str(pause_id))
    return deadline_at(deadline_id=row.id, at=at)


@transaction.atomic
def satisfy_deadline(*, deadline_id: UUID, at: datetime, by: str) -> Deadline:
    """What was due is done; late or not, it stands so. Raises DeadlineEnded, ClockInvalid."""
    row = _open_row(deadline_id, at=at)
    if at < row.started_at:
        raise ClockInvalid(field="at", why="it would be satisfied before its start")
    models.Satisfaction.objects.create(deadline=row, satisfied_at=at, satisfied_by=by)
    return deadline_at(deadline_id=row.id, at=at)


@transaction.atomic
def cancel_deadline(*, deadline_id: UUID, reason: str, at: datetime, by: str) -> Deadline:
    """The duty fell away. Raises DeadlineEnded, ReasonMissing."""
    row = _open_row(deadline_id, at=at)
    if not reason.strip():
        raise ReasonMissing(field="reason", verb="A cancellation")
    models.Cancellation.objects.create(
        deadline=row, cancelled_at=at, cancelled_by=by, reason=reason.strip()
    )
    _audit("cancel_deadline", row, at=at, by=by, reason=reason)
    return deadline_at(deadline_id=row.id, at=at)


@transaction.atomic
def retarget_deadline(
    *, deadline_id: UUID, clock: Clock, reason: str, at: datetime, by: str
) -> Deadline:
    """Put another target in a deadline's place, from the same start and on the same calendar.

    Its pauses are carried over. If the old target was missed before, the miss stands.
    Raises LegalDeadlineRunsOn, DeadlineEnded, ReasonMissing, PauseInvalid when a paused deadline
    would move to a clock that counts dates.
    """
    row = _open_row(deadline_id, at=at)
    if row.legal:
        raise LegalDeadlineRunsOn(kind=row.kind)
    if not reason.strip():
        raise ReasonMissing(field="reason", verb="A new target")
    successor = _new_row(
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        kind=row.kind,
        clock=clock,
        calendar=row.calendar,
        started_at=row.started_at,
        by=by,
    )
    successor.save(force_insert=True)
    _carry_pauses(row, successor)
    models.Supersession.objects.create(
        superseded=row, successor=successor, superseded_at=at, superseded_by=by, reason=reason
    )
    _audit("retarget_deadline", row, at=at, by=by, reason=reason, successor=str(successor.id))
    return deadline_at(deadline_id=successor.id, at=at)


def fire_due_notices(*, at: datetime) -> int:
    """Tell of every threshold of an open deadline whose notice may be sent by now, each once.

    Publishes `deadline_threshold_reached`; returns how many. Safe to repeat and to run twice.
    """
    fired = 0
    for row in open_deadline_rows(at=at):
        told = {notice.percent for notice in row.thresholdnotice_set.all()}
        for threshold in threshold_times(
            calendar=calendar_of_version(row.calendar.version),
            clock=clock_of(row),
            started_at=row.started_at,
            pauses=pauses_of(row, at=at),
        ):
            if threshold.percent in told or threshold.notice_at > at:
                continue
            fired += _tell(row, threshold.percent, threshold.reached_at, threshold.notice_at)
    return fired


@transaction.atomic
def _tell(row: models.Deadline, percent: int, reached_at: datetime, notice_at: datetime) -> bool:
    _notice, is_new = models.ThresholdNotice.objects.get_or_create(
        deadline=row,
        percent=percent,
        defaults={"reached_at": reached_at, "notice_at": notice_at},
    )
    if is_new:
        publish(
            kind="deadline_threshold_reached",
            subject_id=row.id,
            payload={
                "subject_kind": row.subject_kind,
                "subject_id": str(row.subject_id),
                "kind": row.kind,
                "percent": percent,
                "reached_at": reached_at.isoformat(),
            },
        )
    return is_new


def _new_row(
    *,
    subject_kind: str,
    subject_id: UUID,
    kind: str,
    clock: Clock,
    calendar: models.CalendarVersion,
    started_at: datetime,
    by: str,
    provision: str = "",
) -> models.Deadline:
    due = due_time(
        calendar=calendar_of_version(calendar.version), clock=clock, started_at=started_at
    )
    if due is None:
        raise ClockInvalid(why="it has no due time")
    return models.Deadline(
        subject_kind=subject_kind,
        subject_id=subject_id,
        kind=kind,
        legal=bool(provision),
        provision=provision,
        clock_kind=clock.kind,
        target=clock.target,
        count_from=clock.count_from,
        end_of_day=clock.end_of_day,
        roll=clock.roll,
        calendar=calendar,
        started_at=started_at,
        due_at=due.due_at,
        last_day=due.last_day,
        opened_by=by,
    )


def _carry_pauses(row: models.Deadline, successor: models.Deadline) -> None:
    pauses = list(row.pause_set.select_related("end").order_by("starts_at"))
    if pauses and not clock_of(successor).counts_time:
        raise PauseInvalid(why="a clock that counts dates cannot take over its pauses")
    for pause in pauses:
        carried = models.Pause.objects.create(
            deadline=successor,
            starts_at=pause.starts_at,
            reason=pause.reason,
            request_id=pause.request_id,
            paused_by=pause.paused_by,
        )
        end = getattr(pause, "end", None)
        if end is not None:
            models.PauseEnd.objects.create(
                pause=carried, ends_at=end.ends_at, due_at=None, ended_by=end.ended_by
            )


def _open_row(deadline_id: UUID, *, at: datetime) -> models.Deadline:
    lock_record(deadline_id)
    view = deadline_at(deadline_id=deadline_id, at=at)
    row = models.Deadline.objects.select_related("calendar").get(id=deadline_id)
    ended = models.Deadline.objects.filter(id=deadline_id).exclude(
        satisfaction=None, cancellation=None, supersession=None
    )
    if not view.is_open or ended.exists():
        raise DeadlineEnded(kind=row.kind, how=view.state.value)
    return row


def _audit(action: str, row: models.Deadline, *, at: datetime, by: str, **detail: str) -> None:
    write_audit(
        actor=by,
        action=action,
        object_kind="deadline",
        object_id=row.id,
        at=at,
        detail={"subject_kind": row.subject_kind, "subject_id": str(row.subject_id), **detail},
    )
