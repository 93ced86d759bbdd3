"""Cases as people work with them, at a desk, on a phone, without a script."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from goodstanding.accounts.types import Role
from goodstanding.cases.models import Reinstatement
from goodstanding.cases.operations import (
    claim_case,
    close_case,
    record_step,
)
from goodstanding.cases.queries import CaseFilters, case_page, case_row, case_rows, newest_change
from goodstanding.cases.types import Closed
from goodstanding.core.audit import audit_entries
from goodstanding.core.time import utc_now
from goodstanding.deadlines.types import DeadlineState
from tests.pages.conftest import Site
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.mornings import Morning, begin_morning
from tests.rooms.cases.conftest import REINSTATEMENT_STEPS

pytestmark = pytest.mark.browser
DAY = timedelta(days=1)


@pytest.fixture
def morning(site: Site) -> Morning:
    return begin_morning(site)


def test_the_queue_is_worked_by_keys(site: Site, page: Page, morning: Morning) -> None:
    site.sign_in(page, Role.SPECIALIST)

    page.goto("/cases/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cases")
    rows = page.locator("tr.row")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Overdue by")
    shoot(page, "cases-1280", for_docs=True)
    assert_accessible(page)

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{morning.overdue}/")


def test_an_open_list_follows_what_others_do(site: Site, page: Page, morning: Morning) -> None:
    before = newest_change()
    site.sign_in(page, Role.SELLER_RISK_MANAGER)
    page.goto("/cases/")
    overdue = page.locator(f'tr.row[data-url="/cases/{morning.overdue}/"]')
    fresh = page.locator(f'tr.row[data-url="/cases/{morning.fresh}/"]')

    claim_case(case_id=morning.overdue, by=morning.ben, at=utc_now())
    expect(overdue).to_contain_text("Ben Whitlock", timeout=15_000)
    page.get_by_role("checkbox").nth(1).check()
    claim_case(case_id=morning.fresh, by=morning.ana, at=utc_now())
    page.wait_for_timeout(5_000)

    expect(fresh).not_to_contain_text("Ana")
    expect(page.get_by_role("checkbox").nth(1)).to_be_checked()
    assert newest_change() != before


def test_an_answer_on_its_way_leaves_what_was_ticked_meanwhile(
    site: Site, page: Page, morning: Morning
) -> None:
    site.sign_in(page, Role.SELLER_RISK_MANAGER)
    page.goto("/cases/")
    box = page.get_by_role("checkbox").nth(1)
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route("**/cases/", hold)
    claim_case(case_id=morning.overdue, by=morning.ben, at=utc_now())
    for _ in range(300):  # the list may have asked before, for what another test did
        if asked:
            break
        page.wait_for_timeout(50)
    box.check()
    with page.expect_response("**/cases/"):
        asked[0].continue_()
    page.wait_for_timeout(300)

    expect(box).to_be_checked()
    expect(page.locator("tr.row", has_text="Ben Whitlock")).to_have_count(0)


def test_chips_count_exactly_what_they_leave(site: Site, page: Page, morning: Morning) -> None:
    claim_case(case_id=morning.fresh, by=morning.ana, at=utc_now())
    site.sign_in(page, Role.SPECIALIST)

    page.goto("/cases/")
    for chip, count in (("Mine", 1), ("Free", 2), ("Overdue", 1), ("Underwriting review", 2)):
        link = page.get_by_role("link", name=f"{chip} {count}", exact=True)
        expect(link).to_be_visible()
        link.click()
        expect(page.locator("tr.row")).to_have_count(count)
        page.goto("/cases/")


def test_a_leaders_home_counts_the_cases_of_their_own_desk(
    site: Site, page: Page, morning: Morning
) -> None:
    for role, count in ((Role.CREDIT_RISK_MANAGER, 2), (Role.SELLER_RISK_MANAGER, 1)):
        site.sign_in(page, role)
        page.goto("/")
        page.get_by_role("link", name=f"{count} open", exact=True).click()
        expect(page.locator("tr.row")).to_have_count(count)


def test_what_is_shown_is_what_is_exported(site: Site, morning: Morning) -> None:
    client = site.client(Role.SPECIALIST)

    text = client.get("/cases/?queue=credit_review&format=csv").content.decode()

    lines = text.splitlines()
    assert lines[0] == "number,business,queue,time,left,due_at,holder,opened_at,outcome"
    assert len(lines) == 3
    assert "Harbour Books Ltd" in lines[1]
    assert float(lines[1].split(",")[4]) < 0 < float(lines[2].split(",")[4])
    for name in ("xlsx", "parquet"):
        assert client.get(f"/cases/?format={name}").status_code == 200
    assert [entry.action for entry in audit_entries()][:1] == ["export_rows"]


def test_a_case_is_claimed_worked_and_decided(site: Site, page: Page, morning: Morning) -> None:
    site.sign_in(page, Role.SPECIALIST)
    page.goto(f"/cases/{morning.fresh}/")
    shoot(page, "case-free-1280")
    assert_accessible(page)

    page.get_by_role("button", name="Claim").click()
    expect(page.get_by_role("status")).to_contain_text("The case is yours")
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Decision")

    steps = page.locator("#steps tbody tr")
    for required in (0, 1, 4):
        steps.nth(required).get_by_role("button", name="Done").click()
        expect(steps.nth(required).locator(".signal")).to_have_text("Done")
    page.get_by_text("Add evidence").click()
    page.get_by_label("Kind", exact=True).fill("decision_trace")
    page.get_by_label("What it is").fill("Trace of the referral")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The evidence is on the case")
    page.get_by_label("Approve", exact=True).check()
    page.get_by_label("Capacity to repay is shown").check()
    page.get_by_label("In words").fill("The accounts show it.")
    shoot(page, "case-held-1280", for_docs=True)
    assert_accessible(page)
    page.get_by_role("button", name="Decide", exact=True).click()

    expect(page.get_by_role("status")).to_contain_text("The case is decided")
    row = case_row(case_id=morning.fresh, at=utc_now())
    assert (row.outcome, row.deadline.state) == ("approve", DeadlineState.MET)
    at_phone(page)
    shoot(page, "case-400")
    assert_accessible(page)


def test_a_refused_decision_keeps_what_was_typed(site: Site, page: Page, morning: Morning) -> None:
    claim_case(case_id=morning.fresh, by=morning.ana, at=utc_now())
    site.sign_in(page, Role.SPECIALIST)
    page.goto(f"/cases/{morning.fresh}/")

    page.get_by_label("Approve", exact=True).check()
    page.get_by_label("Capacity to repay is shown").check()
    page.get_by_label("In words").fill("The accounts show it.")
    page.get_by_role("button", name="Decide", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("neither done nor skipped")
    expect(page.get_by_label("In words")).to_have_value("The accounts show it.")
    expect(page.get_by_label("Approve", exact=True)).to_be_checked()
    assert_accessible(page)


def test_a_question_pauses_the_sla_until_the_answer(
    site: Site, page: Page, morning: Morning
) -> None:
    claim_case(case_id=morning.fresh, by=morning.ana, at=utc_now())
    site.sign_in(page, Role.SPECIALIST)
    page.goto(f"/cases/{morning.fresh}/")

    page.locator("#questions > summary").click()
    page.get_by_label("Question to the business").fill("Please send the accounts.")
    page.get_by_role("button", name="Record the question").click()
    expect(page.get_by_role("status")).to_contain_text("SLA stands still")
    expect(page.locator(".page-head .state")).to_contain_text("Paused")
    assert_accessible(page)
    page.get_by_label("What the business answered").fill("Accounts of 2025 came.")
    page.get_by_role("button", name="Record the answer").click()

    expect(page.get_by_role("status")).to_contain_text("runs again")
    assert case_row(case_id=morning.fresh, at=utc_now()).deadline.state is DeadlineState.RUNNING


def test_an_appeal_is_decided_by_a_second_person(site: Site, page: Page, morning: Morning) -> None:
    claim_case(case_id=morning.appeal, by=morning.ana, at=utc_now())
    site.sign_in(page, Role.SPECIALIST)
    page.goto(f"/cases/{morning.appeal}/reinstatement/")
    expect(page.get_by_text("The playbook asks for")).to_be_visible()  # before a word is typed
    for step in REINSTATEMENT_STEPS:
        record_step(case_id=morning.appeal, step=step, by=morning.ana, at=utc_now())

    page.goto(f"/cases/{morning.appeal}/")
    page.get_by_role("link", name="Decide the appeal").click()
    page.get_by_label("Lift: the account returns").check()
    page.get_by_label("Kind of return").select_option("R1")
    page.get_by_label("The evidence then did not carry the measure").check()
    page.get_by_role("button", name="Decide the appeal").click()
    expect(page.get_by_role("alert")).to_contain_text("statement of reasons is missing")
    expect(page.get_by_label("Kind of return")).to_have_value("R1")
    page.get_by_label("Statement of reasons").fill("The receipts show that they were sent.")
    shoot(page, "reinstatement-1280", for_docs=True)
    assert_accessible(page)
    page.get_by_role("button", name="Decide the appeal").click()

    expect(page.get_by_role("status")).to_contain_text("The appeal is decided")
    expect(page.locator(".page-head .state")).to_contain_text("the enforcement does not stand")
    assert Reinstatement.objects.get().by == morning.ana
    at_phone(page)
    assert_accessible(page)


def test_whoever_decided_the_enforcement_is_told_why_not(
    site: Site, page: Page, morning: Morning
) -> None:
    site.people[Role.SPECIALIST] = morning.ben
    site.sign_in(page, Role.SPECIALIST)

    page.goto(f"/cases/{morning.appeal}/")

    expect(page.get_by_text("You cannot take this case")).to_be_visible()
    expect(page.get_by_text("decided the enforcement under review")).to_be_visible()
    expect(page.get_by_role("button", name="Claim")).to_have_count(0)
    assert_accessible(page)


def test_ticked_cases_are_reassigned_after_a_preview(
    site: Site, page: Page, morning: Morning
) -> None:
    site.sign_in(page, Role.SELLER_RISK_MANAGER)
    page.goto("/cases/?queue=credit_review")

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("2 rows ticked")).to_be_visible()
    page.get_by_role("button", name="Reassign").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reassign 2 cases")
    expect(page.locator(".effect")).to_contain_text("50 min standard time")
    expect(page.locator(".effect")).to_contain_text("0 of them are taken from somebody")
    shoot(page, "reassignment-1280")
    assert_accessible(page)
    page.get_by_label("Give to").select_option(str(morning.ana.id))
    page.get_by_role("button", name="Reassign").click()
    expect(page.get_by_role("alert")).to_contain_text("Reason")
    page.get_by_label("Reason").fill("Ana knows the business")
    page.get_by_role("button", name="Reassign").click()

    expect(page.get_by_role("status")).to_contain_text("2 cases went to")
    expect(page).to_have_url(site.url("/cases/?queue=credit_review"))
    held = case_rows(at=utc_now(), filters=CaseFilters(holder_id=morning.ana.id))
    assert len(held) == 2
    page.get_by_role("link", name="Take it back").click()
    expect(page.locator(".effect")).to_contain_text("2 cases that")
    assert_accessible(page)
    shoot(page, "taken-back-1280")
    at_phone(page)
    shoot(page, "taken-back-400")
    page.goto(f"/cases/{held[0].id}/")
    page.get_by_role("link", name="Take it back").click()
    page.get_by_label("Reason").fill("The wrong Ana")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status")).to_contain_text("2 cases are back where they were before.")
    assert case_rows(at=utc_now(), filters=CaseFilters(holder_id=morning.ana.id)) == []
    page.goto(f"/cases/{held[0].id}/")
    expect(page.get_by_text("Taken back: The wrong Ana")).to_be_visible()
    expect(page.get_by_role("link", name="Take it back")).to_have_count(0)


def test_a_reassignment_to_the_decider_is_refused_whole(
    site: Site, page: Page, morning: Morning
) -> None:
    site.sign_in(page, Role.SELLER_RISK_MANAGER)
    page.goto("/cases/")
    for row in (0, 1, 2):
        page.locator('input[name="row"]').nth(row).check()
    page.get_by_role("button", name="Reassign").click()

    expect(page.get_by_text("Ben Whitlock decided the enforcement under review")).to_be_visible()
    page.get_by_label("Give to").select_option(str(morning.ben.id))
    page.get_by_label("Reason").fill("balance")
    page.get_by_role("button", name="Reassign").click()

    expect(page.get_by_role("alert")).to_contain_text("cannot take case C-")
    assert case_rows(at=utc_now(), filters=CaseFilters(holder_id=morning.ben.id)) == []

    number = case_row(case_id=morning.appeal, at=utc_now()).label
    page.get_by_role("checkbox", name=f"Reassign {number}").uncheck()
    page.get_by_role("button", name="Reassign").click()
    expect(page.get_by_role("status")).to_contain_text("2 cases went to")
    held = case_rows(at=utc_now(), filters=CaseFilters(holder_id=morning.ben.id))
    assert {row.id for row in held} == {morning.fresh, morning.overdue}
    client = site.client(Role.SELLER_RISK_MANAGER)
    assert client.post("/cases/reassignment/", {"row": "C-1000"}).status_code == 404


def test_the_list_fits_a_small_screen(site: Site, page: Page, morning: Morning) -> None:
    """At 1100 px the rail gives its width to the table, and its words stay."""
    close_case(case_id=morning.fresh, why=Closed.MOOT, reason="twice", by=morning.sam, at=utc_now())
    site.sign_in(page, Role.SELLER_RISK_MANAGER)
    page.set_viewport_size({"width": 1100, "height": 800})
    for address in ("/cases/", "/cases/?state=closed"):
        page.goto(address)
        assert page.evaluate(
            "[...document.querySelectorAll('.table-frame')]"
            ".every(frame => frame.scrollWidth <= frame.clientWidth)"
        ), address
    expect(page.get_by_role("navigation", name="Main").get_by_text("Cases")).to_be_visible()
    assert_accessible(page)


def test_the_past_is_shown_and_cannot_be_changed(site: Site, page: Page, morning: Morning) -> None:
    site.sign_in(page, Role.SPECIALIST)
    page.goto("/moment/")
    page.get_by_label("What was true at").fill(
        (utc_now() - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M")
    )
    page.get_by_role("button", name="Look").click()

    page.goto("/cases/")
    expect(page.locator("tr.row")).to_have_count(2)
    page.goto(f"/cases/{morning.overdue}/")
    expect(page.get_by_role("button", name="Claim")).to_have_count(0)
    refused = site.client(Role.SPECIALIST)
    session = refused.session
    session["moment"] = [(utc_now() - DAY).isoformat()] * 2
    session.save()
    answer = refused.post(f"/cases/{morning.overdue}/claim/")

    assert answer.status_code == 409
    assert case_page(case_id=morning.overdue, at=utc_now()).row.holder_id is None


def test_everything_works_without_a_script(site: Site, browser: Browser, morning: Morning) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=site.address)
    page = context.new_page()
    site.sign_in(page, Role.SPECIALIST)

    page.goto("/cases/")
    page.get_by_role("link", name="Next case").click()
    page.get_by_role("button", name="Claim").click()
    page.get_by_role("button", name="Done").first.click()

    expect(page.get_by_role("status")).to_contain_text("The step is recorded")
    assert len(case_rows(at=utc_now(), filters=CaseFilters(holder_id=morning.ana.id))) == 1
    context.close()


def test_an_empty_queue_says_what_will_be_there(site: Site, page: Page) -> None:
    site.sign_in(page, Role.SPECIALIST)

    page.goto("/cases/")
    expect(page.get_by_role("heading", name="No case waits here")).to_be_visible()
    assert_accessible(page)
    assert page.goto("/team/") is not None
    expect(page.get_by_role("heading", name="Everything fits")).to_be_visible()
    assert_accessible(page)


def test_forbidden_and_unknown_have_pages(site: Site, page: Page, morning: Morning) -> None:
    analyst = site.client(Role.ANALYST)

    assert analyst.post(f"/cases/{morning.fresh}/claim/").status_code == 403
    assert analyst.post(f"/cases/{morning.fresh}/decision/").status_code == 403
    assert analyst.get(f"/cases/{morning.business}/").status_code == 404
    assert analyst.get(f"/cases/{morning.fresh}/").status_code == 200
    manager = site.client(Role.SELLER_RISK_MANAGER)
    assert manager.post("/cases/reassignment/").status_code == 422
    assert manager.post(f"/cases/{morning.fresh}/claim/").status_code == 403


def test_a_case_is_closed_and_reopened_with_reasons(
    site: Site, page: Page, morning: Morning
) -> None:
    site.sign_in(page, Role.SELLER_RISK_MANAGER)
    page.goto(f"/cases/{morning.overdue}/")
    page.get_by_role("link", name="Close without a decision").click()
    assert_accessible(page)
    page.get_by_role("button", name="Close the case").click()
    expect(page.get_by_role("alert")).to_contain_text("Reason")
    page.get_by_label("Why it is closed").select_option("duplicate")
    page.get_by_label("Reason").fill("Stands twice")
    page.get_by_role("button", name="Close the case").click()
    expect(page.get_by_role("status")).to_contain_text("is closed")

    page.get_by_role("link", name="Reopen").click()
    page.get_by_label("Reason").fill("It did not stand twice")
    page.get_by_role("button", name="Reopen the case").click()

    expect(page.get_by_role("status")).to_contain_text("is open again")
    assert case_row(case_id=morning.overdue, at=utc_now()).reopenings == 1


def test_a_manager_answers_an_escalation(site: Site, page: Page, morning: Morning) -> None:
    claim_case(case_id=morning.fresh, by=morning.ana, at=utc_now())
    site.sign_in(page, Role.SPECIALIST)
    page.goto(f"/cases/{morning.fresh}/")
    page.locator("#escalate > summary").click()
    page.get_by_label("Whom to ask").select_option(str(morning.sam.id))
    page.get_by_label("Because of").select_option("hierarchical")
    page.get_by_label("Question", exact=True).fill("May I go above the limit?")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("status")).to_contain_text("The question was sent")

    site.sign_in(page, Role.SELLER_RISK_MANAGER)
    page.goto(f"/cases/{morning.fresh}/")
    assert_accessible(page)
    page.get_by_label("Answer", exact=True).fill("Up to 30,000.")
    page.get_by_role("button", name="Answer", exact=True).click()

    expect(page.locator(".timeline")).to_contain_text("Escalation answered")
