"""Change requests in a real browser: ask, read, question, sign by a second person, go stale."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from uuid import UUID

import polars as pl
import pytest
from django.db import IntegrityError, transaction
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.cases.operations import load_desks
from goodstanding.core.time import utc_now
from goodstanding.deadlines.operations import ensure_calendars
from goodstanding.evidence import operations, queries
from goodstanding.evidence.datasets import Dataset, dataset_named, register_dataset
from goodstanding.evidence.models import SignOff
from goodstanding.evidence.types import ChangeAsked, ChangeState
from goodstanding.policies.queries import active_version, version_summaries
from goodstanding.policies.types import Status
from goodstanding.web.charts import as_svg
from tests.pages.conftest import DESK, Site
from tests.pages.looks import assert_accessible, at_phone, shoot
from tests.pages.published import NAME, Published

pytestmark = pytest.mark.browser
HERE = f"/policies/{NAME}"


class Book:
    """The loans, which a test may correct."""

    def __init__(self, dataset: Dataset) -> None:
        self.rows = dataset.make()


@pytest.fixture
def published(published: Published) -> Published:
    """With the calendars and queues that evidence counts hours by."""
    ensure_calendars(at=utc_now())
    load_desks(at=utc_now())
    return published


@pytest.fixture(autouse=True, scope="module")
def _drawing_is_loaded() -> None:
    """The first picture of a process loads the drawing parts, which no page's time is about."""
    import_module("goodstanding.web.pages.changes.pictures")
    as_svg({"mark": "bar", "data": {"values": [{"a": 1}]}, "encoding": {"x": {"field": "a"}}})


@pytest.fixture
def book() -> Iterator[Book]:
    """The history of loans, read anew each time, from rows that a test may change."""
    declared = dataset_named("sba_loans")
    book = Book(declared)
    register_dataset(replace(declared, is_live=True, make=lambda: book.rows))
    yield book
    register_dataset(declared)


def asked(published: Published) -> UUID:
    """A change that waits for its approver."""
    author = published.site.person(Role.ANALYST)
    request = ChangeAsked(
        text_hash=published.second.text_hash, dataset="sba_loans", window="2005_2006",
        why="Loans just above the line go bad too often.",
    )  # fmt: skip
    change_id = operations.keep_change(asked=request, by=author, at=utc_now())
    compute(change_id, published)
    see_once(change_id, published)
    return change_id


def see_once(change_id: UUID, published: Published) -> None:
    """The first sight in a process compiles both versions and loads the statistics."""
    page = published.site.client(Role.APPROVER).get(f"/policies/changes/{change_id}/")
    assert page.status_code == 200


def compute(change_id: UUID, published: Published) -> None:
    author = published.site.person(Role.ANALYST)
    run_id = operations.keep_evidence_request(change_id=change_id, by=author, at=utc_now())
    assert operations.make_evidence(run_id=run_id, clock=utc_now) == "finished"


def look(page: Page, site: Site, path: str, name: str, *, for_docs: bool = False) -> None:
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
    site, change_id = published.site, asked(published)
    operations.ask_question(
        change_id=change_id, text="Why ten points?", by=site.person(Role.APPROVER), at=utc_now()
    )
    site.sign_in(page, Role.APPROVER)

    look(page, site, f"/policies/changes/{change_id}/", "change", for_docs=True)
    look(page, site, f"/policies/changes/{change_id}/signature/", "change-signature")
    look(page, site, f"/policies/changes/{change_id}/page/", "change-page")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    look(page, site, f"/policies/changes/{change_id}/flips/", "change-flips")
    look(page, site, "/policies/changes/", "changes")
    look(page, site, "/", "home-approver")
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    look(page, site, f"{HERE}/versions/", "versions-with-changes")
    look(page, site, f"{HERE}/versions/change/?version=2", "new-change")
    look(page, site, f"{HERE}/versions/emergency/?version=2", "version-emergency")


def test_a_change_is_asked_questioned_answered_and_approved_by_a_second_person(
    published: Published, page: Page
) -> None:
    site = published.site
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"{HERE}/versions/"))
    page.get_by_role("link", name="Ask for this change version 2").click()
    page.get_by_role("button", name="Ask for this change").click()
    expect(page.get_by_role("alert").first).to_contain_text("required")
    page.get_by_label("Why", exact=True).fill("Loans just above the line go bad too often.")
    page.get_by_role("button", name="Ask for this change").click()
    expect(page.locator("#run")).to_contain_text("It waits for the worker")
    assert_accessible(page)
    (change,) = queries.changes(at=utc_now())
    assert change.latest_run_id is not None

    operations.make_evidence(run_id=change.latest_run_id, clock=utc_now)
    see_once(change.change_id, published)

    expect(page.locator("h1")).to_contain_text("The loss falls by USD 880,471", timeout=30_000)
    expect(page.locator("h1")).to_contain_text("531 of 3,500 businesses move")
    expect(page.locator("h1")).to_contain_text("+3.7 staff hours a week")
    expect(page.locator("#quadrants")).to_contain_text("11 of 531 moved")
    expect(page.get_by_role("link", name="Approve or sign")).to_have_count(0)

    site.sign_in(page, Role.APPROVER)
    page.goto(site.url("/"))
    page.get_by_role("link", name="version 1 → 2").click()
    page.get_by_label("Question", exact=True).fill("Who works the referrals?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#thread")).to_contain_text("Piet de Vries asks: Who works the referrals?")

    site.sign_in(page, Role.ANALYST)
    page.goto(site.url(f"/policies/changes/{change.change_id}/"))
    page.get_by_text("Answer Piet de Vries").click()
    page.locator("#thread article textarea").fill("Underwriting has room.")
    page.locator("#thread article").get_by_role("button", name="Answer").click()
    expect(page.locator("#thread")).to_contain_text("Li Wen: Underwriting has room.")

    site.sign_in(page, Role.APPROVER)
    page.goto(site.url(f"/policies/changes/{change.change_id}/"))
    page.get_by_role("link", name="Approve or sign").click()
    expect(page.get_by_role("note")).to_contain_text("nothing has changed since it was computed")
    page.get_by_label("Reason").fill("The loss avoided is worth the hours.")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".page-head .state")).to_contain_text("Approved")
    statuses = {each.label: each.status for each in version_summaries(at=utc_now(), name=NAME)}
    assert statuses == {"1": Status.CHAMPION, "2": Status.APPROVED}

    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    page.goto(site.url(f"/policies/changes/{change.change_id}/"))
    expect(page.get_by_role("link", name="Share or activate it")).to_be_visible()


def test_the_author_cannot_sign_on_the_page_nor_in_the_database(published: Published) -> None:
    site, change_id = published.site, asked(published)
    author = site.person(Role.ANALYST)
    summary = queries.change_summary(change_id=change_id, at=utc_now())
    client = site.client(Role.CREDIT_RISK_MANAGER)

    wrong_role = client.post(f"/policies/changes/{change_id}/signature/", {"reason": "Fine"})

    assert wrong_role.status_code == 422
    assert "the approver" in wrong_role.content.decode()
    refused = site.client(Role.ANALYST).post(
        f"/policies/changes/{change_id}/signature/", {"reason": "Mine"}
    )
    assert refused.status_code == 403
    with pytest.raises(IntegrityError, match="signer_is_another"), transaction.atomic():
        SignOff.objects.create(
            change_id=change_id, step=1, role="approver", run_id=summary.evidence_id,
            reason="Mine", signed_by=author, signed_at=utc_now(),
        )  # fmt: skip


def test_stale_evidence_blocks_until_it_is_run_again(
    published: Published, book: Book, page: Page
) -> None:
    site, change_id = published.site, asked(published)
    path = f"/policies/changes/{change_id}/"
    book.rows = book.rows.with_columns(pl.col("bad").fill_null(0))
    site.sign_in(page, Role.APPROVER)

    page.goto(site.url(path))
    expect(page.locator("#stale")).to_contain_text("outcomes known 3,468 then, 3,500 now")
    expect(page.get_by_role("link", name="Approve or sign")).to_have_count(0)
    assert_accessible(page)
    answer = site.client(Role.APPROVER).post(f"{path}signature/", {"reason": "Read"})
    assert answer.status_code == 422
    assert "Run the evidence again" in answer.content.decode()

    page.get_by_role("button", name="Run the evidence again").click()
    expect(page.locator("#run")).to_be_visible()
    summary = queries.change_summary(change_id=change_id, at=utc_now())
    assert summary.latest_run_id is not None
    operations.make_evidence(run_id=summary.latest_run_id, clock=utc_now)
    expect(page.get_by_role("link", name="Approve or sign")).to_be_visible(timeout=30_000)


def test_a_change_is_taken_along_and_returned_and_withdrawn(published: Published) -> None:
    site, change_id = published.site, asked(published)
    client, path = site.client(Role.APPROVER), f"/policies/changes/{change_id}/"

    document = json.loads(client.get(f"{path}?format=json").content)
    sheet = client.get(f"{path}?format=xlsx")
    table = pl.read_parquet(client.get(f"{path}?format=parquet").content)
    flips = client.get(f"{path}flips/?format=csv").content.decode()
    one_page = client.get(f"{path}page/").content.decode()

    assert document["evidence"]["parity"]["polars"] == 0
    assert document["state"] == "waiting"
    assert sheet.content.startswith(b"PK")
    assert table.height == client.get(f"{path}?format=csv").content.decode().count("\n") - 1
    assert flips.count("\n") == 532
    assert "The loss falls by USD 880,471" in one_page
    assert "Groups affected" in one_page
    for narrowed, count in (
        ("moved=out", 531), ("moved=in", 0), ("segment=State&amp;group=NY", 73),
        ("told_after=SECTOR", 524),
    ):  # fmt: skip
        listed = client.get(f"{path}flips/?{narrowed.replace('&amp;', '&')}&format=csv")
        assert listed.content.decode().count("\n") == 1 + count
        assert (f'flips/?{narrowed}"' in one_page) == (count > 0)
        assert (f'flips/?{narrowed}"' in client.get(path).content.decode()) == (count > 0)
    bad = client.get(f"{path}flips/?moved=out&came=bad").content.decode()
    assert "No longer approved" in bad
    assert bad.count("Whatever came true") == 1
    empty = client.post(f"{path}questions/", {"text": " "})
    assert empty.status_code == 422
    assert client.post(f"{path}return/", {"reason": "Too strict"}).status_code == 302
    assert queries.change_summary(change_id=change_id, at=utc_now()).state is ChangeState.RETURNED
    author = site.client(Role.ANALYST)
    sent_back = author.get(path).content.decode()
    assert f'href="{HERE}/versions/change/?version=2"' in sent_back
    assert f'href="{HERE}/versions/new/?version=2"' in sent_back
    assert "Not signed" in sent_back
    assert "Ask for it again" not in client.get(path).content.decode()
    assert "Changes returned to you" in author.get("/").content.decode()
    again = asked(published)
    assert "Changes returned to you" not in author.get("/").content.decode()
    versions = author.get(f"{HERE}/versions/").content.decode()
    assert "Read its change request" in versions
    assert "Ask for this change" not in versions
    withdrawn = site.client(Role.ANALYST).post(
        f"/policies/changes/{again}/withdrawal/", {"reason": "Not now"}
    )
    assert withdrawn.status_code == 302
    assert queries.change_summary(change_id=again, at=utc_now()).state is ChangeState.WITHDRAWN


def test_an_emergency_is_approved_activated_and_reviewed(published: Published) -> None:
    site = published.site
    approver, manager = site.client(Role.APPROVER), site.client(Role.CREDIT_RISK_MANAGER)
    until = utc_now() + timedelta(days=3)
    given = {"expires_at": f"{until:%Y-%m-%dT%H:%M}", "reason": "Losses rise"}
    late = given | {"expires_at": f"{until + timedelta(days=20):%Y-%m-%dT%H:%M}"}

    refused = approver.post(f"{HERE}/versions/emergency/?version=2", late)
    approved = approver.post(f"{HERE}/versions/emergency/?version=2", given)
    manager.post(f"{HERE}/versions/activation/?version=2", {"to": "champion", "reason": "Now"})

    assert (refused.status_code, approved.status_code) == (422, 302)
    assert "within 14 days" in refused.content.decode()
    page = manager.get(f"{HERE}/versions/").content.decode()
    assert "emergency until" in page
    assert "Review the emergency" in page
    assert "Emergencies to review" in manager.get("/").content.decode()
    assert "Emergencies to review" not in approver.get("/").content.decode()
    deciding = active_version(name=NAME, at=utc_now())
    assert deciding is not None
    assert deciding.label == "2"
    mine = approver.post(
        f"{HERE}/versions/emergency/review/?version=2", {"finding": "confirmed", "reason": "Mine"}
    )
    assert mine.status_code == 422
    manager.post(
        f"{HERE}/versions/emergency/review/?version=2", {"finding": "taken_back", "reason": "No"}
    )
    back = active_version(name=NAME, at=utc_now())
    assert back is not None
    assert back.label == "1"
    after = manager.get(f"{HERE}/versions/").content.decode()
    assert "Version 2: its emergency ended" in after
    assert f"{HERE}/versions/share/?version=2" not in after
    assert f"{HERE}/versions/activation/?version=2" not in after
    assert "Roll back to version 1" not in after
    again = manager.post(
        f"{HERE}/versions/activation/?version=2", {"to": "champion", "reason": "Once more"}
    )
    assert again.status_code == 422
