"""Personal values: encrypted under a key per data subject, so that a person can be erased.

Each subject has a 256-bit key of its own, wrapped by a key of the installation
(`GOODSTANDING_ENCRYPTION_KEYS`, `name:base64,...`, the first is current). Destroying the
subject's key makes every value unreadable for good while rows, digests and the sealed chain stay.
AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D); the subject's id is authenticated.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.errors import Refusal
from goodstanding.core.models import PersonalValue, SubjectKey

NONCE_BYTES = 12
KEY_BITS = 256
KEY_BYTES = KEY_BITS // 8


class PersonalValuesErased(Refusal):
    """The personal values of subject {subject_id} were erased on {erased_at}."""

    code = "inputs_erased"
    status = 410
    mend = "Nothing can bring them back; the record and its digests remain."


class EncryptionKeyMissing(Refusal):
    """A value was encrypted under the installation key {name!r}, which is not configured."""

    code = "encryption_key_missing"
    status = 503
    mend = "Add the key back to GOODSTANDING_ENCRYPTION_KEYS, then run `goodstanding keys rotate`."


class KeysUnreadable(Refusal):
    """GOODSTANDING_ENCRYPTION_KEYS is not a list of name:key, each key 32 bytes in base64."""

    code = "encryption_keys_unreadable"
    status = 503
    mend = "Put what `goodstanding keys new` prints in front of the list, a comma between."


def keyed_digest(value: str) -> str:
    """A digest by which equal personal values can be matched without being read (HMAC-SHA256)."""
    key = base64.b64decode(settings.GOODSTANDING_DIGEST_KEY)
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def keep_personal(*, subject_id: UUID, values: Mapping[str, str | None]) -> UUID:
    """Encrypt the subject's values; returns the id under which they can be read.

    Raises PersonalValuesErased if the subject was erased before.
    """
    return keep_personal_of_many(values_of={subject_id: values})[subject_id]


@transaction.atomic
def keep_personal_of_many(
    *, values_of: Mapping[UUID, Mapping[str, str | None]]
) -> dict[UUID, UUID]:
    """Encrypt the values of many subjects at once; returns each subject's id of its values.

    Raises PersonalValuesErased if one of the subjects was erased before.
    """
    keys = _subject_keys(list(values_of))
    kept = [
        PersonalValue(subject_id=subject_id, ciphertext=_seal(values, keys[subject_id], subject_id))
        for subject_id, values in values_of.items()
    ]
    PersonalValue.objects.bulk_create(kept, batch_size=1000)
    return {value.subject_id: value.id for value in kept}


def seal_personal(*, subject_id: UUID, values: Mapping[str, str | None]) -> bytes:
    """The subject's values encrypted, for a caller that writes the row itself.

    Makes the subject's key where there is none. Raises PersonalValuesErased as keep_personal does.
    """
    return _seal(values, _subject_keys([subject_id])[subject_id], subject_id)


def read_personal(*, value_id: UUID) -> dict[str, str | None]:
    """The values as they were kept. The caller writes the audit line of the reading.

    Raises PersonalValuesErased once the subject's key is destroyed.
    """
    kept = PersonalValue.objects.get(id=value_id)
    key = _unwrap_living(SubjectKey.objects.get(subject_id=kept.subject_id))
    sealed = bytes(kept.ciphertext)
    plain = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], kept.subject_id.bytes)
    return json.loads(plain)


def destroy_key(*, subject_id: UUID, by: str, at: datetime) -> bool:
    """Erase the subject; returns whether there was a key to destroy."""
    return bool(
        SubjectKey.objects.filter(subject_id=subject_id, destroyed_at=None).update(
            wrapped_key=None, destroyed_at=at, destroyed_by=by
        )
    )


@transaction.atomic
def erase_subject(*, subject_id: UUID, by: str, reason: str, at: datetime) -> bool:
    """Erase the subject and say so in the audit trail; False if there was nothing to erase."""
    erased = destroy_key(subject_id=subject_id, by=by, at=at)
    if erased:
        write_audit(
            actor=by,
            action="erase_subject",
            object_kind="data_subject",
            object_id=subject_id,
            at=at,
            detail={"reason": reason},
        )
    return erased


@transaction.atomic
def rotate_keys() -> int:
    """Wrap every subject's key anew under the current installation key; returns how many."""
    current, _ = _installation_keys()[0]
    stale = SubjectKey.objects.select_for_update().filter(destroyed_at=None)
    count = 0
    for row in stale.exclude(wrapped_by=current).iterator():
        row.wrapped_key, row.wrapped_by = _wrap(_unwrap(row), row.subject_id)
        row.save(update_fields=["wrapped_key", "wrapped_by"])
        count += 1
    return count


def seal_secret(text: str, *, purpose: str) -> str:
    """A secret of ours, such as a second factor's, encrypted under the current installation key.

    The key is derived for the purpose (HKDF, RFC 5869), so that one key is never used twice.
    """
    return _fernet(purpose).encrypt(text.encode()).decode()


def open_secret(sealed: str, *, purpose: str) -> str:
    """The secret again, under whichever installation key sealed it.

    Raises EncryptionKeyMissing if that key is not configured any more.
    """
    try:
        return _fernet(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as surprise:
        raise EncryptionKeyMissing(name=purpose) from surprise


def _fernet(purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key, purpose)) for _, key in _installation_keys()])


def _derived(key: bytes, purpose: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return base64.urlsafe_b64encode(derivation.derive(key))


def _seal(values: Mapping[str, str | None], key: bytes, subject_id: UUID) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    plain = json.dumps(dict(values), ensure_ascii=False, sort_keys=True).encode()
    return nonce + AESGCM(key).encrypt(nonce, plain, subject_id.bytes)


def _subject_keys(subject_ids: list[UUID]) -> dict[UUID, bytes]:
    known = set(
        SubjectKey.objects.filter(subject_id__in=subject_ids).values_list("subject_id", flat=True)
    )
    fresh: list[SubjectKey] = []
    for subject_id in subject_ids:
        if subject_id not in known:
            wrapped, name = _wrap(AESGCM.generate_key(KEY_BITS), subject_id)
            fresh.append(SubjectKey(subject_id=subject_id, wrapped_key=wrapped, wrapped_by=name))
    SubjectKey.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    rows = SubjectKey.objects.filter(subject_id__in=subject_ids)
    return {row.subject_id: _unwrap_living(row) for row in rows}


def erased_at(*, subject_id: UUID) -> datetime | None:
    """When a person's key was destroyed; None while what is kept of them can be read."""
    return SubjectKey.objects.filter(subject_id=subject_id).values_list(
        "destroyed_at", flat=True
    ).first()  # fmt: skip


def keeps_personal(*, subject_id: UUID) -> bool:
    """Whether something personal is kept of the subject that can still be read."""
    return SubjectKey.objects.filter(subject_id=subject_id, destroyed_at=None).exists()


def _unwrap_living(row: SubjectKey) -> bytes:
    if row.destroyed_at is not None:
        raise PersonalValuesErased(
            subject_id=row.subject_id, erased_at=f"{row.destroyed_at:%-d %b %Y, %H:%M} UTC"
        )
    return _unwrap(row)


def _installation_keys() -> list[tuple[str, bytes]]:
    pairs = (pair.partition(":") for pair in settings.GOODSTANDING_ENCRYPTION_KEYS.split(","))
    try:
        found = [(name.strip(), base64.b64decode(value, validate=True)) for name, _, value in pairs]
    except ValueError as surprise:
        raise KeysUnreadable from surprise
    if not all(name and len(key) == KEY_BYTES for name, key in found):
        raise KeysUnreadable
    return found


def _wrap(key: bytes, subject_id: UUID) -> tuple[bytes, str]:
    name, wrapping = _installation_keys()[0]
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(wrapping).encrypt(nonce, key, subject_id.bytes), name


def _unwrap(row: SubjectKey) -> bytes:
    wrapping = dict(_installation_keys()).get(row.wrapped_by)
    if wrapping is None:
        raise EncryptionKeyMissing(name=row.wrapped_by)
    sealed = bytes(row.wrapped_key or b"")
    return AESGCM(wrapping).decrypt(
        sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], row.subject_id.bytes
    )
