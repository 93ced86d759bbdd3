"""Models and approvals in a real browser, by the people who use them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.governance import operations, queries
from goodstanding.governance.types import FindingStatus, VersionKind, VersionState
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light
from tests.pages.conftest import Site
from tests.pages.governed import DAY, Governed, govern
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.published import NAME, publish

pytestmark = pytest.mark.browser


@pytest.fixture
def governed(site: Site) -> Iterator[Governed]:
    return govern(site)


def look(page: Page, site: Site, path: str, name: str, *, for_docs: bool = False) -> None:
    """Accessible at a desk and on a phone, with a picture of each."""
    response = page.goto(site.url(path))
    assert response is not None
    assert response.status == 200, path
    shoot(page, f"{name}-1280", for_docs=for_docs)
    assert_accessible(page)
    at_phone(page)
    shoot(page, f"{name}-400", for_docs=for_docs)
    assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 800})


def state_of(governed: Governed, version: object) -> VersionState:
    return next(
        row.state for row in queries.inventory_at(as_of=utc_now()) if row.version_id == version
    )


def test_every_page_is_accessible_in_both_widths(governed: Governed, page: Page) -> None:
    site = governed.site
    site.sign_in(page, Role.MODEL_RISK_MANAGER)

    look(page, site, "/models/", "models", for_docs=True)
    look(page, site, "/models/findings/", "model-findings")
    look(page, site, "/models/approvals/", "model-approvals")
    look(page, site, "/models/use-cases/", "use-cases")
    look(page, site, "/models/use-cases/sba_lending/", "use-case")
    look(page, site, f"/models/versions/{governed.clean}/", "version", for_docs=True)
    look(page, site, f"/models/versions/{governed.leaky}/", "version-blocked")
    look(page, site, f"/models/findings/{governed.leak_finding}/", "finding", for_docs=True)
    look(page, site, f"/models/requests/{governed.request}/", "approval-request-read")
    look(page, site, f"/models/approvals/{governed.approval}/", "approval")
    look(page, site, f"/models/approvals/{governed.approval}/end/", "approval-end")
    look(page, site, f"/models/versions/{governed.leaky}/finding/", "new-finding")
    look(page, site, "/", "home-second-line")


def test_the_dossier_answers_in_its_first_line(governed: Governed, page: Page) -> None:
    site = governed.site
    site.sign_in(page, Role.MODEL_RISK_MANAGER)

    page.goto(site.url(f"/models/versions/{governed.clean}/"))
    expect(page.locator(".page-head .state")).to_contain_text(
        "It may decide, 93 days of approval left"
    )
    page.goto(site.url(f"/models/versions/{governed.leaky}/"))
    expect(page.locator(".page-head .state")).to_contain_text(
        "It may not decide: model sba_leaky_demo 1 is blocked by finding 1 (S1)"
    )


def test_the_tour_opens_the_finding_itself(governed: Governed, page: Page) -> None:
    site = governed.site
    site.sign_in(page, Role.MODEL_RISK_MANAGER)

    page.goto(site.url("/"))
    page.get_by_role("link", name="Read the finding").click()
    expect(page).to_have_url(site.url(f"/models/findings/{governed.leak_finding}/"))
    page.goto(site.url("/tour/models-expire/"))
    expect(page).to_have_url(site.url("/models/approvals/"))  # no policy decides yet


def test_expiring_an_approval_shows_the_effect_and_wants_a_reason(
    governed: Governed, page: Page
) -> None:
    site = governed.site
    site.sign_in(page, Role.MODEL_RISK_MANAGER)
    page.goto(site.url(f"/models/versions/{governed.clean}/"))
    page.get_by_role("link", name="End this approval").click()

    expect(page.get_by_role("note")).to_contain_text("policy sba_underwriting 1 names it as input")
    page.get_by_role("button", name="End the approval").click()
    expect(page.get_by_role("alert").first).to_contain_text("required")
    assert_accessible(page)
    assert state_of(governed, governed.clean) is VersionState.IN_FORCE

    page.get_by_label("Reason").fill("The tour asks for it")
    page.get_by_role("button", name="End the approval").click()

    expect(page.locator(".page-head .state")).to_contain_text("It may not decide: The approval of")
    assert state_of(governed, governed.clean) is VersionState.LAPSED


def test_a_policy_written_here_is_validated_here(site: Site, page: Page) -> None:
    published = publish(site)
    version = queries.version_by_hash(content_hash=published.second.text_hash)
    assert version is not None
    site.sign_in(page, Role.MODEL_RISK_MANAGER)
    page.goto(site.url(f"/models/versions/{version.version_id}/"))

    page.get_by_role("button", name="Run the policy's own tests").click()
    expect(page.locator("main")).to_contain_text("no thresholds")
    operations.set_thresholds(
        kind=VersionKind.POLICY, name=NAME, thresholds=HOUSE_THRESHOLDS, reason="House cuts",
        by=site.person(Role.MODEL_RISK_MANAGER), at=utc_now(),
    )  # fmt: skip
    page.goto(site.url(f"/models/versions/{version.version_id}/"))
    page.get_by_role("button", name="Run the policy's own tests").click()
    expect(page.get_by_role("status")).to_contain_text("17 of 17 tests hold")
    assert_accessible(page)
    [run] = queries.runs_of(version_id=version.version_id, as_of=utc_now())
    assert [(each.test_id, each.light) for each in run.results] == [
        ("policy_embedded_tests", Light.GREEN)
    ]


def test_the_second_person_reads_and_approves(governed: Governed, page: Page) -> None:
    site = governed.site
    site.sign_in(page, Role.APPROVER)
    look(page, site, f"/models/requests/{governed.request}/", "approval-request", for_docs=True)

    page.get_by_label("Reason").fill("Read the run, conditions are narrow")
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Approval of policy sba_underwriting 1"
    )
    assert state_of(governed, governed.policy) is VersionState.IN_FORCE


def test_the_second_person_may_return_it_with_a_reason(governed: Governed, page: Page) -> None:
    site = governed.site
    site.sign_in(page, Role.APPROVER)
    page.goto(site.url(f"/models/requests/{governed.request}/"))

    page.get_by_role("button", name="Return it").click()
    expect(page.get_by_role("alert").first).to_contain_text("required")
    page.get_by_label("Reason").fill("Say who pays for the fallback")
    page.get_by_role("button", name="Return it").click()

    assert state_of(governed, governed.policy) is VersionState.VALIDATED
    page.goto(site.url(f"/models/requests/{governed.request}/"))
    expect(page.locator("main")).to_contain_text("Say who pays for the fallback")


def test_the_validator_finds_no_button_and_is_told_why(governed: Governed, page: Page) -> None:
    site = governed.site
    site.sign_in(page, Role.MODEL_RISK_MANAGER)

    page.goto(site.url(f"/models/requests/{governed.request}/"))

    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Maren Oduya is the validator")


def test_the_inventory_filters_with_exact_counts_and_walks_by_keyboard(
    governed: Governed, page: Page
) -> None:
    site = governed.site
    site.sign_in(page, Role.MODEL_RISK_MANAGER)
    page.goto(site.url("/models/"))

    page.get_by_role("link", name="Models 2").click()

    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("link", name="Blocked 1")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(site.url(f"/models/versions/{governed.leaky}/"))


def test_a_question_is_asked_and_answered(governed: Governed, page: Page) -> None:
    site = governed.site
    site.sign_in(page, Role.MODEL_RISK_MANAGER)
    page.goto(site.url(f"/models/findings/{governed.leak_finding}/"))

    page.get_by_label("Ask a question").fill("When is the term known?")
    page.get_by_role("button", name="Ask").click()

    expect(page.locator("main")).to_contain_text("Maren Oduya asks: When is the term known?")
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"/models/findings/{governed.leak_finding}/"))
    page.locator("summary", has_text="Answer").click()
    page.get_by_label("Answer").fill("After the outcome; we leave it out")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("main")).to_contain_text("After the outcome; we leave it out")


def test_a_finding_moves_by_its_people(governed: Governed, page: Page) -> None:
    site = governed.site
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url(f"/models/findings/{governed.leak_finding}/"))
    page.get_by_role("link", name="Agree the action plan").click()
    page.get_by_label("Reason").fill("Train without the term by December")
    page.get_by_role("button", name="Agree the action plan").click()

    expect(page.locator("main")).to_contain_text("Train without the term by December")
    found = queries.finding_at(finding_id=governed.leak_finding, at=utc_now())
    assert found.state is FindingStatus.ACTION_PLAN_AGREED


def test_an_own_finding_is_not_closed_and_the_page_says_why(governed: Governed, page: Page) -> None:
    site = governed.site
    for step in ("action_plan_agreed", "in_progress", "submitted_for_closure"):
        operations.advance_finding(
            finding_id=governed.leak_finding, to=FindingStatus(step), reason="done",
            by=governed.hands.owner, at=governed.now - DAY,
        )  # fmt: skip
    site.sign_in(page, Role.MODEL_RISK_MANAGER)
    page.goto(site.url(f"/models/findings/{governed.leak_finding}/"))
    page.get_by_role("link", name="Close", exact=True).click()
    page.get_by_label("Reason").fill("Looks fine")
    page.get_by_role("button", name="Close", exact=True).click()

    expect(page.locator("main")).to_contain_text("Maren Oduya opened finding 1")
    expect(page.get_by_label("Reason")).to_have_value("Looks fine")


def test_pages_work_without_javascript(governed: Governed, browser: object) -> None:
    from playwright.sync_api import Browser

    assert isinstance(browser, Browser)
    site = governed.site
    context = browser.new_context(java_script_enabled=False, base_url=site.address)
    page = context.new_page()
    site.sign_in(page, Role.APPROVER)
    page.goto(site.url(f"/models/requests/{governed.request}/"))
    page.get_by_label("Reason").fill("Read without a script")
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Approval of policy")
    context.close()


def test_an_empty_inventory_says_what_will_come(site: Site, page: Page) -> None:
    site.sign_in(page, Role.MODEL_RISK_MANAGER)

    page.goto(site.url("/models/"))

    expect(page.locator("main")).to_contain_text("Nothing is governed yet")
    assert_accessible(page)
