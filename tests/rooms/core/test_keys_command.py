"""`goodstanding keys`: what it does to the installation stands in the audit trail."""

import json
from uuid import UUID

import pytest
from typer.testing import CliRunner

from goodstanding.cli.keys import app
from goodstanding.core.audit import audit_entries
from goodstanding.core.encryption import keep_personal, keeps_personal
from goodstanding.core.errors import NotFound
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
