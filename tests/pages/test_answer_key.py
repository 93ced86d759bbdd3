"""The answer key: its counts open their lists, and tie out to the policy's own decisions."""

import re
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from goodstanding.accounts.models import User
from goodstanding.accounts.types import Role
from goodstanding.cases.queries import CaseFilters, case_row, case_rows, fit_for
from goodstanding.core.time import utc_now
from goodstanding.decisions.models import Decision
from goodstanding.web.pages.answer_key.answers import Verdict, verdict_of
from tests.pages.conftest import DESK, Site
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.marketplace import open_marketplace

CELL = re.compile(r'<td[^>]*><a href="(/answer-key/[^"#]*)#list">([\d,]+)</a>')


def test_verdicts_follow_from_truth_and_what_happened() -> None:
    table = {
        ("returned_after_removal", "decline"): Verdict.CAUGHT,
        ("returned_after_removal", "approve"): Verdict.MISSED,
        ("returned_after_removal", "refer"): Verdict.OPEN,
        ("account_taken_over", "hold"): Verdict.CAUGHT,
        ("account_taken_over", "release"): Verdict.MISSED,
        ("own_bank_change", "hold"): Verdict.WRONGLY_STOPPED,
        ("own_bank_change", "release"): Verdict.LET_THROUGH,
        ("own_bank_change", ""): Verdict.OPEN,
        ("violation", "stands"): Verdict.CAUGHT,
        ("violation", "lifted"): Verdict.MISSED,
        ("wrongly_stopped", "stands"): Verdict.WRONGLY_STOPPED,
        ("wrongly_stopped", "lifted"): Verdict.PUT_RIGHT,
        ("honest", "approve_watch"): Verdict.LET_THROUGH,
        ("honest_with_gaps", "decline"): Verdict.WRONGLY_STOPPED,
    }

    assert {pair: verdict_of(truth=pair[0], happened=pair[1]) for pair in table} == table


@pytest.fixture
def sam(db: None, tmp_path: Path) -> Client:
    """A seller risk manager's client, in a small marketplace."""
    open_marketplace(home=tmp_path)
    client = Client()
    client.force_login(
        User.objects.get(email="sam@demo.example"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


@pytest.mark.slow
def test_every_count_opens_exactly_its_rows_and_ties_out(sam: Client) -> None:
    response = sam.get("/answer-key/")
    text = response.content.decode().replace("&amp;", "&")
    cells = CELL.findall(text)
    wrong = [
        (url, count, found)
        for url, count in set(cells)
        for found in [sam.get(url).context["listing"].total]
        if found != int(count)
    ]

    assert len(cells) > 15
    assert wrong == []
    assert response.context["listing"].total == 110
    assert [sum(cell.count for cell in line.cells[:-1]) for line in response.context["verdicts"]] \
        == [line.cells[-1].count for line in response.context["verdicts"]]  # fmt: skip
    policy = {line.label: line.cells[-1].count for line in response.context["said"]}
    decided = Decision.objects.filter(policy="registration")
    assert policy == {
        "Approved": decided.filter(outcome="approve").count(),
        "Referred": decided.filter(outcome="refer").count(),
        "Declined": decided.filter(outcome="decline").count(),
        "All": 48,
    }
    assert "Ties out: 48 decisions of the policy, all here" in text
    assert sam.get("/answer-key/?format=csv").content.decode().count("\n") == 111


def test_without_samples_the_key_says_what_will_be_here(db: None) -> None:
    from goodstanding.accounts.operations import add_person

    person = add_person(email="a@example.com", display_name="A", roles=[Role.SELLER_RISK_MANAGER])
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    text = client.get("/answer-key/").content.decode()

    assert "No answer matches" in text
    assert "Caught" not in text.split('id="list"')[0]


@pytest.mark.slow
def test_a_tour_moves_the_cut_off_of_its_own_desk(sam: Client) -> None:
    sellers = sam.get("/policies/cut-off/", {"desk": "sellers"})
    credit = sam.get("/policies/cut-off/", {"desk": "credit"})

    assert sellers.headers["Location"] == "/policies/registration/cut-off/"
    assert credit.status_code == 404
    assert "credit" in credit.content.decode()


@pytest.mark.browser
@pytest.mark.slow
def test_the_seller_tour_from_the_at_risk_list_to_the_answer_key(
    site: Site, page: Page, tmp_path: Path
) -> None:
    open_marketplace(home=tmp_path)
    _enter(site, page, "sam@demo.example")

    page.goto("/team/?desk=sellers")
    expect(page.get_by_role("heading", name="Unlikely to meet the SLA")).to_be_visible()
    shoot(page, "seller-team")
    row = page.locator("#unlikely tr.row", has_text="Payout account changes").first
    expect(row).to_contain_text("Ben Whitlock")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Reassign").click()
    ana = User.objects.get(email="ana@demo.example")
    page.get_by_label("Give to").select_option(str(ana.id))
    page.get_by_label("Reason").fill("Ben is away until Wednesday")
    shoot(page, "seller-reassign")
    page.get_by_role("button", name=re.compile("Reassign")).click()
    expect(page.get_by_role("heading", name="Reassign 1 case")).to_have_count(0)
    taken = case_rows(at=utc_now(), filters=CaseFilters(queue="payout_change", holder_id=ana.id))
    [given] = [row for row in taken if row.reassignments == 1]
    page.goto(f"/cases/{given.id}/")
    expect(page.get_by_text("How the due time came about")).to_be_visible()
    expect(page.get_by_text("Sign-ins around the change (invented)", exact=True)).to_be_visible()
    shoot(page, "seller-case")

    _enter(site, page, "ana@demo.example")
    free = case_rows(at=utc_now(), filters=CaseFilters(queue="reinstatement", free=True))
    barred = {row.id: fit_for(case_id=row.id, person_id=ana.id, at=utc_now()) for row in free}
    [own] = [case_id for case_id, skip in barred.items() if skip is not None]
    [other] = [case_id for case_id, skip in barred.items() if skip is None]
    page.goto(f"/cases/{own}/")
    expect(page.get_by_text("You cannot take this case.")).to_be_visible()
    page.goto(f"/cases/{other}/")
    page.get_by_role("button", name="Claim").click()
    expect(page.get_by_role("link", name="Decide the appeal")).to_be_visible()
    assert case_row(case_id=other, at=utc_now()).holder_id == ana.id
    shoot(page, "seller-appeal")

    page.goto("/answer-key/")
    expect(page.get_by_text("Ties out")).to_be_visible()
    for theme in ("light", "dark"):
        page.set_viewport_size(DESK)
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        assert_accessible(page)
    at_phone(page)
    assert_accessible(page)
    shoot(page, "answer-key-400")


def _enter(site: Site, page: Page, email: str) -> None:
    """Give the browser the session of somebody of the demonstration."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        User.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend"
    )
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site.address}]
    )
