"""No measure without reasons, no termination without notice, no appeal back to its decider."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from goodstanding.cases import models
from goodstanding.cases.errors import (
    AlreadyReinstated,
    AppealAlreadyOpen,
    AppealWindowClosed,
    CaseClosed,
    ExceptionNotApproved,
    NoticeTooShort,
    ReasonMissing,
    ReinstatementKindMissing,
    ReviewsOwnDecision,
    StatementMissing,
)
from goodstanding.cases.operations import (
    claim_case,
    decide_appeal,
    lodge_appeal,
    make_enforcement,
    reassign_case,
    route_case,
)
from goodstanding.cases.queries import case_page, case_row, enforcements_of
from goodstanding.cases.types import AppealOutcome, How, Measure, ReinstatementKind
from goodstanding.core.errors import NotFound
from goodstanding.core.ids import new_id
from goodstanding.core.models import OutboxMessage
from goodstanding.deadlines.queries import deadlines_of
from tests.rooms.cases.conftest import NOW, REINSTATEMENT_STEPS, do_steps, nov, suspension

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def appeal(enforcement_id, at=NOW + HOUR):
    return lodge_appeal(
        enforcement_id=enforcement_id, grounds="It was not so.", via="letter", lodged_at=at
    )


def decide(case_id, by, **changes):
    fields = {
        "outcome": AppealOutcome.OVERTURNED,
        "kind": ReinstatementKind.ERROR_CORRECTED,
        "reason_codes": ["evidence_insufficient"],
        "statement": "The receipts show that the parcels were sent. We lift the suspension.",
        "at": NOW + 2 * HOUR,
        **changes,
    }
    return decide_appeal(case_id=case_id, by=by, **fields)


@pytest.fixture
def with_ben(house, business):
    """An appeal against what Omar decided, which Ben has and has worked."""
    enforcement = make_enforcement(
        enforcement=suspension(business), decided_by=house.omar, decided_at=NOW
    )
    appeal(enforcement)
    case_id = models.Appeal.objects.get(enforcement_id=enforcement).case_id
    claim_case(case_id=case_id, by=house.ben, at=NOW + HOUR)
    do_steps(case_id, REINSTATEMENT_STEPS, by=house.ben, at=NOW + HOUR)
    return case_id


def test_an_enforcement_opens_its_complaint_window(house, business):
    enforcement = make_enforcement(
        enforcement=suspension(business), decided_by=house.ana, decided_at=NOW
    )

    view = enforcements_of(party_id=business, at=NOW)[0]
    assert (view.id, view.decided_by, view.automated) == (enforcement, "Ana", False)
    # Six months from 18 November end with 18 May; the day is a Tuesday.
    assert view.appealable_until == datetime(2027, 5, 18, 23, tzinfo=UTC)
    told = OutboxMessage.objects.get(kind="enforcement_made")
    assert told.payload == {"party_id": str(business), "measure": "suspended", "severity": 5}


def test_no_statement_no_measure(house, business):
    with pytest.raises(StatementMissing):
        make_enforcement(
            enforcement=suspension(business, statement=" "), decided_by=house.ana, decided_at=NOW
        )


def test_the_database_refuses_a_measure_without_a_statement_or_a_decider(house, business):
    make_enforcement(enforcement=suspension(business), decided_by=house.ana, decided_at=NOW)
    for change, name in (
        ({"statement": ""}, "states_its_reasons"),
        ({"decided_by_id": None}, "has_a_decider"),
    ):
        row = models.Enforcement.objects.get()
        row.id = new_id()
        for field, value in change.items():
            setattr(row, field, value)

        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            row.save(force_insert=True)


def test_a_termination_waits_out_its_notice(house, business):
    noticed_at = nov(25, 15)

    def terminate(starts_at, **changes):
        approved_by = changes.pop("approved_by", None)
        new = suspension(
            business,
            measure=Measure.TERMINATED,
            regime="uk_p2b",
            starts_at=starts_at,
            **changes,
        )
        return make_enforcement(
            enforcement=new, decided_by=house.ana, decided_at=noticed_at, approved_by=approved_by
        )

    with pytest.raises(NoticeTooShort, match="2026-12-26 00:00"):
        terminate(datetime(2026, 12, 25, 23, 59, tzinfo=UTC))
    done = terminate(datetime(2026, 12, 26, tzinfo=UTC))
    kinds = {
        deadline.kind: str(deadline.last_day)
        for deadline in deadlines_of(subject_kind="enforcement", subject_id=done, at=noticed_at)
    }
    assert kinds == {"termination_notice": "2026-12-25", "complaint_window": "2027-05-25"}
    for code, approver in (
        ("repeated_breach", None),
        ("repeated_breach", house.ana),
        ("because", house.lena),
    ):
        with pytest.raises(ExceptionNotApproved):
            terminate(noticed_at, exception_code=code, approved_by=approver)
    terminate(noticed_at, exception_code="repeated_breach", approved_by=house.lena)
    assert models.ExceptionApproval.objects.get().approved_by == house.lena


def test_the_database_refuses_an_exception_that_the_decider_approves(house, business):
    enforcement = make_enforcement(
        enforcement=suspension(business), decided_by=house.ana, decided_at=NOW
    )

    with pytest.raises(IntegrityError, match="another_person"), transaction.atomic():
        models.ExceptionApproval.objects.create(
            enforcement_id=enforcement,
            code="legal_duty",
            decided_by=house.ana,
            approved_by=house.ana,
            approved_at=NOW,
        )


def test_an_appeal_opens_a_case_with_the_statement_as_evidence(appealed, house):
    page = case_page(case_id=appealed, at=NOW + HOUR)

    assert page.row.queue_code == "reinstatement"
    assert page.enforcement.decided_by == "Ana"
    assert page.grounds.startswith("The parcels were sent")
    assert [item.kind for item in page.evidence] == ["statement_of_reasons"]


@pytest.mark.parametrize("barred", ["ana", "lena"])
def test_an_appeal_never_reaches_the_decider_or_their_manager(appealed, house, barred):
    person = getattr(house, barred)
    at = NOW + 2 * HOUR

    with pytest.raises(ReviewsOwnDecision, match=person.display_name):
        claim_case(case_id=appealed, by=person, at=at)
    with pytest.raises(ReviewsOwnDecision):
        reassign_case(case_id=appealed, to=person, reason="please", by=house.omar, at=at)
    routed = route_case(case_id=appealed, at=at)
    assert routed.person_id == house.ben.id
    assert [(skip.person_name, skip.code) for skip in routed.skips] == [
        ("Ana", "reviews_own_decision")
    ]


@pytest.mark.parametrize("barred", ["ana", "lena"])
def test_the_database_keeps_the_appeal_from_them_too(appealed, house, barred):
    person = getattr(house, barred)

    with pytest.raises(IntegrityError, match="had a part"), transaction.atomic():
        models.Assignment.objects.create(
            case_id=appealed,
            number=1,
            how=How.REASSIGNMENT,
            person=person,
            by=house.omar,
            at=NOW,
            reason="please",
        )
    with pytest.raises(IntegrityError, match="had a part"), transaction.atomic():
        models.CaseDecision.objects.create(
            case_id=appealed,
            cycle=1,
            outcome="upheld",
            reason_codes=["violation_confirmed"],
            statement="It stands.",
            overrides_policy=False,
            evidence_digest="0" * 64,
            by=person,
            at=NOW,
        )
    enforcement_id = models.Case.objects.get(id=appealed).enforcement_id
    with pytest.raises(IntegrityError, match="had a part"), transaction.atomic():
        models.Reinstatement.objects.create(
            enforcement_id=enforcement_id,
            case_id=appealed,
            kind="R1",
            in_part=False,
            statement="We lift it.",
            effective_at=NOW,
            by=person,
        )


def test_a_manager_who_came_after_the_decision_is_barred_as_well(appealed, house):
    house.ana.manager = house.omar
    house.ana.save()

    with pytest.raises(IntegrityError, match="had a part"), transaction.atomic():
        claim_case(case_id=appealed, by=house.omar, at=NOW + HOUR)


def test_lifting_an_enforcement_names_its_kind(with_ben, house, business):
    decide(with_ben, house.ben)

    lifted = models.Reinstatement.objects.get()
    assert (lifted.kind, lifted.in_part, lifted.by) == ("R1", False, house.ben)
    row = case_row(case_id=with_ben, at=NOW + 2 * HOUR)
    assert (row.outcome, row.overrides_policy) == ("overturned", True)
    view = enforcements_of(party_id=business, at=NOW + 2 * HOUR)[0]
    assert view.reinstated == "Error corrected"
    assert enforcements_of(party_id=business, at=NOW + HOUR)[0].reinstated == ""
    with pytest.raises(AlreadyReinstated, match="Error corrected"):
        appeal(view.id, at=NOW + 3 * HOUR)


def test_an_enforcement_upheld_can_be_appealed_again(with_ben, house):
    decide(
        with_ben,
        house.ben,
        outcome=AppealOutcome.UPHELD,
        kind=None,
        reason_codes=["violation_confirmed"],
    )

    enforcement_id = models.Case.objects.get(id=with_ben).enforcement_id
    appeal(enforcement_id, at=NOW + 3 * HOUR)

    assert models.Reinstatement.objects.count() == 0
    assert models.Appeal.objects.filter(enforcement_id=enforcement_id).count() == 2
    assert not case_row(case_id=with_ben, at=NOW + 3 * HOUR).overrides_policy


def test_a_return_on_conditions_names_them(with_ben, house):
    conditional = {
        "outcome": AppealOutcome.MODIFIED,
        "kind": ReinstatementKind.CONDITIONAL,
        "reason_codes": ["conditions_agreed"],
    }
    with pytest.raises(ReasonMissing, match="conditional return"):
        decide(with_ben, house.ben, **conditional)

    decide(with_ben, house.ben, **conditional, conditions="Tracked parcels for 60 days.")

    lifted = models.Reinstatement.objects.get()
    assert (lifted.in_part, lifted.conditions) == (True, "Tracked parcels for 60 days.")


def test_an_appeal_is_decided_with_kind_and_statement(with_ben, house):
    with pytest.raises(StatementMissing):
        decide(with_ben, house.ben, statement="")
    with pytest.raises(ReinstatementKindMissing):
        decide(with_ben, house.ben, kind=None)
    with pytest.raises(ReinstatementKindMissing):
        decide(with_ben, house.ben, outcome=AppealOutcome.UPHELD)
    assert case_row(case_id=with_ben, at=NOW + 2 * HOUR).is_open
    decide(with_ben, house.ben)
    with pytest.raises(CaseClosed):
        decide(with_ben, house.ben)


def test_the_database_refuses_an_appeal_decided_without_a_statement(with_ben, house):
    with pytest.raises(IntegrityError, match="statement of reasons"), transaction.atomic():
        models.CaseDecision.objects.create(
            case_id=with_ben,
            cycle=1,
            outcome="upheld",
            reason_codes=["violation_confirmed"],
            overrides_policy=False,
            evidence_digest="0" * 64,
            by=house.ben,
            at=NOW,
        )


def test_one_appeal_at_a_time_within_the_window(house, business):
    enforcement = make_enforcement(
        enforcement=suspension(business), decided_by=house.ana, decided_at=NOW
    )

    with pytest.raises(ReasonMissing):
        lodge_appeal(enforcement_id=enforcement, grounds="", via="letter", lodged_at=NOW)
    with pytest.raises(AppealWindowClosed, match="2027-05-18"):
        appeal(enforcement, at=datetime(2027, 5, 19, tzinfo=UTC))
    appeal(enforcement)
    with pytest.raises(AppealAlreadyOpen):
        appeal(enforcement, at=NOW + DAY)
    with pytest.raises(NotFound):
        appeal(new_id())


def test_what_no_person_decided_may_be_reviewed_by_anybody_certified(house, business):
    enforcement = make_enforcement(
        enforcement=suspension(business), decided_by=None, decided_at=NOW
    )
    appeal(enforcement)
    case_id = models.Appeal.objects.get(enforcement_id=enforcement).case_id

    claim_case(case_id=case_id, by=house.ana, at=NOW + HOUR)

    assert case_page(case_id=case_id, at=NOW + HOUR).enforcement.automated
