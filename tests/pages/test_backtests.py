"""Backtests and new versions in a real browser: ask, watch, stop, read, take along, propose."""

import json
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.core.ids import new_id
from goodstanding.core.time import utc_now
from goodstanding.evidence import operations, queries
from goodstanding.evidence.types import BacktestRequest, BacktestState
from goodstanding.policies.operations import approve_version, propose_version, publish_version
from goodstanding.policies.queries import version_summaries
from goodstanding.policies.types import Status
from tests.pages.conftest import DESK, Site
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.published import NAME, STRICTER, TEXT, Published
from tests.rooms.policies.test_backtest_results import read_workbook

pytestmark = pytest.mark.browser
HERE = f"/policies/{NAME}"


def asked(published: Published, **changes: Any) -> UUID:
    """A backtest that somebody asked for and nobody ran yet."""
    given: dict[str, Any] = {
        "text_hash": published.second.text_hash,
        "against_hash": published.first.text_hash,
        "dataset": "sba_loans",
        "window": "2005_2006",
        "constants": {},
    }
    return operations.keep_request(
        request=BacktestRequest(**(given | changes)),
        by=published.site.person(Role.ANALYST),
        at=utc_now(),
    )


def finished(published: Published) -> UUID:
    """A backtest of the stricter version against the one that decides."""
    run_id = asked(published)
    assert operations.run_backtest(run_id=run_id, clock=utc_now) is BacktestState.FINISHED
    return run_id


def look(page: Page, site: Site, path: str, name: str, *, for_docs: bool = False) -> None:
    """Accessible at a desk and on a phone, with a picture of each."""
    response = page.goto(site.url(path))
    assert response is not None
    assert response.status == 200, path
    shoot(page, f"{name}-1280", for_docs=for_docs)
    assert_accessible(page)
    at_phone(page)
    shoot(page, f"{name}-400")
    assert_accessible(page)
    page.set_viewport_size(DESK)


@pytest.mark.slow
def test_every_page_is_accessible_in_both_widths(published: Published, page: Page) -> None:
    site, run_id = published.site, finished(published)
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    look(page, site, f"/policies/backtests/{run_id}/", "backtest", for_docs=True)
    look(page, site, f"/policies/backtests/{run_id}/flips/", "backtest-flips")
    look(page, site, "/policies/backtests/", "backtests")
    look(page, site, f"{HERE}/backtests/", "policy-backtests")
    look(page, site, f"{HERE}/backtests/new/", "new-backtest")
    look(page, site, f"{HERE}/versions/new/", "new-version")
    look(page, site, f"{HERE}/versions/proposal/?version=2", "version-proposal")
    look(page, site, f"{HERE}/versions/activation/?version=2", "version-activation")
    look(page, site, f"{HERE}/?version=2&fired=backtest", "policy-fired")


def test_a_backtest_is_asked_watched_and_read(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"{HERE}/backtests/"))
    expect(page.locator("main")).to_contain_text("No backtest yet")
    page.get_by_role("link", name="Start a backtest").click()
    page.get_by_label("Compare with").select_option(label="Version 1")
    page.get_by_label("Points from which a request is approved").fill("580")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#run")).to_contain_text("It waits for the worker")
    assert_accessible(page)

    (waiting,) = queries.backtests()
    operations.run_backtest(run_id=waiting.run_id, clock=utc_now)

    expect(page.locator("#groups")).to_be_visible(timeout=10_000)
    expect(page.locator(".page-head .state")).to_contain_text(
        "334 no longer approved, 33 of them bad: USD 651,078 of write-offs avoided"
    )
    page.get_by_role("link", name="334 now referred").click()
    expect(page.locator("main")).to_contain_text("334 cases are answered otherwise")

    page.go_back()
    expect(page.locator("#eligible")).to_contain_text("Every case of the window had")
    expect(page.get_by_role("heading", name="What changes for the cases")).to_be_visible()
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel workbook, a sheet a section").click()
    book = read_workbook(download.value.path().read_bytes())
    assert {"Outcomes", "Bands", "Moves", "What was moved", "Rules"} < set(book)
    said = {row[0][0]: row[1][0] for row in book["Provenance"][1:]}
    assert said["Backtest"] == str(waiting.run_id)
    moves = {(row[0][0], row[1][0]): row[2][0] for row in book["Moves"][1:]}
    assert moves["approve", "refer"] == 334


def test_a_backtest_that_runs_shows_how_far_and_can_be_stopped(
    published: Published, page: Page
) -> None:
    site, run_id = published.site, asked(published)
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"/policies/backtests/{run_id}/"))

    page.get_by_role("button", name="Stop it").click()

    expect(page.locator("#messages")).to_contain_text("It stops at its next batch")
    assert operations.run_backtest(run_id=run_id, clock=utc_now) is BacktestState.CANCELLED
    expect(page.locator(".page-head .state")).to_contain_text("Stopped", timeout=10_000)
    expect(page.locator("main")).to_contain_text("nothing of it is kept")


def test_stopping_what_is_over_is_refused(published: Published) -> None:
    client = published.site.client(Role.ANALYST)

    answer = client.post(f"/policies/backtests/{finished(published)}/cancellation/")

    assert answer.status_code == 409
    assert "This backtest is over" in answer.content.decode()


IMPOSSIBLE = [
    ({"against": "first"}, "compared with itself"),
    ({"set_approve_from": "many"}, "is a whole number"),
    ({"set_approve_from": "550"}, "bands"),
    ({"period": "sba_loans:1888"}, "Select a valid choice"),
    ({"engine": "oracle"}, "Select a valid choice"),
]


def test_what_cannot_be_run_is_told_beside_the_form(published: Published) -> None:
    client = published.site.client(Role.ANALYST)

    for given, told in IMPOSSIBLE:
        form = {"period": "sba_loans:2005_2006", "against": "", "engine": "polars"} | given
        if form["against"] == "first":
            form["against"] = published.first.text_hash
        answer = client.post(f"{HERE}/backtests/new/", form)

        assert answer.status_code == 422, given
        assert told in answer.content.decode(), given
        assert "There is a problem" in answer.content.decode(), given
    assert queries.backtests() == ()


def test_a_result_leaves_as_a_file(published: Published) -> None:
    client, path = (
        published.site.client(Role.APPROVER),
        f"/policies/backtests/{finished(published)}/",
    )

    document = json.loads(client.get(path, {"format": "json"}).content)
    table = client.get(path, {"format": "csv"}).content.decode().splitlines()
    flips = client.get(f"{path}flips/", {"format": "parquet"})

    assert document["decided"] == 3_500
    assert document["comparison"]["version"] == "1"
    assert document["provenance"]["History"].endswith(document["first"][:4] + " and 2006")
    records = client.get(path, {"format": "parquet"})
    kept = pl.read_parquet(b"".join(records.streaming_content))
    assert kept.height == 3_500
    assert (
        kept.filter((pl.col("before") == "approve") & (pl.col("outcome") == "refer")).height == 531
    )
    assert table[0].startswith("part,name,cases,amount")
    assert any(line.startswith("move,approve to refer,531,") for line in table)
    assert flips.content.startswith(b"PAR1")
    assert client.get(path, {"format": "pdf"}).status_code == 400


def test_a_candidate_is_checked_before_it_is_published(published: Published, page: Page) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"{HERE}/versions/new/"))
    text = page.get_by_label("The text")

    text.fill(TEXT.replace("requested_amount > programme_cap", "requested_amount > prgramme_cap"))
    page.get_by_role("button", name="Check it").click()
    expect(page.locator("main")).to_contain_text("Line 118, column 30")
    assert "prgramme_cap" in text.input_value()
    assert_accessible(page)

    text.fill(STRICTER.replace('version: "2"', 'version: "3"').replace("value: 556", "value: 560"))
    page.get_by_role("button", name="Check it").click()
    expect(page.locator("main")).to_contain_text("the value changes from 572 to 582")
    assert len(version_summaries(at=utc_now(), name=NAME)) == 2

    page.get_by_role("button", name="Publish as a draft").click()
    expect(page.locator("#messages")).to_contain_text("Version 3 is published as a draft")
    (newest, *_) = version_summaries(at=utc_now(), name=NAME)
    assert (newest.label, newest.status) == ("3", Status.DRAFT)


def test_a_text_that_cannot_be_a_version_is_refused(published: Published) -> None:
    client = published.site.client(Role.ANALYST)
    renamed = TEXT.replace("policy: sba_underwriting", "policy: other")
    refused = {
        TEXT: "is published already",
        renamed: "is of the policy other",
        "": "This field is required",
    }

    for text, told in refused.items():
        answer = client.post(f"{HERE}/versions/new/", {"text": text, "publish": "1"})

        assert answer.status_code == 422, told
        assert told in answer.content.decode(), told


def test_a_proposed_version_beside_another_is_approved_by_its_change_request_alone(
    published: Published, page: Page
) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"{HERE}/versions/"))
    page.get_by_role("link", name="Propose version 2").click()
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("alert").first).to_contain_text("required")
    page.get_by_label("Reason").fill("Fewer write-offs for 531 more referrals")
    page.get_by_role("button", name="Propose").click()
    expect(page.locator("tbody tr").first).to_contain_text("Proposed")

    answer = site.client(Role.APPROVER).post(
        f"{HERE}/versions/approval/?version=2", {"reason": "The referrals can be worked"}
    )

    assert answer.status_code == 422
    assert "no change request was signed for it" in answer.content.decode()


INCOMPLETE = [
    ({"to": "draft", "reason": "Try it"}, "Select a valid choice"),
    ({"to": "share", "reason": "Try it"}, "Select a valid choice"),
    ({"to": "retired", "reason": " "}, "This field is required"),
]


def test_a_step_without_what_it_needs_is_refused(published: Published) -> None:
    client = published.site.client(Role.CREDIT_RISK_MANAGER)

    for form, told in INCOMPLETE:
        answer = client.post(f"{HERE}/versions/activation/?version=1", form)

        assert answer.status_code == 422, form
        assert told in answer.content.decode(), form


def test_a_share_says_how_large_it_is(published: Published) -> None:
    reason = {"reason": "Try it"}
    site, second = published.site, published.second.text_hash
    propose_version(text_hash=second, **reason, by=site.person(Role.ANALYST), at=utc_now())
    approve_version(
        text_hash=second, **reason, by=site.person(Role.APPROVER), at=utc_now(), change_id=new_id()
    )
    client = site.client(Role.CREDIT_RISK_MANAGER)
    path = f"{HERE}/versions/activation/?version=2"

    none = client.post(path, {"to": "share"} | reason)
    large = client.post(path, {"to": "share", "share": "200"} | reason)
    half = client.post(path, {"to": "share", "share": "12.50"} | reason)

    assert "Say how large the share is" in none.content.decode()
    assert "less than or equal to 99.99" in large.content.decode()
    assert (none.status_code, large.status_code, half.status_code) == (422, 422, 302)
    assert "share of 12.5 %" in client.get(f"{HERE}/versions/").content.decode()


def test_an_author_who_approves_is_refused(published: Published) -> None:
    site = published.site
    author = site.person(Role.APPROVER)
    text = STRICTER.replace('version: "2"', 'version: "4"').replace("value: 582", "value: 583")
    version = publish_version(text=text, artefacts={}, author=author, by=author, at=utc_now())
    propose_version(text_hash=version.text_hash, reason="Try it", by=author, at=utc_now())

    answer = site.client(Role.APPROVER).post(
        f"{HERE}/versions/approval/?version=4", {"reason": "Mine"}
    )

    assert answer.status_code == 422
    assert "cannot approve it" in answer.content.decode()
