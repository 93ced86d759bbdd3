"""The samples load in steps, once, and what they say is what the guides say of the data."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoDbBlocker

from goodstanding.cases.models import Appeal, BarredPerson, Case, CaseDecision
from goodstanding.cases.queries import CaseFilters, case_rows, fit_for, team_today
from goodstanding.cases.types import CaseKind
from goodstanding.core.postgres import APPLICATION_ROLE, start_server
from goodstanding.core.time import utc_now
from goodstanding.decisions.models import Decision, ReplayRun
from goodstanding.decisions.queries import shadow_comparison, stints_of
from goodstanding.evidence.experiments.queries import experiment_named
from goodstanding.evidence.experiments.types import ExperimentState
from goodstanding.ledger.models import Fact, ImportRun, QuarantinedRow
from goodstanding.ledger.queries import facts_of, facts_of_kinds
from goodstanding.parties.models import ExternalId, Link, Party, PartyVersion, PersonalDigest
from goodstanding.parties.queries import connections_of, party_as_of, party_by_external_id
from goodstanding.parties.types import LinkKind
from goodstanding.samples.deciding import ASKED_AGAIN, LIVE_LOANS
from goodstanding.samples.models import Step
from goodstanding.samples.operations import BEGIN, STEPS, load_samples
from goodstanding.samples.staff import demo_staff
from goodstanding.samples.trying import ENDED, PROPOSED
from tests.conftest import django_on
from tests.flows.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("began", "db")]


@pytest.fixture(scope="module")
def began(
    samples: Installation, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[datetime]:
    """When the loading began; until the module ends Django works on the samples' database."""
    from django.db import connections, transaction

    url = start_server(samples.home / "postgres").url(
        database="goodstanding", role=APPLICATION_ROLE
    )
    with django_on(url), django_db_blocker.unblock(), transaction.atomic():
        connections["default"].check_constraints()  # once: each test would check every key anew
        yield Step.objects.get(name=BEGIN).done_at
        transaction.set_rollback(True)


def test_every_step_is_done_once(began: datetime, samples: Installation) -> None:
    done = list(Step.objects.order_by("id").values_list("name", flat=True))

    assert done == ["begin", *(step.name for step in STEPS)]
    assert load_samples(home=samples.home, at=began + timedelta(days=1)) == []


def test_loans_are_loaded_and_four_without_a_name_wait() -> None:
    kinds = Counter(Fact.objects.filter(source="sba").values_list("kind", flat=True))

    assert kinds == {
        "loan_approved": 22_423, "loan_disbursed": 22_389, "loan_charged_off": 4_916,
        "loan_outcome_reported": 22_423,
    }  # fmt: skip
    assert list(QuarantinedRow.objects.order_by("line").values_list("line", "field", "code")) == [
        (line, "Name", "value_missing") for line in (274, 411, 467, 468)
    ]


def test_outcomes_are_labelled_by_the_stated_rules(began: datetime) -> None:
    reported = facts_of_kinds(
        kinds=["loan_outcome_reported"], legal_entity="GS-US", as_of=began, known_at=began
    )
    labels = Counter(fact.attributes["outcome"] for fact in reported)
    without_status = Counter(
        fact.attributes["outcome"] for fact in reported if "final_status" not in fact.attributes
    )

    assert labels == {"paid_in_full": 17_404, "charged_off": 4_916, "unknown": 103}
    assert without_status == {"charged_off": 17, "unknown": 102}


def test_the_newest_date_arrives_today_by_one_stated_shift(began: datetime) -> None:
    run = ImportRun.objects.get(mapping="sba_loans")
    newest = Fact.objects.filter(source="sba").latest("effective_at")

    assert newest.effective_at == began.replace(hour=0, minute=0, second=0, microsecond=0)
    assert run.shift_days == (began.date() - newest.effective_at.date().replace(2014, 8, 29)).days
    assert not Fact.objects.filter(recorded_at__gt=began).exists()


def test_old_approvals_are_marked_ambiguous() -> None:
    marked = Fact.objects.filter(kind="loan_approved", attributes__approvals="ambiguous")

    assert marked.count() == 320


def test_connected_exposure_is_a_group_by_name_and_place(began: datetime) -> None:
    party_id = party_by_external_id(scheme="sba_loan", value="1000024006", legal_entity="GS-US")
    assert party_id is not None
    assert party_as_of(party_id=party_id, as_of=began, known_at=began).country == "US"
    links = Link.objects.filter(kind=LinkKind.SHARES_NAME_AND_PLACE)
    centre = links.values_list("left_party", flat=True).first()
    assert centre is not None
    connected = connections_of(party_id=centre, as_of=began, known_at=began)

    assert links.count() == 751
    assert {link.kind for link in connected} == {LinkKind.SHARES_NAME_AND_PLACE}
    assert not Link.objects.filter(kind=LinkKind.SAME_AS).exists()


def test_orders_hang_on_sellers() -> None:
    kinds = Counter(Fact.objects.filter(source="olist").values_list("kind", flat=True))

    assert kinds == {
        "order_placed": 28_986, "order_delivered": 28_529, "review_received": 20_801,
        "order_status_reported": 457,
    }  # fmt: skip
    assert not Fact.objects.filter(source="olist", party=None).exists()


def test_incidents_keep_their_own_words_and_counts(began: datetime) -> None:
    closed = facts_of_kinds(
        kinds=["incident_closed"], legal_entity="GS-MARKET", as_of=began, known_at=began
    )
    people = Counter(fact.attributes.get("resolved_by") for fact in closed)

    assert len(closed) == 1060
    assert sum(fact.attributes["made_sla"] for fact in closed) == 687
    assert sum(fact.attributes["reassignment_count"] > 0 for fact in closed) == 572
    assert sum(fact.attributes["reopen_count"] > 0 for fact in closed) == 14
    assert sum(count for _, count in people.most_common(6)) == 1049
    assert Fact.objects.filter(kind="incident_updated").count() == 7694


def test_what_is_invented_is_marked_and_what_is_real_is_not() -> None:
    assert set(Fact.objects.filter(simulated=True).values_list("source", flat=True)) == {"invented"}
    assert not Fact.objects.filter(source="invented", simulated=False).exists()
    invented = PartyVersion.objects.filter(source="invented")
    assert not invented.filter(simulated=False).exists()
    assert set(invented.values_list("party__desk", flat=True)) == {"sellers"}


def test_no_invention_is_attached_to_a_real_name() -> None:
    named = PartyVersion.objects.filter(simulated=False, party__desk="sellers")

    assert not named.exclude(shown_name__regex="^Seller [0-9a-f]{8}$").exists()
    assert not Fact.objects.filter(simulated=True, party__desk="credit").exists()
    assert not PersonalDigest.objects.filter(party__desk="credit").exists()


def test_the_answer_key_is_there_for_every_invention(began: datetime) -> None:
    answers = facts_of_kinds(
        kinds=["answer_key"], legal_entity="GS-MARKET", as_of=began, known_at=began
    )

    assert Counter(fact.attributes["about"] for fact in answers) == {
        "registration": 48, "enforcement": 38, "bank_account_changed": 24,
    }  # fmt: skip


def test_five_of_six_returned_sellers_share_something_with_their_past(began: datetime) -> None:
    answers = facts_of_kinds(
        kinds=["answer_key"], legal_entity="GS-MARKET", as_of=began, known_at=began
    )
    found = 0
    for answer in answers:
        if answer.attributes["truth"] == "returned_after_removal":
            before = party_by_external_id(
                scheme="olist_seller",
                value=answer.attributes["returned_from"],
                legal_entity="GS-MARKET",
            )
            assert answer.party_id is not None
            connected = connections_of(party_id=answer.party_id, as_of=began, known_at=began)
            found += before in {link.party_id for link in connected}

    assert found == 5


def test_a_registration_carries_what_its_checks_said(began: datetime) -> None:
    party_id = ExternalId.objects.get(scheme="seller_registration", value="INV-0001").party_id
    (submitted,) = [
        fact
        for fact in facts_of(party_id=party_id, as_of=began, known_at=began)
        if fact.kind == "registration_submitted"
    ]

    assert submitted.attributes["owner_screening"] == "no_hit"
    assert "phone" not in submitted.attributes
    assert Party.objects.filter(desk="sellers").count() == 3095 + 48


def test_every_registration_is_decided_by_the_policy_and_every_referral_has_one_case() -> None:
    decided = Decision.objects.filter(policy="registration")
    outcomes = Counter(decided.values_list("outcome", flat=True))
    referred = set(decided.filter(outcome="refer").values_list("id", flat=True))
    cases = Counter(
        Case.objects.filter(policy="registration").values_list("decision_id", flat=True)
    )

    assert outcomes == {"approve": 38, "refer": 8, "decline": 2}
    assert cases == dict.fromkeys(referred, 1)


def test_the_policy_stops_who_returns_with_a_strong_identifier_or_a_false_document(
    began: datetime,
) -> None:
    outcomes = dict(Decision.objects.filter(policy="registration").values_list("entity", "outcome"))
    truths = _truths("registration", began)
    found = Counter(
        (truth, outcomes[f"seller_registration:{key}"])
        for key, truth in truths.items()
        if truth in {"returned_after_removal", "false_identity", "honest"}
    )

    assert found == {
        ("returned_after_removal", "refer"): 5,
        ("returned_after_removal", "approve"): 1,
        ("false_identity", "decline"): 2,
        ("honest", "approve"): 30,
    }


def test_no_policy_input_comes_from_the_answer_key(began: datetime) -> None:
    words = set(_truths("registration", began).values()) - {"honest"}

    for record in Decision.objects.filter(policy="registration").values_list("record", flat=True):
        assert not any(word in str(record) for word in words)


def test_measures_and_changes_are_replayed_under_the_marketplace_and_say_they_are_invented() -> (
    None
):
    cases = Case.objects.filter(legal_entity_id="GS-MARKET")
    kinds = Counter(cases.values_list("queue__code", flat=True))

    assert kinds == {"payout_change": 24, "reinstatement": 15, "registration_review": 8}
    assert set(cases.values_list("source", flat=True)) == {"demonstration"}
    assert not cases.exclude(party__desk="sellers").exists()


def test_nobody_reviewed_an_appeal_against_their_own_decision() -> None:
    decided = CaseDecision.objects.filter(case__kind=CaseKind.REINSTATEMENT)

    assert decided.count() == 11
    for decision in decided.select_related("case__enforcement"):
        assert decision.case.enforcement is not None
        assert decision.by_id != decision.case.enforcement.decided_by_id
        barred = BarredPerson.objects.filter(case=decision.case, person_id=decision.by_id)
        assert not barred.exists()


def test_each_specialist_finds_an_open_appeal_that_they_may_review(began: datetime) -> None:
    staff = demo_staff()
    free = case_rows(at=began, filters=CaseFilters(kind=CaseKind.REINSTATEMENT, free=True))
    able = {
        email: [
            row for row in free if fit_for(case_id=row.id, person_id=person.id, at=began) is None
        ]
        for email, person in staff.people.items()
    }

    assert Appeal.objects.count() == 15
    assert len(free) == 2
    assert [len(able[email]) for email in sorted(able)] == [1, 1, 0]


def test_the_first_morning_has_cases_that_will_hardly_be_done_in_time(began: datetime) -> None:
    today = team_today(at=began, desk="sellers")
    away = {load.person_name for load in today.loads if load.is_absent}

    assert away == {"Ben Whitlock"}
    assert {row.holder_name for row in today.unlikely} == away
    assert len(today.unlikely) >= 2


def test_some_case_decisions_are_wrong_in_either_direction(began: datetime) -> None:
    truths = _truths("bank_account_changed", began)
    made = Counter(
        (truths[row.reference.partition(":")[2]], row.outcome)
        for row in case_rows(at=began, filters=CaseFilters(state="closed", queue="payout_change"))
    )

    assert sum(made.values()) >= 15  # of 24; fewer after a weekend, when nobody works
    assert made["own_bank_change", "release"] > made["own_bank_change", "hold"] > 0
    assert made["account_taken_over", "hold"] >= 2


def _truths(about: str, at: datetime) -> dict[str, str]:
    answers = facts_of_kinds(kinds=["answer_key"], legal_entity="GS-MARKET", as_of=at, known_at=at)
    return {
        answer.subject.partition(":")[2]: answer.attributes["truth"]
        for answer in answers
        if answer.attributes["about"] == about
    }


def test_the_live_loans_come_out_the_same_again() -> None:
    runs = ReplayRun.objects.filter(policy="sba_underwriting")

    assert sum(run.replayed for run in runs) == LIVE_LOANS
    assert [run.first_differences for run in runs if run.differing] == []
    assert {engine for run in runs for engine in run.engines} == {"python", "polars", "duckdb"}


def test_an_experiment_has_ended_that_another_person_registered() -> None:
    view = experiment_named(name=ENDED)
    decided = Decision.objects.filter(arm__startswith=f"{ENDED}/")
    memo = view.memo
    assert memo is not None
    assert view.registration is not None

    assert view.state is ExperimentState.ENDED
    assert view.author != view.registration.who
    assert memo["recommendation"]["code"] == "keep_control"
    assert not memo["figures"]["split"]["is_mismatch"]
    assert sum(arm["counted"] for arm in memo["figures"]["arms"]) == ASKED_AGAIN
    (primary,) = memo["figures"]["primary"]
    assert primary["low"] < 0 < primary["high"]
    assert [each["is_harmful"] for each in memo["figures"]["guard_rails"]] == [False]
    assert set(decided.values_list("origin", "policy_hash").distinct()) == {
        ("imported_history", view.plan.control.text_hash)
    }
    assert experiment_named(name=PROPOSED).state is ExperimentState.PROPOSED


def test_what_is_tried_says_that_it_is_a_demonstration() -> None:
    for name in (ENDED, PROPOSED):
        assert "Demonstration" in experiment_named(name=name).plan.question
    ended = experiment_named(name=ENDED)
    assert ended.registration is not None
    assert ended.registration.why.startswith("Demonstration")
    (stint,) = stints_of(name="sba_underwriting")
    assert (stint.label, stint.until) == ("1.1", None)


def test_a_version_in_shadow_met_every_live_loan() -> None:
    (stint,) = stints_of(name="sba_underwriting")
    found = shadow_comparison(stint=stint, known_at=utc_now())

    assert (found.evaluated, found.refused, found.erased) == (LIVE_LOANS, 0, 0)
    assert {move for move in found.moves if move[0] != move[1]} == {("approve", "refer")}
    assert 0 < found.differing < LIVE_LOANS
    live = Decision.objects.filter(policy="sba_underwriting", origin="live")
    assert set(live.values_list("arm", flat=True)) == {"champion"}
