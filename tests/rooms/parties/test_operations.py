"""Parties are registered once, amended by further versions, and never changed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from goodstanding.core.encryption import PersonalValuesErased, destroy_key
from goodstanding.core.models import AuditEntry, PersonalValue
from goodstanding.parties import operations, queries
from goodstanding.parties.errors import (
    IdentifierEmpty,
    IdentifierTaken,
    NameMissing,
    NoPersonalValues,
    PersonNameInClear,
    RecordedInFuture,
    UnknownCountry,
    UnknownParty,
)
from goodstanding.parties.models import Party, PartyVersion, PersonalDigest
from goodstanding.parties.operations import Origin
from goodstanding.parties.types import LinkKind, PartyDetails, PartyKind, PersonalField
from tests.instants import NOON
from tests.rooms.parties.conftest import a_company, a_sole_trader

LATER = NOON + timedelta(days=30)


def _register(legal_entity: str, *parties: object) -> list:
    origin = Origin(legal_entity=legal_entity, source="test", at=NOON)
    return operations.register_parties(parties=list(parties), origin=origin)  # type: ignore[arg-type]


def _seen(party_id, *, as_of=LATER, known_at=LATER):
    return queries.party_as_of(party_id=party_id, as_of=as_of, known_at=known_at)


def test_a_registered_party_is_found_by_its_identifier(legal_entity: str) -> None:
    party_id = operations.register_party(
        party=a_company(), legal_entity=legal_entity, source="test", by="ana@example.com", at=NOON
    )

    found = queries.party_by_external_id(
        scheme="sba_loan", value=" 1000014003 ", legal_entity=legal_entity
    )
    seen = _seen(party_id)

    assert found == party_id
    assert (seen.name, seen.legal_form, seen.place) == (
        "Landmark Bar & Grille, Inc.", "Inc", "New Paris, IN",
    )  # fmt: skip
    assert AuditEntry.objects.get(action="register_party").object_id == str(party_id)


def test_an_identifier_belongs_to_one_party(legal_entity: str) -> None:
    _register(legal_entity, a_company())

    with pytest.raises(IdentifierTaken, match="sba_loan 1000014003"):
        _register(legal_entity, a_company(legal_name="Somebody Else"))

    assert Party.objects.count() == 1


def test_two_parties_of_one_batch_cannot_share_an_identifier(legal_entity: str) -> None:
    with pytest.raises(IdentifierTaken):
        _register(legal_entity, a_company(), a_company(legal_name="Somebody Else"))

    assert Party.objects.count() == 0


@pytest.mark.parametrize(
    ("party", "refusal", "field"),
    [
        (a_company(legal_name=None), NameMissing, "legal_name"),
        (a_company(country="usa"), UnknownCountry, "country"),
        (a_company(kind=PartyKind.PERSON), PersonNameInClear, "legal_name"),
        (a_company(identifiers=(("vat", " - "),)), IdentifierEmpty, "vat"),
    ],
)
def test_what_a_party_must_say(party, refusal, field, legal_entity: str) -> None:
    with pytest.raises(refusal) as refused:
        _register(legal_entity, party)

    assert refused.value.field == field


def test_history_cannot_be_recorded_ahead_of_time(legal_entity: str) -> None:
    from dataclasses import replace

    with pytest.raises(RecordedInFuture):
        _register(legal_entity, replace(a_company(), recorded_at=LATER))


def test_an_amendment_is_a_further_version_and_the_old_one_stands(legal_entity: str) -> None:
    (party_id,) = _register(legal_entity, a_company())

    operations.amend_party(
        party_id=party_id,
        details=PartyDetails(legal_name="Landmark Grille LLC", city="Goshen", country="US"),
        source="register", effective_at=LATER, by="ana@example.com", at=LATER,
    )  # fmt: skip

    assert _seen(party_id).name == "Landmark Grille LLC"
    assert _seen(party_id, as_of=NOON).name == "Landmark Bar & Grille, Inc."
    assert _seen(party_id, known_at=NOON).name == "Landmark Bar & Grille, Inc."
    assert [version.version_no for version in queries.versions_of(party_id=party_id)] == [2, 1]


def test_an_amendment_that_says_nothing_new_writes_nothing(legal_entity: str) -> None:
    (party_id,) = _register(legal_entity, a_company())

    operations.amend_party(
        party_id=party_id, details=a_company().details, source="register", effective_at=LATER,
        by="ana@example.com", at=LATER,
    )  # fmt: skip

    assert PartyVersion.objects.filter(party_id=party_id).count() == 1


def test_an_unknown_party_cannot_be_amended(legal_entity: str) -> None:
    from goodstanding.core.ids import new_id

    with pytest.raises(UnknownParty):
        operations.amend_party(
            party_id=new_id(), details=PartyDetails(legal_name="X"), source="register",
            effective_at=NOON, by="ana@example.com", at=NOON,
        )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "update parties_party_version set legal_name = 'Another'",
        "delete from parties_external_id",
        "update parties_party set kind = 'Person'",
    ],
)
def test_what_was_known_cannot_be_rewritten(statement: str, legal_entity: str) -> None:
    _register(legal_entity, a_company())

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_versions_cannot_skip_a_number(legal_entity: str) -> None:
    (party_id,) = _register(legal_entity, a_company())
    first = PartyVersion.objects.get(party_id=party_id)

    with pytest.raises(IntegrityError, match="does not follow"), transaction.atomic():
        PartyVersion.objects.create(
            party_id=party_id, version_no=3, shown_name="X", comparable_name="x",
            content_digest="0" * 64, source="test", effective_at=LATER, recorded_at=LATER,
        )  # fmt: skip

    assert first.version_no == 1


def test_personal_values_are_encrypted_masked_and_read_only_with_a_trace(
    legal_entity: str,
) -> None:
    (party_id,) = _register(
        legal_entity,
        a_sole_trader("s1", legal_name="Maria Inventada", email="maria@example.com"),
    )
    seen = _seen(party_id)

    assert seen.name == "Sole trader in Campinas, SP"
    assert seen.legal_name is None
    assert seen.personal_fields == (PersonalField.EMAIL, PersonalField.LEGAL_NAME)
    assert b"Maria" not in bytes(PersonalValue.objects.get().ciphertext)

    values = operations.reveal_personal(
        party_id=party_id, reason="call back", by="ana@example.com", at=LATER
    )

    assert values[PersonalField.EMAIL] == "maria@example.com"
    line = AuditEntry.objects.get(action="read_personal")
    assert (line.object_id, line.detail["reason"]) == (str(party_id), "call back")
    assert "maria" not in str(line.detail)


def test_an_erased_person_cannot_be_read_and_the_digest_stays(legal_entity: str) -> None:
    (party_id,) = _register(
        legal_entity, a_sole_trader("s1", legal_name="Maria Inventada", phone="+551955500101")
    )
    destroy_key(subject_id=party_id, by="ana@example.com", at=LATER)

    with pytest.raises(PersonalValuesErased):
        operations.reveal_personal(party_id=party_id, reason="x", by="ana@example.com", at=LATER)

    assert PersonalDigest.objects.filter(party_id=party_id).count() == 2


def test_nothing_personal_is_nothing_to_read(legal_entity: str) -> None:
    (party_id,) = _register(legal_entity, a_company())

    with pytest.raises(NoPersonalValues):
        operations.reveal_personal(party_id=party_id, reason="x", by="ana@example.com", at=NOON)


def test_one_name_and_place_connects_but_never_says_same(legal_entity: str) -> None:
    first, second, third, stranger = _register(
        legal_entity,
        a_company(),
        a_company(legal_name="LANDMARK BAR & GRILLE (THE)", identifiers=()),
        a_company(legal_name="Landmark Bar and Grille LLC", identifiers=()),
        a_company(city="Goshen", identifiers=()),
    )

    new = operations.link_shared_names(decided_by="rule:name_and_place")
    again = operations.link_shared_names(decided_by="rule:name_and_place")
    connected = queries.connections_of(party_id=second, as_of=LATER, known_at=LATER)

    assert (new, again) == (2, 0)
    assert {link.party_id for link in connected} == {first, third}
    assert {link.kind for link in connected} == {LinkKind.SHARES_NAME_AND_PLACE}
    assert connected[0].evidence == "landmark bar and grille|new paris|in|us"
    assert queries.connections_of(party_id=stranger, as_of=LATER, known_at=LATER) == []


def test_a_shared_bank_account_connects_without_being_read(legal_entity: str) -> None:
    removed, returned, other = _register(
        legal_entity,
        a_sole_trader("s1", legal_name="Maria Inventada", bank_account="BR18 0036 0305"),
        a_sole_trader("s2", legal_name="M. Inventada", bank_account="br1800360305"),
        a_sole_trader("s3", legal_name="Ana Inventada", bank_account="BR97 1111"),
    )

    operations.link_shared_values(decided_by="rule:shared_values")
    connected = queries.connections_of(party_id=returned, as_of=LATER, known_at=LATER)
    shared = queries.shared_values_of(party_id=returned)

    assert [(link.party_id, link.kind) for link in connected] == [
        (removed, LinkKind.SHARES_BANK_ACCOUNT)
    ]
    assert [(value.field, value.party_ids) for value in shared] == [
        (PersonalField.BANK_ACCOUNT, (removed,))
    ]
    assert queries.shared_values_of(party_id=other) == []


def test_linking_some_parties_leaves_the_rest_alone(legal_entity: str) -> None:
    pairs = _register(
        legal_entity,
        a_company(), a_company(identifiers=()),
        a_company(city="Goshen", identifiers=()), a_company(city="Goshen", identifiers=()),
    )  # fmt: skip

    new = operations.link_shared_names(decided_by="rule", party_ids=[pairs[3]])

    assert new == 1
    assert queries.connections_of(party_id=pairs[0], as_of=LATER, known_at=LATER) == []


def test_a_person_may_link_two_parties_as_one(legal_entity: str) -> None:
    left, right = _register(legal_entity, a_company(), a_company(identifiers=(), city="Goshen"))

    operations.link_parties(
        left=left, right=right, kind=LinkKind.SAME_AS, key="register extract", by="ana@example.com",
        at=NOON,
    )  # fmt: skip
    (connected,) = queries.connections_of(party_id=right, as_of=LATER, known_at=LATER)

    assert (connected.party_id, connected.kind) == (left, LinkKind.SAME_AS)


def test_a_further_identifier_finds_the_party_too(legal_entity: str) -> None:
    (party_id,) = _register(legal_entity, a_company())

    operations.add_identifier(
        party_id=party_id, scheme="ein", value="12-345 6789", source="form", by="ana@example.com",
        at=NOON,
    )  # fmt: skip

    found = queries.party_by_external_id(scheme="ein", value="123456789", legal_entity=legal_entity)
    assert found == party_id
    assert [identifier.scheme for identifier in queries.identifiers_of(party_id=party_id)] == [
        "ein", "sba_loan",
    ]  # fmt: skip
