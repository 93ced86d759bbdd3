"""What a person reads when something is refused, missing or broken."""

from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from goodstanding.accounts.models import User
from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.serve.urls import urlpatterns as house
from goodstanding.web.page import page

NOWHERE = UUID("01890000-0000-7000-8000-000000000000")


@page(verb="accounts.see_home")
def broken(request: HttpRequest) -> HttpResponse:
    """A page with a defect."""
    raise ZeroDivisionError


urlpatterns = [*house, path("broken/", broken)]


@pytest.fixture
def tom(db: None) -> User:
    return add_person(
        email="tom@example.com", display_name="Tom Abiola", roles=[Role.ADMINISTRATOR]
    )


@pytest.fixture
def signed_in(tom: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(tom, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_forbidden_page_names_the_roles_and_who_can_grant_them(tom: User) -> None:
    ana = add_person(email="ana@example.com", display_name="Ana", roles=[Role.SPECIALIST])
    client = Client()
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")

    response = client.get("/people/")

    assert response.status_code == 403
    text = response.content.decode()
    assert "Ana may not add people and give roles" in text
    assert "Administrator" in text
    assert "Tom Abiola" in text


def test_a_machine_reads_a_refusal_as_a_problem_document(signed_in: Client) -> None:
    response = signed_in.get(f"/people/{NOWHERE}/", headers={"accept": "application/json"})

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"


def test_a_record_that_is_not_there_is_named(signed_in: Client) -> None:
    response = signed_in.get(f"/people/{NOWHERE}/")

    assert response.status_code == 404
    assert str(NOWHERE) in response.content.decode()


def test_an_address_that_leads_nowhere_says_so(signed_in: Client) -> None:
    response = signed_in.get("/nowhere/")

    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


@override_settings(ROOT_URLCONF="tests.pages.test_refusals")
def test_a_defect_says_that_nothing_was_kept_half(signed_in: Client) -> None:
    response = signed_in.get("/broken/")

    assert response.status_code == 500
    text = response.content.decode()
    assert "Something went wrong on our side" in text
    assert "ZeroDivisionError" not in text


def test_a_form_without_its_token_changes_nothing(tom: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(tom, backend="django.contrib.auth.backends.ModelBackend")

    response = client.post("/people/invitation/", {"email": "x@example.com"})

    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


def test_nothing_is_changed_while_one_looks_at_the_past(signed_in: Client) -> None:
    signed_in.post("/moment/", {"as_of": "2026-01-31 17:00"})

    response = signed_in.post(
        "/people/invitation/",
        {"email": "x@example.com", "display_name": "X", "roles": ["analyst"]},
    )

    assert response.status_code == 409
    assert not User.objects.filter(email="x@example.com").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2999-01-01 00:00",
        "2026-13-01",
        "0001-01-01 00:00",
        "0001-01-01T00:00+14:00",
    ],
)
def test_only_a_past_moment_can_be_looked_from(signed_in: Client, text: str) -> None:
    assert signed_in.post("/moment/", {"as_of": text}).status_code == 422
    assert signed_in.post("/moment/", {"as_of": "2026-01-01", "known_at": text}).status_code in {
        422,
        200 if text else 302,
    }
    assert signed_in.get("/").status_code == 200


def test_nobody_changes_their_own_roles(signed_in: Client, tom: User) -> None:
    response = signed_in.post(
        f"/people/{tom.id}/roles/", {"roles": ["analyst"], "reason": "less work"}
    )

    assert response.status_code == 422
    assert "Nobody changes their own roles" in response.content.decode()


def test_the_last_administrator_stays(signed_in: Client, tom: User) -> None:
    from goodstanding.accounts.errors import LastAdministrator
    from goodstanding.accounts.operations import change_roles, close_account
    from tests.instants import NOON

    ana = add_person(email="ana@example.com", display_name="Ana", roles=[Role.SPECIALIST])
    with pytest.raises(LastAdministrator):
        close_account(person_id=tom.id, reason="left", by=ana, at=NOON)
    with pytest.raises(LastAdministrator):
        change_roles(person_id=tom.id, roles=[Role.ANALYST], reason="moved", by=ana, at=NOON)


def test_an_address_that_somebody_has_is_refused_beside_its_field(
    signed_in: Client, tom: User
) -> None:
    response = signed_in.post(
        "/people/invitation/",
        {"email": tom.email.upper(), "display_name": "Tom Two", "roles": ["analyst"]},
    )

    assert response.status_code == 422
    assert "already signs in as" in response.content.decode()
    assert 'value="Tom Two"' in response.content.decode()


@pytest.mark.parametrize("path", ["//evil.example/x", "https://evil.example/", "people"])
def test_a_saved_view_leads_only_to_our_own_lists(signed_in: Client, path: str) -> None:
    form = {"list_name": "people", "name": "Mine", "path": path, "query": ""}

    response = signed_in.post("/saved-views/", form)

    assert response["Location"] == "/"


def test_nobody_forgets_anothers_view(signed_in: Client) -> None:
    assert signed_in.post(f"/saved-views/{NOWHERE}/removal/").status_code == 404


def test_every_page_carries_a_policy_without_inline_code(signed_in: Client) -> None:
    response = signed_in.get("/")

    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    text = response.content.decode()
    assert " style=" not in text
    assert " onclick=" not in text


def test_an_address_that_only_takes_a_form_says_so_to_who_opens_it(signed_in: Client) -> None:
    read = signed_in.get("/saved-views/", headers={"accept": "text/html"})

    assert read.status_code == 405
    assert read["Allow"] == "POST"
    assert "only takes what a form sends" in read.content.decode()
    assert signed_in.get("/saved-views/").content == b""


def test_what_no_text_holds_is_refused_before_the_database_is_asked(signed_in: Client) -> None:
    response = signed_in.get("/people/?role=%00")

    assert response.status_code == 400
    assert "no text has" in response.content.decode()


def test_a_form_that_is_sent_after_signing_out_is_told_that_nothing_was_kept(
    tom: User, signed_in: Client
) -> None:
    signed_in.logout()

    sent = signed_in.post(
        f"/people/{tom.id}/roles/", headers={"referer": f"http://testserver/people/{tom.id}/?a=1"}
    )
    page_of_sign_in = signed_in.get(sent["Location"]).content.decode()
    elsewhere = signed_in.post("/saved-views/", headers={"referer": "https://evil.example/"})
    fragment = signed_in.get(
        "/people/?role=analyst",
        headers={"hx-request": "true", "hx-current-url": "http://testserver/people/"},
    )

    assert sent["Location"] == f"/sign-in/?next=/people/{tom.id}/%3Fa%3D1"
    assert "what you sent was not kept" in page_of_sign_in
    assert elsewhere["Location"] == "/sign-in/?next=/"
    assert (fragment.status_code, fragment["HX-Redirect"]) == (204, "/sign-in/?next=/people/")
