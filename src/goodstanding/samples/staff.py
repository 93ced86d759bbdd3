"""The demonstration's people who work cases: certified, on queues, on the roster, one away."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from goodstanding.accounts.queries import User, person_by_email
from goodstanding.cases.operations import record_step
from goodstanding.cases.queries import case_page, case_row, queues
from goodstanding.deadlines.queries import open_time_after
from goodstanding.samples.errors import SamplePersonMissing
from goodstanding.team.operations import (
    add_shift,
    certify,
    join_queue,
    record_absence,
    set_work_limit,
)

SPECIALISTS = ("ana@demo.example", "ben@demo.example")
LEADER = "sam@demo.example"
AWAY, AWAY_SINCE, AWAY_FOR = "ben@demo.example", timedelta(hours=12), timedelta(days=3)
MEMBER_SINCE, CERTIFIED_FOR = timedelta(days=300), timedelta(days=480)
DAY_OPENS, DAY_CLOSES = time(9), time(17)
WORK_LIMIT_MINUTES = 480
WEEKDAYS = 5
LATE = 1 / 9


@dataclass(frozen=True, slots=True)
class Staff:
    """The demonstration's people who work cases, by e-mail address."""

    people: Mapping[str, User]

    @property
    def leader(self) -> User:
        """Who runs the seller team."""
        return self.people[LEADER]

    def specialist(self, number: int) -> User:
        """The specialists in turn."""
        return self.people[SPECIALISTS[number % len(SPECIALISTS)]]

    def other_than(self, email: str) -> User:
        """The specialist who is not this one."""
        return next(self.people[name] for name in SPECIALISTS if name != email)


def demo_staff() -> Staff:
    """The people of the demonstration who work cases. Raises SamplePersonMissing."""
    people: dict[str, User] = {}
    for email in (*SPECIALISTS, LEADER):
        person = person_by_email(email=email)
        if person is None:
            raise SamplePersonMissing(email=email)
        people[email] = person
    return Staff(people)


def form_team(*, anchor: datetime) -> dict[str, Any]:
    """Certify the specialists, put them on queues and on the roster of two weeks; one is away."""
    staff = demo_staff()
    since = anchor - MEMBER_SINCE
    every_queue = queues()
    skills = sorted({queue.skill for queue in every_queue if queue.skill})
    shifts = 0
    for email in SPECIALISTS:
        person = staff.people[email]
        for skill in skills:
            certify(
                person=person,
                skill=skill,
                valid_until=since + CERTIFIED_FOR,
                at=since,
                by=staff.leader,
            )
        for queue in every_queue:
            join_queue(person=person, queue_code=queue.code, at=since, by=staff.leader)
        set_work_limit(person=person, minutes=WORK_LIMIT_MINUTES, at=since, by=staff.leader)
        for starts, ends in _working_days(anchor):
            add_shift(person=person, from_at=starts, until_at=ends, by=staff.leader)
            shifts += 1
    record_absence(
        person=staff.people[AWAY],
        from_at=anchor - AWAY_SINCE,
        until_at=anchor + AWAY_FOR,
        by=staff.leader,
    )
    return {"people": len(SPECIALISTS), "queues": len(every_queue), "shifts": shifts}


def end_of_work(case_id: UUID, *, at: datetime, chance: random.Random) -> datetime:
    """When a case opened at an instant is decided: within its SLA, or one in nine times late.

    It is reckoned in open time, so that nobody decides at night or on a holiday.
    """
    deadline = case_row(case_id=case_id, at=at).deadline
    if deadline is None or deadline.open_left is None:
        raise LookupError(f"case {case_id} has no SLA that runs")
    is_late = chance.random() < LATE
    share = chance.uniform(1.1, 1.6) if is_late else chance.uniform(0.2, 0.95)
    return open_time_after(
        calendar=deadline.calendar_name, at=at, open_time=deadline.open_left * share
    )


def do_required_steps(case_id: UUID, *, by: User, at: datetime) -> None:
    """Record the steps that the playbook asks for and that are still open."""
    for view in case_page(case_id=case_id, at=at).steps:
        if view.step.required and view.state == "open":
            record_step(case_id=case_id, step=view.step.code, by=by, at=at)


def _working_days(anchor: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Monday to Friday of this week and the next, nine to five UTC."""
    monday = anchor.date() - timedelta(days=anchor.weekday())
    for offset in range(14):
        day = monday + timedelta(days=offset)
        if day.weekday() < WEEKDAYS:
            yield (
                datetime.combine(day, DAY_OPENS, tzinfo=anchor.tzinfo),
                datetime.combine(day, DAY_CLOSES, tzinfo=anchor.tzinfo),
            )
