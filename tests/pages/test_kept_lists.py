"""Kept lists and decision tables in a real browser: write, approve by another, see the rows."""

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.policies import operations
from goodstanding.policies.queries import compiled
from tests.flows.installation import ROOT
from tests.pages.conftest import Site
from tests.pages.published import enter_policy_of_its_own
from tests.pages.test_policies import look

pytestmark = pytest.mark.browser
EXAMPLE = ROOT / "docs" / "examples" / "trade_terms.yaml"


def test_a_list_is_written_by_one_person_and_approved_by_another(site: Site, page: Page) -> None:
    site.sign_in(page, Role.ANALYST)
    look(page, site, "/policies/lists/", "lists-empty")
    page.get_by_role("link", name="Write a version").click()
    page.get_by_label("List", exact=True).fill("sanctioned_banks")
    page.get_by_label("Version").fill("2026-11")
    page.get_by_label("Values", exact=True).fill("DEUTDEFF\nBARCGB22\nDEUTDEFF")
    page.get_by_label("Last day").fill("2020-01-01")
    page.get_by_label("Reason").fill("Council list of November")
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_text("Let it end after it begins").first).to_be_visible()
    expect(page.get_by_label("Version")).to_have_value("2026-11")
    page.get_by_label("Last day").fill("2099-12-31")
    page.get_by_role("button", name="Write it").click()

    expect(page.get_by_text("Waits for a second person", exact=True).first).to_be_visible()
    expect(page.get_by_role("link", name="Approve")).to_have_count(0)
    here = "/policies/lists/sanctioned_banks/2026-11/"
    assert site.client(Role.ANALYST).post(f"{here}approval/", {"reason": "x"}).status_code == 403

    site.sign_in(page, Role.APPROVER)
    page.goto(site.url(here))
    page.get_by_role("link", name="Approve").click()
    page.get_by_label("Reason").fill("Compared with the source")
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_text("Approved", exact=True).first).to_be_visible()
    look(page, site, here, "list-version")
    look(page, site, "/policies/lists/", "lists")


def test_the_rows_of_a_decision_table_stand_under_inputs_and_scores(site: Site, page: Page) -> None:
    author = site.person(Role.ANALYST)
    enter_policy_of_its_own(site, "trade_terms")
    operations.publish_version(
        text=EXAMPLE.read_text("utf-8"), artefacts={}, author=author, by=author, at=utc_now()
    )
    compiled.cache_clear()
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    look(page, site, "/policies/trade_terms/inputs/", "policy-tables")

    table = page.get_by_role("table", name="Rows of price of credit")
    expect(table.get_by_role("row")).to_have_count(4)
    expect(table.get_by_role("rowheader", name="AWAY")).to_contain_text("Large orders abroad")
    exported = site.client(Role.CREDIT_RISK_MANAGER).get("/policies/trade_terms/text/?format=dmn")
    assert b'hitPolicy="UNIQUE"' in exported.content
