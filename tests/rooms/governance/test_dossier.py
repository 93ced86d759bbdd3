"""What the pages read: the inventory as of an instant, approvals, runs, threads, use cases."""

from datetime import timedelta
from uuid import UUID

import pytest

from goodstanding.accounts.models import User
from goodstanding.core.errors import NotFound
from goodstanding.governance import operations, queries
from goodstanding.governance.types import (
    ChangeKind,
    Evidence,
    Fallback,
    VersionKind,
    VersionState,
)
from goodstanding.validation.types import Light, Thresholds
from tests.instants import NOON
from tests.rooms.governance.conftest import DAY, House, content, result, statement


def state_of(house: House, *, days: float = 0) -> VersionState:
    at = NOON + days * DAY
    return queries.version_at(version_id=house.policy, as_of=at).state


def test_a_version_walks_through_its_life(house: House) -> None:
    seen = [state_of(house, days=-20)]
    run = house.run(house.policy)
    seen.append(state_of(house, days=-9.5))
    house.opinion(run)
    seen.append(state_of(house, days=-8.5))
    request = house.request(house.policy, run=run)
    seen.append(state_of(house, days=-7.5))
    house.approve(request)
    seen.append(state_of(house))
    seen.append(state_of(house, days=91))

    assert seen == [
        VersionState.REGISTERED,
        VersionState.IN_VALIDATION,
        VersionState.VALIDATED,
        VersionState.WAITING_FOR_APPROVAL,
        VersionState.IN_FORCE,
        VersionState.LAPSED,
    ]


def test_a_look_back_sees_what_stood_then(house: House) -> None:
    house.approve(house.request(house.policy))
    house.finding(house.policy, at=NOON)
    operations.revoke_approval(
        approval_id=queries.approvals_at(as_of=NOON)[0].approval_id, reason="Leak",
        by=house.people.validator, at=NOON + DAY,
    )  # fmt: skip

    assert state_of(house, days=-1) is VersionState.IN_FORCE
    assert state_of(house, days=0.5) is VersionState.SUSPENDED
    assert queries.version_at(version_id=house.policy, as_of=NOON - DAY).open_findings == 0
    assert queries.version_at(version_id=house.policy, as_of=NOON).blocking_findings == 1
    row = queries.version_at(version_id=house.policy, as_of=NOON - DAY)
    assert (row.may_decide, row.days_left) == (True, 91)


def test_a_revoked_version_and_a_blocked_one_say_so(house: House) -> None:
    house.approve(house.request(house.policy))
    operations.revoke_approval(
        approval_id=queries.approvals_at(as_of=NOON)[0].approval_id, reason="Leak",
        by=house.people.validator, at=NOON,
    )  # fmt: skip
    house.finding(house.model)

    rows = {row.name: row for row in queries.inventory_at(as_of=NOON)}

    assert rows["lending"].state is VersionState.REVOKED
    assert rows["lending"].days_left is None
    assert rows["pd"].state is VersionState.BLOCKED


def test_a_retired_version_no_longer_decides(house: House) -> None:
    house.approve(house.request(house.policy))
    operations.record_change(
        version_id=house.policy, kind=ChangeKind.RETIRED, is_material=True,
        description="Replaced by 2", by=house.people.owner, at=NOON,
    )  # fmt: skip

    row = queries.version_at(version_id=house.policy, as_of=NOON)

    assert (row.state, row.may_decide) == (VersionState.RETIRED, False)


def test_an_edited_threshold_shows_as_a_change_that_waits(house: House) -> None:
    house.approve(house.request(house.policy))
    operations.set_thresholds(
        kind=VersionKind.POLICY, name="lending",
        thresholds=Thresholds(version="house-2", source="board"), reason="Stricter",
        by=house.people.validator, at=NOON,
    )  # fmt: skip

    assert queries.version_at(version_id=house.policy, as_of=NOON).is_change_pending
    assert not queries.version_at(version_id=house.policy, as_of=NOON - DAY).is_change_pending
    assert queries.changes_of(version_id=house.policy, as_of=NOON)[0].is_material


def test_an_approval_says_how_it_ends_and_is_bound(house: House) -> None:
    house.approve(house.request(house.policy))
    approval = queries.approvals_at(as_of=NOON, version_id=house.policy)[0]
    operations.expire_approval(
        approval_id=approval.approval_id, expires_at=NOON + 5 * DAY, reason="Review earlier",
        by=house.people.validator, at=NOON,
    )  # fmt: skip

    changed = queries.approval_at(approval_id=approval.approval_id, as_of=NOON + DAY)

    assert approval.is_bound
    assert (approval.days_left, changed.days_left) == (90, 4)
    assert changed.expiry_changed_by == "Vera"
    assert not queries.approval_at(
        approval_id=approval.approval_id, as_of=NOON + 5 * DAY
    ).is_in_force
    assert changed.request.max_exposure is not None
    assert changed.request.max_exposure.amount_minor == 50_000_000


def test_the_rules_of_an_approval_are_shown_before_it_is_given(house: House) -> None:
    run = house.run(house.policy, result(p=0.001))
    house.opinion(run)
    request = house.request(house.policy, run=run)

    def failing(by: User, days: float = 0) -> list[str]:
        checks = queries.approval_checks(request_id=request, by=by, at=NOON + days * DAY)
        return [check.words for check in checks if not check.holds]

    red = "Every red or failed result of the run is answered by a finding"
    people = "The approver is not the developer, the validator or the requester"
    assert failing(house.people.approver) == [red]
    assert failing(house.people.validator) == [people, red]
    assert failing(house.people.approver, days=91) == [red, "The approval would end in the future"]


def test_a_returned_request_says_why(house: House) -> None:
    request = house.request(house.policy)
    waiting = queries.request_at(request_id=request, as_of=NOON)
    operations.return_request(
        request_id=request, reason="Say who pays", by=house.people.approver, at=NOON
    )

    returned = queries.requests_at(as_of=NOON, version_id=house.policy)[0]

    assert waiting.is_waiting
    assert not returned.is_waiting
    assert (returned.returned_by, returned.returned_why) == ("Anna", "Say who pays")


def test_a_run_shows_its_results_and_who_cites_them(house: House) -> None:
    run = house.run(house.policy, result(p=0.001), result(p=0.3, test_id="psi"))
    first, second = queries.results_of_run(run_id=run)
    house.finding(
        house.policy,
        evidence=Evidence(test_result_id=first.result_id, supporting=[second.result_id]),
        at=NOON - 9.5 * DAY,
    )
    house.opinion(run)

    summary = queries.runs_of(version_id=house.policy, as_of=NOON)[0]

    assert summary.worst is Light.RED
    assert [each.finding_numbers for each in summary.results] == [(1,), (1,)]
    assert (summary.grade, summary.because) == (4, "worst open finding is S1")
    assert summary.thresholds_version == "house-1"
    before = queries.runs_of(version_id=house.policy, as_of=NOON - 9.7 * DAY)[0]
    assert before.grade is None


def test_threads_keep_question_and_answers(house: House) -> None:
    question = operations.ask_question(
        version_id=house.policy, question="Why 0.75?", by=house.people.validator, at=NOON
    )
    operations.answer_question(
        question_id=question, answer="House cut", by=house.people.developer,
        at=NOON + timedelta(hours=1),
    )  # fmt: skip

    now = queries.threads_of(version_id=house.policy, as_of=NOON)[0]
    later = queries.thread_at(question_id=question, as_of=NOON + DAY)

    assert (now.answers, now.is_settled) == ([], False)
    assert [answer.answer for answer in later.answers] == ["House cut"]


def test_use_cases_keep_their_statements(house: House) -> None:
    operations.revise_use_case(
        code=house.use_case, statement=statement(house.people, fallback=Fallback.REFER),
        reason="A person looks", by=house.people.owner, at=NOON,
    )  # fmt: skip

    before = queries.use_case_at(code=house.use_case, as_of=NOON - DAY)
    now = queries.use_cases_at(as_of=NOON)[0]

    assert (before.fallback, now.fallback) == (Fallback.DECLINE, Fallback.REFER)
    assert [each.number for each in queries.use_case_history(code=house.use_case)] == [2, 1]


def test_what_pins_what(house: House) -> None:
    assert queries.pinned_models(version_id=house.policy)[0].content_hash == house.model_hash
    assert queries.policies_using(version_id=house.model)[0].words == "policy lending 1"
    named = queries.version_named(kind=VersionKind.MODEL, name="pd", label="1")
    assert named == queries.version_by_hash(content_hash=house.model_hash)
    assert queries.version_by_hash(content_hash=content("nothing")) is None


def test_tiers_scopes_and_exceptions_are_listed(house: House) -> None:
    row = queries.version_at(version_id=house.policy, as_of=NOON)
    operations.allow_despite_finding(
        finding_id=house.finding(house.policy), reason="Renewal", controls="Read by a person",
        requested_by=house.people.owner, expires_at=NOON + DAY, by=house.people.approver, at=NOON,
    )  # fmt: skip

    assert queries.tiers_of(entry_id=row.entry_id, as_of=NOON)[0].tier == 1
    assert queries.scopes_of(entry_id=row.entry_id, as_of=NOON) == []
    exception = queries.exceptions_at(version_id=house.policy, as_of=NOON)[0]
    assert (exception.finding_number, exception.is_in_force) == (1, True)
    finding = queries.findings_at(at=NOON)[0]
    steps = queries.steps_of(finding_id=finding.finding_id, as_of=NOON)
    assert [step.state for step in steps] == ["open"]


def test_an_observation_is_listed(house: House) -> None:
    operations.record_observation(
        version_id=house.policy, result=result(p=0.02), evidence="monitor run 12",
        reported_by="system:worker", at=NOON,
    )  # fmt: skip

    seen = queries.observations_of(version_id=house.policy, as_of=NOON)[0]

    assert (seen.light, seen.measure) == (Light.AMBER, "Leakage of an input on all")


@pytest.mark.parametrize(
    "read",
    [
        lambda: queries.version_at(version_id=UUID(int=1), as_of=NOON),
        lambda: queries.approval_at(approval_id=UUID(int=1), as_of=NOON),
        lambda: queries.request_at(request_id=UUID(int=1), as_of=NOON),
        lambda: queries.thread_at(question_id=UUID(int=1), as_of=NOON),
        lambda: queries.use_case_at(code="nothing", as_of=NOON),
        lambda: queries.use_case_history(code="nothing"),
        lambda: queries.content_of(version_id=UUID(int=1)),
        lambda: queries.finding_content(finding_id=UUID(int=1)),
        lambda: queries.version_named(kind=VersionKind.MODEL, name="x", label="1"),
    ],
)
def test_what_is_not_there_is_named(db: None, read: object) -> None:
    assert callable(read)
    with pytest.raises(NotFound):
        read()
