"""What a case's rows add up to, read under its lock before a write."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from goodstanding.cases.errors import CaseClosed, CaseNotHeld
from goodstanding.cases.models import Assignment, Case, CaseClosure, Reopening
from goodstanding.core.errors import NotFound
from goodstanding.core.locks import lock_record


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """A case, who has it, and its cycle: 1, and one more for each reopening."""

    case: Case
    assignment: Assignment | None
    cycle: int
    closure: CaseClosure | None

    @property
    def holder_id(self) -> UUID | None:
        """Who has it; None: nobody."""
        return None if self.assignment is None else self.assignment.person_id

    @property
    def next_assignment(self) -> int:
        """The number of the next assignment."""
        return 1 if self.assignment is None else self.assignment.number + 1


def lock_case(case_id: UUID) -> CaseState:
    """Hold a case until the transaction ends, and read it. Raises NotFound."""
    lock_record(case_id)
    case = Case.objects.select_related("queue", "terms", "playbook").filter(id=case_id).first()
    if case is None:
        raise NotFound(what="case", key=case_id)
    cycle = 1 + Reopening.objects.filter(case=case).count()
    return CaseState(
        case=case,
        assignment=Assignment.objects.select_related("person")
        .filter(case=case)
        .order_by("-number")
        .first(),
        cycle=cycle,
        closure=CaseClosure.objects.filter(case=case, cycle=cycle).first(),
    )


def lock_open_case(case_id: UUID) -> CaseState:
    """Hold an open case. Raises NotFound, CaseClosed."""
    state = lock_case(case_id)
    if state.closure is not None:
        raise CaseClosed(number=state.case.number, why=state.closure.why)
    return state


def lock_held_case(case_id: UUID, *, by: Any) -> CaseState:
    """Hold an open case that is with this person. Raises NotFound, CaseClosed, CaseNotHeld."""
    state = lock_open_case(case_id)
    if state.holder_id != by.id:
        raise CaseNotHeld(number=state.case.number, person=str(by))
    return state
