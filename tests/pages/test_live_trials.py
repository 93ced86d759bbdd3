"""Trying a version on live decisions, in a real browser."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.decisions.operations import follow_shadows
from goodstanding.policies.operations import shadow_version
from tests.pages.live import BETWEEN_THE_LINES, decide_loan
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.published import NAME, Published, publish

pytestmark = pytest.mark.browser
HERE = f"/policies/{NAME}"


@pytest.fixture
def published(site: Any, settings: Any, tmp_path: Path) -> Iterator[Published]:
    settings.GOODSTANDING_HOME = tmp_path
    return publish(site)


def test_a_shadow_is_compared_and_leads_to_its_decisions(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url(f"{HERE}/shadow/"))
    expect(page.locator("main")).to_contain_text("No version has been in shadow")
    shadow_version(
        text_hash=published.second.text_hash, reason="See it on live loans",
        by=site.person(Role.CREDIT_RISK_MANAGER), at=utc_now(),
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
    assert sum(row["decided_outcome"] != row["outcome"] for row in rows) == 1
    page.locator(".matrix td.is-flip a").click()
    expect(main).to_contain_text("was said approve, in shadow refer")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.locator("#list tbody a").first.click()
    expect(page).to_have_url(site.url(f"/decisions/{flip.decision_id}/#shadow"))
    section = page.locator("#shadow")
    expect(section).to_contain_text("What version 2 would have said")
    expect(section).to_contain_text("differs in outcome")
    shoot(page, "decision-shadow-1280")
    assert_accessible(page)


def test_the_commands_say_the_same(published: Published, capsys: Any) -> None:
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
    assert "may not" in str(refused.exception) or refused.exit_code != 0
