"""The real work history: its shares are those of the stated rule, and each opens its rows."""

from importlib.resources import as_file, files

import pytest
from django.test import Client
from playwright.sync_api import Page

from goodstanding.accounts.operations import add_legal_entity, add_person
from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.ledger.operations import import_file
from tests.pages.conftest import DESK, Site
from tests.pages.looks import assert_accessible, at_phone, shoot


def load_incidents() -> None:
    """The incidents as they ship."""
    add_legal_entity(code="GS-MARKET", name="Marketplace", country="DE", simulated=True)
    mapping = files("goodstanding.sellers") / "mappings" / "incidents.yaml"
    data = files("goodstanding.samples") / "data" / "servicenow" / "incidents.parquet"
    with as_file(mapping) as path, as_file(data) as file:
        import_file(mapping_path=path, file=file, by="system:test", at=utc_now())


@pytest.mark.slow
def test_the_shares_are_the_known_ones_and_open_their_rows(db: None) -> None:
    load_incidents()
    person = add_person(email="s@example.com", display_name="S", roles=[Role.SELLER_RISK_MANAGER])
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    response = client.get("/team/history/")
    figures = {figure.label: figure for figure in response.context["figures"]}
    text = response.content.decode()

    assert response.context["listing"].total == 1060
    assert {label: figure.count for label, figure in figures.items()} == {
        "SLA met": 687, "Reassigned": 572, "Reopened": 14, "Resolved by 6 people": 1049,
    }  # fmt: skip
    assert "64.8\xa0%" in text
    assert "54.0\xa0%" in text
    assert "IT incidents: reassignment is not escalation, reopening is not restumble" in text
    for figure in figures.values():
        opened = client.get(figure.url.removesuffix("#list"))
        assert opened.context["listing"].total == figure.count
    one = client.get("/team/history/?number=0000047")
    assert one.context["listing"].total == 1
    exported = client.get("/team/history/?reopened=yes&format=csv").content.decode()
    assert exported.count("\n") == 15


def test_without_history_the_page_says_what_will_be_here(db: None) -> None:
    person = add_person(email="s@example.com", display_name="S", roles=[Role.SPECIALIST])
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    assert "No work history is loaded" in client.get("/team/history/").content.decode()


@pytest.mark.browser
@pytest.mark.slow
def test_the_history_is_accessible_at_a_desk_and_on_a_phone(site: Site, page: Page) -> None:
    load_incidents()
    site.sign_in(page, Role.SELLER_RISK_MANAGER)
    page.goto("/team/history/")

    for theme in ("light", "dark"):
        page.set_viewport_size(DESK)
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        assert_accessible(page)
        shoot(page, f"work-history-1280-{theme}")
        at_phone(page)
        assert_accessible(page)
        shoot(page, f"work-history-400-{theme}")
