"""A real browser on a live server over a database of the test's own.

    def test_a_case_is_claimed(site, page):
        ana = site.person(Role.SPECIALIST)          # in the database, with the role
        site.sign_in(page, Role.SPECIALIST)         # the browser's session is hers
        page.goto(site.url("/cases/"))
        assert_accessible(page)

The server runs in a thread of this process, so operations called in the test and pages seen in
the browser share one database (`fresh_database`). GOODSTANDING_SCREENSHOTS=artifacts keeps
pictures in `tests/.artifacts`; `docs` puts the handbook's into `docs/screenshots` as well.
"""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from django.db import connections
from django.test import Client, override_settings
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from pytest_django import DjangoDbBlocker

from goodstanding.accounts.models import User
from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.core.postgres import EmbeddedServer
from tests.conftest import clone, point_django_at

if TYPE_CHECKING:
    from tests.pages.published import Published

DESK = {"width": 1280, "height": 800}
PASSWORD = "correct horse battery staple"
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
NAMES = {
    Role.CREDIT_RISK_MANAGER: "Clara Whitfield",
    Role.SELLER_RISK_MANAGER: "Samir Haddad",
    Role.MODEL_RISK_MANAGER: "Maren Oduya",
    Role.SPECIALIST: "Ana Kovač",
    Role.ANALYST: "Li Wen",
    Role.APPROVER: "Piet de Vries",
    Role.INTERNAL_AUDITOR: "Ingrid Solberg",
    Role.ADMINISTRATOR: "Tom Abiola",
}


@dataclass
class Site:
    """The live server, and the people who use it."""

    address: str
    people: dict[Role, User] = field(default_factory=dict)

    def url(self, path: str = "/") -> str:
        """The whole address of a path."""
        return f"{self.address}{path}"

    def person(self, role: Role) -> User:
        """The person of this role, added when first asked for."""
        if role not in self.people:
            email = f"{role.value}@example.com"
            self.people[role] = User.objects.filter(email=email).first() or add_person(
                email=email, display_name=NAMES[role], roles=[role], password=PASSWORD
            )
        return self.people[role]

    def client(self, role: Role) -> Client:
        """A client without a browser, signed in as the person of this role."""
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(self.person(role), backend="django.contrib.auth.backends.ModelBackend")
        return client

    def sign_in(self, page: Page, role: Role) -> User:
        """Give the browser this person's session, without the form."""
        cookie = self.client(role).cookies["sessionid"].value
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.address}])
        return self.person(role)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What drives a browser takes seconds: it belongs to `make test-all`."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def published_database(
    postgres: EmbeddedServer, template: str, django_db_blocker: DjangoDbBlocker
) -> str:
    """The name of a database in which the credit desk's policy is published."""
    from tests.pages.published import publish

    name, before = (
        f"goodstanding_published_{os.getpid()}",
        dict(connections["default"].settings_dict),
    )
    with django_db_blocker.unblock(), quick_passwords():
        point_django_at(clone(postgres, template, name))
        publish(Site(""))
        connections.close_all()
        connections["default"].settings_dict.update(before)
    return name


@pytest.fixture
def starting_point(request: pytest.FixtureRequest, template: str) -> str:
    """Whoever asks for `published` begins with a copy of that database."""
    if "published" in request.fixturenames:
        return request.getfixturevalue("published_database")
    return template


@pytest.fixture
def published(site: Site, settings: Any, tmp_path: Path) -> "Published":
    """The credit desk's policy on a site of the test's own, over a home of its own."""
    from tests.pages.published import published_on

    settings.GOODSTANDING_HOME = tmp_path
    return published_on(site)


@pytest.fixture
def site(fresh_database: str) -> Iterator[Site]:
    """The product as it is served, answering on a port of its own."""
    from goodstanding.serve.asgi import application

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(application, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}")
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver.

    Its loop runs in this thread for the rest of the session, and Django would refuse to touch the
    database beside it; our calls are never made from within that loop.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium; tests that need it skip where there is none.

    The build without windows, where it is there: a page costs a fifth of its time.
    """
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip("no chromium here: apt-get install chromium-headless-shell")
    chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
    yield chromium
    chromium.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page at a desk, 1280 wide; it fails the test on any error of its scripts or its policy."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce", base_url=site.address)
    tab = context.new_page()
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on(
        "console",
        lambda line: problems.append(line.text) if "Content Security" in line.text else None,
    )
    yield tab
    context.close()
    assert problems == []


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    """A page on a phone, 400 wide, touched rather than clicked."""
    context = browser.new_context(
        viewport={"width": 400, "height": 800},
        has_touch=True,
        reduced_motion="reduce",
        base_url=site.address,
    )
    yield context.new_page()
    context.close()


def quick_passwords() -> override_settings:
    """A million rounds per password protect people, not tests."""
    return override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])


@pytest.fixture(autouse=True)
def _quick_passwords() -> Iterator[None]:
    with quick_passwords():
        yield


@pytest.fixture(autouse=True)
def _browser_mark(request: pytest.FixtureRequest) -> None:
    """Whoever asks for the browser must carry the mark."""
    if "browser" in request.fixturenames:
        assert request.node.get_closest_marker("browser"), "mark this test `browser`"
