"""Who gets a case: claimed, released, reassigned, routed; hard constraints first."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from goodstanding.cases.errors import (
    CaseAlreadyClaimed,
    CaseClosed,
    CaseNotHeld,
    CasesAlreadyHeld,
    ConflictOfInterest,
    NotCertified,
    NothingToReassign,
    ReasonMissing,
    ReassignmentWentOn,
)
from goodstanding.cases.models import Assignment, RoutingSkip
from goodstanding.cases.operations import (
    claim_case,
    close_case,
    reassign_case,
    reassign_cases,
    release_case,
    route_case,
    take_back_reassignment,
)
from goodstanding.cases.queries import (
    CaseFilters,
    case_row,
    case_rows,
    reassignment_by,
    reassignment_of,
)
from goodstanding.cases.types import Closed, How
from goodstanding.core.models import AuditEntry
from goodstanding.team.operations import (
    certify,
    declare_conflict,
    end_certification,
    record_absence,
    set_work_limit,
)
from goodstanding.team.queries import certifications_in_force
from tests.rooms.cases.conftest import NOW, nov

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_case_is_claimed_released_and_claimed_by_another(referred, house):
    claim_case(case_id=referred, by=house.ana, at=NOW)
    release_case(case_id=referred, reason="off sick", by=house.ana, at=NOW + HOUR)
    claim_case(case_id=referred, by=house.ben, at=NOW + 2 * HOUR)

    holders = [
        case_row(case_id=referred, at=at).holder_name for at in (NOW, NOW + HOUR, NOW + 2 * HOUR)
    ]

    assert holders == ["Ana", "", "Ben"]


def test_a_case_that_somebody_has_is_not_claimed(referred, house):
    claim_case(case_id=referred, by=house.ana, at=NOW)

    with pytest.raises(CaseAlreadyClaimed, match="is with Ana"):
        claim_case(case_id=referred, by=house.ben, at=NOW)


def test_two_claims_at_once_want_the_same_number(referred, house):
    claim_case(case_id=referred, by=house.ana, at=NOW)

    with pytest.raises(IntegrityError, match="one_assignment_a_number"), transaction.atomic():
        Assignment.objects.create(
            case_id=referred, number=1, how=How.CLAIM, person=house.ben, by=house.ben, at=NOW
        )


def test_a_closed_case_goes_to_nobody(referred, house):
    close_case(case_id=referred, why=Closed.DUPLICATE, reason="same loan", by=house.lena, at=NOW)

    for act in (
        lambda: claim_case(case_id=referred, by=house.ana, at=NOW),
        lambda: reassign_case(case_id=referred, to=house.ana, reason="why", by=house.lena, at=NOW),
        lambda: route_case(case_id=referred, at=NOW),
    ):
        with pytest.raises(CaseClosed, match="duplicate"):
            act()


def test_only_the_holder_releases_and_says_why(referred, house):
    claim_case(case_id=referred, by=house.ana, at=NOW)

    with pytest.raises(CaseNotHeld):
        release_case(case_id=referred, reason="why", by=house.ben, at=NOW)
    with pytest.raises(ReasonMissing):
        release_case(case_id=referred, reason=" ", by=house.ana, at=NOW)


def test_who_is_not_certified_takes_no_case(referred, house):
    with pytest.raises(NotCertified, match="Lena holds no certification for underwriting"):
        claim_case(case_id=referred, by=house.lena, at=NOW)


def test_a_certification_that_ran_out_gates(referred, house):
    with pytest.raises(NotCertified):
        claim_case(case_id=referred, by=house.ana, at=nov(30, 0))


def test_who_declared_an_interest_takes_no_case_of_that_business(referred, business, house):
    declare_conflict(person=house.ana, party_id=business, at=NOW, by=house.ana)

    with pytest.raises(ConflictOfInterest):
        claim_case(case_id=referred, by=house.ana, at=NOW)
    with pytest.raises(ConflictOfInterest):
        reassign_case(case_id=referred, to=house.ana, reason="why", by=house.lena, at=NOW)


def test_a_reassignment_says_why_and_moves_no_deadline(referred, house):
    claim_case(case_id=referred, by=house.ana, at=NOW)
    before = case_row(case_id=referred, at=NOW).deadline.due_at

    reassign_case(
        case_id=referred, to=house.ben, reason="Ana is full", by=house.lena, at=NOW + HOUR
    )

    after = case_row(case_id=referred, at=NOW + HOUR)
    assert (after.holder_name, after.reassignments) == ("Ben", 1)
    assert after.deadline.due_at == before
    with pytest.raises(ReasonMissing):
        reassign_case(case_id=referred, to=house.ana, reason="", by=house.lena, at=NOW + HOUR)
    with pytest.raises(CaseAlreadyClaimed):
        reassign_case(case_id=referred, to=house.ben, reason="why", by=house.lena, at=NOW + HOUR)


def test_several_cases_are_reassigned_all_or_none(open_one, house):
    first, second, with_ben, closed = open_one(), open_one(), open_one(), open_one()
    claim_case(case_id=with_ben, by=house.ben, at=NOW)
    close_case(case_id=closed, why=Closed.MOOT, reason="moot", by=house.lena, at=NOW)

    def give(*case_ids):
        return reassign_cases(
            case_ids=case_ids, to=house.ben, reason="balance", by=house.lena, at=NOW
        )

    with pytest.raises(CaseClosed):
        give(first, second, closed)
    assert len(case_rows(at=NOW, filters=CaseFilters(free=True))) == 2
    assert give(first, second, with_ben) == 2
    after = case_rows(at=NOW, filters=CaseFilters(holder_id=house.ben.id))
    assert {row.id: row.reassignments for row in after} == {first: 1, second: 1, with_ben: 0}
    with pytest.raises(CasesAlreadyHeld):
        give(first, second)
    with pytest.raises(NothingToReassign):
        reassign_cases(case_ids=[], to=house.ben, reason="balance", by=house.lena, at=NOW)


def test_a_reassignment_is_taken_back_whole(open_one, house):
    free, with_ana, other = open_one(), open_one(), open_one()
    claim_case(case_id=with_ana, by=house.ana, at=NOW)
    given = {"case_ids": [free, with_ana], "to": house.ben, "reason": "balance", "by": house.lena}
    reassign_cases(**given, at=NOW + HOUR)
    reassign_case(case_id=other, to=house.ben, reason="alone", by=house.lena, at=NOW + 2 * HOUR)
    due = case_row(case_id=with_ana, at=NOW + HOUR).deadline.due_at
    done = reassignment_by(by=house.lena, at=NOW + HOUR)
    later = NOW + 3 * HOUR

    with pytest.raises(ReasonMissing):
        take_back_reassignment(assignment_id=done, reason=" ", by=house.lena, at=later)
    count = take_back_reassignment(assignment_id=done, reason="mistake", by=house.lena, at=later)

    assert count == 2
    rows = [case_row(case_id=case_id, at=later) for case_id in (free, with_ana, other)]
    assert [row.holder_name for row in rows] == ["", "Ana", "Ben"]
    assert rows[1].deadline.due_at == due
    assert Assignment.objects.filter(reason="Taken back: mistake").count() == 2
    lines = AuditEntry.objects.filter(action="take_back_reassignment")
    assert {(line.actor, line.detail["to"]) for line in lines} == {
        (house.lena.email, ""), (house.lena.email, str(house.ana.id)),
    }  # fmt: skip
    with pytest.raises(ReassignmentWentOn, match="was given on"):
        take_back_reassignment(assignment_id=done, reason="again", by=house.lena, at=later)


def test_a_reassignment_of_which_one_case_went_on_stays_whole(open_one, house):
    first, second = open_one(), open_one()
    given = {"case_ids": [first, second], "to": house.ben, "reason": "balance", "by": house.lena}
    reassign_cases(**given, at=NOW)
    done = reassignment_by(by=house.lena, at=NOW)
    close_case(case_id=second, why=Closed.MOOT, reason="moot", by=house.lena, at=NOW + HOUR)

    with pytest.raises(ReassignmentWentOn, match="was closed"):
        take_back_reassignment(assignment_id=done, reason="no", by=house.lena, at=NOW + 2 * HOUR)

    assert case_row(case_id=first, at=NOW + 2 * HOUR).holder_name == "Ben"
    assert [move.went_on for move in reassignment_of(assignment_id=done).moves] == [
        "", "it was closed",
    ]  # fmt: skip


def test_who_may_not_have_the_case_any_more_does_not_get_it_back(open_one, house, business):
    case_id = open_one()
    claim_case(case_id=case_id, by=house.ana, at=NOW)
    reassign_case(case_id=case_id, to=house.ben, reason="balance", by=house.lena, at=NOW + HOUR)
    declare_conflict(person=house.ana, party_id=business, by=house.ana, at=NOW + HOUR)
    done = reassignment_by(by=house.lena, at=NOW + HOUR)

    with pytest.raises(ConflictOfInterest):
        take_back_reassignment(assignment_id=done, reason="no", by=house.lena, at=NOW + 2 * HOUR)


def test_routing_pushes_to_the_least_loaded_and_knows_the_business(open_one, house):
    first = route_case(case_id=open_one(), at=NOW)
    again = route_case(case_id=open_one(), at=NOW)

    # The first choice is a tie, settled by id; the second knows the business already.
    assert first.person_id == min(house.ana.id, house.ben.id)
    assert again.person_id == first.person_id


def test_routing_skips_are_logged_with_their_reason(referred, house):
    record_absence(person=house.ana, from_at=NOW, until_at=nov(19, 0), by=house.lena)
    set_work_limit(person=house.ben, minutes=20, at=NOW, by=house.lena)

    routed = route_case(case_id=referred, at=NOW)

    assert routed.person_id is None
    assert {(skip.person_name, skip.code) for skip in routed.skips} == {
        ("Ana", "absent"),
        ("Ben", "work_limit"),
    }
    logged = RoutingSkip.objects.filter(case_id=referred).values_list("code", "why")
    assert set(logged) == {
        ("absent", "is away"),
        ("work_limit", "carries 0 of 20 minutes, and this is 25 more"),
    }
    assert case_row(case_id=referred, at=NOW).holder_id is None


def test_routing_obeys_certifications(referred, house):
    for view in certifications_in_force(at=NOW):
        if view.person_id == house.ana.id and view.skill == "underwriting":
            end_certification(certification_id=view.id, reason="new policy", at=NOW, by=house.lena)

    routed = route_case(case_id=referred, at=NOW)

    assert routed.person_id == house.ben.id
    assert [(skip.person_name, skip.code) for skip in routed.skips] == [("Ana", "not_certified")]
    with pytest.raises(CaseAlreadyClaimed):
        route_case(case_id=referred, at=NOW)


def test_the_queue_is_ordered_by_business_time_left(open_one, house):
    certify(person=house.lena, skill="x", valid_until=nov(30, 0), at=nov(1, 0), by=house.ana)
    old, young = open_one(at=nov(16, 9)), open_one(at=nov(18, 9))
    triage = open_one(at=nov(18, 9), queue="credit_triage")
    at = nov(18, 10)

    order = [row.id for row in case_rows(at=at)]
    overdue = [row.id for row in case_rows(at=at, filters=CaseFilters(risk="overdue"))]
    at_risk = [row.id for row in case_rows(at=at, filters=CaseFilters(risk="at_risk"))]

    assert order == [old, triage, young]
    assert overdue == [old]
    assert at_risk == [old, triage]
