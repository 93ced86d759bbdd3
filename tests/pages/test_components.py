"""The components, seen together on one invented page."""

import re
from collections.abc import Iterator

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from tests.pages.conftest import Site
from tests.pages.looks import assert_accessible, at_phone, shoot

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _gallery() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.pages.gallery"):
        yield


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_components_are_accessible_in_both_themes_and_widths(
    site: Site, page: Page, theme: str
) -> None:
    site.sign_in(page, Role.ADMINISTRATOR)
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site.address}])

    page.goto(site.url("/gallery/?message=1"))

    shoot(page, f"gallery-1280-{theme}")
    assert_accessible(page)
    at_phone(page)
    shoot(page, f"gallery-400-{theme}")
    assert_accessible(page)


def test_a_table_scrolls_in_its_frame_only_where_it_does_not_fit(site: Site, page: Page) -> None:
    site.sign_in(page, Role.ADMINISTRATOR)
    page.goto(site.url("/gallery/"))
    frame = page.locator(".table-frame:has(table[data-rows])").first

    expect(frame).to_have_class(re.compile("is-whole"))  # its headings stay in sight
    expect(frame.locator("thead th").first).to_have_css("position", "sticky")

    frame.evaluate("frame => { frame.parentElement.style.width = '300px' }")

    expect(frame).not_to_have_class(re.compile("is-whole"))
    expect(frame).to_have_css("overflow-x", "auto")
    expect(frame).to_have_attribute("tabindex", "0")  # the keyboard can scroll it
    assert frame.evaluate("frame => frame.getBoundingClientRect().width") <= 300
