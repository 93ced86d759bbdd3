"""`goodstanding decide`: who asks must be known, and the request must be there."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from goodstanding.accounts.models import User
from goodstanding.cli.decide import app
from goodstanding.core.errors import Refusal


def _refused(*arguments: str) -> str:
    ran = CliRunner().invoke(app, ["--legal-entity", "GS-US", *arguments])
    assert isinstance(ran.exception, Refusal)
    return str(ran.exception)


@pytest.mark.django_db
def test_who_asks_must_sign_in_here() -> None:
    assert "no person who signs in as nobody@example.com" in _refused("--by", "nobody@example.com")


@pytest.mark.django_db
def test_a_request_that_is_not_there_is_named(tmp_path: Path) -> None:
    User.objects.create(email="ana@example.com", display_name="Ana")
    (tmp_path / "latin.json").write_bytes(b'{"policy": "\xe9"}')

    gone = _refused("--by", "ana@example.com", str(tmp_path / "nowhere.json"))
    latin = _refused("--by", "ana@example.com", str(tmp_path / "latin.json"))

    assert "nowhere.json cannot be read: No such file or directory." in gone
    assert "latin.json cannot be read: it is not UTF-8." in latin
