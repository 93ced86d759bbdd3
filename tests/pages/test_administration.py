"""People and API keys, as an administrator works with them."""

import pytest
from playwright.sync_api import Page, expect

from goodstanding.accounts.errors import ManagesThemselves
from goodstanding.accounts.operations import add_legal_entity, change_manager
from goodstanding.accounts.types import Role
from goodstanding.core.audit import audit_entries, write_audit
from goodstanding.core.time import utc_now
from tests.pages.conftest import Site
from tests.pages.looks import assert_accessible, at_phone, shoot

pytestmark = pytest.mark.browser


def test_a_person_is_added_and_signs_in_by_the_link(site: Site, page: Page) -> None:
    site.sign_in(page, Role.ADMINISTRATOR)
    page.goto("/people/")
    shoot(page, "people-1280")
    assert_accessible(page)
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("Name", exact=True).fill("Nadia Petrov")
    page.get_by_label("E-mail address").fill("nadia@example.com")
    page.get_by_label("Specialist").check()
    shoot(page, "invitation-1280")
    page.get_by_role("button", name="Add and make the link").click()
    link = page.locator(".secret").inner_text()
    assert_accessible(page)

    page.context.clear_cookies()
    page.goto(link)
    page.get_by_label("New password", exact=True).fill("four calm words here")
    page.get_by_label("New password again").fill("four calm words here")
    page.get_by_role("button", name="Keep this password").click()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail address").fill("nadia@example.com")
    page.get_by_label("Password").fill("four calm words here")
    shoot(page, "sign-in-1280", for_docs=True)
    assert_accessible(page)
    page.get_by_role("button", name="Sign in").click()

    expect(page.locator(".person")).to_contain_text("Nadia Petrov")
    actions = [entry.action for entry in audit_entries()]
    assert actions == ["sign_in", "change_password", "add_person"]


def test_roles_change_with_a_reason_and_a_line_of_the_trail(site: Site, page: Page) -> None:
    ana = site.person(Role.SPECIALIST)
    site.sign_in(page, Role.ADMINISTRATOR)

    page.goto(f"/people/{ana.id}/")
    page.get_by_label("Analyst").check()
    page.get_by_role("button", name="Change roles").click()
    expect(page.get_by_role("alert")).to_contain_text("Reason")
    expect(page.get_by_label("Analyst")).to_be_checked()
    page.get_by_label("Reason").fill("She covers for Li")
    page.get_by_role("button", name="Change roles").click()

    expect(page.get_by_role("status")).to_contain_text("roles were changed")
    shoot(page, "person-1280")
    assert_accessible(page)
    at_phone(page)
    entry = audit_entries(action="change_roles").get()
    assert entry.detail["after"] == ["analyst", "specialist"]
    expect(page.locator(".events")).to_contain_text("Specialist → Analyst, Specialist")


def test_a_person_gets_another_manager_but_never_the_administrator_who_says_so(
    site: Site, page: Page
) -> None:
    ana, sam = site.person(Role.SPECIALIST), site.person(Role.SELLER_RISK_MANAGER)
    tom = site.sign_in(page, Role.ADMINISTRATOR)
    page.goto(f"/people/{ana.id}/")
    page.get_by_role("link", name="Change the manager").click()
    assert_accessible(page)
    page.get_by_label("Manager").select_option(str(tom.id))
    page.get_by_label("Reason").fill("She joined the seller team")
    page.get_by_role("button", name="Change the manager").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody makes themselves the manager")
    page.get_by_label("Manager").select_option(str(sam.id))
    page.get_by_role("button", name="Change the manager").click()

    expect(page.get_by_role("status")).to_contain_text("manager was changed")
    expect(page.locator(".summary")).to_contain_text("Samir Haddad")
    entry = audit_entries(action="change_manager").get()
    assert entry.detail == {
        "reason": "She joined the seller team", "was": None, "now": str(sam.id)
    }  # fmt: skip
    with pytest.raises(ManagesThemselves):
        change_manager(person_id=ana.id, manager_id=ana.id, reason="x", by=tom, at=utc_now())


def test_a_key_is_shown_once_and_revoked_with_a_reason(site: Site, page: Page) -> None:
    site.sign_in(page, Role.ADMINISTRATOR)
    add_legal_entity(code="NWT", name="Northwind Trade Ltd", country="GB", simulated=True)

    page.goto("/api-keys/")
    page.get_by_role("link", name="Make a key").first.click()
    page.get_by_label("What calls with it").fill("checkout, production")
    page.get_by_label("Read decisions").check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator(".secret")).to_contain_text("gs_")
    shoot(page, "made-key-1280")
    assert_accessible(page)
    page.get_by_role("link", name="I have copied it").click()
    shoot(page, "api-keys-1280")
    assert_accessible(page)
    page.get_by_role("link", name="Replace the key of checkout, production").click()
    expect(page.get_by_label("What calls with it")).to_have_value("checkout, production")
    expect(page.get_by_label("Read decisions")).to_be_checked()
    page.goto("/api-keys/")
    page.get_by_role("link", name="Revoke").click()
    shoot(page, "revocation-1280")
    assert_accessible(page)
    page.get_by_label("Reason").fill("replaced")
    page.get_by_role("button", name="Revoke the key").click()

    expect(page.get_by_role("row", name="checkout, production")).to_contain_text("Revoked")
    at_phone(page)
    shoot(page, "api-keys-400")


def test_an_object_leads_to_its_page_only_for_who_may_open_it(site: Site) -> None:
    auditor, administrator = site.client(Role.INTERNAL_AUDITOR), site.client(Role.ADMINISTRATOR)
    somebody = site.person(Role.ANALYST)
    write_audit(
        actor="system:web", action="refuse_sign_in", object_kind="person",
        object_id=somebody.id, at=utc_now(),
    )  # fmt: skip
    address = f'href="/people/{somebody.id}/"'

    assert address in administrator.get("/audit-trail/").content.decode()
    assert address not in auditor.get("/audit-trail/").content.decode()
    assert str(somebody.id) in auditor.get("/audit-trail/").content.decode()


def test_the_trail_is_filtered_and_says_how_far_it_is_sealed(site: Site, page: Page) -> None:
    from goodstanding.core.seal import seal_once
    from tests.instants import NOON

    auditor = site.sign_in(page, Role.INTERNAL_AUDITOR)
    for number in range(60):
        write_audit(
            actor=auditor.email, action="read_personal", object_kind="party",
            object_id=f"p-{number}", at=NOON, detail={"fields": ["name"], "case": number},
        )  # fmt: skip
    seal_once(at=NOON)
    write_audit(
        actor="system:web", action="refuse_sign_in", object_kind="person",
        object_id=auditor.id, at=NOON,
    )  # fmt: skip

    page.goto("/audit-trail/")
    expect(page.locator(".figures")).to_contain_text("61")
    shoot(page, "audit-trail-1280", for_docs=True)
    assert_accessible(page)
    page.get_by_label("Action").fill("Read personal")
    page.get_by_role("button", name="Filter").click()

    expect(page.locator(".pages")).to_contain_text("1\N{EN DASH}50 of 60")
    at_phone(page)
    shoot(page, "audit-trail-400")
    assert_accessible(page)
