"""The command `goodstanding governance`: what it prints, and its exit codes."""

import json
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from goodstanding.cli.governance import NotAReference, app
from goodstanding.core.errors import Forbidden, NotFound
from goodstanding.core.time import utc_now
from goodstanding.governance import errors, operations, queries
from goodstanding.governance.types import FindingStatus
from tests.rooms.governance.conftest import DAY, House

LENDING = "policy/lending/1"
VERA, DEV = "vera@northwind.example", "dev@northwind.example"


def command(*arguments: str) -> Result:
    """Runs the command in this process, on the test's own connection."""
    return CliRunner().invoke(app, list(arguments), catch_exceptions=True)


@pytest.fixture
def now_approved(house: House) -> House:
    """Policy and model approved around the present, since commands read the clock."""
    now = utc_now()
    for version in (house.model, house.policy):
        run = house.run(version, at=now - 3 * DAY)
        house.opinion(run, at=now - 3 * DAY)
        request = house.request(
            version, run=run, at=now - 2 * DAY, valid_from=now - 2 * DAY,
            expires_at=now + 30 * DAY + timedelta(hours=1),
        )  # fmt: skip
        house.approve(request, at=now - DAY)
    return house


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def test_the_list_counts_what_may_decide(now_approved: House) -> None:
    now_approved.finding(now_approved.model, at=utc_now())

    plain = command("list")
    rows = told(command("list", "--json"))

    assert plain.exit_code == 0
    assert "1 of 2 may decide" in plain.stdout
    assert {row["name"]: (row["state"], row["days_left"]) for row in rows} == {
        "lending": ("approval_in_force", 30), "pd": ("suspended", None),
    }  # fmt: skip
    assert [row["name"] for row in told(command("list", "--json", "--state", "suspended"))] == [
        "pd"
    ]
    assert [row["name"] for row in told(command("list", "--json", "--kind", "policy"))] == [
        "lending"
    ]


def test_show_exits_1_where_a_version_may_not_decide(now_approved: House) -> None:
    before = command("show", LENDING)
    now_approved.finding(now_approved.policy, at=utc_now())
    after = command("show", now_approved.policy_hash, "--json")

    assert (before.exit_code, after.exit_code) == (0, 1)
    assert told(after)["gate"] == "suspended"
    assert told(after)["findings"][0]["severity"] == "S1"


@pytest.mark.parametrize(("verb", "state"), [("expire", "lapsed"), ("revoke", "revoked")])
def test_an_approval_ends_by_command(now_approved: House, verb: str, state: str) -> None:
    email = now_approved.people.validator.email

    result = command(verb, LENDING, "--reason", "Rates moved", "--by", email, "--json")

    assert result.exit_code == 0
    assert len(told(result)["ended"]) == 1
    assert told(command("show", LENDING, "--json"))["state"] == state


def test_an_approval_can_end_on_an_instant(now_approved: House) -> None:
    on = (utc_now() + 5 * DAY).strftime("%Y-%m-%dT%H:%M:%S")

    result = command(
        "expire", LENDING, "--reason", "Earlier", "--by", now_approved.people.validator.email,
        "--on", on,
    )  # fmt: skip

    assert result.exit_code == 0
    assert told(command("show", LENDING, "--json"))["days_left"] == 4


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (["expire", LENDING, "--reason", "x", "--by", "nobody@example.com"], NotFound),
        (["expire", LENDING, "--reason", "x", "--by", DEV], Forbidden),
        (["expire", LENDING, "--reason", " ", "--by", VERA], errors.ReasonMissing),
        (["expire", "policy/none/1", "--reason", "x", "--by", VERA], NotFound),
        (["show", "lending"], NotAReference),
        (["finding", "show", "99"], NotFound),
        (["finding", "move", "99", "--to", "gone", "--reason", "x", "--by", DEV], NotFound),
    ],
)  # fmt: skip
def test_refusals_are_refusals(
    now_approved: House, arguments: list[str], refusal: type[Exception]
) -> None:
    assert isinstance(command(*arguments).exception, refusal)


def test_what_is_not_in_force_does_not_end(house: House) -> None:
    result = command("revoke", LENDING, "--reason", "x", "--by", house.people.validator.email)

    assert isinstance(result.exception, NotFound)


def test_findings_are_listed_shown_moved_and_closed(house: House) -> None:
    people = house.people
    finding = house.finding(house.model, at=utc_now() - DAY)

    shown = command("finding", "show", "1", "--json")
    moved = command(
        "finding", "move", "1", "--to", "action_plan_agreed", "--reason", "By May", "--by",
        people.owner.email,
    )  # fmt: skip
    for step in ("in_progress", "submitted_for_closure"):
        operations.advance_finding(
            finding_id=finding, to=FindingStatus(step), reason="done", by=people.owner,
            at=utc_now(),
        )  # fmt: skip
    own = command("finding", "close", "1", "--reason", "ok", "--by", people.validator.email)
    closed = command(
        "finding", "close", "1", "--reason", "ok", "--by", people.second_validator.email
    )

    assert (shown.exit_code, told(shown)["state"]) == (1, "open")
    assert moved.exit_code == closed.exit_code == 0
    assert isinstance(own.exception, errors.OwnFinding)
    assert queries.finding_at(finding_id=finding, at=utc_now()).state == "validated_closed"
    assert told(command("finding", "list", "--open", "--json")) == []
    assert len(told(command("finding", "list", "--json"))) == 1
    assert command("finding", "show", "1").exit_code == 0
