"""Secrets of ours are sealed for one purpose and outlive a change of keys."""

import base64

import pytest
from pytest_django.fixtures import Settings

from goodstanding.core.encryption import EncryptionKeyMissing, open_secret, seal_secret

FIRST = "k1:" + base64.b64encode(b"1" * 32).decode()
SECOND = "k2:" + base64.b64encode(b"2" * 32).decode()


def test_a_secret_opens_under_the_key_before_the_current_one(settings: Settings) -> None:
    settings.GOODSTANDING_ENCRYPTION_KEYS = FIRST
    sealed = seal_secret("JBSWY3DP", purpose="second factor")

    settings.GOODSTANDING_ENCRYPTION_KEYS = f"{SECOND},{FIRST}"

    assert open_secret(sealed, purpose="second factor") == "JBSWY3DP"
    assert "JBSWY3DP" not in sealed


@pytest.mark.parametrize(
    ("keys", "purpose"), [(FIRST, "another purpose"), (SECOND, "second factor")]
)
def test_a_secret_does_not_open_for_another_purpose_or_without_its_key(
    settings: Settings, keys: str, purpose: str
) -> None:
    settings.GOODSTANDING_ENCRYPTION_KEYS = FIRST
    sealed = seal_secret("JBSWY3DP", purpose="second factor")
    settings.GOODSTANDING_ENCRYPTION_KEYS = keys

    with pytest.raises(EncryptionKeyMissing):
        open_secret(sealed, purpose=purpose)
