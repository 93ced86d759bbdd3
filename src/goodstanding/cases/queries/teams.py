"""The team's day: who has what, what is due, what is unlikely to meet its SLA.

A case is unlikely to meet its SLA when its holder, working in order of business time left and
each case at its standard minutes, would finish it later than its business time allows; when its
holder is away; or when nobody has it and less than its standard time is left.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from goodstanding.cases.queries.lists import CaseFilters, case_rows, queues, urgency
from goodstanding.cases.types import CaseRow, Load, TeamToday
from goodstanding.deadlines.types import DeadlineState
from goodstanding.team.queries import people_at, people_of_queue, person_at
from goodstanding.team.types import Person


def team_today(*, at: datetime, desk: str | None = None) -> TeamToday:
    """The open cases of a desk (or of all) by who has them, at an instant; people by name."""
    rows = case_rows(at=at, filters=CaseFilters(desk=desk))
    people = _people(rows, at=at, desk=desk)
    loads: list[Load] = []
    unlikely: list[CaseRow] = [row for row in rows if row.holder_id is None and _too_late(row)]
    for person in people:
        held = [row for row in rows if row.holder_id == person.id]
        late = unlikely_of(held, is_absent=person.is_absent)
        unlikely += late
        loads.append(_load(person, held, late, at=at))
    running = [row for row in rows if _is_running(row)]
    return TeamToday(
        loads=tuple(loads),
        open_cases=len(rows),
        unassigned=sum(row.holder_id is None for row in rows),
        due_today=sum(due_today(row, at=at) for row in rows),
        overdue=sum(_is_overdue(row) for row in rows),
        unlikely=tuple(sorted(unlikely, key=urgency)),
        first_due_at=min(
            (row.deadline.due_at for row in running if row.deadline and row.deadline.due_at),
            default=None,
        ),
        least_left=min(
            (row.deadline.open_left for row in running if row.deadline and row.deadline.open_left),
            default=None,
        ),
    )


def load_of(*, person_id: UUID, at: datetime) -> Load:
    """One person's load. The caller has asked `team.queries.may_read_figures_of`."""
    person = person_at(person_id=person_id, at=at)
    held = case_rows(at=at, filters=CaseFilters(holder_id=person_id))
    return _load(person, held, unlikely_of(held, is_absent=person.is_absent), at=at)


def unlikely_of(held: Sequence[CaseRow], *, is_absent: bool) -> list[CaseRow]:
    """The cases of one person that are not overdue yet and will hardly meet their SLA."""
    late: list[CaseRow] = []
    ahead = timedelta()
    for row in sorted(held, key=urgency):
        if not _is_running(row) or row.deadline is None or row.deadline.open_left is None:
            continue
        ahead += timedelta(minutes=row.standard_minutes)
        if is_absent or (not _is_overdue(row) and ahead > row.deadline.open_left):
            late.append(row)
    return [row for row in late if not _is_overdue(row)]


def due_today(row: CaseRow, *, at: datetime) -> bool:
    """Whether the case is due on the present local date of its calendar, overdue ones aside."""
    if row.deadline is None or not row.is_open or row.deadline.due_at is None:
        return False
    zone = ZoneInfo(row.deadline.zone)
    is_same_date = row.deadline.due_at.astimezone(zone).date() == at.astimezone(zone).date()
    return is_same_date and not _is_overdue(row)


def _load(
    person: Person, held: Sequence[CaseRow], late: Sequence[CaseRow], *, at: datetime
) -> Load:
    dues = [row.deadline.due_at for row in held if row.deadline and row.deadline.due_at]
    return Load(
        person_id=person.id,
        person_name=person.display_name,
        is_absent=person.is_absent,
        open_cases=len(held),
        open_minutes=sum(row.standard_minutes for row in held),
        due_today=sum(due_today(row, at=at) for row in held),
        overdue=sum(_is_overdue(row) for row in held),
        unlikely=len(late),
        work_limit_minutes=person.work_limit_minutes,
        first_due_at=min(dues, default=None),
    )


def _people(rows: Sequence[CaseRow], *, at: datetime, desk: str | None) -> list[Person]:
    """Members of the desk's queues and everybody who has one of the cases, by name."""
    people: dict[UUID, Person] = {}
    for queue in queues():
        if desk is None or queue.desk == desk:
            for person in people_of_queue(queue_code=queue.code, at=at):
                people[person.id] = person
    holders = {row.holder_id for row in rows if row.holder_id is not None}
    for person in people_at(person_ids=holders - set(people), at=at):
        people[person.id] = person
    return sorted(people.values(), key=lambda person: (person.display_name, person.id))


def _is_running(row: CaseRow) -> bool:
    states = {DeadlineState.RUNNING, DeadlineState.OVERDUE}
    return row.is_open and row.deadline is not None and row.deadline.state in states


def _is_overdue(row: CaseRow) -> bool:
    return row.deadline is not None and row.deadline.state is DeadlineState.OVERDUE


def _too_late(row: CaseRow) -> bool:
    if not _is_running(row) or _is_overdue(row):
        return False
    left = row.deadline.open_left if row.deadline else None
    return left is not None and left < timedelta(minutes=row.standard_minutes)
