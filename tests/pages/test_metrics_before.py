"""The pages of metrics before anything was computed."""

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from tests.pages.conftest import Site
from tests.pages.looks import assert_accessible, shoot

pytestmark = pytest.mark.browser


def test_before_anything_was_computed_the_page_says_what_will_be_there(
    site: Site, page: Page
) -> None:
    site.sign_in(page, Role.SELLER_RISK_MANAGER)

    page.goto("/metrics/")
    expect(page.locator(".state")).to_have_text("Nothing was computed yet")
    page.goto("/metrics/restumble/")

    expect(page.locator(".empty")).to_contain_text("once a minute")
    shoot(page, "metric-empty-1280")
    assert_accessible(page)
