"""Personal values: readable while the key stands, gone for good when it is destroyed."""

import base64
from typing import Any

import pytest

from goodstanding.core import encryption
from goodstanding.core.ids import new_id
from goodstanding.core.models import AuditEntry, PersonalValue, SubjectKey
from tests.instants import NOON

pytestmark = pytest.mark.django_db
VALUES = {"owner": "Zoë Ångström", "iban": "GB82WEST12345698765432", "phone": None}


def test_what_was_kept_is_read_back() -> None:
    value_id = encryption.keep_personal(subject_id=new_id(), values=VALUES)

    assert encryption.read_personal(value_id=value_id) == VALUES


def test_the_row_shows_nothing_of_the_value() -> None:
    encryption.keep_personal(subject_id=new_id(), values=VALUES)

    assert b"WEST" not in bytes(PersonalValue.objects.get().ciphertext)


def test_one_persons_ciphertext_is_useless_under_anothers_key() -> None:
    from cryptography.exceptions import InvalidTag

    ana, ben = new_id(), new_id()
    encryption.keep_personal(subject_id=ben, values=VALUES)
    encryption.keep_personal(subject_id=ana, values=VALUES)
    kept = PersonalValue.objects.get(subject_id=ana)
    forged = PersonalValue.objects.create(subject_id=ben, ciphertext=kept.ciphertext)

    with pytest.raises(InvalidTag):
        encryption.read_personal(value_id=forged.id)


def test_erasure_is_for_good_and_stands_in_the_trail() -> None:
    ana = new_id()
    value_id = encryption.keep_personal(subject_id=ana, values=VALUES)

    assert encryption.erase_subject(subject_id=ana, by="olga", reason="asked to", at=NOON)

    with pytest.raises(encryption.PersonalValuesErased):
        encryption.read_personal(value_id=value_id)
    with pytest.raises(encryption.PersonalValuesErased):
        encryption.keep_personal(subject_id=ana, values=VALUES)
    assert AuditEntry.objects.get().action == "erase_subject"
    assert not encryption.erase_subject(subject_id=ana, by="olga", reason="again", at=NOON)


def test_rotation_wraps_anew_and_the_old_key_can_go(settings: Any) -> None:
    value_id = encryption.keep_personal(subject_id=new_id(), values=VALUES)
    old = settings.GOODSTANDING_ENCRYPTION_KEYS
    fresh = "k2:" + base64.b64encode(b"2" * 32).decode()

    settings.GOODSTANDING_ENCRYPTION_KEYS = f"{fresh},{old}"
    assert encryption.rotate_keys() == 1
    settings.GOODSTANDING_ENCRYPTION_KEYS = fresh

    assert encryption.read_personal(value_id=value_id) == VALUES
    assert SubjectKey.objects.get().wrapped_by == "k2"


def test_a_missing_installation_key_is_named(settings: Any) -> None:
    value_id = encryption.keep_personal(subject_id=new_id(), values=VALUES)
    settings.GOODSTANDING_ENCRYPTION_KEYS = "k9:" + base64.b64encode(b"9" * 32).decode()

    with pytest.raises(encryption.EncryptionKeyMissing, match="'k1'"):
        encryption.read_personal(value_id=value_id)


def test_equal_values_have_equal_digests_that_need_the_key(settings: Any) -> None:
    before = encryption.keyed_digest("GB82WEST12345698765432")

    assert before == encryption.keyed_digest("GB82WEST12345698765432")
    settings.GOODSTANDING_DIGEST_KEY = base64.b64encode(b"x" * 32).decode()
    assert before != encryption.keyed_digest("GB82WEST12345698765432")
