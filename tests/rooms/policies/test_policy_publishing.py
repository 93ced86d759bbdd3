"""`goodstanding policy publish`: a draft, by somebody who may."""

import json
from pathlib import Path

import pytest
from django.db import connection
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


def test_a_policy_that_the_inventory_has_not_is_refused_with_the_way_there(
    desk: Desk, text: str
) -> None:
    Path(text).write_text(VERSION_7.replace("policy: trade_uk", "policy: trade_ie"))

    refused = publish(text, desk.author.email).exception

    assert isinstance(refused, NotFound)
    assert str(refused).startswith("The inventory has no policy called trade_ie.")
    assert "page Models" in str(refused)


FEATURES = """\
features:
  orders: {type: INTEGER, label: orders, definition: orders_90d@1}
  sales: {type: "DECIMAL(18,2)", label: sales, definition: sales_90d@1}

rules:
"""


def indexes_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select indexname from pg_indexes where tablename = %s", [table])
        return {name for (name,) in cursor.fetchall()}


def test_publishing_shows_what_the_lookup_of_features_costs(desk: Desk, text: str) -> None:
    Path(text).write_text(VERSION_7.replace("rules:\n", FEATURES, 1))
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")  # a few facts are read whole, as is right

    result = publish(text, desk.author.email, "--json")

    assert result.exit_code == 0, result.output
    cost = json.loads(result.stdout)["lookup"]
    assert (cost["features"], cost["scans"]) == (2, [])
    # which of its indexes a nearly empty table is read by depends on its statistics
    assert cost["indexes"]
    assert set(cost["indexes"]) <= indexes_of("ledger_fact")
    assert cost["plan_cost"] > 0
    assert 0 < cost["milliseconds"] < 1000


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("orders_90d@1", "orders_90d@2", "There is no feature orders_90d@2."),
        ("orders_90d@1", "orders_90d", "'orders_90d' names no version."),
        ("DECIMAL(18,2)", "DECIMAL(14,2)", "sales_90d@1 is DECIMAL(18,2)"),
    ],
)
def test_a_feature_that_is_not_there_so_is_refused_at_its_line(
    desk: Desk, text: str, right: str, wrong: str, words: str
) -> None:
    changed = VERSION_7.replace("rules:\n", FEATURES, 1).replace(right, wrong)
    Path(text).write_text(changed)

    refused = publish(text, desk.author.email)

    assert refused.exit_code == 2
    line, column = refused.stderr.removeprefix(f"{text}:").split(":")[:2]
    assert wrong in changed.splitlines()[int(line) - 1]
    assert int(column) > 1
    assert f": {words}" in refused.stderr
    assert version_summaries(at=utc_now(), name="trade_uk") == ()
