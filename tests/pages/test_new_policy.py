"""A policy of a new name is begun in the browser, and goes on as a draft like any other."""

import pytest
from django.http import HttpResponse
from playwright.sync_api import Page, expect

from goodstanding.accounts.types import Role
from goodstanding.cases.operations import load_desks
from goodstanding.core.models import AuditEntry
from goodstanding.core.time import utc_now
from goodstanding.governance.types import VersionKind
from goodstanding.policies.engine.embedded_tests import run_tests
from goodstanding.policies.queries import compiled, open_drafts, version_summaries
from goodstanding.policies.types import Status
from tests.pages.conftest import DESK
from tests.pages.looks import assert_no_sideways_scroll, at_phone
from tests.pages.published import Published, enter

NEW = "/policies/new/"
FIELDS = {
    "policy": "invoice_terms",
    "title": 'Terms of invoices: "net 30" #1',
    "purpose": "Decide days of credit\n{for} buyers: who pays?",
    "queue": "credit_review",
    "time_zone": "Europe/London",
    "currency": "gbp",
}


@pytest.fixture
def waiting(published: Published) -> Published:
    """The inventory has a policy without a text."""
    load_desks(at=utc_now())
    enter(VersionKind.POLICY, "invoice_terms", published.site, at=utc_now())
    return published


def send(published: Published, role: Role = Role.ANALYST, **changed: str) -> HttpResponse:
    return published.site.client(role).post(NEW, FIELDS | changed)


def test_a_policy_is_begun_and_goes_on_as_a_draft(waiting: Published) -> None:
    begun = send(waiting)

    assert begun.status_code == 302
    (draft,) = open_drafts(name="invoice_terms")
    assert begun["Location"] == f"/policies/invoice_terms/drafts/{draft.draft_id}/"
    assert 'version: "1"' in draft.text
    (first,) = version_summaries(at=utc_now(), name="invoice_terms")
    assert (first.label, first.status) == ("0", Status.DRAFT)
    policy = compiled(first.text_hash)
    assert policy.definition.title == FIELDS["title"]
    assert policy.definition.purpose == "Decide days of credit {for} buyers: who pays?"
    assert (policy.definition.desk, policy.definition.currency) == ("credit", "GBP")
    assert run_tests(policy).passed
    actions = AuditEntry.objects.order_by("-id").values_list("action", flat=True)[:6]
    assert {"publish_policy_version", "policy_draft_begun"} <= set(actions)
    client = waiting.site.client(Role.ANALYST)
    assert "2 of 2 pass" in client.get(begun["Location"]).content.decode()
    assert "No policy waits for its first text" in client.get(NEW).content.decode()


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("policy", "sba_underwriting", "Select a valid choice"),
        ("title", "", "required"),
        ("time_zone", "London", "is no time zone"),
        ("currency", "GBB", "is no currency"),
        ("queue", "nowhere", "Select a valid choice"),
    ],
)
def test_what_does_not_make_a_policy_is_told_beside_its_field(
    waiting: Published, field: str, given: str, words: str
) -> None:
    refused = send(waiting, **{field: given})

    assert refused.status_code == 422
    assert words in refused.content.decode().replace("&#x27;", "'")
    assert f'id="id_{field}_error"' in refused.content.decode()
    assert version_summaries(at=utc_now(), name="invoice_terms") == ()


def test_who_may_not_publish_does_not_begin(waiting: Published) -> None:
    assert send(waiting, Role.APPROVER).status_code == 403
    listed = waiting.site.client(Role.APPROVER).get("/policies/").content.decode()
    assert NEW not in listed


@pytest.mark.browser
def test_the_page_of_a_new_policy(waiting: Published, page: Page) -> None:
    from tests.pages.test_policy_editing import look

    site = waiting.site
    site.sign_in(page, Role.ANALYST)
    page.goto(site.url("/policies/"))
    page.get_by_role("link", name="New policy").click()
    look(page, "new-policy")
    page.get_by_label("Time zone").fill("Nowhere")
    page.get_by_role("button", name="Begin it").click()
    expect(page.get_by_role("main")).to_contain_text("'Nowhere' is no time zone")
    assert_no_sideways_scroll(at_phone(page))
    page.set_viewport_size(DESK)
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_label("Queue of what it refers").select_option("credit_review")
    page.get_by_role("button", name="Begin it").click()

    expect(page.locator("#messages")).to_contain_text("draft of version 1")
    expect(page.locator("main")).to_contain_text("A person looks at each request")
    look(page, "new-policy-draft")
