"""Trying a version on live decisions, in a real browser."""

import csv
import json

import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from goodstanding.accounts.types import Role
from goodstanding.cli.policy import app
from goodstanding.core.errors import Forbidden
from goodstanding.core.ids import new_id
from goodstanding.core.time import utc_now
from goodstanding.decisions.operations import follow_shadows, replay_day
from goodstanding.parties.operations import register_party
from goodstanding.policies.errors import NotInForce, StepRefused
from goodstanding.policies.operations import (
    activate_version,
    approve_version,
    propose_version,
    shadow_version,
)
from tests.pages.live import BETWEEN_THE_LINES, decide_loan
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.published import NAME, Published
from tests.rooms.parties.conftest import a_company

pytestmark = pytest.mark.browser
HERE = f"/policies/{NAME}"


def test_a_shadow_is_compared_and_leads_to_its_decisions(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url(f"{HERE}/shadow/"))
    expect(page.locator("main")).to_contain_text("No version has been in shadow")
    shadow_version(
        text_hash=published.second.text_hash, reason="See it on live loans",
        by=site.person(Role.CREDIT_RISK_MANAGER), at=utc_now(),
    )  # fmt: skip
    register_party(
        party=a_company(legal_name="Ohio Mills Inc", identifiers=(("sba_loan", "1000000001"),)),
        legal_entity="GS-US", source="test", by="somebody", at=utc_now(),
    )  # fmt: skip
    flip = decide_loan(1, employees=3, **BETWEEN_THE_LINES)
    for number in range(2, 9):
        decide_loan(number)
    decide_loan(9, requested_amount="6000000.00")
    follow_shadows(at=utc_now())

    page.goto(site.url(f"{HERE}/"))
    page.get_by_role("link", name="Live trials").click()

    main = page.locator("main")
    expect(main).to_contain_text("Shadow of version 2 since")
    expect(page.locator(".figures")).to_contain_text("of 9 differ")
    expect(main).to_contain_text("0 would be refused")
    shoot(page, "policy-shadow-1280", for_docs=True)
    assert_accessible(page)
    at_phone(page)
    shoot(page, "policy-shadow-400")
    assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    file = site.client(Role.CREDIT_RISK_MANAGER).get(f"{HERE}/shadow/", {"format": "csv"})
    rows = list(csv.DictReader(file.content.decode("utf-8-sig").splitlines()))
    assert len(rows) == 9
    named = {row["decision_id"]: (row["business"], row["entity"]) for row in rows}
    assert named[str(flip.decision_id)] == ("Ohio Mills Inc", "sba_loan:1000000001")
    assert sum(row["decided_outcome"] != row["outcome"] for row in rows) == 1
    page.locator(".matrix td.is-flip a").click()
    expect(main).to_contain_text("was said approve, in shadow refer")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#list tbody a").first).to_have_text("Ohio Mills Inc")
    page.locator("#list tbody a").first.click()
    expect(page).to_have_url(site.url(f"/decisions/{flip.decision_id}/#shadow"))
    section = page.locator("#shadow")
    expect(section).to_contain_text("What version 2 would have said")
    expect(section).to_contain_text("differs in outcome")
    shoot(page, "decision-shadow-1280")
    assert_accessible(page)


def test_a_share_is_previewed_set_and_rolled_back(published: Published, page: Page) -> None:
    site, second = published.site, published.second
    step = {"text_hash": second.text_hash, "reason": "read", "at": utc_now()}
    propose_version(**step, by=site.person(Role.ANALYST))
    approve_version(**step, by=site.person(Role.APPROVER), change_id=new_id())
    for number in range(20):
        decide_loan(number)
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url(f"{HERE}/versions/"))
    page.get_by_role("link", name="Share version 2").click()
    page.get_by_role("link", name="50 %").click()

    figures = page.locator(".figures")
    expect(figures).to_contain_text("of 20 businesses with live decisions in 30 days")
    expect(figures).to_contain_text("5,000")
    shoot(page, "policy-share-1280", for_docs=True)
    assert_accessible(page)
    at_phone(page)
    shoot(page, "policy-share-400")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_label("Reason").fill("Half of them, to compare")
    page.get_by_role("button", name="Set the share").click()
    expect(page.locator("#share")).to_contain_text("50 % of the businesses")
    expect(page.locator("#share")).to_contain_text("0.5000")
    for number in range(20, 40):
        decide_loan(number)
    page.reload()
    expect(page.locator("#share")).to_contain_text("As planned")
    shoot(page, "policy-running-share-1280")
    assert_accessible(page)

    activate_version(**step | {"at": utc_now()}, by=site.person(Role.CREDIT_RISK_MANAGER))
    page.goto(site.url(f"{HERE}/"))
    page.get_by_role("link", name="Roll back to version 1").click()
    main = page.locator("main")
    expect(main).to_contain_text("Version 2 retires, and version 1 decides everything again")
    expect(main).to_contain_text("the value changes from 582 to 572")
    expect(main).to_contain_text("its approval is not in force")
    expect(page.get_by_role("button", name="Roll back to version 1")).to_be_disabled()
    shoot(page, "policy-rollback-refused-1280")
    assert_accessible(page)
    answer = site.client(Role.CREDIT_RISK_MANAGER).post(
        f"{HERE}/rollback/?to=1", {"reason": "anyway"}
    )
    assert answer.status_code == 422
    assert "is not in force" in answer.content.decode()
    assert site.client(Role.ANALYST).get(f"{HERE}/rollback/?to=1").status_code == 403


def test_a_night_of_replays_is_shown_down_to_the_decision(published: Published, page: Page) -> None:
    site = published.site
    for number in range(3):
        decide_loan(number)
    replay_day(day=utc_now().date(), most=100, by="system:nightly_replay", at=utc_now())
    site.sign_in(page, Role.INTERNAL_AUDITOR)
    page.goto(site.url(f"{HERE}/"))

    page.get_by_role("link", name="0 of 3 differ").click()
    expect(page.locator("main")).to_contain_text("0 of 3 differ")
    assert_accessible(page)
    at_phone(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator("#list tbody a").first.click()
    for engine in ("Python", "Polars", "DuckDB"):
        expect(page.get_by_role("row", name=engine)).to_contain_text("3")
    expect(page.locator("main")).to_contain_text("every decision came out the same")
    shoot(page, "policy-replay-1280", for_docs=True)
    assert_accessible(page)


def test_the_commands_say_the_same(published: Published) -> None:
    from typer.testing import CliRunner

    from goodstanding.cli.policy import app

    site, run = published.site, CliRunner().invoke
    email = site.person(Role.CREDIT_RISK_MANAGER).email
    decide_loan(1, employees=3, **BETWEEN_THE_LINES)
    began = run(
        app,
        ["shadow", NAME, "--start", "2", "--reason", "try", "--by", email, "--catch-up", "7d",
         "--json"],
    )  # fmt: skip
    assert began.exit_code == 0, began.output

    told = json.loads(began.stdout)
    assert (told["evaluated"], told["differing"], told["version"]) == (1, 1, "2")
    assert "1 of 1 differ" in run(app, ["shadow", NAME]).stdout
    stranger = site.person(Role.APPROVER).email
    refused = run(app, ["shadow", NAME, "--catch-up", "7d", "--by", stranger])
    assert isinstance(refused.exception, Forbidden)


def test_the_life_on_the_command_line(published: Published) -> None:
    site, run = published.site, CliRunner().invoke
    who = ["--by", site.person(Role.CREDIT_RISK_MANAGER).email, "--reason", "on the line"]
    unapproved = run(app, ["share", NAME, "2", "--percent", "5", *who])
    step = {"text_hash": published.second.text_hash, "reason": "read", "at": utc_now()}
    propose_version(**step, by=site.person(Role.ANALYST))
    approve_version(**step, by=site.person(Role.APPROVER), change_id=new_id())
    decide_loan(1)
    seen = run(app, ["share", NAME, "2", "--percent", "25", "--preview", "--json"])
    shared = run(app, ["share", NAME, "2", "--percent", "0.5", *who])
    activated = run(app, ["activate", NAME, "2", *who, "--json"])
    back = run(app, ["rollback", NAME, *who])
    retired = run(app, ["retire", NAME, "2", *who])
    speechless = run(app, ["rollback", NAME, "--to", "2", "--by", who[1]])

    assert isinstance(unapproved.exception, StepRefused)
    assert json.loads(seen.stdout) | {"inside": 0} == {
        "policy": NAME, "version": "2", "buckets": 2500, "set": False, "businesses": 1,
        "inside": 0, "joining": json.loads(seen.stdout)["inside"], "leaving": 0,
    }  # fmt: skip
    assert "decides 50 of 10,000 buckets" in shared.stdout, shared.output
    assert json.loads(activated.stdout)["status"] == "champion"
    assert isinstance(back.exception, NotInForce)
    assert "does nothing any more" in retired.stdout
    assert isinstance(speechless.exception, NotInForce)
