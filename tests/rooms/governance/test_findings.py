"""Findings: evidence, effect, steps, closing by somebody else, acceptance that ends."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from goodstanding.core.errors import NotFound
from goodstanding.core.models import OutboxMessage
from goodstanding.core.money import Money
from goodstanding.governance import errors, operations, queries
from goodstanding.governance.models import FindingState, StoredResult
from goodstanding.governance.types import Effect, Evidence, FindingStatus, Severity
from tests.instants import NOON
from tests.rooms.governance.conftest import DAY, House, result


def stored(run: UUID) -> UUID:
    return StoredResult.objects.get(run_id=run).id


def work_up_to_closure(house: House, finding: UUID) -> None:
    for to in ("action_plan_agreed", "in_progress", "submitted_for_closure"):
        operations.advance_finding(
            finding_id=finding, to=FindingStatus(to), reason="As planned",
            by=house.people.owner, at=NOON + DAY,
        )  # fmt: skip


def close(house: House, finding: UUID, **changes: Any) -> None:
    given: dict[str, Any] = {
        "finding_id": finding, "reason": "Re-run and read",
        "by": house.people.second_validator, "at": NOON + 3 * DAY,
    }  # fmt: skip
    operations.close_finding(**(given | changes))


def state_of(finding: UUID, *, days: int = 4) -> FindingStatus:
    return queries.finding_at(finding_id=finding, at=NOON + days * DAY).state


def test_a_finding_has_its_last_day_from_severity_and_tier(house: House) -> None:
    finding = queries.finding_at(finding_id=house.finding(house.model), at=NOON)

    assert (finding.number, finding.tier, finding.due_on) == (1, 1, date(2026, 12, 18))
    assert finding.days_left == 30
    assert finding.state is FindingStatus.OPEN


def test_a_segment_and_a_cap_are_kept(house: House) -> None:
    weakness = {
        "severity": Severity.S3, "effect": Effect.CAP, "cap": Money(100, "USD"),
        "segment": {"country": ["US", "GB", "US"]},
    }  # fmt: skip

    found = queries.finding_at(finding_id=house.finding(house.model, weakness=weakness), at=NOON)

    assert found.segment == {"country": ["GB", "US"]}
    assert (found.cap_minor, found.currency) == (100, "USD")


def test_findings_are_numbered_and_told(house: House) -> None:
    house.finding(house.model)
    second = house.finding(house.policy)

    assert queries.finding_at(finding_id=second, at=NOON).number == 2
    message = OutboxMessage.objects.get(kind="finding_opened", subject_id=second)
    assert message.payload["hashes"] == [house.policy_hash]
    assert message.payload["effect"] == "block"


@pytest.mark.parametrize(
    ("weakness", "refusal"),
    [
        ({"effect": Effect.NONE}, errors.WorstFindingBlocks),
        ({"severity": Severity.S3, "effect": Effect.CAP}, errors.CapNeedsAmount),
        (
            {"severity": Severity.S3, "effect": Effect.NONE, "cap": Money(1, "USD")},
            errors.CapNeedsAmount,
        ),
        ({"title": "  "}, errors.ReasonMissing),
    ],
)
def test_a_finding_that_contradicts_itself_is_refused(
    house: House, weakness: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        house.finding(house.model, weakness=weakness)


def test_a_finding_points_to_evidence_of_its_version(house: House) -> None:
    elsewhere = stored(house.run(house.policy))

    with pytest.raises(errors.FindingNeedsEvidence):
        house.finding(house.model, evidence=Evidence())
    with pytest.raises(errors.FindingNeedsEvidence):
        house.finding(house.model, evidence=Evidence(test_result_id=elsewhere))


def test_a_finding_is_closed_after_the_test_was_run_again(house: House) -> None:
    red = house.run(house.model, result(p=0.001))
    finding = house.finding(house.model, evidence=Evidence(test_result_id=stored(red)))
    work_up_to_closure(house, finding)
    rerun = stored(house.run(house.model, result(p=0.3), at=NOON + 2 * DAY))

    close(house, finding, rerun_id=rerun)

    assert state_of(finding) is FindingStatus.VALIDATED_CLOSED
    assert queries.open_findings_of(version_id=house.model, at=NOON + 4 * DAY) == []
    assert queries.read_gate_snapshot(at=NOON).versions[house.model_hash].findings == ()


@pytest.mark.parametrize("case", ["none", "before", "red", "another test", "another version"])
def test_without_a_true_rerun_it_stays_open(house: House, case: str) -> None:
    red = house.run(house.model, result(p=0.001))
    finding = house.finding(house.model, evidence=Evidence(test_result_id=stored(red)))
    work_up_to_closure(house, finding)
    after = NOON + 2 * DAY
    rerun = {
        "none": lambda: None,
        "before": lambda: stored(house.run(house.model, result(), at=NOON - DAY)),
        "red": lambda: stored(house.run(house.model, result(p=0.002), at=after)),
        "another test": lambda: stored(house.run(house.model, result(test_id="psi"), at=after)),
        "another version": lambda: stored(house.run(house.policy, result(), at=after)),
    }[case]()

    with pytest.raises(errors.RerunMissing, match="cites a test"), transaction.atomic():
        close(house, finding, rerun_id=rerun)

    assert state_of(finding) is FindingStatus.SUBMITTED_FOR_CLOSURE


@pytest.mark.parametrize("role", ["validator", "owner", "developer"])
def test_nobody_closes_an_own_finding(house: House, role: str) -> None:
    finding = house.finding(house.model)
    work_up_to_closure(house, finding)

    with pytest.raises(errors.OwnFinding), transaction.atomic():
        close(house, finding, by=getattr(house.people, role))

    assert state_of(finding) is FindingStatus.SUBMITTED_FOR_CLOSURE


@pytest.mark.parametrize(
    "to", ["in_progress", "submitted_for_closure", "validated_closed", "risk_accepted", "open"]
)
def test_steps_are_not_skipped(house: House, to: str) -> None:
    finding = house.finding(house.model)

    with pytest.raises(errors.FindingStepRefused) as refused:
        operations.advance_finding(
            finding_id=finding, to=FindingStatus(to), reason="Quickly",
            by=house.people.owner, at=NOON,
        )  # fmt: skip

    assert "action plan agreed" in refused.value.advice


def test_an_open_finding_is_not_closed_directly(house: House) -> None:
    with pytest.raises(errors.FindingStepRefused):
        close(house, house.finding(house.model))


def test_a_finding_can_be_sent_back(house: House) -> None:
    finding = house.finding(house.model)
    work_up_to_closure(house, finding)

    operations.advance_finding(
        finding_id=finding, to=FindingStatus.IN_PROGRESS, reason="The sample is too small",
        by=house.people.second_validator, at=NOON + 2 * DAY,
    )  # fmt: skip

    assert state_of(finding) is FindingStatus.IN_PROGRESS
    assert FindingState.objects.filter(finding_id=finding).count() == 5


def test_an_accepted_risk_reopens_by_itself_when_it_ends(house: House) -> None:
    finding = house.finding(house.model)
    operations.accept_risk(
        finding_id=finding, requested_by=house.people.owner, rationale="Small book",
        expires_at=NOON + 10 * DAY, by=house.people.approver, at=NOON + DAY,
    )  # fmt: skip

    assert state_of(finding, days=9) is FindingStatus.RISK_ACCEPTED
    assert state_of(finding, days=10) is FindingStatus.OPEN
    assert not queries.finding_at(finding_id=finding, at=NOON + 9 * DAY).is_open
    gate = queries.read_gate_snapshot(at=NOON).versions[house.model_hash]
    assert gate.findings[0].quiet_until == NOON + 10 * DAY


def test_what_reopened_can_be_worked_on(house: House) -> None:
    finding = house.finding(house.model)
    operations.accept_risk(
        finding_id=finding, requested_by=house.people.owner, rationale="Small book",
        expires_at=NOON + 10 * DAY, by=house.people.approver, at=NOON,
    )  # fmt: skip

    operations.advance_finding(
        finding_id=finding, to=FindingStatus.ACTION_PLAN_AGREED, reason="Now we mend it",
        by=house.people.owner, at=NOON + 11 * DAY,
    )  # fmt: skip

    assert state_of(finding, days=12) is FindingStatus.ACTION_PLAN_AGREED


@pytest.mark.parametrize("role", ["owner", "developer"])
def test_nobody_accepts_an_own_risk(house: House, role: str) -> None:
    finding = house.finding(house.model)
    asked: dict[str, Any] = {
        "finding_id": finding, "rationale": "Small book", "expires_at": NOON + DAY, "at": NOON,
    }  # fmt: skip

    with pytest.raises(errors.OwnRisk), transaction.atomic():
        operations.accept_risk(
            **asked, requested_by=house.people.approver, by=getattr(house.people, role)
        )
    with pytest.raises(errors.OwnRisk), transaction.atomic():
        operations.accept_risk(
            **asked, requested_by=house.people.approver, by=house.people.approver
        )


def test_an_acceptance_ends(house: House) -> None:
    with pytest.raises(errors.EndsTooEarly):
        operations.accept_risk(
            finding_id=house.finding(house.model), requested_by=house.people.owner,
            rationale="For ever", expires_at=NOON, by=house.people.approver, at=NOON,
        )  # fmt: skip


def test_the_database_refuses_a_close_by_hand(house: House) -> None:
    finding = house.finding(house.model)

    with pytest.raises(IntegrityError, match="nobody_closes_an_own_finding"), transaction.atomic():
        FindingState.objects.create(
            finding_id=finding, number=2, state="validated_closed", reason="done",
            by=house.people.validator, at=NOON,
        )  # fmt: skip


def test_an_unknown_finding_is_named(db: None) -> None:
    with pytest.raises(NotFound, match="no finding"):
        queries.finding_at(finding_id=UUID(int=9), at=NOON)


def test_only_who_asked_settles_a_question(house: House) -> None:
    people = house.people
    finding = house.finding(house.model)
    question = operations.ask_question(
        version_id=house.model, finding_id=finding, question="When is Term known?",
        by=people.validator, at=NOON,
    )  # fmt: skip
    operations.answer_question(
        question_id=question, answer="At approval, we thought", by=people.developer, at=NOON
    )

    with pytest.raises(errors.NotYourQuestion, match="Vera"):
        operations.answer_question(
            question_id=question, answer="Fine", disposition="Settled", by=people.developer,
            at=NOON,
        )  # fmt: skip
    operations.answer_question(
        question_id=question, answer="It is not", disposition="Term left out", by=people.validator,
        at=NOON,
    )  # fmt: skip
    with pytest.raises(errors.QuestionSettled):
        operations.answer_question(question_id=question, answer="But", by=people.developer, at=NOON)


def test_a_question_on_a_finding_is_on_its_version(house: House) -> None:
    with pytest.raises(NotFound):
        operations.ask_question(
            version_id=house.policy, finding_id=house.finding(house.model), question="Why?",
            by=house.people.validator, at=NOON,
        )  # fmt: skip


def test_an_open_finding_cites_the_test_run_again(house: House) -> None:
    first = house.run(house.model, result(p=0.001))
    finding = house.finding(house.model, evidence=Evidence(test_result_id=stored(first)))
    again = house.run(house.model, result(p=0.002), at=NOON)
    elsewhere = house.run(house.policy, result(p=0.002), at=NOON)
    citing: dict[str, Any] = {"finding_id": finding, "by": house.people.validator, "at": NOON}

    operations.cite_result(result_id=stored(again), **citing)

    assert queries.results_of_run(run_id=again)[0].finding_numbers == (1,)
    with pytest.raises(errors.FindingNeedsEvidence):
        operations.cite_result(result_id=stored(elsewhere), **citing)


def test_the_worst_finding_that_blocks_is_told_until_it_is_excepted(house: House) -> None:
    assert queries.blocking_finding(at=NOON) is None
    grave = {"severity": Severity.S2, "effect": Effect.BLOCK}
    lighter = house.finding(house.policy, weakness=grave)
    worst = house.finding(house.model)
    house.finding(house.model, weakness={"severity": Severity.S3, "effect": Effect.NONE})

    assert told(at=NOON) == worst
    operations.allow_despite_finding(
        finding_id=worst, reason="Needed for the close", controls="Every case is read",
        requested_by=house.people.owner, expires_at=NOON + DAY, by=house.people.approver, at=NOON,
    )  # fmt: skip
    assert told(at=NOON) == lighter
    assert told(at=NOON + DAY) == worst


def told(*, at: datetime) -> UUID | None:
    found = queries.blocking_finding(at=at)
    return found.finding_id if found else None


def test_a_closed_finding_cites_nothing_more(house: House) -> None:
    finding = house.finding(house.model)
    work_up_to_closure(house, finding)
    close(house, finding)
    run = house.run(house.model, result(p=0.001), at=NOON)

    with pytest.raises(errors.FindingStepRefused):
        operations.cite_result(
            finding_id=finding, result_id=stored(run), by=house.people.validator,
            at=NOON + 4 * DAY,
        )  # fmt: skip
