"""Approvals: three people, the evidence, the conditions, the end; and what the gate makes of it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from goodstanding.core.models import AuditEntry, OutboxMessage
from goodstanding.core.money import Money
from goodstanding.governance import errors, operations, queries
from goodstanding.governance.models import Approval, ApprovalRequest, Change
from goodstanding.governance.types import (
    ChangeKind,
    Conditions,
    Effect,
    Fallback,
    GateState,
    GateStatus,
    Severity,
    VersionKind,
)
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, Thresholds
from tests.instants import NOON
from tests.rooms.governance.conftest import DAY, House, content, result


def at_the_gate(
    house: House, *, at: datetime = NOON, amount_minor: int = 10_000_000, country: str = "US"
) -> GateState:
    return queries.read_gate_snapshot(at=at).state_of(
        policy_hash=house.policy_hash,
        model_hashes=[house.model_hash],
        segment={"country": country},
        amount_minor=amount_minor,
        currency="USD",
        at=at,
    )


@pytest.fixture
def approved(house: House) -> House:
    house.approve(house.request(house.model))
    house.approve(house.request(house.policy))
    return house


def approval_of(version: UUID) -> UUID:
    return Approval.objects.get(version_id=version).id


def test_a_registered_version_may_not_decide(house: House) -> None:
    state = at_the_gate(house)

    assert (state.state, state.code) == (GateStatus.NOT_APPROVED, "no_approval")
    assert state.fallback is Fallback.DECLINE


def test_policy_and_model_in_force_decide(approved: House) -> None:
    state = at_the_gate(approved)

    assert state.state is GateStatus.CURRENT
    assert state.approval_id == approval_of(approved.policy)


def test_an_approved_policy_with_an_unapproved_model_does_not_decide(house: House) -> None:
    house.approve(house.request(house.policy))

    state = at_the_gate(house)

    assert state.state is GateStatus.NOT_APPROVED
    assert state.reason == "model pd 1 has no approval"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"amount_minor": 50_000_001}, GateStatus.OUTSIDE_CONDITIONS),
        ({"country": "DE"}, GateStatus.OUTSIDE_CONDITIONS),
        ({"at": NOON + 90 * DAY}, GateStatus.EXPIRED),
        ({"at": NOON + 90 * DAY - timedelta(microseconds=1)}, GateStatus.CURRENT),
    ],
)
def test_conditions_and_end_hold(
    approved: House, asked: dict[str, Any], status: GateStatus
) -> None:
    assert at_the_gate(approved, **asked).state is status


def test_expiring_an_approval_makes_the_next_decision_fall_back(approved: House) -> None:
    before = queries.gate_version()

    operations.expire_approval(
        approval_id=approval_of(approved.policy), expires_at=NOON, reason="Rates moved",
        by=approved.people.validator, at=NOON,
    )  # fmt: skip

    state = at_the_gate(approved)
    assert queries.gate_version() > before
    assert state.state is GateStatus.EXPIRED
    assert state.fallback is Fallback.REFER
    assert state.reason == "The approval of policy lending 1 ended on 18 Nov 2026 12:00 UTC"


def test_an_approval_is_never_made_to_last_longer(approved: House) -> None:
    with pytest.raises(errors.OnlyEarlier):
        operations.expire_approval(
            approval_id=approval_of(approved.policy), expires_at=NOON + 91 * DAY,
            reason="Longer", by=approved.people.validator, at=NOON,
        )  # fmt: skip


def test_an_approval_does_not_end_in_the_past(approved: House) -> None:
    with pytest.raises(errors.EndsTooEarly):
        operations.expire_approval(
            approval_id=approval_of(approved.policy), expires_at=NOON - DAY,
            reason="It should have", by=approved.people.validator, at=NOON,
        )  # fmt: skip


def test_what_has_ended_does_not_end_again(approved: House) -> None:
    approval = approval_of(approved.policy)
    validator = approved.people.validator
    operations.revoke_approval(approval_id=approval, reason="Wrong data", by=validator, at=NOON)

    with pytest.raises(errors.ApprovalEnded):
        operations.expire_approval(
            approval_id=approval, expires_at=NOON + DAY, reason="x", by=validator, at=NOON
        )
    with pytest.raises(errors.ApprovalEnded):
        operations.revoke_approval(approval_id=approval, reason="x", by=validator, at=NOON)
    assert at_the_gate(approved).reason == (
        "The approval of policy lending 1 was revoked: Wrong data"
    )


@pytest.mark.parametrize("role", ["developer", "validator"])
def test_who_developed_or_validated_cannot_approve(house: House, role: str) -> None:
    request = house.request(house.policy, by=house.people.owner)

    with pytest.raises(errors.SamePerson, match=f"is the {role}"):
        house.approve(request, by=getattr(house.people, role))

    assert not Approval.objects.exists()


def test_who_asked_cannot_approve(house: House) -> None:
    request = house.request(house.policy, by=house.people.approver)

    with pytest.raises(errors.SamePerson, match="is the requester"):
        house.approve(request)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"approver_id": "developer"}, "approver_is_not_developer"),
        ({"approver_id": "validator"}, "approver_is_not_validator"),
        ({"approver_id": "owner"}, "approver_is_not_requester"),
        ({"developer_id": "second_validator"}, "approval_is_of_its_request"),
        ({"validator_id": "second_validator"}, "approval_is_of_its_request"),
        ({"expires_at": NOON + 3650 * DAY}, "approval_is_of_its_request"),
    ],
)
def test_the_database_itself_refuses(
    house: House, changes: dict[str, Any], constraint: str
) -> None:
    request = ApprovalRequest.objects.get(id=house.request(house.policy, by=house.people.owner))
    people = house.people
    row: dict[str, Any] = {
        "request": request,
        "version_id": house.policy,
        "use_case": request.use_case,
        "developer_id": people.developer.id,
        "validator_id": people.validator.id,
        "requested_by_id": people.owner.id,
        "approver_id": people.approver.id,
        "reason": "by hand",
        "binding_hash": content("bound"),
        "valid_from": request.valid_from,
        "expires_at": request.expires_at,
        "is_demonstration": False,
        "approved_at": NOON,
    }
    for field, value in changes.items():
        row[field] = getattr(people, value).id if isinstance(value, str) else value

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Approval.objects.create(**row)


def test_a_second_answer_to_a_request_is_refused(house: House) -> None:
    request = house.request(house.policy)
    house.approve(request)

    with pytest.raises(errors.RequestAnswered, match="approved already"):
        house.approve(request)


def test_a_returned_request_is_not_approved(house: House) -> None:
    request = house.request(house.policy)
    operations.return_request(
        request_id=request, reason="Say who pays", by=house.people.approver, at=NOON
    )

    with pytest.raises(errors.RequestAnswered, match="returned already"):
        house.approve(request)


def test_one_request_waits_at_a_time(house: House) -> None:
    house.request(house.policy)

    with pytest.raises(errors.RequestWaiting):
        house.request(house.policy)


def test_a_run_without_an_opinion_cannot_be_asked_for(house: House) -> None:
    with pytest.raises(errors.OpinionMissing):
        house.request(house.policy, run=house.run(house.policy))


def test_an_approval_does_not_outlast_the_review(house: House) -> None:
    with pytest.raises(errors.EndsTooLate):
        house.request(house.policy, expires_at=NOON + 400 * DAY)


def test_an_approval_that_has_ended_is_not_given(house: House) -> None:
    request = house.request(house.policy)

    with pytest.raises(errors.EndsTooEarly):
        house.approve(request, at=NOON + 90 * DAY)


@pytest.mark.parametrize("severity", [Severity.S1, Severity.S2])
def test_open_grave_findings_forbid_an_approval(house: House, severity: Severity) -> None:
    request = house.request(house.policy)
    effect = Effect.BLOCK if severity is Severity.S1 else Effect.NONE
    house.finding(house.policy, weakness={"severity": severity, "effect": effect})

    with pytest.raises(errors.OpenFindings, match=rf"1 \({severity}\)"):
        house.approve(request, at=NOON)


def test_a_light_finding_does_not_forbid_an_approval(house: House) -> None:
    request = house.request(house.policy)
    house.finding(house.policy, weakness={"severity": Severity.S3, "effect": Effect.NONE})

    house.approve(request, at=NOON)

    assert Approval.objects.count() == 1


def test_an_exception_lets_an_approval_through_until_it_expires(house: House) -> None:
    house.approve(house.request(house.model))
    request = house.request(house.policy)
    finding = house.finding(house.policy)
    operations.allow_despite_finding(
        finding_id=finding, reason="Renewal week", controls="Every approval is read by a person",
        requested_by=house.people.owner, expires_at=NOON + 5 * DAY,
        by=house.people.approver, at=NOON,
    )  # fmt: skip

    house.approve(request, at=NOON)

    assert at_the_gate(house).state is GateStatus.CURRENT
    assert at_the_gate(house, at=NOON + 5 * DAY).state is GateStatus.SUSPENDED


def test_an_exception_that_ended_early_no_longer_holds(house: House) -> None:
    request = house.request(house.policy)
    exception = operations.allow_despite_finding(
        finding_id=house.finding(house.policy), reason="Renewal week", controls="Read by a person",
        requested_by=house.people.owner, expires_at=NOON + 5 * DAY,
        by=house.people.approver, at=NOON,
    )  # fmt: skip
    operations.end_exception(
        exception_id=exception, reason="No longer needed", by=house.people.approver, at=NOON
    )

    with pytest.raises(errors.OpenFindings):
        house.approve(request, at=NOON)
    with pytest.raises(errors.ExceptionEnded):
        operations.end_exception(
            exception_id=exception, reason="again", by=house.people.approver, at=NOON
        )


def test_use_before_validation_needs_another_person_and_an_end(house: House) -> None:
    asked: dict[str, Any] = {
        "version_id": house.policy, "use_case": house.use_case,
        "conditions": Conditions(max_exposure=Money(1_000_000, "USD")),
        "fallback": Fallback.REFER, "reason": "Fraud wave", "controls": "Daily review",
        "requested_by": house.people.owner, "expires_at": NOON + 7 * DAY,
        "by": house.people.approver, "at": NOON,
    }  # fmt: skip
    house.approve(house.request(house.model))

    with pytest.raises(errors.SamePerson, match="is the requester"):
        operations.allow_before_validation(**(asked | {"by": house.people.owner}))
    with pytest.raises(errors.SamePerson, match="is the developer"):
        operations.allow_before_validation(**(asked | {"by": house.people.developer}))
    with pytest.raises(errors.EndsTooEarly):
        operations.allow_before_validation(**(asked | {"expires_at": NOON}))
    exception = operations.allow_before_validation(**asked)

    state = at_the_gate(house, amount_minor=1_000_000)
    assert (state.state, state.code) == (GateStatus.CURRENT, "exception_in_force")
    assert (state.exception_id, state.approval_id) == (exception, None)
    assert at_the_gate(house, amount_minor=1_000_001).state is GateStatus.OUTSIDE_CONDITIONS
    assert at_the_gate(house, at=NOON + 7 * DAY).state is GateStatus.EXPIRED


def test_a_red_result_wants_a_finding_before_an_approval(house: House) -> None:
    run = house.run(house.policy, result(p=0.001))
    house.opinion(run)
    request = house.request(house.policy, run=run)

    with pytest.raises(errors.UnansweredResults, match="leakage of an input"):
        house.approve(request)


def test_thresholds_edited_after_the_run_forbid_an_approval(house: House) -> None:
    request = house.request(house.policy)
    operations.set_thresholds(
        kind=VersionKind.POLICY, name="lending",
        thresholds=Thresholds(version="house-2", source="board, Nov 2026", red_p=0.02),
        reason="Stricter", by=house.people.validator, at=NOON,
    )  # fmt: skip

    with pytest.raises(errors.ThresholdsMoved) as refused:
        house.approve(request, at=NOON)

    assert refused.value.code == "material_change_pending"


def test_thresholds_edited_after_an_approval_leave_a_material_change(approved: House) -> None:
    operations.set_thresholds(
        kind=VersionKind.POLICY, name="lending",
        thresholds=Thresholds(version="house-2", source="board, Nov 2026", red_p=0.02),
        reason="Stricter", by=approved.people.validator, at=NOON,
    )  # fmt: skip

    change = Change.objects.get()
    assert (change.version_id, change.kind, change.is_material) == (
        approved.policy, ChangeKind.THRESHOLDS, True,
    )  # fmt: skip
    assert at_the_gate(approved).state is GateStatus.CURRENT


def test_the_approval_on_which_a_policy_decides_is_told(approved: House) -> None:
    def deciding(*hashes: str, at: datetime) -> UUID | None:
        found = queries.deciding_approval(content_hashes=hashes, as_of=at)
        return found.approval_id if found else None

    theirs = (approved.policy_hash, approved.model_hash)
    assert deciding(*theirs, at=NOON) == approval_of(approved.policy)
    assert deciding(approved.model_hash, at=NOON) is None
    assert deciding(*theirs, at=NOON + 91 * DAY) is None
    assert deciding(*theirs, at=NOON - 20 * DAY) is None


def test_a_blocking_finding_on_the_model_suspends_the_policy_at_once(approved: House) -> None:
    before = queries.gate_version()

    finding = approved.finding(approved.model)

    state = at_the_gate(approved)
    assert queries.gate_version() > before
    assert state.state is GateStatus.SUSPENDED
    assert state.findings == (finding,)


def test_an_overdue_grave_finding_refers(approved: House) -> None:
    approved.finding(approved.policy, weakness={"severity": Severity.S2, "effect": Effect.NONE})
    due = NOON + 60 * DAY

    assert at_the_gate(approved, at=due).state is GateStatus.CURRENT
    late = at_the_gate(approved, at=due + DAY)
    assert (late.state, late.code, late.fallback) == (
        GateStatus.SUSPENDED, "finding_refers", Fallback.REFER,
    )  # fmt: skip


def test_stale_monitoring_stops_a_version(house: House) -> None:
    house.approve(house.request(house.model))
    conditions = Conditions(monitoring_every_days=30)
    house.approve(house.request(house.policy, conditions=conditions))
    stale_at = NOON - 8 * DAY + 30 * DAY

    assert at_the_gate(house, at=stale_at).state is GateStatus.MONITORING_STALE
    operations.record_observation(
        version_id=house.policy, result=result(), evidence="monitor run 12",
        reported_by="system:worker", at=NOON,
    )  # fmt: skip
    assert at_the_gate(house, at=stale_at).state is GateStatus.CURRENT


def test_a_red_observation_suspends_until_a_finding_answers_it(approved: House) -> None:
    from goodstanding.governance.types import Evidence

    observation = operations.record_observation(
        version_id=approved.policy, result=result(p=0.001), evidence="monitor run 13",
        reported_by="system:worker", at=NOON,
    )  # fmt: skip
    assert at_the_gate(approved).code == "unanswered_red"

    approved.finding(
        approved.policy,
        weakness={"severity": Severity.S3, "effect": Effect.NONE},
        evidence=Evidence(observation_id=observation),
    )

    assert at_the_gate(approved).state is GateStatus.CURRENT


def test_every_step_is_told_and_kept(approved: House) -> None:
    messages = OutboxMessage.objects.filter(kind="approval_changed")
    actions = set(AuditEntry.objects.values_list("action", flat=True))

    assert [message.payload["change"] for message in messages] == ["approve_version"] * 2
    assert messages[0].payload["use_case"] == approved.use_case
    assert {"state_use_case", "register_version", "assess_tier", "give_opinion"} <= actions
    assert {"request_approval", "approve_version"} <= actions


def test_the_application_cannot_change_an_approval(approved: House) -> None:
    with (
        pytest.raises(Exception, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update governance_approval set expires_at = 'infinity'")


def test_tier_needs_scores_and_overrides_need_a_second_person(house: House) -> None:
    from goodstanding.governance.types import TierFactors, TierOverride

    asked: dict[str, Any] = {
        "kind": VersionKind.MODEL, "name": "pd", "rationale": "Watched closely",
        "factors": TierFactors(
            exposure_share=Decimal("0.01"), regulatory_use=1, criticality=1,
            complexity={"algorithm": 1},
        ),
        "by": house.people.validator, "at": NOON,
    }  # fmt: skip
    own = TierOverride(tier=1, approved_by=house.people.validator)
    another = TierOverride(tier=1, approved_by=house.people.approver)
    empty = TierFactors(
        exposure_share=Decimal(0), regulatory_use=1, criticality=1, complexity={"algorithm": None}
    )
    too_high = TierFactors(
        exposure_share=Decimal(0), regulatory_use=5, criticality=1, complexity={"algorithm": 1}
    )

    with pytest.raises(errors.OverrideNeedsAnother):
        operations.assess_tier(**asked, override=own)
    with pytest.raises(errors.ScoreOutOfRange):
        operations.assess_tier(**(asked | {"factors": empty}))
    with pytest.raises(errors.ScoreOutOfRange):
        operations.assess_tier(**(asked | {"factors": too_high}))
    assert operations.assess_tier(**asked).tier == 4
    assert operations.assess_tier(**asked, override=another).tier == 1


def test_results_must_be_lit_by_the_thresholds_that_are_set(house: House) -> None:
    other = Thresholds(version="mine", source="me", red_p=0.0001)

    with pytest.raises(errors.ThresholdsDiffer, match="by thresholds mine"):
        house.run(house.policy, result(p=0.001, thresholds=other, light=Light.AMBER))
    with pytest.raises(errors.RunWithoutResults):
        house.run(house.policy, results=())
    assert HOUSE_THRESHOLDS.light_of_p(0.001) is Light.RED


@pytest.mark.parametrize("role", ["developer", "owner"])
def test_a_validator_is_independent(house: House, role: str) -> None:
    with pytest.raises(errors.ValidatorNotIndependent):
        house.run(house.policy, by=getattr(house.people, role))


def test_an_opinion_is_the_validators_and_given_once(house: House) -> None:
    run = house.run(house.policy)

    with pytest.raises(errors.OpinionNotYours, match="Vera"):
        house.opinion(run, by=house.people.second_validator)
    assert house.opinion(run) == 1
    with pytest.raises(errors.OpinionGiven):
        house.opinion(run)


def test_an_opinion_follows_from_what_is_open(house: House) -> None:
    house.finding(house.policy, at=NOON - 10 * DAY)

    assert house.opinion(house.run(house.policy)) == 4
