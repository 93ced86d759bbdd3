"""Decisions: found, explained down to each rule and input, derived again."""

import csv
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.decisions.answer import StoredDecision
from goodstanding.decisions.models import Decision, Replay
from goodstanding.decisions.operations import decide
from goodstanding.decisions.types import DecisionRequest, Entity
from goodstanding.regimes.operations import load_regimes
from tests.flows.approved import stand_company
from tests.pages.conftest import Site
from tests.pages.looks import PHONE, assert_accessible, assert_no_sideways_scroll, at_phone, shoot
from tests.pages.published import DESK, TEXT

SOUND: dict[str, Any] = {
    "requested_amount": Decimal("120000.00"), "guaranteed_share": Decimal("0.7500"),
    "employees": 12, "new_business": False, "rural": False, "franchise": False, "sector": "33",
    "state": "OH",
    "connected_exposure": {"value": 0, "source": "ledger"},
}  # fmt: skip


@dataclass(frozen=True)
class Morning:
    """One decision of each kind."""

    sound: StoredDecision
    large: StoredDecision
    outside: StoredDecision
    unsure: StoredDecision
    fallen_back: StoredDecision


@pytest.fixture
def morning(site: Site) -> Morning:
    now = utc_now()
    company = stand_company(now=now, code="GS-US")
    version = company.publish(TEXT, artefacts=artefacts_named_in(TEXT))

    def decided(value: str, **changed: Any) -> StoredDecision:
        request = DecisionRequest(
            policy="sba_underwriting", entity=Entity("sba_loan", value), as_of=now,
            inputs=SOUND | changed, idempotency_key=value,
        )  # fmt: skip
        return decide(request=request, legal_entity="GS-US", by="key:lender", at=utc_now())

    sound, outside = decided("1000000001"), decided("1000000002", state="XX")
    large = decided("1000000005", requested_amount=Decimal("5000000.01"), employees=60)
    unsure = decided("1000000003", state=None)
    company.block(version.text_hash, at=utc_now())
    return Morning(sound, large, outside, unsure, decided("1000000004"))


def artefacts_named_in(text: str) -> dict[str, bytes]:
    """The models whose content the policy pins, by their hash."""
    contents = [path.read_bytes() for path in (DESK / "models").glob("*.json")]
    by_hash = {hashlib.sha256(content).hexdigest(): content for content in contents}
    return {sha256: content for sha256, content in by_hash.items() if sha256 in text}


def address(stored: StoredDecision) -> str:
    return f"/decisions/{stored.decision_id}/"


def test_decisions_are_found_by_identifier_and_by_what_was_decided(
    site: Site, morning: Morning
) -> None:
    client = site.client(Role.CREDIT_RISK_MANAGER)

    def found(query: str) -> set[str]:
        text = client.get(f"/decisions/?{query}").content.decode()
        return {
            decision.idempotency_key
            for decision in Decision.objects.all()
            if f"/decisions/{decision.id}/" in text
        }

    assert found("") == {f"100000000{number}" for number in range(1, 6)}
    assert found("q=sba_loan:1000000002") == {"1000000002"}
    assert found(f"q={morning.unsure.decision_id}") == {"1000000003"}
    assert found("outcome=decline") == {"1000000002", "1000000005"}
    assert found("gate=suspended") == {"1000000004"}
    assert found("outcome=refer&gate=current") == {"1000000003"}
    assert found("day=2020-01-01") == set()


def test_a_day_that_is_none_is_refused(site: Site, morning: Morning) -> None:
    answer = site.client(Role.CREDIT_RISK_MANAGER).get("/decisions/?day=someday")

    assert answer.status_code == 422
    assert "someday" in answer.content.decode()


@pytest.mark.browser
def test_a_decision_shows_each_rule_what_it_missed_and_why(
    site: Site, page: Page, morning: Morning
) -> None:
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)

    page.goto(address(morning.unsure))

    unknown = page.locator("#rule-STATE").inner_text()
    assert "Unknown state (null)" in unknown
    assert "refer because data is missing" in unknown
    expect(page.locator("#rule-CAP")).to_contain_text("False")
    why = page.get_by_role("region", name="Why this answer")
    assert "MISSING_STATE" in why.inner_text()
    inputs = page.get_by_role("table", name="The inputs as they were read")
    assert "missing: null" in inputs.inner_text()
    assert "ledger" in inputs.inner_text()
    page.get_by_text("Scores", exact=True).click()
    assert page.get_by_role("table", name="Points of sba_scorecard").is_visible()
    page.get_by_text("Gate and arm", exact=True).click()
    assert page.get_by_text("bucket").is_visible()
    assert_accessible(page)
    shoot(page, "decision-unsure-1280")


@pytest.mark.browser
def test_a_fallback_says_what_the_policy_would_have_said(
    site: Site, page: Page, morning: Morning
) -> None:
    site.sign_in(page, Role.MODEL_RISK_MANAGER)

    page.goto(address(morning.fallen_back))

    expect(page.locator(".page-head .state")).to_contain_text("The fallback decided")
    expect(page.get_by_text("The policy itself would have said approve")).to_be_visible()
    assert_accessible(page)
    shoot(page, "decision-fallback-1280")


@pytest.mark.browser
def test_the_replay_button_derives_the_same_decision(
    site: Site, page: Page, morning: Morning
) -> None:
    person = site.sign_in(page, Role.INTERNAL_AUDITOR)
    page.goto(address(morning.outside))

    page.get_by_role("button", name="Replay").click()

    expect(page.locator(".page-head .state")).to_contain_text("Identical, bit for bit")
    assert Replay.objects.get().replayed_by == person.email
    assert Replay.objects.get().verdict == "same"
    expect(page.get_by_text(morning.outside.record_hash)).to_be_visible()
    assert_accessible(page)
    shoot(page, "decision-replay-1280")
    page.get_by_role("link", name="The decision").click()
    expect(page.get_by_role("region", name="Look back")).to_contain_text("bit for bit")


def test_features_are_looked_up_again_or_it_says_why_they_cannot(
    site: Site, morning: Morning
) -> None:
    client = site.client(Role.INTERNAL_AUDITOR)
    page = client.get(address(morning.outside)).content.decode()
    place = f"{address(morning.outside)}rederivation/"

    found = client.post(place)

    assert f'action="{place}"' in page
    assert found.status_code == 200
    text = found.content.decode()
    assert "Features looked up again" in text
    assert "There is no feature connected_exposure@1." in text
    assert "is not kept here" in text
    assert site.client(Role.SPECIALIST).post(place).status_code == 403


@pytest.mark.browser
def test_a_decision_is_decided_again_on_what_holds_now(
    site: Site, page: Page, morning: Morning
) -> None:
    site.sign_in(page, Role.MODEL_RISK_MANAGER)
    page.goto(address(morning.sound))

    page.get_by_role("button", name="Decide again").click()

    expect(page.get_by_text("Decided again, on what holds now: refer")).to_be_visible()
    table = page.get_by_role("table", name="Each line that differs")
    expect(table.get_by_role("row", name="Outcome Outcome approve refer")).to_be_visible()
    expect(table.get_by_role("row", name="Approval Gate current suspended")).to_be_visible()
    assert_accessible(page)
    shoot(page, "decision-compared-1280")
    assert_no_sideways_scroll(at_phone(page))
    page.get_by_role("link", name="The later decision").click()
    expect(page.locator(".page-head .state")).to_contain_text("The fallback decided")
    page.get_by_role("link", name="Supersedes an earlier decision").click()
    page.wait_for_url(f"**{address(morning.sound)}")
    expect(page.get_by_text("A later decision takes its place")).to_be_visible()
    assert_accessible(page)


@pytest.mark.browser
def test_a_decision_says_on_what_text_by_whose_approval_in_whose_words(
    site: Site, page: Page, morning: Morning
) -> None:
    site.sign_in(page, Role.INTERNAL_AUDITOR)
    page.goto(address(morning.outside))

    origin = page.get_by_role("region", name="On what text, by whose approval")
    expect(origin).to_contain_text(morning.outside.record["policy"]["text_hash"])
    expect(origin).to_contain_text("Approved by")
    approval = origin.get_by_role("link", name="GMT")
    assert morning.outside.record["gate"]["approval_id"] in (approval.get_attribute("href") or "")
    page.get_by_role("link", name="US Regulation B").click()
    expect(page.get_by_text("These words stand in the text of the version")).to_be_visible()
    page.get_by_text("Scores", exact=True).click()
    expect(page.get_by_text("Adds up")).to_be_visible()
    assert_accessible(page)
    shoot(page, "decision-provenance-1280")


@pytest.mark.browser
def test_the_notice_is_written_for_the_person_who_receives_it(
    site: Site, page: Page, morning: Morning
) -> None:
    load_regimes()
    site.sign_in(page, Role.SPECIALIST)
    page.goto(address(morning.outside))

    page.get_by_role("link", name="Notice").click()

    letter = page.get_by_role("article")
    expect(letter).to_contain_text("We cannot approve your request")
    expect(letter).to_contain_text("The programme does not lend in XX")
    page.get_by_role("link", name="US Regulation B").click()
    expect(letter).to_contain_text("Equal Credit Opportunity Act")
    expect(letter).to_contain_text(str(morning.outside.decision_id))
    for ours in ("STATE_OUTSIDE", "sha256", "refer to"):
        assert ours not in letter.inner_text()
    assert_accessible(page)
    shoot(page, "decision-notice-1280", for_docs=True)
    page.get_by_role("link", name="Deutsch").click()
    expect(letter).to_contain_text("Wir können Ihrem Antrag nicht zustimmen")
    expect(letter).to_contain_text("Diesen Grund gibt es bei uns nur auf Englisch.")
    assert_no_sideways_scroll(at_phone(page))
    assert_accessible(page)
    shoot(page, "decision-notice-400")

    client = site.client(Role.SPECIALIST)
    agreed = client.get(f"{address(morning.sound)}notice/").content.decode()
    open_still = client.get(f"{address(morning.unsure)}notice/").content.decode()
    assert "What we agreed to" in agreed
    assert "exposure limit" in client.get(address(morning.unsure)).content.decode().lower()
    assert "What we agreed to" not in open_still

    page.goto(f"{address(morning.outside)}notice/?language=fr")
    expect(page.locator(".notice")).to_contain_text(
        "There are no words in Français here; they are kept in English and Deutsch."
    )
    expect(letter).to_have_attribute("lang", "en")
    page.goto(f"{address(morning.outside)}?language=fr")
    expect(page.locator("main")).to_contain_text("no words in Français here")
    refused = client.post(f"{address(morning.outside)}personal-values/", {"reason": " "})
    assert refused.status_code == 422


@pytest.mark.browser
def test_the_smallest_change_is_on_the_page_and_in_the_notice(
    site: Site, page: Page, morning: Morning
) -> None:
    site.sign_in(page, Role.SPECIALIST)
    page.goto(address(morning.large))

    change = page.get_by_role("region", name="What would have changed it")
    expect(change).to_contain_text("5,000,000.00 or less")
    expect(change).to_contain_text("The answer would have been: approved.")
    assert_accessible(page)
    shoot(page, "decision-change-1280", for_docs=True)
    page.get_by_role("link", name="Notice").click()
    letter = page.get_by_role("article")
    expect(letter).to_contain_text(
        "Requested amount: 5,000,000.00 or less, instead of 5,000,000.01."
    )
    page.goto(address(morning.outside))
    expect(change).to_contain_text("the applicant cannot change this")


@pytest.mark.browser
@pytest.mark.slow
def test_the_pages_fit_a_desk_and_a_phone(site: Site, page: Page, morning: Morning) -> None:
    site.sign_in(page, Role.CREDIT_RISK_MANAGER)
    places = {"list": "/decisions/", "none": "/decisions/?q=nobody"} | {
        name: address(getattr(morning, name)) for name in ("sound", "outside", "fallen_back")
    }

    for name, place in places.items():
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(place)
        shoot(page, f"decisions-{name}-1280", for_docs=name in {"list", "outside"})
        assert_no_sideways_scroll(page)
        assert_accessible(page)
        page.set_viewport_size(PHONE)
        shoot(page, f"decisions-{name}-{PHONE['width']}")
        at_phone(page)
        assert_accessible(page)


def test_an_export_says_more_than_fits_the_page(site: Site, morning: Morning) -> None:
    answer = site.client(Role.CREDIT_RISK_MANAGER).get("/decisions/?format=csv")

    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert len(rows) == 5
    assert {"entity", "business", "as_of", "recorded_at"} <= set(rows[0])
