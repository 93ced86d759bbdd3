"""Kept lists and decision tables in a real browser: write, approve by another, see the rows."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.evidence import datasets
from goodstanding.evidence import operations as evidence
from goodstanding.evidence.datasets import Dataset, Window
from goodstanding.evidence.types import BacktestRequest
from goodstanding.policies import operations
from goodstanding.policies.queries import compiled
from tests.flows.installation import ROOT
from tests.pages.conftest import Site
from tests.pages.published import enter_policy_of_its_own
from tests.pages.test_policies import look
from tests.rooms.policies.test_lists import KEPT

DAY = timedelta(days=1)
pytestmark = pytest.mark.browser
EXAMPLE = ROOT / "docs" / "examples" / "trade_terms.yaml"


def test_a_list_is_written_by_one_person_and_approved_by_another(site: Site, page: Page) -> None:
    site.sign_in(page, Role.ANALYST)
    look(page, site, "/policies/lists/", "lists-empty")
    page.get_by_role("link", name="Write a version").click()
    page.get_by_label("List", exact=True).fill("sanctioned_banks")
    page.get_by_label("Version").fill("2026-11")
    page.get_by_label("Values", exact=True).fill("DEUTDEFF\nBARCGB22\nDEUTDEFF")
    page.get_by_label("Last day").fill("2020-01-01")
    page.get_by_label("Reason").fill("Council list of November")
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_text("Let it end after it begins").first).to_be_visible()
    expect(page.get_by_label("Version")).to_have_value("2026-11")
    page.get_by_label("Last day").fill("2099-12-31")
    page.get_by_role("button", name="Write it").click()

    expect(page.get_by_text("Waits for a second person", exact=True).first).to_be_visible()
    expect(page.get_by_role("link", name="Approve")).to_have_count(0)
    here = "/policies/lists/sanctioned_banks/2026-11/"
    assert site.client(Role.ANALYST).post(f"{here}approval/", {"reason": "x"}).status_code == 403

    site.sign_in(page, Role.APPROVER)
    page.goto(site.url(here))
    page.get_by_role("link", name="Approve").click()
    page.get_by_label("Reason").fill("Compared with the source")
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_text("Approved", exact=True).first).to_be_visible()
    look(page, site, here, "list-version")
    look(page, site, "/policies/lists/", "lists")


def test_the_rows_of_a_decision_table_stand_under_inputs_and_scores(site: Site, page: Page) -> None:
    author = site.person(Role.ANALYST)
    enter_policy_of_its_own(site, "trade_terms")
    operations.publish_version(
        text=EXAMPLE.read_text("utf-8"), artefacts={}, author=author, by=author, at=utc_now()
    )
    compiled.cache_clear()
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    look(page, site, "/policies/trade_terms/inputs/", "policy-tables")

    table = page.get_by_role("table", name="Rows of price of credit")
    expect(table.get_by_role("row")).to_have_count(4)
    page.set_viewport_size({"width": 1100, "height": 800})
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    expect(table.get_by_role("rowheader", name="AWAY")).to_contain_text("Large orders abroad")
    exported = site.client(Role.CREDIT_RISK_MANAGER).get("/policies/trade_terms/text/?format=dmn")
    assert b'hitPolicy="UNIQUE"' in exported.content

    writer = site.client(Role.ANALYST)
    draft = writer.post("/policies/trade_terms/drafts/")["Location"]
    text = EXAMPLE.read_text("utf-8").replace("| not ('GB') ||", "| -          ||")
    writer.post(f"{draft}text/", {"text": text, "number": "1"})
    overview = writer.get(draft).content.decode()
    assert "Rows HOME and AWAY both match a record such as" in overview
    assert "can be published, and never proposed" in overview


def test_a_backtest_says_which_version_of_a_list_its_cases_read(
    site: Site, page: Page, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GOODSTANDING_HOME = tmp_path
    monkeypatch.setattr(datasets, "_datasets", {})
    today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    author = site.person(Role.ANALYST)
    enter_policy_of_its_own(site, "trade_uk")
    for version, begins in (("2026-10", today - 40 * DAY), ("2026-11", today - 10 * DAY)):
        named = {"name": "sanctioned_banks", "version": version, "reason": "Council list"}
        operations.add_list_version(
            **named, values=["A"], valid_from=begins.date(), expires_on=None, by=author, at=begins
        )
        operations.approve_list_version(**named, by=site.person(Role.APPROVER), at=begins)
    published = operations.publish_version(
        text=KEPT, artefacts={}, author=author, by=author, at=utc_now()
    )
    compiled.cache_clear()
    days = [(today - ago * DAY).date() for ago in (50, 30, 5, 4)]
    table = pl.DataFrame(
        {"key": ["a", "b", "c", "d"], "day": days, "bank": ["A"] * 4, "amount": [5] * 4}
    )
    window = Window("all", "All", days[0], days[-1])
    datasets.register_dataset(
        Dataset(
            name="orders", title="Orders", policy="trade_uk", version="1", words="Invented.",
            make=lambda: table, windows=(window,), as_of="day", key="key",
        )
    )  # fmt: skip
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url("/policies/trade_uk/backtests/new/"))
    expect(page.get_by_label("Lists")).to_have_value("day")
    request = BacktestRequest(
        text_hash=published.text_hash, dataset="orders", window="all", constants={}
    )
    run_id = evidence.keep_request(request=request, by=author, at=utc_now())
    evidence.run_backtest(run_id=run_id, clock=utc_now)

    look(page, site, f"/policies/backtests/{run_id}/", "backtest-lists")

    expect(page.locator("#lists tbody tr")).to_have_count(2)
    expect(page.locator("#lists tbody tr").last).to_contain_text("2026-11")
    expect(page.locator("#lists tbody tr").last).to_contain_text("2")
    expect(page.locator("#eligible")).to_contain_text(
        "no version of the list sanctioned_banks was in force on the day"
    )
    page.get_by_role("link", name="2026-10", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026-10")
    client = site.client(Role.ANALYST)
    for place in ("", "missing/", "tests/"):
        told = client.get(f"/policies/trade_uk/{place}").content.decode()
        assert "not as they stand today: sanctioned_banks 2026-11." in told
