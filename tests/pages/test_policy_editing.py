"""A rule changed in a form, in a real browser, with and without scripts; a draft to its end."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from goodstanding.accounts.types import Role
from goodstanding.policies.queries import open_drafts, version_labelled
from tests.pages.conftest import DESK
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.published import NAME, TEXT, Published

pytestmark = pytest.mark.browser
SLOW_MACHINE = 20_000
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


def draft_text() -> str:
    (state,) = open_drafts(name=NAME)
    return state.text


def test_a_rule_is_changed_in_a_form_and_published(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    expect.set_options(timeout=SLOW_MACHINE)
    page.goto(site.url(f"{HERE}/"))
    page.get_by_role("button", name="Edit in a form").click()
    expect(page.locator("main")).to_contain_text("Draft of version 3")
    assert draft_text() == TEXT.replace('version: "1"', 'version: "3"')
    page.get_by_role("link", name="Edit NEW_LARGE").click()
    second = page.get_by_role("group", name="Line 1")
    second.get_by_label("Number").fill("300000.00")
    page.get_by_role("button", name="Add a line", exact=True).click()
    third = page.get_by_role("group", name="Line 2")
    third.get_by_label("What is looked at").select_option("state")
    third.get_by_label("How it is compared").select_option("in")
    third.get_by_label("Values, one a line").fill("CA\nNY")
    look(page, "policy-rule-form", for_docs=True)
    page.get_by_role("button", name="Keep in the draft").click()

    expect(page.locator("#messages")).to_contain_text("Rule NEW_LARGE is kept")
    expect(page.locator("#rule-NEW_LARGE")).to_contain_text("state is “CA” or “NY”")
    look(page, "policy-draft", for_docs=True)
    page.get_by_role("button", name="Move CAP down").click()
    page.get_by_role("button", name="Switch REPEAT off").click()
    expect(page.locator("main")).to_contain_text("Switched off")
    page.get_by_role("button", name="Publish as a draft version").click()

    expect(page.locator("#messages")).to_contain_text("published as version 3")
    text = version_labelled(name=NAME, label="3").text
    assert "new_business AND requested_amount > 300000.00 AND state IN ('CA', 'NY')" in text
    assert text.index("- id: STATE") < text.index("- id: CAP")
    assert "# switched off: REPEAT, 5 lines" in text
    assert open_drafts(name=NAME) == ()


def test_what_is_typed_while_an_answer_comes_is_kept(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    expect.set_options(timeout=SLOW_MACHINE)
    page.goto(site.url(f"{HERE}/"))
    page.get_by_role("button", name="Edit in a form").click()
    page.get_by_role("link", name="Edit NEW_LARGE").click()
    page.wait_for_url("**/NEW_LARGE/")
    page.wait_for_load_state("networkidle")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/NEW_LARGE/", hold, times=1)
    line = page.get_by_role("group", name="Line 1")
    line.get_by_label("How it is compared").select_option(">=")
    page.wait_for_timeout(100)
    assert [route.request.headers.get("hx-request") for route in held] == ["true"]

    line.get_by_label("Number").fill("")
    line.get_by_label("Number").press_sequentially("41")
    page.locator("#rule-form [name=label]").fill("Typed meanwhile")
    line.get_by_label("Number").press("End")
    with page.expect_response(lambda response: response.request.method == "POST"):
        held[0].continue_()
    page.wait_for_timeout(300)
    page.keyboard.type("7")

    expect(line.get_by_label("Number")).to_have_value("417")
    expect(line.get_by_label("Number")).to_be_focused()
    expect(line.get_by_label("How it is compared")).to_have_value(">=")
    expect(page.locator("#rule-form [name=label]")).to_have_value("Typed meanwhile")
    line.get_by_label("How it is compared").select_option("between")
    expect(line.get_by_label("From")).to_have_value("417")


def test_a_rule_is_added_without_scripts_and_nothing_typed_is_lost(
    published: Published, browser: Browser
) -> None:
    site = published.site
    cookie = site.client(Role.ANALYST).cookies["sessionid"].value
    context = browser.new_context(java_script_enabled=False, base_url=site.address)
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": site.address}])
    page = context.new_page()
    page.goto(f"{HERE}/drafts/")
    page.get_by_role("button", name="Begin a draft").click()
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("Id", exact=True).fill("OLD DEBT")
    page.get_by_label("What people call it").fill("Much is owed: look")
    page.get_by_label("What is looked at").select_option("exposure_after")
    page.get_by_role("button", name="Show the choices that fit").click()
    page.get_by_label("How it is compared").select_option(">")
    page.get_by_label("Number").fill("much")
    page.get_by_role("button", name="Keep in the draft").click()

    expect(page.get_by_role("alert").first).to_contain_text("'much' is not a number")
    expect(page.get_by_label("What people call it")).to_have_value("Much is owed: look")
    page.get_by_label("Number").fill("1500000.00")
    page.get_by_label("Reason that is told").select_option("EXPOSURE")
    page.get_by_role("button", name="Keep in the draft").click()
    expect(page.locator("main")).to_contain_text("'OLD DEBT' is no rule id")
    page.get_by_label("Id", exact=True).fill("OLD_DEBT")
    page.get_by_role("button", name="Add a group").click()
    page.get_by_role("button", name="Remove the group").click()
    page.get_by_role("button", name="Keep in the draft").click()
    expect(page.locator("#rule-OLD_DEBT")).to_contain_text("is above 1,500,000.00")
    context.close()

    rule = draft_text().partition("  - id: OLD_DEBT\n")[2].partition("\nscore:")[0]
    assert rule.startswith(
        "    label: 'Much is owed: look'\n    when: exposure_after > 1500000.00\n"
    )


def test_values_and_tests_change_in_forms(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"{HERE}/drafts/"))
    page.get_by_role("button", name="Begin a draft").click()
    page.get_by_role("link", name="Cut-offs and reasons").click()
    page.get_by_label("Points from which a request is approved").fill("many")
    page.get_by_role("button", name="Keep in the draft").click()
    expect(page.get_by_role("alert")).to_contain_text("many")
    page.get_by_label("Points from which a request is approved").fill("590")
    page.get_by_label("ABOVE_CAP").fill("The loan is too large for the programme")
    look(page, "policy-values")
    page.get_by_role("button", name="Keep in the draft").click()

    main = page.locator("main")
    expect(main).to_contain_text("the value changes from 572 to 590")
    expect(main).to_contain_text("The loan is too large for the programme")
    page.get_by_role("link", name="Add a test").click()
    page.get_by_label("What it shows").fill("one more")
    page.get_by_label("The answer must be").select_option("decline")
    page.get_by_label("Requested amount", exact=True).fill("6000000.00")
    page.get_by_label("Decided at").fill("2026-11-22 14:05")
    assert_accessible(page)
    page.get_by_role("button", name="Keep in the draft").click()
    expect(page.locator("#checked-title").locator("..")).to_contain_text("18 pass")
    assert "{outcome: decline}" in draft_text()


def test_a_draft_keeps_every_step_and_refuses_a_stale_form(published: Published) -> None:
    client = published.site.client(Role.ANALYST)
    url = client.post(f"{HERE}/drafts/")["Location"]
    broken = client.post(f"{url}text/", {"text": "policy: [", "number": "1"})
    overview = client.get(url).content.decode()
    renamed = client.post(
        f"{url}text/", {"text": TEXT.replace(f"policy: {NAME}", "policy: other"), "number": "2"}
    )
    stale = client.post(f"{url}text/", {"text": TEXT, "number": "1"})
    client.post(f"{url}steps/", {"do": "restore:1", "number": "2"})

    assert broken.status_code == 302
    assert "It cannot be read yet" in overview
    assert client.get(f"{url}rules/new/").status_code == 200
    assert renamed.status_code == 422
    assert f"The text is of the policy other, and here stands {NAME}." in renamed.content.decode()
    assert stale.status_code == 422
    assert "changed meanwhile" in stale.content.decode()
    assert draft_text() == TEXT.replace('version: "1"', 'version: "3"')
    late = client.post(f"{url}steps/", {"do": "off:CAP", "number": "1"}, follow=True)
    assert "Here it is as it stands now; repeat the step." in late.content.decode()
    asked = client.post(f"{url}end/", {"discard": "1", "number": "3"}).content.decode()
    assert "3 steps by Li Wen will not be published" in asked
    assert client.get(url).status_code == 200
    client.post(f"{url}end/", {"discard": "1", "number": "3", "confirmed": "1"})
    assert client.get(url).status_code == 409
    assert client.get(f"{url}rules/of/NO_SUCH/").status_code == 409


def test_who_may_not_publish_edits_nothing(published: Published) -> None:
    author, reader = (published.site.client(role) for role in (Role.ANALYST, Role.APPROVER))
    url = author.post(f"{HERE}/drafts/")["Location"]

    assert reader.get(url).status_code == 403
    assert reader.post(f"{HERE}/drafts/").status_code == 403
    assert "Edit in a form" not in reader.get(f"{HERE}/").content.decode()
