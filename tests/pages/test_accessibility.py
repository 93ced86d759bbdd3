"""Every place on the rail: for every role, and once in both themes, at a desk and on a phone."""

import pytest
from playwright.sync_api import Page

from goodstanding.accounts.types import Role
from tests.pages.conftest import DESK, Site
from tests.pages.looks import PHONE, assert_accessible, assert_no_sideways_scroll, shoot

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("role", list(Role))
def test_home_is_accessible_and_every_place_fits_a_phone(
    site: Site, page: Page, role: Role
) -> None:
    """Home is another page for each role; the places are seen through below, each once."""
    places = _places(site, page, role)
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    for place in places:
        answered = page.goto(place)
        assert answered is not None
        assert answered.ok, place
        assert_no_sideways_scroll(page)


def test_every_place_is_accessible_in_both_themes_and_widths(site: Site, page: Page) -> None:
    seen: set[str] = set()
    for role in Role:
        for place in sorted(_places(site, page, role) - seen):
            seen.add(place)
            page.goto(place)
            for theme in ("light", "dark"):
                page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
                for size in (DESK, PHONE):
                    page.set_viewport_size(size)
                    assert_accessible(page)
                    name = place.replace("/", "-")
                    shoot(page, f"place{name}{role.value}-{size['width']}-{theme}")


def _places(site: Site, page: Page, role: Role) -> set[str]:
    """Where the rail leads a person of this role."""
    site.sign_in(page, role)
    page.goto("/")
    links = page.get_by_role("navigation", name="Main").get_by_role("link")
    return {link.get_attribute("href") or "" for link in links.all()}
