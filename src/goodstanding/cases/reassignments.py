"""What a reassignment did: the cases that went to one person by one deed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from goodstanding.cases.models import Assignment, CaseClosure, Reopening
from goodstanding.cases.types import CaseMove, How, Reassignment
from goodstanding.core.errors import NotFound


def reassignment_by(*, by: Any, at: datetime) -> UUID | None:
    """The reassignment that this person made at this instant; None if there is none."""
    made = Assignment.objects.filter(by=by, at=at, how=How.REASSIGNMENT.value)
    return made.order_by("id").values_list("id", flat=True).first()


def reassignment_of(*, assignment_id: UUID) -> Reassignment:
    """The whole reassignment of which this is one case: all that went by the same deed.

    Each move says who had the case before, and whether it went on since. Raises NotFound.
    """
    named = Assignment.objects.select_related("by", "person").filter(
        id=assignment_id, how=How.REASSIGNMENT.value
    )
    one = named.first()
    if one is None:
        raise NotFound(what="reassignment", key=assignment_id)
    rows = Assignment.objects.select_related("case").filter(
        by=one.by, at=one.at, person=one.person, how=How.REASSIGNMENT.value
    )
    return Reassignment(
        id=assignment_id,
        at=one.at,
        by_name=str(one.by),
        to_name=str(one.person),
        reason=one.reason,
        moves=tuple(_move(row) for row in rows.order_by("case__number")),
    )


def _move(row: Assignment) -> CaseMove:
    before = (
        Assignment.objects.select_related("person")
        .filter(case=row.case, number=row.number - 1)
        .first()
    )
    holder = None if before is None else before.person
    return CaseMove(
        case_id=row.case_id,
        number=row.case.number,
        back_to_id=None if holder is None else holder.id,
        back_to=None if holder is None else str(holder),
        went_on=_went_on(row),
    )


def _went_on(row: Assignment) -> str:
    """What became of the case after this assignment, in words; nothing if it still stands."""
    if Assignment.objects.filter(case=row.case, number__gt=row.number).exists():
        return "it was given on"
    cycle = 1 + Reopening.objects.filter(case=row.case).count()
    if CaseClosure.objects.filter(case=row.case, cycle=cycle).exists():
        return "it was closed"
    if CaseClosure.objects.filter(case=row.case, at__gte=row.at).exists():
        return "it was closed and opened again"
    return ""
