"""Cases go to people: claimed, routed, reassigned, released."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from goodstanding.cases.errors import (
    CaseAlreadyClaimed,
    CasesAlreadyHeld,
    ConflictOfInterest,
    NotCertified,
    NothingToReassign,
    ReasonMissing,
    ReviewsOwnDecision,
)
from goodstanding.cases.fitness import Work, choose, why_not
from goodstanding.cases.models import Assignment, BarredPerson, Case, RoutingSkip
from goodstanding.cases.state import CaseState, lock_held_case, lock_open_case
from goodstanding.cases.types import How, Routed, Skip
from goodstanding.core.audit import write_audit
from goodstanding.core.named_sql import named_sql
from goodstanding.team.queries import conflicted_people, people_of_queue, person_at


@transaction.atomic
def claim_case(*, case_id: UUID, by: Any, at: datetime) -> None:
    """Take a free case.

    Raises CaseClosed, CaseAlreadyClaimed, ReviewsOwnDecision, ConflictOfInterest, NotCertified.
    """
    state = lock_open_case(case_id)
    if state.assignment is not None and state.holder_id is not None:
        raise CaseAlreadyClaimed(number=state.case.number, holder=str(state.assignment.person))
    check_fit(state, person_id=by.id, at=at)
    assign(state, how=How.CLAIM, person_id=by.id, by=by, at=at)
    audit_case("claim_case", state.case, by=by, at=at)


@transaction.atomic
def release_case(*, case_id: UUID, reason: str, by: Any, at: datetime) -> None:
    """Put one's case back into the queue. Raises CaseClosed, CaseNotHeld, ReasonMissing."""
    state = lock_held_case(case_id, by=by)
    if not reason.strip():
        raise ReasonMissing(field="reason", verb="A release")
    assign(state, how=How.RELEASE, person_id=None, by=by, at=at, reason=reason.strip())
    audit_case("release_case", state.case, by=by, at=at, reason=reason)


@transaction.atomic
def reassign_case(*, case_id: UUID, to: Any, reason: str, by: Any, at: datetime) -> None:
    """Give a case to somebody, whoever has it. The deadline does not move.

    Raises CaseClosed, ReasonMissing, CaseAlreadyClaimed if that person has it,
    ReviewsOwnDecision, ConflictOfInterest, NotCertified.
    """
    state = lock_open_case(case_id)
    if not reason.strip():
        raise ReasonMissing(field="reason", verb="A reassignment")
    if state.holder_id == to.id:
        raise CaseAlreadyClaimed(number=state.case.number, holder=str(to))
    check_fit(state, person_id=to.id, at=at)
    assign(state, how=How.REASSIGNMENT, person_id=to.id, by=by, at=at, reason=reason.strip())
    audit_case("reassign_case", state.case, by=by, at=at, to=str(to.id), reason=reason)


@transaction.atomic
def reassign_cases(*, case_ids: Sequence[UUID], to: Any, reason: str, by: Any, at: datetime) -> int:
    """Give several cases to somebody, all or none; returns how many that person did not have.

    Raises what `reassign_case` raises, NothingToReassign and CasesAlreadyHeld.
    """
    if not case_ids:
        raise NothingToReassign(field="case")
    given = 0
    for case_id in sorted(set(case_ids)):
        if lock_open_case(case_id).holder_id != to.id:
            reassign_case(case_id=case_id, to=to, reason=reason, by=by, at=at)
            given += 1
    if not given:
        raise CasesAlreadyHeld(field="to", person=str(to))
    return given


@transaction.atomic
def route_case(*, case_id: UUID, at: datetime, by: Any = None) -> Routed:
    """Push a free case to the person who fits best, and log everybody passed over and why.

    If nobody fits it stays in the queue. Raises CaseClosed, CaseAlreadyClaimed.
    """
    state = lock_open_case(case_id)
    if state.assignment is not None and state.holder_id is not None:
        raise CaseAlreadyClaimed(number=state.case.number, holder=str(state.assignment.person))
    routed = choose(
        people=people_of_queue(queue_code=state.case.queue.code, at=at),
        work=work_of(state.case, at=at),
        load_minutes=_load_minutes(at),
    )
    RoutingSkip.objects.bulk_create(
        RoutingSkip(
            case=state.case, at=at, by=by, person_id=skip.person_id, code=skip.code, why=skip.why
        )
        for skip in routed.skips
    )
    if routed.person_id is not None:
        assign(state, how=How.ROUTING, person_id=routed.person_id, by=by, at=at)
    return routed


def fit_of(case: Case, *, person_id: UUID, at: datetime) -> Skip | None:
    """Why a person may not take a case; None if they may."""
    return why_not(person=person_at(person_id=person_id, at=at), work=work_of(case, at=at))


def work_of(case: Case, *, at: datetime) -> Work:
    """A case as routing sees it."""
    conflicted: frozenset[UUID] = frozenset()
    handled: frozenset[UUID] = frozenset()
    if case.party_id is not None:
        conflicted = conflicted_people(party_id=case.party_id, at=at)
        before = Assignment.objects.filter(
            case__party_id=case.party_id, person__isnull=False, at__lte=at
        ).exclude(case=case)
        handled = frozenset(before.values_list("person_id", flat=True))  # pyright: ignore[reportArgumentType]
    return Work(
        case_id=case.id,
        skill=case.terms.skill,
        standard_minutes=case.standard_minutes,
        barred=barred_from(case),
        conflicted=conflicted,
        handled_before=handled,
    )


def barred_from(case: Case) -> dict[UUID, str]:
    """Who may not see the case, and why."""
    rows = BarredPerson.objects.filter(case=case).values_list("person_id", "why")
    return dict(rows)


def check_fit(state: CaseState, *, person_id: UUID, at: datetime, skill_too: bool = True) -> None:
    """Refuse a person who may not take the case; without skill_too, one who may not see it.

    Raises ReviewsOwnDecision, ConflictOfInterest, NotCertified.
    """
    skip = fit_of(state.case, person_id=person_id, at=at)
    if skip is None or (skip.code == "not_certified" and not skill_too):
        return
    number = state.case.number
    if skip.code == "reviews_own_decision":
        raise ReviewsOwnDecision(person=skip.person_name, number=number, why=skip.why)
    if skip.code == "conflict_of_interest":
        raise ConflictOfInterest(person=skip.person_name, number=number)
    raise NotCertified(person=skip.person_name, skill=state.case.terms.skill)


def assign(
    state: CaseState,
    *,
    how: How,
    person_id: UUID | None,
    by: Any,
    at: datetime,
    reason: str = "",
) -> None:
    """Write who has the case from now on; `person_id` None: nobody."""
    Assignment.objects.create(
        case=state.case,
        number=state.next_assignment,
        how=how.value,
        person_id=person_id,
        by=by,
        at=at,
        reason=reason,
    )


def _load_minutes(at: datetime) -> dict[UUID, int]:
    rows = named_sql("cases", "minutes_carried").rows({"at": at})
    return {row["person_id"]: row["minutes"] for row in rows}


def audit_case(action: str, case: Case, *, by: Any, at: datetime, **detail: str) -> None:
    """A line about a case in the audit trail."""
    write_audit(
        actor=by.email, action=action, object_kind="case", object_id=case.id, at=at, detail=detail
    )
