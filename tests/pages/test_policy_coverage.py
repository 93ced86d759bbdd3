"""What nothing reaches and what a lost input would do, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.policies.queries import open_drafts
from tests.pages.conftest import DESK
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.published import NAME, Published

pytestmark = pytest.mark.browser
HERE = f"/policies/{NAME}"


def look(page: Page, name: str, *, for_docs: bool = False) -> None:
    """Accessible at a desk and on a phone, with a picture of each."""
    page.wait_for_load_state("networkidle")
    shoot(page, f"{name}-1280", for_docs=for_docs)
    assert_accessible(page)
    at_phone(page)
    shoot(page, f"{name}-400")
    assert_accessible(page)
    page.set_viewport_size(DESK)


def test_a_lost_input_is_counted_over_past_cases_down_to_one(
    published: Published, page: Page
) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"{HERE}/"))
    page.locator("#missing summary").click()
    counted = "Counted over Small-business loans"
    expect(page.locator("#if-null")).to_contain_text(counted, timeout=30_000)
    page.goto(site.url(f"{HERE}/missing/"))

    first = page.locator("tbody tr").first
    expect(first).to_contain_text("Sector")
    expect(first).to_contain_text("2,506 approve to refer")
    expect(page.locator("#lost-connected_exposure")).to_contain_text("100.0 %")
    look(page, "policy-missing", for_docs=True)
    page.get_by_role("link", name="129 approve to decline").click()

    expect(page.locator("main")).to_contain_text("2,926 cases of Small-business loans")
    expect(page.locator("main")).to_contain_text("of 129")
    look(page, "policy-missing-cases")
    page.locator("tbody tr").first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/decisions/\?q=sba_loan"))


def test_a_test_is_written_for_what_nothing_reaches(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"{HERE}/tests/"))
    section = page.locator("#coverage")
    expect(section).to_contain_text("tests reach 38 of 41 parts")
    section.get_by_role("link", name="Approvals of 2005 and 2006").click()
    counted = "3,500 cases of Approvals of 2005 and 2006 reach 29"
    expect(section).to_contain_text(counted, timeout=30_000)
    look(page, "policy-coverage", for_docs=True)

    section.get_by_role("button", name="Write a test for it: Value is missing, GUARANTEE").click()

    main = page.locator("main")
    expect(main).to_contain_text("with a test for missing:GUARANTEE")
    expect(main).to_contain_text("18 of 18 pass")
    (state,) = open_drafts(name=NAME)
    assert "rules: {GUARANTEE: UNKNOWN}" in state.text


def test_what_cannot_be_counted_is_named(published: Published) -> None:
    client = published.site.client(Role.ANALYST)

    unknown = client.get(f"{HERE}/missing/shoe_size/")
    required = client.get(f"{HERE}/missing/requested_amount/")
    no_part = client.post(f"{HERE}/drafts/", {"test": "rule:NO_SUCH"})

    assert [unknown.status_code, required.status_code, no_part.status_code] == [404, 404, 404]
    assert "guaranteed_share" in required.content.decode()
