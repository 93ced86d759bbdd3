"""The frame around every page."""

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from tests.pages.conftest import Site
from tests.pages.looks import assert_accessible, at_phone, shoot

pytestmark = pytest.mark.browser


def test_home_is_accessible_at_a_desk_and_on_a_phone(site: Site, page: Page) -> None:
    site.sign_in(page, Role.ADMINISTRATOR)

    page.goto(site.url("/"))

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    shoot(page, "home-1280")
    assert_accessible(page)
    at_phone(page)
    shoot(page, "home-400")
    assert_accessible(page)
