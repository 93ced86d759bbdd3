"""Experiments in a real browser: planned, registered by another, started, read, halted, ended."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.decisions.models import Decision
from goodstanding.evidence.experiments import operations
from goodstanding.evidence.experiments.types import MetricKind
from goodstanding.outcomes import definitions
from goodstanding.web.pages.experiments import planning
from tests.pages.conftest import DESK, Site
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.rooms.evidence.experimenting import Floor, decide_some, lay_floor, rail
from tests.rooms.policies.conftest import Desk, lay_desk

pytestmark = pytest.mark.browser
HERE = "/policies/experiments"


@pytest.fixture
def floor(site: Site) -> Floor:
    return lay_floor(
        lay_desk(
            Desk(
                author=site.person(Role.ANALYST),
                manager=site.person(Role.CREDIT_RISK_MANAGER),
                approver=site.person(Role.APPROVER),
            )
        )
    )


def look(page: Page, site: Site, path: str, name: str) -> None:
    """Accessible at a desk and on a phone, with a picture of each."""
    response = page.goto(site.url(path))
    assert response is not None
    assert response.status == 200, path
    shoot(page, f"{name}-1280", for_docs=name == "experiment")
    assert_accessible(page)
    at_phone(page)
    shoot(page, f"{name}-400")
    assert_accessible(page)
    page.set_viewport_size(DESK)


def test_an_experiment_from_its_plan_to_its_memo(site: Site, floor: Floor, page: Page) -> None:
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url("/policies/line_uk/experiments/"))
    expect(page.locator("main")).to_contain_text("No experiment yet")
    page.get_by_role("link", name="Plan an experiment").click()
    for label, text in {
        "Name": "exp-cut-01", "Question": "Does the lower cut approve more?",
        "Share of the treatment": "50", "Horizon": "0", "Let units in for": "30",
        "Rate expected in the control": "50", "Smallest effect worth knowing": "20",
    }.items():  # fmt: skip
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Treatment", exact=True).select_option(floor.challenger.text_hash)
    page.get_by_label("Primary metric").select_option("approval_rate")
    page.get_by_label("Guard-rail").select_option("referral_rate")
    page.get_by_label("Harm bound").fill("5")
    page.get_by_role("button", name="See what it needs").click()
    expect(page.get_by_role("heading", name="What it needs")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("20%.*planned|planned"))).to_be_visible()
    shoot(page, "new-experiment-1280")
    assert_accessible(page)
    page.get_by_role("button", name="Propose").click()
    expect(page.locator(".state")).to_contain_text("another person has to register it")

    site.sign_in(page, Role.APPROVER)
    page.goto(site.url(f"{HERE}/exp-cut-01/registration/"))
    page.get_by_label("Reason").fill("The question can be answered by the plan")
    page.get_by_role("button", name="Register the plan").click()
    expect(page.locator(".state")).to_contain_text("Registered")

    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url(f"{HERE}/exp-cut-01/start/"))
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".state")).to_contain_text("30 days to the horizon")
    decide_some(range(400), at=utc_now())
    page.reload()
    expect(page.locator("#answer-title")).to_be_visible()
    expect(page.locator("main")).to_contain_text("As planned")
    page.get_by_role("link", name="Halt").click()
    page.get_by_role("button", name="Halt").click()
    expect(page.locator("main")).to_contain_text("required")
    page.get_by_label("Reason").fill("The branch closes over the holidays")
    page.get_by_role("button", name="Halt").click()
    expect(page.locator(".state")).to_contain_text("The branch closes")
    page.get_by_role("link", name="End and write the memo").click()
    page.get_by_label("Reason").fill("Nothing more will be learned")
    page.get_by_role("button", name="End and sign the memo").click()
    expect(page.locator(".state")).to_contain_text("No answer")
    look(page, site, f"{HERE}/exp-cut-01/memo/", "experiment-memo")
    expect(page.locator("main")).to_contain_text("harm begins at 5 points worse")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export JSON").click()
    memo = json.loads(download.value.path().read_text())
    assert memo["memo"]["recommendation"]["code"] == "no_answer"


def test_what_an_experiment_shows(site: Site, floor: Floor, page: Page) -> None:
    start = utc_now() - timedelta(days=10)
    rails = (rail(MetricKind.REFERRAL_RATE, "0.05"), rail(MetricKind.APPROVAL_RATE, "0.03"))
    floor.run(floor.plan(guard_rails=rails), at=start)
    for day in range(1, 9):
        decide_some(range(day * 100, day * 100 + 90), at=start + timedelta(days=day), seed=day)
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    look(page, site, f"{HERE}/exp-cut-01/", "experiment")
    expect(page.locator("main")).to_contain_text("surely above the control's")
    look(page, site, f"{HERE}/", "experiments")


def test_exploring_shows_its_money_and_its_decisions(site: Site, floor: Floor, page: Page) -> None:
    at = utc_now()
    plan = floor.exploring(budget=400_000)
    explore = replace(plan.arms[1], treatment="up to 500 a business")
    approvals = replace(plan.metric, kind=MetricKind.EXPLORED_BAD_RATE, label="charged_off_36m")
    plan = replace(plan, arms=(plan.arms[0], explore), metric=approvals, horizon_days=1500)
    plan = replace(plan, base_rate=Decimal("0.3"))
    known = definitions.label_definitions()["charged_off_36m"]
    ours = replace(known, policies=(*known.policies, "line_uk"))
    original = definitions.label_definitions
    definitions.label_definitions = lambda: {"charged_off_36m": ours}
    try:
        floor.run(plan, at=at - timedelta(days=1))
    finally:
        definitions.label_definitions = original
    for turn in range(1, 30):
        decide_some(range(turn * 100, turn * 100 + 40), at=at, below=1.0, seed=turn)
        if operations.watch_budgets(at=at + timedelta(seconds=turn)):
            break
    explored = Decision.objects.filter(explored__isnull=False).first()
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    look(page, site, f"{HERE}/exp-below-01/", "experiment-exploring")
    expect(page.locator(".state").first).to_contain_text("Halted by the budget")
    expect(page.locator("main")).to_contain_text("£4,000.00 of £4,000.00")
    look(page, site, f"/decisions/{explored.id}/", "decision-explored")
    expect(page.locator("main")).to_contain_text("Explored below the cut")
    expect(page.locator("main")).to_contain_text("with a limit of 500.00")
    expect(page.locator("main")).not_to_contain_text("What would have changed it")
    expect(page.get_by_role("link", name="exp-below-01", exact=True)).to_be_visible()

    page.goto(site.url(f"{HERE}/exp-below-01/"))
    expect(page.locator(".summary")).to_contain_text("8 at the full limit")
    client = site.client(Role.CREDIT_RISK_MANAGER)
    assert client.get(f"{HERE}/exp-below-01/halt/").status_code == 409
    ended = client.post(f"{HERE}/exp-below-01/end/", {"reason": "spent"}, follow=True)
    assert "exp-below-01 is ended." in ended.content.decode()
    memo = client.get(f"{HERE}/exp-below-01/memo/").content.decode()
    assert "with £4,000.00 of £4,000.00, at most £500.00 each" in memo


def test_a_plan_that_explores_is_told_what_its_money_holds(
    site: Site, floor: Floor, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = definitions.label_definitions()["charged_off_36m"]
    ours = replace(known, policies=(*known.policies, "line_uk"))
    for module in (definitions, planning):
        monkeypatch.setattr(module, "label_definitions", lambda: {"charged_off_36m": ours})
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url("/policies/line_uk/experiments/new/"))
    for label, text in {
        "Name": "exp-below-02", "Question": "How bad are they just below?",
        "Share of the treatment": "5", "Horizon": "1500", "Let units in for": "30",
        "Rate expected in the control": "30", "Smallest effect worth knowing": "-20",
        "Explore below the cut with a limit of (optional)": "500",
    }.items():  # fmt: skip
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Treatment", exact=True).select_option(floor.champion.text_hash)
    page.get_by_label("Primary metric").select_option("explored_bad_rate:charged_off_36m")
    page.get_by_role("button", name="See what it needs").click()
    budget = page.locator(".field", has=page.locator("[name=budget]"))
    expect(budget).to_contain_text("needs a limit and a budget")
    page.get_by_label("Money at risk in all").fill("4000")
    page.get_by_role("button", name="See what it needs").click()

    expect(page.locator(".notice")).to_contain_text("The money holds 8 cases at the full limit")
    expect(page.locator(".notice")).to_contain_text("It will be spent before there is an answer")
    expect(page.get_by_role("columnheader", name="Control")).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("planned"))).to_contain_text("439")
