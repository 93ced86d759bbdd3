"""Use cases, entries, versions, and the seal over what was decided."""

from typing import Any

import pytest

from goodstanding.core import seal
from goodstanding.core.errors import NotFound
from goodstanding.governance import errors, operations, queries
from goodstanding.governance.models import PinnedVersion, ScopeDecision, UseCaseRevision
from goodstanding.governance.types import (
    AiActClass,
    ChangeKind,
    Fallback,
    GateStatus,
    ScopeAnswers,
    VersionKind,
)
from tests.instants import NOON
from tests.rooms.governance.conftest import House, People, content, statement


def register(house: House, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "kind": VersionKind.MODEL, "name": "pd", "content_hash": content("pd 2"), "label": "2",
        "developer": house.people.developer, "by": house.people.developer, "at": NOON,
    }  # fmt: skip
    return operations.register_version(**(given | changes))


def test_a_use_case_is_revised_not_overwritten(house: House) -> None:
    number = operations.revise_use_case(
        code=house.use_case, statement=statement(house.people, fallback=Fallback.REFER),
        reason="A person looks instead", by=house.people.owner, at=NOON,
    )  # fmt: skip

    assert number == 2
    assert UseCaseRevision.objects.count() == 2
    gate = queries.read_gate_snapshot(at=NOON)
    assert gate.versions[house.policy_hash].fallback is Fallback.REFER


def test_a_use_case_is_stated_once(house: House, legal_entity: str) -> None:
    with pytest.raises(errors.UseCaseExists):
        operations.state_use_case(
            code=house.use_case, title="Again", desk="credit", legal_entity=legal_entity,
            statement=statement(house.people), by=house.people.owner, at=NOON,
        )  # fmt: skip


def test_a_prohibited_practice_does_not_enter(legal_entity: str, people: People) -> None:
    with pytest.raises(errors.ProhibitedPractice):
        operations.state_use_case(
            code="social_scoring", title="Social scoring", desk="credit",
            legal_entity=legal_entity,
            statement=statement(people, ai_act_class=AiActClass.PROHIBITED),
            by=people.owner, at=NOON,
        )  # fmt: skip


def test_an_entry_is_entered_once(house: House) -> None:
    with pytest.raises(errors.EntryExists):
        operations.enter_inventory(
            kind=VersionKind.MODEL, name="pd", title="PD", use_case=house.use_case,
            owner=house.people.owner, by=house.people.owner, at=NOON,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"content_hash": content("pd")}, errors.VersionRegistered),
        ({"label": "1"}, errors.VersionRegistered),
        ({"content_hash": "ABC"}, errors.NotADigest),
        ({"name": "unheard"}, NotFound),
        ({"label": " "}, errors.ReasonMissing),
        ({"pins": [content("lending")]}, errors.PinsNoModel),
        ({"pins": [content("nothing")]}, NotFound),
    ],
)
def test_a_version_is_registered_once_and_whole(
    house: House, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        register(house, **changes)


def test_a_policy_pins_its_models(house: House) -> None:
    pin = PinnedVersion.objects.get()

    assert (pin.version_id, pin.pinned_id) == (house.policy, house.model)


def test_registering_moves_the_gate(house: House) -> None:
    before = queries.gate_version()

    register(house)

    assert queries.gate_version() > before
    state = queries.read_gate_snapshot(at=NOON).state_of(
        policy_hash=content("pd 2"), segment={}, amount_minor=None, at=NOON
    )
    assert state.state is GateStatus.NOT_APPROVED


def test_scope_is_decided_by_jurisdiction_with_a_rationale(house: House) -> None:
    answers = ScopeAnswers(
        jurisdiction="US", profile="us-2026", applies_theory=True, is_estimate=True,
        is_deterministic=True, is_generative=False, in_scope=True,
        rationale="A scorecard is code, but an estimate by theory",
    )  # fmt: skip

    operations.decide_scope(
        kind=VersionKind.MODEL, name="pd", answers=answers, by=house.people.validator, at=NOON
    )

    decided = ScopeDecision.objects.get()
    assert (decided.jurisdiction, decided.in_scope) == ("US", True)


def test_changes_are_described(house: House) -> None:
    with pytest.raises(errors.ReasonMissing):
        operations.record_change(
            version_id=house.model, kind=ChangeKind.UPSTREAM, is_material=True, description="",
            by=house.people.owner, at=NOON,
        )  # fmt: skip


def test_approvals_and_findings_are_sealed(house: House) -> None:
    house.approve(house.request(house.policy))
    house.finding(house.policy)
    names = {stream.name for stream in seal.streams()}

    found = seal.verify()

    assert {"approvals", "findings", "finding_states", "approval_revocations"} <= names
    assert {"approval_expiry_changes", "use_exceptions"} <= names
    assert (found.unsealed["approvals"], found.unsealed["findings"]) == (1, 1)
