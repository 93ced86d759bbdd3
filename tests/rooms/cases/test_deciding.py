"""A case decision stands on steps, evidence, reason codes; the override is in sight."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from goodstanding.cases.errors import (
    AlreadyAnswered,
    AmountMissing,
    CaseClosed,
    CaseNotClosed,
    CaseNotHeld,
    EvidenceMissing,
    OutcomeUnknown,
    ReasonCodeUnknown,
    ReasonMissing,
    ReviewsOwnDecision,
    StepsMissing,
    StepUnknown,
)
from goodstanding.cases.models import CaseDecision
from goodstanding.cases.operations import (
    add_evidence,
    add_note,
    claim_case,
    close_case,
    decide_case,
    open_case_for_decision,
    record_answer,
    record_step,
    reopen_case,
    request_information,
)
from goodstanding.cases.queries import case_of_decision, case_page, case_row
from goodstanding.cases.types import Closed
from goodstanding.core.errors import NotFound
from goodstanding.core.ids import new_id
from goodstanding.core.models import AuditEntry, OutboxMessage
from goodstanding.core.money import Money
from goodstanding.deadlines.queries import deadlines_of
from goodstanding.deadlines.types import DeadlineState
from tests.rooms.cases.conftest import (
    NOW,
    UNDERWRITING_STEPS,
    do_steps,
    keep_decision,
    nov,
    referral,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ready(referred, house):
    """A case that Ana has, all steps done."""
    claim_case(case_id=referred, by=house.ana, at=NOW)
    do_steps(referred, UNDERWRITING_STEPS, by=house.ana, at=NOW)
    return referred


def approve(case_id, by, at=NOW + HOUR, **changes):
    fields = {"outcome": "approve", "reason_codes": ["capacity_shown"], **changes}
    return decide_case(case_id=case_id, by=by, at=at, **fields)


def test_a_decision_closes_the_case_and_meets_its_sla(ready, house):
    approve(ready, house.ana, statement="Accounts show it.")

    row = case_row(case_id=ready, at=NOW + HOUR)
    assert (row.outcome, row.closed_at, row.overrides_policy) == ("approve", NOW + HOUR, False)
    assert row.deadline.state is DeadlineState.MET
    message = OutboxMessage.objects.get(kind="case_decided")
    assert (message.subject_id, message.payload["outcome"]) == (ready, "approve")
    assert message.payload["decision_id"] == str(row.decision_id)
    assert AuditEntry.objects.filter(action="decide_case", object_id=str(ready)).count() == 1


def test_a_decision_against_the_policy_shows_as_an_override(business, house):
    message = referral(business)
    said = {
        "policy_outcome": "decline",
        "reasons": [{"code": "LATE_PAYER", "text": "45 days late"}],
    }
    keep_decision(message.subject_id, said)
    open_case_for_decision(message)
    case_id = case_of_decision(decision_id=message.subject_id, at=NOW).id
    claim_case(case_id=case_id, by=house.ana, at=NOW)
    do_steps(case_id, UNDERWRITING_STEPS, by=house.ana, at=NOW)

    approve(case_id, house.ana)

    row = case_row(case_id=case_id, at=NOW + HOUR)
    assert (row.policy_outcome, row.outcome, row.overrides_policy) == ("decline", "approve", True)
    assert case_page(case_id=case_id, at=NOW).reasons[0]["text"] == "45 days late"


def test_a_late_decision_is_a_miss(ready, house):
    approve(ready, house.ana, at=nov(20, 11))

    assert case_row(case_id=ready, at=nov(20, 12)).deadline.state is DeadlineState.MISSED


def test_only_the_holder_decides(ready, house):
    with pytest.raises(CaseNotHeld):
        approve(ready, house.ben)


@pytest.mark.parametrize(
    ("changes", "refusal", "words"),
    [
        ({"outcome": "maybe"}, OutcomeUnknown, "approve, approve_less, decline"),
        ({"reason_codes": ["identity_doubtful"]}, ReasonCodeUnknown, "identity_doubtful"),
        ({"reason_codes": []}, ReasonMissing, "reason"),
        (
            {"outcome": "approve_less", "reason_codes": ["exposure_too_high"]},
            AmountMissing,
            "lower amount",
        ),
    ],
)
def test_a_decision_outside_the_playbook_is_refused(ready, house, changes, refusal, words):
    with pytest.raises(refusal, match=words):
        approve(ready, house.ana, **changes)

    assert case_row(case_id=ready, at=NOW + HOUR).is_open


def test_an_amount_is_kept_with_its_currency(ready, house):
    approve(
        ready,
        house.ana,
        outcome="approve_less",
        reason_codes=["exposure_too_high"],
        amount=Money(25_000_00, "GBP"),
    )

    row = CaseDecision.objects.get()
    assert (row.amount_minor, row.currency) == (25_000_00, "GBP")


def test_required_steps_are_done_or_skipped_because(referred, house):
    claim_case(case_id=referred, by=house.ana, at=NOW)
    do_steps(referred, UNDERWRITING_STEPS[:2], by=house.ana, at=NOW)

    with pytest.raises(StepsMissing, match="Weigh the amount"):
        approve(referred, house.ana)
    with pytest.raises(ReasonMissing):
        record_step(case_id=referred, step="weigh_amount", skipped=True, by=house.ana, at=NOW)
    with pytest.raises(StepUnknown):
        record_step(case_id=referred, step="make_tea", by=house.ana, at=NOW)
    record_step(
        case_id=referred,
        step="weigh_amount",
        skipped=True,
        because="No amount is asked for",
        by=house.ana,
        at=NOW,
    )

    approve(referred, house.ana)

    steps = {view.step.code: view for view in case_page(case_id=referred, at=NOW + HOUR).steps}
    assert (steps["weigh_amount"].state, steps["weigh_amount"].because) == (
        "skipped",
        "No amount is asked for",
    )
    assert steps["check_identity"].state == "open"


def test_required_evidence_must_be_on_the_case(open_one, house):
    case_id = open_one()
    claim_case(case_id=case_id, by=house.ana, at=NOW)
    do_steps(case_id, UNDERWRITING_STEPS, by=house.ana, at=NOW)

    with pytest.raises(EvidenceMissing, match="decision_trace"):
        approve(case_id, house.ana)
    assert case_page(case_id=case_id, at=NOW).missing_evidence == ("decision_trace",)
    add_evidence(
        case_id=case_id,
        kind="decision_trace",
        title="Trace",
        content="t-1",
        by=house.ana,
        at=NOW,
    )

    approve(case_id, house.ana)


def test_the_decision_keeps_the_digest_of_its_evidence(ready, house):
    def digest(case_id):
        return CaseDecision.objects.filter(case_id=case_id).latest("at").evidence_digest

    approve(ready, house.ana)
    first = digest(ready)
    reopen_case(case_id=ready, reason="new papers", by=house.lena, at=NOW + 2 * HOUR)
    add_evidence(
        case_id=ready, kind="accounts", title="2025", content="x", by=house.ben, at=NOW + 2 * HOUR
    )
    claim_case(case_id=ready, by=house.ben, at=NOW + 2 * HOUR)
    approve(ready, house.ben, at=NOW + 3 * HOUR)

    assert digest(ready) != first


def test_a_reopened_case_goes_to_another_person_and_heals_no_miss(ready, house):
    approve(ready, house.ana, at=nov(20, 11))

    reopen_case(case_id=ready, reason="the bank wrote", by=house.lena, at=nov(23, 9))

    row = case_row(case_id=ready, at=nov(23, 9))
    assert (row.is_open, row.holder_id, row.reopenings) == (True, None, 1)
    first, second = deadlines_of(subject_kind="case", subject_id=ready, at=nov(23, 9))
    assert (first.state, second.state) == (DeadlineState.MISSED, DeadlineState.RUNNING)
    assert (second.kind, second.due_at) == ("reopened_case_decision", nov(24, 17))
    with pytest.raises(ReviewsOwnDecision, match="decided this case before"):
        claim_case(case_id=ready, by=house.ana, at=nov(23, 9))
    claim_case(case_id=ready, by=house.ben, at=nov(23, 9))
    approve(ready, house.ben, at=nov(23, 10))
    assert CaseDecision.objects.filter(case_id=ready).count() == 2


def test_an_open_case_is_not_reopened_and_a_closed_one_takes_no_more(ready, house):
    with pytest.raises(CaseNotClosed):
        reopen_case(case_id=ready, reason="why", by=house.lena, at=NOW)
    approve(ready, house.ana)

    for act in (
        lambda: approve(ready, house.ana),
        lambda: add_note(case_id=ready, text="late", by=house.ana, at=NOW + HOUR),
        lambda: close_case(
            case_id=ready, why=Closed.MOOT, reason="why", by=house.lena, at=NOW + HOUR
        ),
    ):
        with pytest.raises(CaseClosed):
            act()
    with pytest.raises(ReasonMissing):
        reopen_case(case_id=ready, reason="", by=house.lena, at=NOW + HOUR)


def test_a_case_without_need_is_closed_with_a_reason_and_its_sla_cancelled(referred, house):
    with pytest.raises(ReasonMissing):
        close_case(case_id=referred, why=Closed.WITHDRAWN, reason="", by=house.lena, at=NOW)
    with pytest.raises(OutcomeUnknown):
        close_case(case_id=referred, why=Closed.DECIDED, reason="why", by=house.lena, at=NOW)

    close_case(case_id=referred, why=Closed.WITHDRAWN, reason="withdrew", by=house.lena, at=NOW)

    row = case_row(case_id=referred, at=NOW)
    assert row.deadline.state is DeadlineState.CANCELLED


def test_a_question_to_the_business_pauses_the_sla_until_the_answer(ready, house):
    request = request_information(
        case_id=ready, question="Please send the accounts.", by=house.ana, at=nov(18, 12)
    )

    waiting = case_row(case_id=ready, at=nov(19, 12))
    record_answer(request_id=request, summary="Accounts came.", by=house.ana, at=nov(20, 12))
    after = case_row(case_id=ready, at=nov(20, 12))

    assert (waiting.waits, waiting.deadline.state) == (True, DeadlineState.PAUSED)
    assert (after.waits, after.deadline.due_at) == (False, nov(24, 10))
    with pytest.raises(AlreadyAnswered):
        record_answer(request_id=request, summary="again", by=house.ana, at=nov(20, 13))


def test_a_decision_ends_the_wait(ready, house):
    request_information(
        case_id=ready, question="Please send the accounts.", by=house.ana, at=nov(18, 12)
    )

    approve(ready, house.ana, at=nov(24, 12))

    assert case_row(case_id=ready, at=nov(24, 12)).deadline.state is DeadlineState.MET


def test_words_are_asked_for(ready, house):
    with pytest.raises(ReasonMissing):
        add_note(case_id=ready, text="  ", by=house.ana, at=NOW)
    with pytest.raises(ReasonMissing):
        add_evidence(case_id=ready, kind="x", title="", content="", by=house.ana, at=NOW)
    with pytest.raises(ReasonMissing):
        request_information(case_id=ready, question="", by=house.ana, at=NOW)
    with pytest.raises(NotFound):
        record_answer(request_id=new_id(), summary="x", by=house.ana, at=NOW)
    with pytest.raises(NotFound):
        case_row(case_id=new_id(), at=NOW)


def test_the_timeline_tells_everything_in_order(ready, house):
    add_note(case_id=ready, text="Called the bank.", by=house.ana, at=NOW + HOUR)
    approve(ready, house.ana, at=NOW + 2 * HOUR, statement="Accounts show it.")

    timeline = case_page(case_id=ready, at=NOW + 2 * HOUR).timeline

    assert [entry.kind for entry in timeline] == [
        "opened",
        "evidence",
        "claim",
        "step_done",
        "step_done",
        "step_done",
        "note",
        "decision",
        "closure",
    ]
    decided = timeline[-2]
    assert (decided.who, decided.title) == ("Ana", "Decided: Approve")
    assert decided.text == "Capacity to repay is shown. Accounts show it."
    assert timeline[6].text == "Called the bank."


def test_what_was_decided_never_changes(ready, house):
    from django.db import connection

    approve(ready, house.ana)

    for table in ("case_decision", "assignment", "case", "enforcement", "reinstatement"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"delete from cases_{table}")
