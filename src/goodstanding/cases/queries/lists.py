"""Lists of cases, ordered by the business time that is left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from goodstanding.cases.models import Case, Queue, QueueTerms
from goodstanding.cases.operations.setting_up import newest_playbook
from goodstanding.cases.playbooks import playbook_of, sla_words
from goodstanding.cases.types import CaseKind, CaseRow, Playbook, QueueView
from goodstanding.core.errors import NotFound
from goodstanding.core.named_sql import named_sql
from goodstanding.deadlines.queries import deadlines_of_subjects
from goodstanding.deadlines.types import Deadline, DeadlineState


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilters:
    """Which cases a list shows; None does not filter.

    state is "open", "closed" or None; risk is "overdue", "at_risk" (at most `within` of open
    time left, overdue included) or "paused".
    """

    state: str | None = "open"
    queue: str | None = None
    desk: str | None = None
    kind: str | None = None
    holder_id: UUID | None = None
    free: bool = False
    party_id: UUID | None = None
    reference: str | None = None
    risk: str | None = None
    within: timedelta = timedelta(hours=4)


def case_rows(*, at: datetime, filters: CaseFilters | None = None) -> list[CaseRow]:
    """Cases at an instant: open ones by business time left, then closed ones, newest first."""
    wanted = filters or CaseFilters()
    rows = _rows(
        at,
        state=wanted.state,
        queue=wanted.queue,
        desk=wanted.desk,
        kind=wanted.kind,
        holder_id=wanted.holder_id,
        free=wanted.free,
        party_id=wanted.party_id,
        reference=wanted.reference,
    )
    kept = [row for row in rows if wanted.risk is None or _has_risk(row, wanted)]
    return sorted(kept, key=urgency)


def case_row(*, case_id: UUID, at: datetime) -> CaseRow:
    """One case. Raises NotFound."""
    rows = _rows(at, case_id=case_id)
    if not rows:
        raise NotFound(what="case", key=case_id)
    return rows[0]


def cases_of_party(*, party_id: UUID, at: datetime) -> list[CaseRow]:
    """All cases of a business, open ones first."""
    return case_rows(at=at, filters=CaseFilters(state=None, party_id=party_id))


def case_of_decision(*, decision_id: UUID, at: datetime) -> CaseRow | None:
    """The case that a decision was referred to, or None."""
    case_id = Case.objects.filter(decision_id=decision_id).values_list("id", flat=True).first()
    return None if case_id is None else case_row(case_id=case_id, at=at)


def case_id_of_number(*, number: int) -> UUID:
    """The case that people call by this number. Raises NotFound."""
    case_id = Case.objects.filter(number=number).values_list("id", flat=True).first()
    if case_id is None:
        raise NotFound(what="case", key=f"C-{number}")
    return case_id


def newest_change() -> str:
    """Another text after each change of a case, of who has it, or of its deadlines."""
    return str(named_sql("cases", "newest_change").rows({})[0]["newest_xid"] or "")


def queues() -> list[QueueView]:
    """Every queue with the terms in force, by desk and title."""
    newest = (
        QueueTerms.objects.select_related("queue")
        .order_by("queue_id", "-revision")
        .distinct("queue_id")
    )
    views = [
        QueueView(
            code=terms.queue.code,
            title=terms.title,
            purpose=terms.purpose,
            desk=terms.queue.desk,
            calendar=terms.calendar,
            sla=sla_words(terms.clock_kind, terms.target),
            skill=terms.skill,
            playbook=terms.playbook,
            standard_minutes=terms.standard_minutes,
        )
        for terms in newest
    ]
    return sorted(views, key=lambda view: (view.desk, view.title))


def playbook_named(*, name: str) -> Playbook:
    """The newest version of a playbook. Raises NotFound."""
    row = newest_playbook(name)
    if row is None:
        raise NotFound(what="playbook", key=name)
    return playbook_of(row.content)


def desks() -> list[str]:
    """The desks that have queues."""
    return sorted(set(Queue.objects.values_list("desk", flat=True)))


def urgency(row: CaseRow) -> tuple[bool, bool, timedelta, float, int]:
    """The order of a queue: open before closed, running before paused, least time left first."""
    deadline = row.deadline
    if not row.is_open:
        closed = row.closed_at.timestamp() if row.closed_at else 0.0
        return (True, False, timedelta(), -closed, row.number)
    left = deadline.open_left if deadline and deadline.open_left is not None else timedelta.max
    is_paused = deadline is not None and deadline.state is DeadlineState.PAUSED
    return (False, is_paused, left, row.opened_at.timestamp(), row.number)


def _rows(at: datetime, **parameters: Any) -> list[CaseRow]:
    wanted: dict[str, Any] = {
        "at": at,
        "case_id": None,
        "state": None,
        "queue": None,
        "desk": None,
        "kind": None,
        "holder_id": None,
        "free": False,
        "party_id": None,
        "reference": None,
        **parameters,
    }
    found = named_sql("cases", "case_rows").rows(wanted)
    deadlines = deadlines_of_subjects(
        subject_kind="case", subject_ids=[row["id"] for row in found], at=at
    )
    return [_row(row, deadlines.get(row["id"], [])) for row in found]


def _row(row: Mapping[str, Any], deadlines: Iterable[Deadline]) -> CaseRow:
    values: dict[str, Any] = {**row, "kind": CaseKind(row["kind"])}
    return CaseRow(**values, deadline=most_pressing(list(deadlines)))


def most_pressing(deadlines: list[Deadline]) -> Deadline | None:
    """The open deadline with the least open time left; without one, the last to have ended."""
    if not deadlines:
        return None
    still_open = [deadline for deadline in deadlines if deadline.is_open]
    if still_open:
        return min(still_open, key=lambda deadline: deadline.open_left or timedelta())
    return max(deadlines, key=lambda deadline: deadline.ended_at or deadline.started_at)


def _has_risk(row: CaseRow, wanted: CaseFilters) -> bool:
    deadline = row.deadline
    if deadline is None or not deadline.is_open:
        return False
    if wanted.risk == "paused":
        return deadline.state is DeadlineState.PAUSED
    if deadline.state is DeadlineState.PAUSED or deadline.open_left is None:
        return False
    if wanted.risk == "overdue":
        return deadline.state is DeadlineState.OVERDUE
    return deadline.open_left <= wanted.within
