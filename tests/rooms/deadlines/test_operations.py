"""Deadlines are immutable rows: pauses, new targets and misses stand beside them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from goodstanding.core.ids import new_id
from goodstanding.core.models import AuditEntry, OutboxMessage
from goodstanding.deadlines import models
from goodstanding.deadlines.clock import business_days, business_hours, elapsed_hours
from goodstanding.deadlines.errors import (
    CalendarInvalid,
    ClockInvalid,
    DeadlineEnded,
    LegalDeadlineRunsOn,
    PauseInvalid,
    PauseNotOpen,
    ReasonMissing,
)
from goodstanding.deadlines.operations import (
    cancel_deadline,
    end_pause,
    ensure_calendars,
    fire_due_notices,
    freeze_calendar_version,
    open_deadline,
    open_legal_deadline,
    pause_deadline,
    retarget_deadline,
    satisfy_deadline,
)
from goodstanding.deadlines.queries import (
    deadline_at,
    deadlines_at_risk,
    deadlines_of,
    explain_deadline,
    open_time_after,
    running_deadlines,
)
from goodstanding.deadlines.types import DeadlineState
from goodstanding.regimes.operations import load_regimes

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def nov(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


WEDNESDAY_TEN = nov(18, 10)


@pytest.fixture(autouse=True)
def england():
    freeze_calendar_version(name="england", first_year=2025, last_year=2028, at=nov(1, 0))


@pytest.fixture
def open_sla():
    def open_one(hours=8, started_at=WEDNESDAY_TEN, subject_id=None):
        return open_deadline(
            subject_kind="case",
            subject_id=subject_id or new_id(),
            kind="case_decision",
            clock=business_hours(hours),
            calendar="england",
            started_at=started_at,
            by="system:test",
        )

    return open_one


@pytest.fixture
def notice():
    load_regimes()
    return open_legal_deadline(
        subject_kind="enforcement",
        subject_id=new_id(),
        kind="termination_notice",
        regime="uk_p2b",
        code="termination_notice",
        calendar="england",
        started_at=nov(25, 15),
        by="system:test",
    )


def test_a_pause_moves_the_due_time(open_sla):
    sla = open_sla()

    pause = pause_deadline(
        deadline_id=sla.id, reason="asked", request_id=new_id(), at=nov(18, 15), by="ana"
    )
    paused = deadline_at(deadline_id=sla.id, at=nov(19, 12))
    resumed = end_pause(pause_id=pause, at=nov(20, 11), by="ana")

    assert sla.due_at == nov(19, 10)
    assert (paused.state, paused.due_at, paused.open_left) == (
        DeadlineState.PAUSED,
        None,
        3 * HOUR,
    )
    assert (resumed.state, resumed.due_at) == (DeadlineState.RUNNING, nov(20, 14))
    assert models.PauseEnd.objects.get().due_at == nov(20, 14)
    assert {entry.action for entry in AuditEntry.objects.all()} == {"pause_deadline", "end_pause"}


def test_the_past_is_read_as_it_was(open_sla):
    sla = open_sla()
    pause = pause_deadline(
        deadline_id=sla.id, reason="asked", request_id=new_id(), at=nov(18, 15), by="ana"
    )
    end_pause(pause_id=pause, at=nov(20, 11), by="ana")
    satisfy_deadline(deadline_id=sla.id, at=nov(20, 12), by="ana")

    states = [
        deadline_at(deadline_id=sla.id, at=at).state
        for at in (nov(18, 14), nov(19, 9), nov(20, 11, 30), nov(20, 12))
    ]

    assert states == [
        DeadlineState.RUNNING,
        DeadlineState.PAUSED,
        DeadlineState.RUNNING,
        DeadlineState.MET,
    ]


def test_the_end_of_one_of_two_pauses_leaves_no_due(open_sla):
    sla = open_sla()
    first, second = (
        pause_deadline(
            deadline_id=sla.id, reason="asked", request_id=new_id(), at=nov(18, 15), by="ana"
        )
        for _ in range(2)
    )

    still_paused = end_pause(pause_id=first, at=nov(19, 11), by="ana")
    running = end_pause(pause_id=second, at=nov(20, 11), by="ana")

    assert still_paused.due_at is None
    assert running.due_at == nov(20, 14)


def test_a_miss_stands_whatever_happens_after(open_sla):
    late, moved, cancelled = open_sla(), open_sla(), open_sla()
    after_the_due = nov(19, 11)

    satisfied = satisfy_deadline(deadline_id=late.id, at=after_the_due, by="ana")
    successor = retarget_deadline(
        deadline_id=moved.id,
        clock=business_hours(40),
        reason="large evidence",
        at=after_the_due,
        by="ben",
    )
    gone = cancel_deadline(deadline_id=cancelled.id, reason="duplicate", at=after_the_due, by="ben")

    assert satisfied.state is DeadlineState.MISSED
    assert deadline_at(deadline_id=moved.id, at=after_the_due).state is DeadlineState.MISSED
    assert successor.state is DeadlineState.RUNNING
    assert gone.state is DeadlineState.CANCELLED


def test_a_new_target_keeps_start_calendar_and_pauses(open_sla):
    sla = open_sla()
    pause = pause_deadline(
        deadline_id=sla.id, reason="asked", request_id=new_id(), at=nov(18, 11), by="ana"
    )
    end_pause(pause_id=pause, at=nov(18, 13), by="ana")

    successor = retarget_deadline(
        deadline_id=sla.id,
        clock=business_hours(4),
        reason="the seller trades daily",
        at=nov(18, 14),
        by="ben",
    )

    assert successor.started_at == sla.started_at
    assert successor.calendar_version == sla.calendar_version
    assert successor.due_at == nov(18, 16)
    assert deadline_at(deadline_id=sla.id, at=nov(18, 14)).state is DeadlineState.SUPERSEDED
    both = deadlines_of(subject_kind="case", subject_id=sla.subject_id, at=nov(18, 15))
    assert [deadline.is_open for deadline in both] == [False, True]


def test_an_open_pause_is_carried_to_the_new_target(open_sla):
    sla = open_sla()
    pause_deadline(
        deadline_id=sla.id, reason="asked", request_id=new_id(), at=nov(18, 11), by="ana"
    )

    successor = retarget_deadline(
        deadline_id=sla.id, clock=business_hours(4), reason="agreed", at=nov(18, 14), by="ben"
    )

    assert (successor.state, successor.open_left) == (DeadlineState.PAUSED, 3 * HOUR)
    with pytest.raises(PauseInvalid, match="cannot take over"):
        retarget_deadline(
            deadline_id=successor.id,
            clock=business_days(2),
            reason="agreed",
            at=nov(18, 15),
            by="ben",
        )


def test_a_legal_deadline_comes_from_its_provision(notice):
    assert notice.provision == "uk_p2b/termination_notice@2021-01-01#1"
    assert notice.due_at == datetime(2026, 12, 26, tzinfo=UTC)
    assert str(notice.last_day) == "2026-12-25"


def test_a_legal_deadline_is_neither_paused_nor_moved(notice):
    with pytest.raises(LegalDeadlineRunsOn):
        pause_deadline(
            deadline_id=notice.id, reason="asked", request_id=new_id(), at=nov(26, 9), by="ana"
        )
    with pytest.raises(LegalDeadlineRunsOn):
        retarget_deadline(
            deadline_id=notice.id, clock=elapsed_hours(1), reason="hurry", at=nov(26, 9), by="ana"
        )


def test_the_database_refuses_to_pause_a_legal_deadline(notice):
    with pytest.raises(IntegrityError, match="neither paused nor moved"), transaction.atomic():
        models.Pause.objects.create(
            deadline_id=notice.id,
            starts_at=nov(26, 9),
            reason="asked",
            request_id=new_id(),
            paused_by="ana",
        )


def test_the_database_refuses_to_move_a_legal_deadline(notice, open_sla):
    other = open_sla()

    with pytest.raises(IntegrityError, match="neither paused nor moved"), transaction.atomic():
        models.Supersession.objects.create(
            superseded_id=notice.id,
            successor_id=other.id,
            superseded_at=nov(26, 9),
            superseded_by="ana",
            reason="hurry",
        )


def test_the_database_refuses_a_legal_deadline_without_a_provision(open_sla):
    row = models.Deadline.objects.get(id=open_sla().id)
    row.id, row.legal = new_id(), True

    with pytest.raises(IntegrityError, match="names_its_provision"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize("table", ["deadline", "pause", "satisfaction", "calendar_version"])
def test_rows_of_deadlines_never_change(table):
    from django.db import connection

    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"update deadlines_{table} set recorded_at = now()")


def test_what_has_ended_is_not_ended_again(open_sla):
    sla = open_sla()
    satisfy_deadline(deadline_id=sla.id, at=nov(18, 12), by="ana")

    for act in (
        lambda: satisfy_deadline(deadline_id=sla.id, at=nov(18, 13), by="ana"),
        lambda: cancel_deadline(deadline_id=sla.id, reason="why", at=nov(18, 13), by="ana"),
        lambda: pause_deadline(
            deadline_id=sla.id, reason="why", request_id=new_id(), at=nov(18, 13), by="ana"
        ),
        lambda: retarget_deadline(
            deadline_id=sla.id, clock=business_hours(1), reason="why", at=nov(18, 13), by="ana"
        ),
        # An earlier instant does not slip past the row that is already there.
        lambda: satisfy_deadline(deadline_id=sla.id, at=nov(18, 11), by="ana"),
    ):
        with pytest.raises(DeadlineEnded):
            act()


def test_every_change_needs_its_reason(open_sla):
    sla = open_sla()

    with pytest.raises(ReasonMissing):
        pause_deadline(
            deadline_id=sla.id, reason=" ", request_id=new_id(), at=nov(18, 12), by="ana"
        )
    with pytest.raises(ReasonMissing):
        cancel_deadline(deadline_id=sla.id, reason="", at=nov(18, 12), by="ana")
    with pytest.raises(ReasonMissing):
        retarget_deadline(
            deadline_id=sla.id, clock=business_hours(1), reason="", at=nov(18, 12), by="ana"
        )


def test_a_pause_is_refused_where_it_cannot_be_counted(open_sla):
    sla = open_sla()
    dates = open_deadline(
        subject_kind="case",
        subject_id=new_id(),
        kind="case_decision",
        clock=business_days(2),
        calendar="england",
        started_at=WEDNESDAY_TEN,
        by="system:test",
    )
    request = new_id()

    with pytest.raises(PauseInvalid, match="business_days"):
        pause_deadline(
            deadline_id=dates.id, reason="asked", request_id=request, at=nov(18, 12), by="ana"
        )
    pause = pause_deadline(
        deadline_id=sla.id, reason="asked", request_id=request, at=nov(18, 12), by="ana"
    )
    with pytest.raises(PauseInvalid, match="before it starts"):
        end_pause(pause_id=pause, at=nov(18, 11), by="ana")
    end_pause(pause_id=pause, at=nov(18, 13), by="ana")
    with pytest.raises(PauseNotOpen, match="13:00"):
        end_pause(pause_id=pause, at=nov(18, 14), by="ana")


def test_the_database_refuses_a_pause_that_ends_before_it_starts(open_sla):
    pause = pause_deadline(
        deadline_id=open_sla().id, reason="asked", request_id=new_id(), at=nov(18, 12), by="ana"
    )

    with pytest.raises(IntegrityError, match="ends before"), transaction.atomic():
        models.PauseEnd.objects.create(pause_id=pause, ends_at=nov(18, 11), ended_by="ana")


def test_nothing_is_satisfied_before_its_start(open_sla):
    with pytest.raises(ClockInvalid, match="before its start"):
        satisfy_deadline(deadline_id=open_sla().id, at=nov(18, 9), by="ana")


def test_a_calendar_must_be_frozen_first():
    with pytest.raises(CalendarInvalid, match="no version"):
        open_deadline(
            subject_kind="case",
            subject_id=new_id(),
            kind="case_decision",
            clock=business_hours(8),
            calendar="berlin",
            started_at=WEDNESDAY_TEN,
            by="system:test",
        )


def test_the_same_calendar_is_kept_once():
    first = ensure_calendars(at=nov(18, 12))
    again = ensure_calendars(at=nov(18, 13))

    assert first == again
    assert models.CalendarVersion.objects.filter(name="berlin").count() == 1


def test_the_queue_is_ordered_by_open_time_left(open_sla):
    overdue = open_sla(hours=1)
    soon = open_sla(hours=4)
    later = open_sla(hours=30)
    waiting = open_sla(hours=2)
    pause_deadline(
        deadline_id=waiting.id, reason="asked", request_id=new_id(), at=nov(18, 11), by="ana"
    )
    done = open_sla(hours=2)
    satisfy_deadline(deadline_id=done.id, at=nov(18, 11), by="ana")

    order = [deadline.id for deadline in running_deadlines(at=nov(18, 12), subject_kind="case")]
    at_risk = deadlines_at_risk(at=nov(18, 12), within=2 * HOUR)

    assert order == [overdue.id, soon.id, later.id, waiting.id]
    assert [deadline.id for deadline in at_risk] == [overdue.id, soon.id]
    assert [deadline.open_left for deadline in at_risk] == [-1 * HOUR, 2 * HOUR]


def test_open_time_passes_only_while_the_calendar_is_open():
    friday = nov(13, 16)

    assert open_time_after(calendar="england", at=friday, open_time=2 * HOUR) == nov(16, 10)
    assert open_time_after(calendar="england", at=friday, open_time=HOUR) == nov(13, 17)


def test_thresholds_are_told_once_and_outside_quiet_hours(open_sla):
    sla = open_sla(hours=8, started_at=nov(18, 10))

    counts = [
        fire_due_notices(at=at) for at in (nov(18, 13), nov(18, 14), nov(18, 14), nov(19, 12))
    ]

    assert counts == [0, 1, 0, 2]
    told = OutboxMessage.objects.filter(kind="deadline_threshold_reached").order_by("sequence")
    assert [(message.subject_id, message.payload["percent"]) for message in told] == [
        (sla.id, 50),
        (sla.id, 75),
        (sla.id, 100),
    ]


def test_a_deadline_explains_itself_with_its_pauses(open_sla):
    sla = open_sla()
    pause = pause_deadline(
        deadline_id=sla.id,
        reason="asked for an invoice",
        request_id=new_id(),
        at=nov(18, 15),
        by="ana",
    )
    end_pause(pause_id=pause, at=nov(20, 11), by="ana")

    explanation = explain_deadline(deadline_id=sla.id, at=nov(20, 12))

    assert [(step.state, step.counted) for step in explanation.steps] == [
        ("counted", 5 * HOUR),
        ("paused", 0 * HOUR),
        ("counted", 3 * HOUR),
    ]
    assert explanation.steps[1].note == "asked for an invoice"
