"""The team page, and what a person's figures are for."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.cases.operations import (
    claim_case,
)
from goodstanding.core.audit import audit_entries
from goodstanding.core.time import utc_now
from tests.pages.conftest import Site
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.mornings import Morning, begin_morning

pytestmark = pytest.mark.browser
DAY = timedelta(days=1)


@pytest.fixture
def morning(site: Site) -> Morning:
    return begin_morning(site)


def test_the_team_page_shows_the_day(site: Site, page: Page, morning: Morning) -> None:
    claim_case(case_id=morning.overdue, by=morning.ana, at=utc_now())
    site.sign_in(page, Role.SELLER_RISK_MANAGER)

    page.goto("/team/")

    expect(page.locator(".figures")).to_contain_text("Unlikely to meet the SLA")
    people = page.locator("section[aria-labelledby=loads-title] tbody tr th")
    expect(people).to_have_text(["Ana Kovač", "Ben Whitlock"])
    shoot(page, "team-1280", for_docs=True)
    assert_accessible(page)
    at_phone(page)
    shoot(page, "team-400")
    assert_accessible(page)


def test_an_absence_makes_its_cases_unlikely(site: Site, page: Page, morning: Morning) -> None:
    claim_case(case_id=morning.fresh, by=morning.ana, at=utc_now())
    site.sign_in(page, Role.SELLER_RISK_MANAGER)
    page.goto("/team/")
    page.get_by_role("link", name="Record an absence").click()
    assert_accessible(page)

    today = utc_now().date()
    page.get_by_label("Person").select_option(str(morning.ana.id))
    page.get_by_label("First day").fill(today.isoformat())
    page.get_by_label("Last day").fill((today - DAY).isoformat())
    page.get_by_role("button", name="Record").click()
    if (today - DAY) < today:
        page.get_by_label("Last day").fill(today.isoformat())
        page.get_by_role("button", name="Record").click()

    expect(page.get_by_role("status")).to_contain_text("is away then")
    expect(page.locator("#unlikely")).to_contain_text("Harbour Books Ltd")


def test_a_persons_figures_are_for_them_and_their_manager(
    site: Site, page: Page, morning: Morning
) -> None:
    site.sign_in(page, Role.SPECIALIST)
    page.goto(f"/team/people/{morning.ana.id}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Kovač")
    assert_accessible(page)

    refused = page.goto(f"/team/people/{morning.ben.id}/")

    assert refused is not None
    assert refused.status == 403
    expect(page.get_by_role("heading", level=1)).to_contain_text("may not read the figures")
    assert "read_figures" in [entry.action for entry in audit_entries()]
