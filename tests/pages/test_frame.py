"""The frame around every page: rail, search, commands, moment, appearance, saved views."""

import re

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from tests.pages.conftest import Site
from tests.pages.looks import assert_accessible, at_phone, shoot


@pytest.mark.browser
@pytest.mark.parametrize("role", list(Role))
def test_home_opens_on_the_roles_work_with_its_tour(site: Site, page: Page, role: Role) -> None:
    person = site.sign_in(page, role)

    page.goto("/")

    expect(page.get_by_role("heading", level=1)).to_contain_text(person.display_name.split()[0])
    expect(page.locator(".tour li")).to_have_count(3)
    shoot(page, f"home-{role.value}-1280")
    assert_accessible(page)


@pytest.mark.browser
def test_a_step_of_the_tour_is_ticked_once_it_was_opened(site: Site, page: Page) -> None:
    site.sign_in(page, Role.ADMINISTRATOR)
    page.goto("/")

    page.locator(".tour").get_by_role("link", name="Add a person").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a person")
    page.goto("/")

    expect(page.locator(".tour li.is-done")).to_have_count(1)
    at_phone(page)
    shoot(page, "home-administrator-400")
    assert_accessible(page)


@pytest.mark.browser
def test_the_rail_marks_the_present_place_by_more_than_colour(site: Site, page: Page) -> None:
    site.sign_in(page, Role.ADMINISTRATOR)

    page.goto("/people/")

    current = page.get_by_role("navigation", name="Main").locator("[aria-current=page]")
    expect(current).to_have_text("People")
    assert current.evaluate("node => Number(getComputedStyle(node).fontWeight)") >= 600


@pytest.mark.browser
def test_keys_open_search_commands_and_shortcuts(site: Site, page: Page) -> None:
    ana = site.person(Role.SPECIALIST)
    site.sign_in(page, Role.ADMINISTRATOR)
    page.goto("/")

    page.keyboard.press("/")
    expect(page.locator("#finder")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Commands")
    expect(palette.get_by_role("option", name="Go to People")).to_be_visible()
    shoot(page, "palette-1280")
    assert_accessible(page)
    page.keyboard.type(ana.display_name[:3])
    expect(palette.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(ana.display_name)


@pytest.mark.browser
def test_a_past_moment_colours_the_frame_until_one_returns(site: Site, page: Page) -> None:
    site.sign_in(page, Role.INTERNAL_AUDITOR)

    page.goto("/moment/")
    page.get_by_label("What was true at").fill("tomorrow")
    page.get_by_role("button", name="Look from then").click()
    expect(page.get_by_role("alert")).to_contain_text("not a past moment")
    expect(page.get_by_label("What was true at")).to_have_value("tomorrow")
    page.get_by_label("What was true at").fill("2026-01-31 17:00")
    page.get_by_role("button", name="Look from then").click()

    expect(page.locator(".banner.is-past")).to_contain_text("31 Jan 2026 17:00 GMT")
    shoot(page, "past-1280")
    assert_accessible(page)
    page.get_by_role("button", name="Return to now").click()
    expect(page.locator(".banner.is-past")).to_have_count(0)


@pytest.mark.browser
def test_the_appearance_is_the_persons_choice(site: Site, page: Page) -> None:
    site.sign_in(page, Role.ANALYST)
    page.goto("/search/")

    page.locator(".menu > summary", has_text="Li Wen").click()
    page.get_by_role("button", name="Dark").click()

    expect(page).to_have_url(re.compile("/search/$"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("body")).to_have_css("color-scheme", "dark")


@pytest.mark.browser
def test_a_view_is_saved_opened_and_forgotten(site: Site, page: Page) -> None:
    site.sign_in(page, Role.ADMINISTRATOR)
    page.goto("/people/?role=specialist&sort=-email")

    page.get_by_text("Views").click()
    page.get_by_label("Save what is shown as").fill("Specialists")
    page.get_by_role("button", name="Save view").click()
    page.goto("/people/")
    page.get_by_text("Views").click()
    page.get_by_role("link", name="Specialists", exact=True).click()
    expect(page).to_have_url(re.compile("role=specialist&sort=-email"))
    page.goto("/people/?role=analyst")
    page.get_by_text("Views").click()
    page.get_by_label("Save what is shown as").fill("Specialists")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("status")).to_contain_text("what it showed before is gone")
    kept = {"list_name": "people", "name": " ", "path": "/people/", "query": "role=analyst"}
    refused = site.client(Role.ADMINISTRATOR).post("/saved-views/", kept)
    assert refused["Location"] == "/people/?role=analyst"
    page.get_by_text("Views").click()
    shoot(page, "saved-views-1280")
    assert_accessible(page)
    page.get_by_role("button", name="Forget the view Specialists").click()

    expect(page.get_by_role("status")).to_contain_text("forgotten")


@pytest.mark.browser
def test_pages_work_without_scripts(site: Site, browser: object) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=site.address)
    page = context.new_page()
    site.sign_in(page, Role.ADMINISTRATOR)

    page.goto("/")
    page.get_by_label("Search any id").fill("people")
    page.get_by_label("Search any id").press("Enter")
    page.locator(".results").get_by_role("link", name="Go to People").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("People")
    context.close()


@pytest.mark.browser
def test_a_filter_swaps_the_list_in_place_and_keeps_the_address(site: Site, page: Page) -> None:
    site.person(Role.SPECIALIST)
    site.sign_in(page, Role.ADMINISTRATOR)
    page.goto("/people/")
    page.evaluate("() => { window.isSamePage = true; }")

    page.get_by_role("link", name=re.compile("^Specialist")).click()

    expect(page).to_have_url(re.compile("role=specialist"))
    expect(page.locator("tr.row")).to_have_count(1)
    assert page.evaluate("() => window.isSamePage") is True
    page.go_back()
    expect(page.locator("tr.row")).to_have_count(2)


@pytest.mark.browser
def test_rows_are_walked_and_opened_by_keys(site: Site, page: Page) -> None:
    site.person(Role.SPECIALIST)
    site.sign_in(page, Role.ADMINISTRATOR)
    page.goto("/people/?sort=display_name")

    page.keyboard.press("j")
    expect(page.locator("tr.row.is-focused")).to_contain_text("Ana")
    page.keyboard.press("j")
    expect(page.locator("tr.row.is-focused")).to_contain_text("Tom")
    page.keyboard.press("k")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Ana")
