"""`goodstanding keys`: what it does to the installation stands in the audit trail."""

import json
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.cli.keys import app
from goodstanding.core.audit import audit_entries
from goodstanding.core.encryption import KeysUnreadable, keep_personal, keeps_personal
from goodstanding.core.errors import Forbidden, NotFound
from goodstanding.core.ids import new_id

pytestmark = pytest.mark.django_db


def _kept() -> UUID:
    subject = new_id()
    keep_personal(subject_id=subject, values={"phone": "555"})
    return subject


def test_a_rotation_is_on_record() -> None:
    subject = _kept()

    ran = CliRunner().invoke(app, ["rotate", "--json"])

    assert ran.exit_code == 0, ran.output
    [entry] = [each for each in audit_entries() if each.action == "rotate_keys"]
    assert entry.detail == {"wrapped_anew": json.loads(ran.output)["rewrapped"]}
    assert keeps_personal(subject_id=subject)


def test_who_erases_must_sign_in_here() -> None:
    subject = _kept()
    asked = ["erase", str(subject), "--reason", "asked for", "--by", "nobody@example.com"]

    ran = CliRunner().invoke(app, asked)

    assert isinstance(ran.exception, NotFound)
    assert keeps_personal(subject_id=subject)


def test_who_erases_must_have_the_right() -> None:
    subject = _kept()
    analyst = add_person(email="ana@example.com", display_name="Ana", roles=[Role.ANALYST])
    asked = ["erase", str(subject), "--reason", "asked for", "--by", analyst.email]

    ran = CliRunner().invoke(app, asked)

    assert isinstance(ran.exception, Forbidden)
    assert keeps_personal(subject_id=subject)


@pytest.mark.parametrize("keys", ["junk", "k1:", "k1:c2hvcnQ=", ":AAAA", "k1:no base64"])
def test_keys_that_are_none_are_refused(keys: str, settings: Any) -> None:
    settings.GOODSTANDING_ENCRYPTION_KEYS = keys

    ran = CliRunner().invoke(app, ["rotate"])

    assert isinstance(ran.exception, KeysUnreadable)
