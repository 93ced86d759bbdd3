"""Deciding again: the same question, what holds now, a decision of its own."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from goodstanding.accounts.models import LegalEntity
from goodstanding.core.audit import audit_entries
from goodstanding.core.encryption import PersonalValuesErased, destroy_key
from goodstanding.core.models import PersonalValue
from goodstanding.decisions.answer import StoredDecision
from goodstanding.decisions.errors import NoPersonalInputs, UnknownDecision
from goodstanding.decisions.models import Decision
from goodstanding.decisions.operations import decide, decide_again, reveal_personal_inputs
from goodstanding.decisions.types import InForce
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of, in_force_of
from tests.rooms.decisions.requests import a_request
from tests.rooms.decisions.texts import BUYER_CHECK
from tests.rooms.policies.texts import TRADE_UK

pytestmark = pytest.mark.django_db
ANA, MIRA = "ana@example.com", "mira@example.com"
LATER = NOON + timedelta(milliseconds=500)  # while the gate that was read still counts


@pytest.fixture(autouse=True)
def company() -> None:
    LegalEntity.objects.get_or_create(
        code="GS-UK", defaults={"name": "Good Standing UK", "country": "GB"}
    )


def decided(in_force: InForce, policy: str = "trade_uk", **inputs: Any) -> StoredDecision:
    return decide(
        request=a_request(policy, **inputs), legal_entity="GS-UK", by=ANA, at=NOON,
        in_force=in_force,
    )  # fmt: skip


def again(first: StoredDecision, in_force: InForce) -> StoredDecision:
    return decide_again(decision_id=first.decision_id, by=MIRA, at=LATER, in_force=in_force)


@pytest.mark.parametrize("policy", ["trade_uk", "buyer_check"])
def test_the_same_question_under_the_same_rules_has_the_same_answer(
    in_force: InForce, policy: str
) -> None:
    first = decided(in_force, policy)

    second = again(first, in_force)

    assert second.decision_id != first.decision_id
    assert second.record["supersedes"] == str(first.decision_id)
    for part in ("inputs", "derived", "rules", "outcome", "reasons"):
        assert second.record[part] == first.record[part], part
    assert Decision.objects.get(id=first.decision_id).record_hash == first.record_hash


def test_what_was_missing_is_missing_in_the_same_way(in_force: InForce) -> None:
    first = decided(
        in_force, dpd_max={"missing": "source_error"}, utilisation=None,
        tenure_months={"value": 24, "source": "bureau", "observed_at": "2026-11-01T08:00:00Z"},
    )  # fmt: skip

    assert again(first, in_force).record["inputs"] == first.record["inputs"]


def test_without_an_approval_now_the_fallback_decides(in_force: InForce) -> None:
    first = decided(in_force)
    expired = in_force_of(
        TRADE_UK, BUYER_CHECK, permit=approval_of(expires_at=LATER - timedelta(milliseconds=1))
    )

    second = again(first, expired)

    assert (first.record["outcome"], second.record["outcome"]) == ("approve", "refer")
    assert second.record["decided_by"] == "gate"
    assert [line.action for line in audit_entries()[:1]] == ["decide_again"]


def test_a_decision_of_nobody_is_refused(in_force: InForce) -> None:
    with pytest.raises(UnknownDecision):
        decide_again(decision_id=uuid4(), by=MIRA, at=LATER, in_force=in_force)


def test_an_erased_person_is_not_decided_again(in_force: InForce) -> None:
    first = decided(in_force, "buyer_check")
    value_id = Decision.objects.get(id=first.decision_id).personal_value_id
    destroy_key(subject_id=PersonalValue.objects.get(id=value_id).subject_id, by=ANA, at=NOON)

    with pytest.raises(PersonalValuesErased):
        again(first, in_force)


def test_personal_inputs_are_read_for_a_reason_that_the_trail_keeps(in_force: InForce) -> None:
    personal, plain = decided(in_force, "buyer_check"), decided(in_force)

    shown = reveal_personal_inputs(
        decision_id=personal.decision_id, reason="the owner asks", by=MIRA, at=LATER
    )

    line = audit_entries()[0]
    assert (line.action, line.detail) == (
        "read_personal_inputs", {"reason": "the owner asks", "inputs": sorted(shown)}
    )  # fmt: skip
    assert shown
    with pytest.raises(NoPersonalInputs):
        reveal_personal_inputs(decision_id=plain.decision_id, reason="x", by=MIRA, at=LATER)
