"""Policies in a real browser: read the rules, move the cut-off, see who flips, compare versions."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.decisions.operations.direct import decide
from goodstanding.decisions.types import DecisionRequest, Entity
from goodstanding.web.pages.policies import rules
from tests.pages.conftest import Site
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.published import NAME, Published

pytestmark = pytest.mark.browser
HERE = f"/policies/{NAME}"


def look(page: Page, site: Site, path: str, name: str, *, for_docs: bool = False) -> None:
    """Accessible at a desk and on a phone, with a picture of each."""
    response = page.goto(site.url(path))
    assert response is not None
    assert response.status == 200, path
    page.wait_for_load_state("networkidle")
    shoot(page, f"{name}-1280", for_docs=for_docs)
    assert_accessible(page)
    at_phone(page)
    shoot(page, f"{name}-400")
    assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.slow
def test_every_page_is_accessible_in_both_widths(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    look(page, site, "/policies/", "policies", for_docs=True)
    look(page, site, f"{HERE}/", "policy", for_docs=True)
    look(page, site, f"{HERE}/inputs/", "policy-inputs")
    look(page, site, f"{HERE}/text/", "policy-text")
    look(page, site, f"{HERE}/versions/", "policy-versions")
    look(page, site, f"{HERE}/difference/", "policy-difference", for_docs=True)
    look(page, site, f"{HERE}/tests/", "policy-tests")
    look(page, site, f"{HERE}/cut-off/?approve_from=582", "policy-cut-off", for_docs=True)
    look(page, site, f"{HERE}/cut-off/curve/?approve_from=582", "policy-curve")
    look(page, site, f"{HERE}/cut-off/flips/?approve_from=582", "policy-flips")


@pytest.mark.slow
def test_every_page_is_accessible_in_the_dark(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.emulate_media(color_scheme="dark")

    for part in ("", "inputs/", "difference/", "cut-off/?approve_from=590"):
        page.goto(site.url(f"{HERE}/{part}"))
        page.wait_for_load_state("networkidle")
        assert_accessible(page)


def test_the_list_says_what_decides_and_by_whose_approval(published: Published, page: Page) -> None:
    published.site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(published.site.url("/policies/"))

    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Registered")
    expect(row).to_contain_text("17 of 17 pass")
    row.get_by_role("link", name="Guaranteed small-business loans").click()
    expect(page.locator(".page-head .state")).to_contain_text(
        "Version 1 is in place; the fallback answers"
    )


def test_a_rule_stands_in_words_beside_its_text(published: Published, page: Page) -> None:
    published.site.sign_in(page, Role.ANALYST)
    page.goto(published.site.url(f"{HERE}/"))

    rule = page.locator("#rule-CAP")
    expect(rule).to_contain_text("Requested amount is above 5,000,000.00")
    expect(rule).to_contain_text("requested_amount > programme_cap")
    rule.get_by_role("link", name="CAP").click()

    expect(page).to_have_url(published.site.url(f"{HERE}/text/#line-116"))
    expect(page.locator("#line-116")).to_contain_text("- id: CAP")


def test_moving_the_cut_off_shows_write_offs_avoided_and_who_flips(
    published: Published, page: Page
) -> None:
    site = published.site
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url("/policies/cut-off/"))
    expect(page.locator("#headline")).to_contain_text("Nothing moves")

    page.get_by_role("spinbutton", name="Points from which").fill("580")
    page.get_by_role("button", name="See the effect").click()

    expect(page.locator("#effect-title")).to_have_text(
        "Approvals of 2005 and 2006, 3,500 re-decided"
    )
    expect(page.locator("#headline")).to_contain_text(
        "334 no longer approved, 33 of them bad: USD 651,078 of write-offs avoided"
    )
    page.get_by_role("link", name="334 now referred").click()
    expect(page.locator("main")).to_contain_text("of 334")
    first = page.locator("tbody tr").first
    expect(first).to_contain_text("Bad")
    first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/decisions/\?q=sba_loan"))


MISPLACED = [
    ({"approve_from": "550"}, "bands"),
    ({"approve_from": "many"}, "Enter a number"),
    ({"approve_from": "580.5"}, "no more than 0 decimal places"),
    ({"period": "sba_loans:1888"}, "Select a valid choice"),
]


def test_a_line_that_cannot_stand_there_is_refused_beside_the_form(published: Published) -> None:
    client = published.site.client(Role.CREDIT_RISK_MANAGER)

    for asked, told in MISPLACED:
        answer = client.get(f"{HERE}/cut-off/", asked)

        assert answer.status_code == 422, asked
        assert told in answer.content.decode(), asked
        assert "There is a problem" in answer.content.decode(), asked
        assert client.get(f"{HERE}/cut-off/flips/", asked).status_code == 302, asked


def test_what_was_typed_stays_after_a_refusal(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url(f"{HERE}/cut-off/?approve_from=550"))

    expect(page.get_by_role("spinbutton", name="Points from which")).to_have_value("550")
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    assert_accessible(page)


def test_the_flips_leave_as_a_file(published: Published) -> None:
    client = published.site.client(Role.CREDIT_RISK_MANAGER)

    file = client.get(
        f"{HERE}/cut-off/flips/", {"approve_from": "580", "after": "refer", "format": "csv"}
    )

    assert file["Content-Type"].startswith("text/csv")
    lines = file.content.decode().splitlines()
    assert len(lines) == 1 + 334
    assert lines[0].startswith("key,on,score,before,after,amount_minor")


def test_the_difference_of_two_versions_in_words_and_in_text(
    published: Published, page: Page
) -> None:
    site = published.site
    site.sign_in(page, Role.APPROVER)
    page.goto(site.url(f"{HERE}/versions/"))
    page.get_by_role("button", name="Compare").click()

    main = page.locator("main")
    expect(main).to_contain_text("From version 1 to version 2")
    expect(main).to_contain_text("1 change can alter what is decided")
    expect(main).to_contain_text("the value changes from 572 to 582")
    expect(page.locator(".source .is-added")).to_have_count(2)


def test_an_older_version_keeps_its_own_pages(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"{HERE}/?version=2"))

    expect(page.locator(".page-head .state")).to_contain_text(
        "Version 2 is shown; version 1 decides"
    )
    page.get_by_role("link", name="Move the cut-off").click()
    expect(page.get_by_role("spinbutton", name="Points from which")).to_have_value("582")


def test_the_tests_run_on_demand(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"{HERE}/tests/"))
    page.get_by_role("button", name="Run the tests now").click()

    expect(page.locator(".figures").first).to_contain_text("17 of 17 pass run now, in")
    rows = page.get_by_role("table", name="The tests of this policy").locator("tbody tr")
    expect(rows).to_have_count(17)


def test_a_policy_leaves_as_a_file(published: Published) -> None:
    client, remark = published.site.client(Role.ANALYST), "-- sba_underwriting, version 1"
    begins = {"yaml": "# Underwriting", "json": "{", "duckdb": remark, "postgres": remark}

    for form, beginning in (begins | {"spark": remark}).items():
        file = client.get(f"{HERE}/text/", {"format": form})

        assert file.content.decode().startswith(beginning), form
        assert "attachment" in file.headers["Content-Disposition"], form
    assert client.get(f"{HERE}/text/", {"format": "docx"}).status_code == 400
    assert client.get(f"{HERE}/text/", {"format": "dmn"}).status_code == 422  # it has no tables


def test_the_tour_leads_to_the_cut_off_and_to_who_flips(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    page.goto(site.url("/tour/credit-cut-off/"))
    expect(page).to_have_url(site.url(f"{HERE}/cut-off/"))
    page.goto(site.url("/tour/credit-flips/"))
    expect(page).to_have_url(site.url(f"{HERE}/cut-off/flips/?approve_from=582"))
    expect(page.locator("main")).to_contain_text("531 no longer approved")


def test_a_rule_is_found_by_its_name(published: Published) -> None:
    found = published.site.client(Role.ANALYST).get("/search/", {"q": "THIN"}).content.decode()

    assert f"{HERE}/?rule=THIN#rule-THIN" in found


def test_a_decision_leads_to_its_version_and_its_rules(
    published: Published, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, now = published.site, utc_now()
    stored = decide(
        request=DecisionRequest(
            policy=NAME,
            entity=Entity("sba_loan", "1000014003"),
            as_of=now,
            inputs={"requested_amount": Decimal("6000000.00"), "state": "OH"},
            idempotency_key="one",
        ),
        legal_entity="GS-US",
        by="somebody",
        at=now,
    )
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url(f"/decisions/{stored.decision_id}/"))

    page.get_by_role("link", name="CAP", exact=True).click()

    expect(page).to_have_url(site.url(f"{HERE}/?version=1&rule=CAP#rule-CAP"))
    expect(page.locator("#rule-CAP")).to_contain_text("100.0 %")
    expect(page.locator("#rules")).to_contain_text("1 decision of the last 30 days")

    monkeypatch.setattr(rules, "COUNTED_AT_ONCE", 0)
    plain = site.client(Role.CREDIT_RISK_MANAGER).get(f"{HERE}/?version=1").content.decode()
    assert "Count how often each fired in 30 days" in plain
    assert "?version=1&amp;fired=counted" in plain
    assert "100.0 %" not in plain
    page.goto(site.url(f"{HERE}/?version=1"))
    expect(page.locator("#rules")).to_contain_text("1 decision of the last 30 days")
    expect(page.locator("#rule-CAP")).to_contain_text("100.0 %")


def test_what_is_not_there_is_named(published: Published) -> None:
    client = published.site.client(Role.ANALYST)

    unknown = client.get("/policies/no_such_policy/")
    version = client.get(f"{HERE}/?version=9")

    assert unknown.status_code == 404
    assert "sba_underwriting" in unknown.content.decode()
    assert version.status_code == 404


def test_an_empty_house_says_what_will_stand_here(site: Site, page: Page) -> None:
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url("/policies/"))

    expect(page.locator("main")).to_contain_text("No policy is published")
    assert_accessible(page)
    page.goto(site.url("/policies/cut-off/"))
    expect(page.locator("main")).to_contain_text("declare a history")
