"""Signing in: closed to strangers, locked after wrong attempts, with a second factor."""

import base64
import hmac
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from goodstanding.accounts.models import User
from goodstanding.accounts.operations import add_person, close_account
from goodstanding.accounts.types import Role
from goodstanding.core.audit import audit_entries
from tests.instants import NOON

PASSWORD = "correct horse battery staple"
APP = "/account/second-factor/app/"
WRONG = "four other calm words"


@pytest.fixture(autouse=True)
def _forget_attempts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ana(db: None) -> User:
    return add_person(
        email="ana@example.com", display_name="Ana Kovač", roles=[Role.SPECIALIST],
        password=PASSWORD,
    )  # fmt: skip


def sign_in(client: Client, *, password: str = PASSWORD, email: str = "ana@example.com") -> object:
    return client.post("/sign-in/?next=/search/", {"login": email, "password": password})


def test_a_person_signs_in_where_they_wanted_to_go(ana: User, client: Client) -> None:
    response = sign_in(client)

    assert response["Location"] == "/search/"
    assert client.get("/").status_code == 200
    assert [line.action for line in audit_entries(object_id=str(ana.id))] == ["sign_in"]


def test_a_wrong_password_says_nothing_about_who_exists(ana: User, client: Client) -> None:
    known = sign_in(client, password=WRONG).content.decode()
    unknown = sign_in(client, password=WRONG, email="nobody@example.com").content.decode()

    message = "do not belong together"
    assert message in known
    assert message in unknown
    objects = {line.object_id for line in audit_entries(action="refuse_sign_in")}
    assert objects == {str(ana.id), "unknown"}


def test_what_was_typed_stays_but_never_the_password(ana: User, client: Client) -> None:
    page = sign_in(client, password=WRONG).content.decode()

    assert 'value="ana@example.com"' in page
    assert WRONG not in page


def test_five_wrong_attempts_lock_the_account_even_for_the_right_password(
    ana: User, client: Client
) -> None:
    for _ in range(5):
        sign_in(client, password=WRONG)

    response = sign_in(client)

    assert "locked for five minutes" in response.content.decode()
    assert client.get("/").status_code == 302


def test_a_closed_account_does_not_sign_in(ana: User, client: Client) -> None:
    boss = add_person(email="b@example.com", display_name="Boss", roles=[Role.ADMINISTRATOR])
    close_account(person_id=ana.id, reason="left", by=boss, at=NOON)

    sign_in(client)

    assert client.get("/").status_code == 302


def test_closing_an_account_ends_its_sessions(ana: User, client: Client) -> None:
    boss = add_person(email="b@example.com", display_name="Boss", roles=[Role.ADMINISTRATOR])
    sign_in(client)

    close_account(person_id=ana.id, reason="left", by=boss, at=NOON)

    assert client.get("/").status_code == 302


@pytest.mark.parametrize("path", ["/sign-in/signup/", "/accounts/signup/", "/signup/"])
def test_nobody_signs_up(db: None, client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_sign_in_does_not_lead_to_another_site(ana: User, client: Client) -> None:
    response = client.post(
        "/sign-in/?next=https://evil.example/", {"login": ana.email, "password": PASSWORD}
    )

    assert response["Location"] == "/"


def _set_up_second_factor(client: Client) -> tuple[str, str]:
    sign_in(client)
    assert client.get(APP)["Location"].startswith("/account/confirmation/")
    page = client.post(f"/account/confirmation/?next={APP}", {"password": PASSWORD}, follow=True)
    secret = page.context["form"].secret
    response = client.post(APP, {"code": _code(secret)}, follow=True)
    return secret, response.context["unused_codes"][0]


def _code(secret: str, *, periods_later: int = 0) -> str:
    """The code of RFC 6238, computed here."""
    counter = int(time.time()) // 30 + periods_later
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", counter), "sha1")
    start = digest[-1] & 0x0F
    return f"{(struct.unpack_from('>I', digest, start)[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_a_second_factor_is_asked_for_once_it_is_set_up(ana: User, client: Client) -> None:
    secret, _ = _set_up_second_factor(client)
    client.post("/sign-in/out/")

    response = sign_in(client)
    assert response["Location"].startswith("/sign-in/code/")
    assert client.get("/").status_code == 302
    wrong = client.post("/sign-in/code/", {"code": "000000"}).content.decode()
    assert "wrong or has expired" in wrong
    code = _code(secret)
    client.post("/sign-in/code/", {"code": code})

    assert client.get("/").status_code == 200
    client.post("/sign-in/out/")
    sign_in(client)
    used = client.post("/sign-in/code/", {"code": code}).content.decode()
    assert "wrong or has expired" in used


def test_a_recovery_code_signs_in_once(ana: User, client: Client) -> None:
    _, code = _set_up_second_factor(client)
    client.post("/sign-in/out/")
    sign_in(client)
    client.post("/sign-in/code/", {"code": code})
    assert client.get("/").status_code == 200
    client.post("/sign-in/out/")
    sign_in(client)

    client.post("/sign-in/code/", {"code": code})

    assert client.get("/").status_code == 302


def test_the_second_factors_secret_is_not_stored_in_the_clear(ana: User, client: Client) -> None:
    secret, _ = _set_up_second_factor(client)

    stored = [str(authenticator.data) for authenticator in Authenticator.objects.all()]

    assert len(stored) == 2
    assert [text for text in stored if secret in text] == []


def test_changes_of_the_second_factor_are_lines_of_the_trail(
    ana: User, client: Client, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        _set_up_second_factor(client)
    client.post(f"{APP}removal/")

    actions = {line.action for line in audit_entries(object_id=str(ana.id))}
    assert {"add_second_factor", "remove_second_factor"} <= actions


def test_a_changed_password_works_and_the_old_one_does_not(ana: User, client: Client) -> None:
    sign_in(client)
    new = {"oldpassword": PASSWORD, "password1": WRONG, "password2": WRONG}

    response = client.post("/account/password/", new)

    assert response.status_code == 302
    ana.refresh_from_db()
    assert ana.check_password(WRONG)
    assert audit_entries(action="change_password").get().object_id == str(ana.id)


def test_too_short_a_password_is_refused_beside_its_field(ana: User, client: Client) -> None:
    sign_in(client)

    page = client.post(
        "/account/password/", {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    ).content.decode()

    assert 'href="#id_password2"' in page or 'href="#id_password1"' in page
    assert "at least 12 characters" in page


def test_ones_own_page_of_the_second_factor_opens_and_wrong_codes_are_kept(
    ana: User, client: Client
) -> None:
    _set_up_second_factor(client)

    own = client.get("/account/second-factor/")
    client.post("/sign-in/out/")
    sign_in(client)
    client.post("/sign-in/code/", {"code": "000000"})

    assert "since" in own.content.decode()
    line = audit_entries(action="refuse_sign_in").get()
    assert (line.object_id, line.detail) == (str(ana.id), {"what": "second factor"})


def test_an_administrator_ends_a_lost_second_factor_with_a_reason(
    ana: User, client: Client
) -> None:
    _set_up_second_factor(client)
    boss = add_person(email="b@example.com", display_name="Boss", roles=[Role.ADMINISTRATOR])
    office = Client()
    office.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/people/{ana.id}/second-factor/"

    assert office.post(address, {"reason": ""}).status_code == 422
    assert office.post(address, {"reason": "lost phone"}).status_code == 302
    again = office.post(address, {"reason": "lost phone"})
    own = office.post(f"/people/{boss.id}/second-factor/", {"reason": "mine"})
    client.post("/sign-in/out/")
    sign_in(client)

    assert client.get("/").status_code == 200
    assert "no second factor to end" in again.content.decode()
    assert "Nobody ends their own" in own.content.decode()
    line = audit_entries(action="end_second_factor").get()
    assert (line.actor, line.detail) == ("b@example.com", {"reason": "lost phone"})
    assert "lost phone" in office.get(f"/people/{ana.id}/").content.decode()
