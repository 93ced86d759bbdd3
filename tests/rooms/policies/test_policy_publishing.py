"""`goodstanding policy publish`: a draft, by somebody who may."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from goodstanding.cli.policy import app
from goodstanding.core.errors import Forbidden, NotFound
from goodstanding.core.time import utc_now
from goodstanding.policies.errors import VersionPublished
from goodstanding.policies.queries import version_summaries
from goodstanding.policies.types import Status
from tests.rooms.policies.conftest import VERSION_7, Desk, desk

__all__ = ["desk"]


@pytest.fixture
def text(tmp_path: Path) -> str:
    path = tmp_path / "trade_uk.yaml"
    path.write_text(VERSION_7)
    return str(path)


def publish(text: str, by: str, *more: str) -> Result:
    return CliRunner().invoke(app, ["publish", text, "--by", by, *more])


def test_a_text_is_published_as_a_draft(desk: Desk, text: str) -> None:
    result = publish(text, desk.author.email, "--json")

    assert result.exit_code == 0, result.output
    (version,) = version_summaries(at=utc_now(), name="trade_uk")
    assert (version.status, version.author) == (Status.DRAFT, desk.author.display_name)
    assert json.loads(result.stdout)["text_hash"] == version.text_hash


def test_publishing_it_again_is_refused(desk: Desk, text: str) -> None:
    publish(text, desk.author.email)

    assert isinstance(publish(text, desk.author.email).exception, VersionPublished)


def test_who_may_not_or_is_not_there_is_refused(desk: Desk, text: str) -> None:
    assert isinstance(publish(text, desk.approver.email).exception, Forbidden)
    assert isinstance(publish(text, "nobody@northwind.example").exception, NotFound)
    assert version_summaries(at=utc_now(), name="trade_uk") == ()
