"""A reassignment is taken back: each of its cases goes to whoever had it before."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from goodstanding.cases.errors import ReasonMissing, ReassignmentWentOn
from goodstanding.cases.operations.assigning import assign, audit_case, check_fit
from goodstanding.cases.reassignments import reassignment_of
from goodstanding.cases.state import lock_case
from goodstanding.cases.types import How


@transaction.atomic
def take_back_reassignment(*, assignment_id: UUID, reason: str, by: Any, at: datetime) -> int:
    """Undo a reassignment, all its cases or none; returns how many. No deadline moves.

    A case that nobody had goes back to its queue. Nothing is deleted: each case gets one more
    assignment, which says why.
    Raises NotFound, ReasonMissing, ReassignmentWentOn where a case was given on or closed since,
    and ReviewsOwnDecision, ConflictOfInterest or NotCertified where who had it may not any more.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason", verb="Taking back")
    states = {
        case_id: lock_case(case_id)
        for case_id in sorted(
            move.case_id for move in reassignment_of(assignment_id=assignment_id).moves
        )
    }
    done = reassignment_of(assignment_id=assignment_id)  # as it stands under the locks
    for move in done.moves:
        if move.went_on:
            raise ReassignmentWentOn(number=move.number, why=move.went_on)
        state = states[move.case_id]
        if move.back_to_id is not None:
            check_fit(state, person_id=move.back_to_id, at=at)
        assign(
            state,
            how=How.RELEASE if move.back_to_id is None else How.REASSIGNMENT,
            person_id=move.back_to_id,
            by=by,
            at=at,
            reason=f"Taken back: {reason.strip()}",
        )
        audit_case(
            "take_back_reassignment", state.case, by=by, at=at,
            to=str(move.back_to_id or ""), reason=reason.strip(),
        )  # fmt: skip
    return len(done.moves)
