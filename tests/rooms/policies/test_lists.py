"""Kept lists: versions that never change, a second person, and what an end does to decisions."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from goodstanding.core.models import AuditEntry
from goodstanding.policies import operations, queries
from goodstanding.policies.engine import PolicyRefused, load_policy, read_policy
from goodstanding.policies.errors import (
    ListApproverWroteIt,
    ListEnds,
    ListNameRefused,
    ListOfAnotherType,
    ListStepTaken,
    ListTooLong,
    ListTypeUnknown,
    ListUnknown,
    ListValueRefused,
    ListVersionTaken,
    ReasonMissing,
)
from goodstanding.policies.models import ListStep, ListVersion
from tests.instants import NOON
from tests.rooms.policies.conftest import VERSION_7
from tests.rooms.policies.texts import TRADE_UK

HOUR = timedelta(hours=1)
BEGINS = NOON.date()
BANKS = ["DEUTDEFF", "BARCGB22"]
KEPT = VERSION_7.replace(
    "rules:\n",
    """\
lists:
  sanctioned: {kept: sanctioned_banks, version: "2026-11"}
rules:
  - id: BANK
    label: Bank on the list
    when: in_list(bank, 'sanctioned')
    effect: decline
    reason: VAT
    on_missing: ignore
""",
    1,
).replace("inputs:\n", "inputs:\n  bank: {type: TEXT, label: bank}\n", 1)


def add(desk, **changes) -> ListVersion:
    given = {
        "name": "sanctioned_banks", "version": "2026-11", "values": BANKS, "reason": "Council list",
        "valid_from": BEGINS, "expires_on": BEGINS + timedelta(days=30), "by": desk.author,
        "at": NOON,
    }  # fmt: skip
    return operations.add_list_version(**(given | changes))


def approve(desk, *, by=None, version: str = "2026-11", reason: str = "compared") -> ListStep:
    return operations.approve_list_version(
        name="sanctioned_banks", version=version, reason=reason, by=by or desk.approver, at=NOON
    )


def withdraw(desk) -> ListStep:
    return operations.withdraw_list_version(
        name="sanctioned_banks", version="2026-11", reason="wrong file", by=desk.manager, at=NOON
    )


def test_a_list_that_a_second_person_approved_decides_under_its_version(desk):
    add(desk)
    approve(desk)
    version = desk.publish(KEPT)

    policy = queries.compiled(version.text_hash)
    found = policy.evaluate({"bank": "DEUTDEFF", "amount": "5", "dpd_max": 0, "vat_ok": True})

    assert (found.outcome, found.rule("BANK").truth) == ("decline", "TRUE")
    assert found.lists == {"sanctioned": "2026-11"}
    declared = policy.definition.lists[0]
    assert (declared.approved_by, declared.expires_on) == ("Anna", BEGINS + timedelta(days=30))


def test_a_version_without_approval_is_not_at_hand(desk):
    add(desk)

    with pytest.raises(PolicyRefused, match="No version 2026-11 of the list sanctioned_banks is"):
        desk.publish(KEPT)


def test_the_author_cannot_approve_not_even_past_the_operation(desk):
    version = add(desk)

    with pytest.raises(ListApproverWroteIt, match="Ada wrote version 2026-11"):
        approve(desk, by=desk.author)
    for claimed in (desk.author, desk.manager):
        with pytest.raises(IntegrityError), transaction.atomic():
            ListStep.objects.create(
                version=version, kind="approved", author=claimed, by=desk.author, reason="x",
                at=NOON,
            )  # fmt: skip


def test_an_approval_and_a_withdrawal_move_the_number_that_processes_poll(desk):
    add(desk)
    before = queries.running_number() if ListStep.objects.exists() else 0
    approve(desk)
    between = queries.running_number()
    withdraw(desk)

    assert before < between < queries.running_number()
    assert queries.withdrawn_lists(at=NOON) == {("sanctioned_banks", "2026-11")}
    assert AuditEntry.objects.filter(object_kind="policy_list_version").count() == 3


def test_the_summary_says_where_each_version_stands(desk):
    add(desk)
    add(desk, version="2026-12", values=["DEUTDEFF"], at=NOON + HOUR, expires_on=None)
    approve(desk)

    def standings(at):
        return {row.version: row.standing for row in queries.list_summaries(at=at)}

    assert standings(NOON + HOUR) == {"2026-11": "approved", "2026-12": "not approved"}
    assert standings(NOON + timedelta(days=31))["2026-11"] == "expired"
    withdraw(desk)
    assert standings(NOON + HOUR)["2026-11"] == "withdrawn"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": "Banks"}, ListNameRefused),
        ({"reason": " "}, ReasonMissing),
        ({"values": ["", " "]}, ListTooLong),
        ({"values": [str(at) for at in range(10_001)]}, ListTooLong),
        ({"type_name": "BANK"}, ListTypeUnknown),
        ({"type_name": "INTEGER"}, ListValueRefused),
        ({"expires_on": BEGINS}, ListEnds),
    ],
)
def test_a_version_that_cannot_be_kept_is_refused(desk, changes, refusal):
    with pytest.raises(refusal):
        add(desk, **changes)

    assert not ListVersion.objects.exists()


def test_a_version_never_changes_its_values_nor_a_list_its_type(desk):
    version = add(desk)

    with pytest.raises(ListVersionTaken):
        add(desk, values=["OTHER"])
    with pytest.raises(ListOfAnotherType):
        add(desk, version="2026-12", type_name="INTEGER", values=["1"])
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        ListVersion.objects.filter(id=version.id).update(values=[])


def test_each_step_is_taken_once_on_a_version_that_is_there(desk):
    add(desk)
    approve(desk)

    with pytest.raises(ListStepTaken, match="is approved already"):
        approve(desk)
    with pytest.raises(ListUnknown, match=r"no version 2027-01 .*Versions of it: 2026-11"):
        approve(desk, version="2027-01")
    with pytest.raises(ReasonMissing):
        approve(desk, reason=" ")


def test_without_a_database_a_list_is_found_beside_the_policy(tmp_path: Path):
    file = tmp_path / "kept.yaml"
    file.write_text(KEPT, "utf-8")

    with pytest.raises(PolicyRefused, match=r"lists/sanctioned_banks@2026-11\.txt"):
        load_policy(file)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "sanctioned_banks@2026-11.txt").write_text("\n".join(BANKS), "utf-8")
    first = load_policy(file)
    (tmp_path / "lists" / "sanctioned_banks@2026-11.txt").write_text("DEUTDEFF", "utf-8")

    assert first.plan.lists["sanctioned"] == frozenset(BANKS)
    assert first.tree_hash != load_policy(file).tree_hash


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('{kept: banks, version: "1", values: [A]}', "A kept list has its values where it is kept"),
        ("{kept: banks}", "version is missing"),
        ('{kept: Banks!, version: "1"}', "is no name"),
        ('{version: "1"}', "values is missing"),
    ],
)
def test_a_declaration_that_names_no_list_is_refused(written: str, told: str):
    text = TRADE_UK.replace("rules:\n", f"lists:\n  banks: {written}\nrules:\n", 1)

    with pytest.raises(PolicyRefused) as caught:
        read_policy(text)

    assert any(told in item.message for item in caught.value.mistakes), caught.value.mistakes


def test_an_allow_list_cancels_only_the_rules_that_it_names():
    text = TRADE_UK.replace(
        "outcomes:\n",
        """\
  - id: KNOWN
    label: Known to be good
    when: dpd_max = 31
    effect: cancel
    cancels: [R1]
    approved_by: max
    expires_on: 2027-01-01

outcomes:
""",
        1,
    )
    record = {"dpd_max": 31, "vat_ok": False, "amount": "5", "tenure_months": 9}

    found = read_policy(text).evaluate(record)

    assert found.rule("R1").cancelled_by == "KNOWN"
    assert found.outcome == "refer"
    assert [reason.code for reason in found.reasons] == ["VAT"]
    for key in ("    approved_by: max\n", "    expires_on: 2027-01-01\n", "    cancels: [R1]\n"):
        with pytest.raises(PolicyRefused):
            read_policy(text.replace(key, ""))


def test_the_command_writes_approves_and_shows(desk, tmp_path: Path):
    from typer.testing import CliRunner

    from goodstanding.cli.main import app

    file = tmp_path / "banks.txt"
    file.write_text("\n".join(BANKS), "utf-8")

    def run(*words: str, code: int = 0):
        found = CliRunner().invoke(app, ["list", *words, "--json"], catch_exceptions=False)
        assert found.exit_code == code, found.output
        return json.loads(found.stdout)

    written = run(
        "add", "sanctioned_banks", str(file), "--version", "2026-11", "--reason", "Council list",
        "--by", "ada@northwind.example", "--expires-on", "2099-01-01",
    )  # fmt: skip
    run("show", "sanctioned_banks", "--version", "2026-11", code=1)
    approved = run(
        "approve", "sanctioned_banks", "--version", "2026-11", "--reason", "compared",
        "--by", "anna@northwind.example",
    )  # fmt: skip

    assert (written["standing"], approved["standing"]) == ("not approved", "approved")
    assert run("show", "sanctioned_banks", "--version", "2026-11")["values"] == BANKS
    assert [row["approved_by"] for row in run("show")] == ["Anna"]
    assert date.fromisoformat(approved["expires_on"]) == date(2099, 1, 1)
    unknown = CliRunner().invoke(app, ["list", "show", "nowhere"]).exception
    assert str(unknown) == "There is no list nowhere. Lists that are kept: sanctioned_banks."
