"""Deciding in this process: the same guarantees as in the service, on Django's connection."""

from datetime import timedelta

import msgspec
import pytest

from goodstanding.accounts.models import LegalEntity
from goodstanding.core.encryption import PersonalValuesErased, destroy_key, read_personal
from goodstanding.core.models import OutboxMessage, PersonalValue
from goodstanding.decisions.errors import IdempotencyKeyReused, SupersedesUnknown
from goodstanding.decisions.models import Decision
from goodstanding.decisions.operations import decide, decide_many
from goodstanding.decisions.types import DecisionRequest, Entity, InForce, Origin
from goodstanding.parties.operations import register_party
from tests.instants import NOON
from tests.rooms.decisions.requests import BUYER_LTD, a_request
from tests.rooms.parties.conftest import a_company

pytestmark = pytest.mark.django_db
ANA = "ana@example.com"


@pytest.fixture(autouse=True)
def company() -> None:
    LegalEntity.objects.get_or_create(
        code="GS-UK", defaults={"name": "Good Standing UK", "country": "GB"}
    )


def decided(request: DecisionRequest, in_force: InForce):
    return decide(request=request, legal_entity="GS-UK", by=ANA, at=NOON, in_force=in_force)


def test_a_decision_is_stored_as_it_is_answered(in_force: InForce) -> None:
    answer = decided(a_request(vat_ok=False), in_force)

    kept = Decision.objects.get(id=answer.decision_id)
    assert (kept.outcome, kept.actor, kept.legal_entity) == ("refer", ANA, "GS-UK")
    assert (kept.record_hash, kept.recorded_at) == (answer.record_hash, answer.recorded_at)
    assert kept.reason_codes == ["VAT"]
    assert OutboxMessage.objects.get().subject_id == answer.decision_id


def test_the_same_request_twice_is_decided_once(in_force: InForce) -> None:
    request = a_request(vat_ok=False)

    first, again = decided(request, in_force), decided(request, in_force)

    assert (first.repeated, again.repeated) == (False, True)
    assert again.decision_id == first.decision_id
    assert Decision.objects.count() == OutboxMessage.objects.count() == 1


def test_a_repeated_request_is_answered_even_when_its_as_of_is_old_by_now(
    in_force: InForce,
) -> None:
    request = a_request()
    first = decided(request, in_force)

    later = decide(
        request=request, legal_entity="GS-UK", by=ANA, at=NOON + timedelta(days=3),
        in_force=in_force,
    )  # fmt: skip

    assert later.decision_id == first.decision_id


def test_one_key_for_two_requests_is_refused(in_force: InForce) -> None:
    first = decided(a_request(key="k"), in_force)

    with pytest.raises(IdempotencyKeyReused, match=str(first.decision_id)) as refused:
        decided(a_request(key="k", amount="200.00"), in_force)

    assert refused.value.status == 409


def test_the_party_behind_an_identifier_is_found(in_force: InForce) -> None:
    company = a_company(identifiers=((BUYER_LTD.scheme, BUYER_LTD.value),))
    party = register_party(party=company, legal_entity="GS-UK", source="test", by=ANA, at=NOON)

    answer = decided(a_request(), in_force)

    assert answer.record["party_id"] == str(party)
    assert answer.record["arm"]["unit"] == str(party)


def test_a_decision_may_supersede_an_earlier_one_about_the_same_entity(
    in_force: InForce,
) -> None:
    first = decided(a_request(), in_force)

    second = decided(msgspec.structs.replace(a_request(), supersedes=first.decision_id), in_force)

    assert second.record["supersedes"] == str(first.decision_id)
    other = a_request(entity=Entity("companies_house", "7654321"))
    with pytest.raises(SupersedesUnknown):
        decided(msgspec.structs.replace(other, supersedes=first.decision_id), in_force)


def test_personal_inputs_are_kept_encrypted_until_the_person_is_erased(in_force: InForce) -> None:
    answer = decided(a_request("buyer_check"), in_force)

    kept = Decision.objects.get(id=answer.decision_id)
    assert kept.personal_value_id is not None
    assert read_personal(value_id=kept.personal_value_id)["born_on"] == '"1980-02-29"'
    subject = PersonalValue.objects.get(id=kept.personal_value_id).subject_id
    destroy_key(subject_id=subject, by=ANA, at=NOON)
    with pytest.raises(PersonalValuesErased):
        read_personal(value_id=kept.personal_value_id)


def test_many_are_decided_in_batches_and_a_bad_one_stops_nobody(in_force: InForce) -> None:
    past = NOON - timedelta(days=3000)
    requests = [a_request(as_of=past, vat_ok=number % 2 == 0) for number in range(30)]
    bad = a_request(as_of=past, amount="lots")

    [totals] = decide_many(
        requests=[*requests, bad], legal_entity="GS-UK", by="import:7", at=NOON, in_force=in_force
    )
    [again] = decide_many(
        requests=requests, legal_entity="GS-UK", by="import:7", at=NOON, in_force=in_force
    )

    assert (totals.decided, totals.repeated) == (30, 0)
    assert [(item.request, item.refusal.field) for item in totals.refused] == [
        (bad, "inputs.amount")
    ]
    assert (again.decided, again.repeated, again.refused) == (0, 30, [])
    assert set(Decision.objects.values_list("origin", flat=True)) == {"imported_history"}
    assert OutboxMessage.objects.count() == 0


def test_many_live_ones_open_cases_as_one_does(in_force: InForce) -> None:
    requests = [a_request(vat_ok=False) for _ in range(3)]

    list(
        decide_many(
            requests=requests, legal_entity="GS-UK", by="samples", at=NOON, origin=Origin.LIVE,
            in_force=in_force,
        )
    )  # fmt: skip

    assert OutboxMessage.objects.filter(kind="decision_referred").count() == 3
