"""An escalation asks; it moves neither the case nor its deadline."""

from datetime import timedelta

import pytest

from goodstanding.cases.errors import (
    AlreadyAnswered,
    CaseNotHeld,
    NotCertified,
    ReasonMissing,
    ReviewsOwnDecision,
)
from goodstanding.cases.operations import answer_escalation, claim_case, escalate_case
from goodstanding.cases.queries import case_page, case_row
from goodstanding.cases.types import EscalationKind
from goodstanding.core.errors import NotFound
from goodstanding.core.ids import new_id
from goodstanding.deadlines.queries import deadlines_of
from goodstanding.deadlines.types import DeadlineState
from tests.rooms.cases.conftest import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def ask(case_id, to, by, kind=EscalationKind.HIERARCHICAL, question="May I go above the limit?"):
    return escalate_case(
        case_id=case_id, kind=kind, to=to, reason_code="authority", question=question, by=by, at=NOW
    )


@pytest.fixture
def with_ana(referred, house):
    claim_case(case_id=referred, by=house.ana, at=NOW)
    return referred


def test_an_escalation_is_asked_and_answered_with_its_own_clock(with_ana, house):
    before = case_row(case_id=with_ana, at=NOW)

    escalation = ask(with_ana, house.lena, house.ana)
    asked = case_page(case_id=with_ana, at=NOW)
    answer_escalation(
        escalation_id=escalation,
        answer="Yes, up to 30,000.",
        changes_outcome=True,
        by=house.lena,
        at=NOW + HOUR,
    )

    assert [(open_.to, open_.question) for open_ in asked.escalations] == [
        ("Lena", "May I go above the limit?")
    ]
    after = case_page(case_id=with_ana, at=NOW + HOUR)
    assert after.escalations == ()
    assert (after.row.holder_name, after.row.deadline.due_at) == ("Ana", before.deadline.due_at)
    clock = deadlines_of(subject_kind="escalation", subject_id=escalation, at=NOW + HOUR)[0]
    assert (clock.state, clock.due_at) == (DeadlineState.MET, NOW + 4 * HOUR)


def test_only_the_one_who_was_asked_answers_once(with_ana, house):
    escalation = ask(with_ana, house.lena, house.ana)
    answer = {"escalation_id": escalation, "changes_outcome": False, "at": NOW}

    with pytest.raises(CaseNotHeld):
        answer_escalation(answer="No.", by=house.ben, **answer)
    with pytest.raises(ReasonMissing):
        answer_escalation(answer=" ", by=house.lena, **answer)
    answer_escalation(answer="No.", by=house.lena, **answer)
    with pytest.raises(AlreadyAnswered):
        answer_escalation(answer="No.", by=house.lena, **answer)
    with pytest.raises(NotFound):
        answer_escalation(
            escalation_id=new_id(), answer="x", changes_outcome=False, by=house.lena, at=NOW
        )


def test_an_escalation_is_refused_where_it_makes_no_sense(with_ana, appealed, house):
    with pytest.raises(ReasonMissing):
        ask(with_ana, house.lena, house.ana, question="")
    with pytest.raises(CaseNotHeld):
        ask(with_ana, house.ana, house.ana)
    with pytest.raises(CaseNotHeld):
        ask(with_ana, house.lena, house.ben)
    with pytest.raises(NotCertified):
        ask(with_ana, house.lena, house.ana, kind=EscalationKind.FUNCTIONAL)
    claim_case(case_id=appealed, by=house.ben, at=NOW + HOUR)
    with pytest.raises(ReviewsOwnDecision):
        ask(appealed, house.lena, house.ben)
