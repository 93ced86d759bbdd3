"""A policy of two thousand rules: found and paged, with exact counts."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from bench import forms
from bench.hundred import records, rulebook
from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.evidence import datasets
from goodstanding.evidence import operations as evidence
from goodstanding.evidence.datasets import Dataset, Window
from goodstanding.evidence.queries import backtest_view
from goodstanding.evidence.types import BacktestRequest, BacktestState
from goodstanding.policies import operations
from goodstanding.policies.engine import Policy
from goodstanding.policies.queries import compiled
from goodstanding.web.pages.policies.open_draft import read_draft
from tests.pages.conftest import Site
from tests.pages.published import enter_policy_of_its_own
from tests.pages.test_policies import look
from tests.rooms.policies.test_sizes import COLUMNS, LARGE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW_MACHINE = 60_000


def cases(policy: Policy) -> pl.DataFrame:
    """Sixty records as a history of one day."""
    schema = {
        item.name: COLUMNS.get(item.type.kind, pl.Decimal(item.type.precision, item.type.scale))
        for item in policy.plan.inputs
    }
    rows = [{name: dict(row).get(name) for name in schema} for row in records(60)]
    return pl.DataFrame(rows, schema=schema).with_columns(
        pl.lit(date(2026, 1, 5)).alias("day"), pl.arange(60).cast(pl.String).alias("key"),
        (pl.arange(60) % 3 == 0).cast(pl.Int8).alias("bad"),
    )  # fmt: skip


def test_two_thousand_rules_are_published_tested_and_found(
    site: Site, page: Page, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GOODSTANDING_HOME = tmp_path
    monkeypatch.setattr(datasets, "_datasets", {})
    author = site.person(Role.ANALYST)
    text = forms.policy_text(rulebook(LARGE))
    name = text.split("policy: ", 1)[1].split("\n", 1)[0]
    enter_policy_of_its_own(site, name)
    version = operations.publish_version(
        text=text, artefacts={}, author=author, by=author, at=utc_now()
    )
    policy = compiled(version.text_hash)
    table = cases(policy)
    window = Window("all", "All", date(2026, 1, 1), date(2026, 1, 31))
    datasets.register_dataset(
        Dataset(
            name="drawn", title="Drawn", policy=name, version="1", words="Drawn from a seed.",
            make=lambda: table, windows=(window,), as_of="day", key="key", label="bad",
        )
    )  # fmt: skip
    request = BacktestRequest(
        text_hash=version.text_hash, dataset="drawn", window="all", constants={}
    )
    run_id = evidence.keep_request(request=request, by=author, at=utc_now())
    assert evidence.run_backtest(run_id=run_id, clock=utc_now) is BacktestState.FINISHED
    result = backtest_view(run_id=run_id).result
    assert result is not None
    fired = [rule.id for rule in result.rules if rule.true]
    one = policy.evaluate(records(1)[0], as_of=utc_now())
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    look(page, site, f"/policies/{name}/", "policy-many-rules")

    rows = page.locator("#rules tbody tr")
    assert len(one.rules) == LARGE
    expect(rows).to_have_count(50)
    expect(page.locator("#rules .pages")).to_contain_text("1\u201350 of 2,000")
    page.locator("#rules").get_by_role("link", name="Next").click()
    expect(page.locator("#rules .pages")).to_contain_text("51\u2013100 of 2,000")
    page.goto(site.url(f"/policies/{name}/?fires=fired"))
    expect(page.locator("#rules .pages")).to_contain_text(f"of {len(fired):,}")
    last = policy.plan.rules[-1].declaration
    page.goto(site.url(f"/policies/{name}/?rule={last.id}#rule-{last.id}"))
    expect(page.locator(f"#rule-{last.id}")).to_be_visible()
    expect(page.locator("#rules .pages")).to_contain_text("1,951\u20132,000 of 2,000")
    page.get_by_label("Id, label, condition or reason").fill(last.id)
    page.get_by_role("button", name="Find", exact=True).click()
    expect(rows).to_have_count(1)
    expect(page.locator("#rules")).to_contain_text("1 of 2,000 rules")
    page.get_by_label("Id, label, condition or reason").fill("no such rule")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator("#rules")).to_contain_text("No rule is found so.")
    page.get_by_role("link", name="show every rule").click()
    expect(page.locator("#rules .pages")).to_contain_text("1\u201350 of 2,000")
    client = site.client(Role.CREDIT_RISK_MANAGER)
    assert client.get(f"/policies/{name}/?page=41").status_code == 404

    text = client.get(f"/policies/backtests/{run_id}/?page=2").content.decode()
    assert "51\u2013100 of 2,000" in text


def test_a_draft_of_two_thousand_rules_is_edited_a_page_at_a_time(
    site: Site, page: Page, settings: Any, tmp_path: Path
) -> None:
    settings.GOODSTANDING_HOME = tmp_path
    author = site.person(Role.ANALYST)
    text = forms.policy_text(rulebook(LARGE))
    name = text.split("policy: ", 1)[1].split("\n", 1)[0]
    enter_policy_of_its_own(site, name)
    operations.publish_version(text=text, artefacts={}, author=author, by=author, at=utc_now())
    site.sign_in(page, Role.ANALYST)
    expect.set_options(timeout=SLOW_MACHINE)
    ids = [rule.declaration.id for rule in read_draft(text)[0].plan.rules]  # type: ignore[union-attr]

    page.goto(site.url(f"/policies/{name}/drafts/"))
    page.get_by_role("button", name="Begin a draft").click()
    expect(page.locator("#rules .pages")).to_contain_text("1\u201350 of 2,000")
    look(page, site, page.url.removeprefix(site.address), "policy-draft-many-rules")
    draft = page.url
    page.goto(f"{draft}?page=2")
    page.get_by_role("button", name=f"Move {ids[50]} up").click()

    expect(page.locator(f"#rule-{ids[50]}")).to_be_visible()
    expect(page.locator("#rules .pages")).to_contain_text("1\u201350 of 2,000")
    expect(page.locator("main")).to_contain_text(f"so reasons do too: {ids[50]}, {ids[49]}.")
    expect(page.locator("main")).to_contain_text("more, in the order of the text")
    page.get_by_label("Id, label, condition or reason").fill(ids[1998])
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator("#rules tbody tr")).to_have_count(1)
    page.get_by_role("button", name=f"Switch {ids[1998]} off").click()
    expect(page.locator("#rules")).to_contain_text("Switched off")
    expect(page.locator("#rules")).to_contain_text("No rule is found so.")
