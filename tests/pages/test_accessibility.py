"""Every place on the rail, for every role, in both themes, at a desk and on a phone."""

import pytest
from playwright.sync_api import Page

from goodstanding.accounts.types import Role
from tests.pages.conftest import DESK, Site
from tests.pages.looks import PHONE, assert_accessible, assert_no_sideways_scroll, shoot


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("role", list(Role))
def test_every_place_is_accessible(site: Site, page: Page, role: Role) -> None:
    site.sign_in(page, role)
    page.goto("/")
    links = page.get_by_role("navigation", name="Main").get_by_role("link")
    places = {link.get_attribute("href") or "" for link in links.all()}

    for place in sorted(places):
        page.set_viewport_size(DESK)
        page.goto(place)
        for theme in ("light", "dark"):
            page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            for size in (DESK, PHONE):
                page.set_viewport_size(size)
                assert_no_sideways_scroll(page)
                assert_accessible(page)
                shoot(page, f"place{place.replace('/', '-')}{role.value}-{size['width']}-{theme}")
