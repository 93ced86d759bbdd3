"""Every address asks who you are, and every page asks for its verb."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters

from goodstanding.accounts.models import User
from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role, verb_named

# Addresses that answer somebody who has not signed in, and why.
OPEN = {
    "account_login": "signing in",
    "account_logout": "signing out; it changes nothing for somebody who is not signed in",
    "account_inactive": "says that the account was closed",
    "account_reset_password_from_key": "a sign-in link, good once",
    "account_reset_password_from_key_done": "after a sign-in link",
    "mfa_authenticate": "the second step of signing in; without the first it leads there",
    "healthz": "for the supervisor",
}
SAMPLES: dict[str, object] = {
    "uuid": UUID("01890000-0000-7000-8000-000000000000"),
    "int": 1,
    "slug": "something",
    "str": "something",
    "path": "something",
}


def addresses(
    resolver: URLResolver | None = None, before: str = "/"
) -> Iterator[tuple[str, URLPattern]]:
    """Every address of the product with values for its parameters, and its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + _filled(entry)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route)
        else:
            yield route, entry


def _filled(entry: URLPattern | URLResolver) -> str:
    route = str(entry.pattern)
    for name, converter in entry.pattern.converters.items():
        kind = next(
            kind for kind, known in get_converters().items() if type(known) is type(converter)
        )
        value = str(SAMPLES[kind])
        route = route.replace(f"<{kind}:{name}>", value).replace(f"<{name}>", value)
    return route


def _pages() -> list[tuple[str, URLPattern]]:
    return [
        (route, pattern)
        for route, pattern in addresses()
        if pattern.name not in OPEN and not _is_machine(route)
    ]


def _is_machine(route: str) -> bool:
    return route.startswith(("/v1/", "/api/"))


def _answers(client: Client, route: str) -> list[HttpResponse]:
    """What the address says to each method that it takes; it takes at least one."""
    answers = [client.get(route), client.post(route)]
    taken = [answer for answer in answers if answer.status_code != 405]
    assert taken, f"{route} takes neither GET nor POST"
    return taken


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody who may sign in and holds no role."""
    return add_person(email="stranger@example.com", display_name="A Stranger", roles=[])


def test_somebody_who_has_not_signed_in_is_led_to_sign_in(db: None) -> None:
    let_in = [
        (route, response.status_code)
        for route, _ in _pages()
        for response in _answers(Client(), route)
        if not (response.status_code == 302 and response["Location"].startswith("/sign-in/"))
    ]

    assert let_in == []


def test_machines_without_a_key_are_refused(db: None) -> None:
    let_in = [
        (route, method, response.status_code)
        for route, _ in addresses()
        if _is_machine(route)
        for method in ("get", "post")
        for response in [getattr(Client(), method)(route)]
        if response.status_code not in {401, 404, 405}
    ]

    assert let_in == []


def test_every_page_declares_its_verb() -> None:
    without = [route for route, pattern in _pages() if "verb" not in vars(pattern.callback)]

    assert without == []


def test_somebody_without_the_verb_learns_which_roles_may(stranger: User) -> None:
    client = Client()
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    told_wrong = []
    for route, pattern in _pages():
        response = _answers(client, route)[0]
        roles = verb_named(vars(pattern.callback)["verb"]).roles
        text = response.content.decode()
        if response.status_code != 403 or not all(role.label in text for role in roles):
            told_wrong.append((route, response.status_code))

    assert told_wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_enters_no_page_whose_verb_it_lacks(db: None, role: Role) -> None:
    person = add_person(email=f"{role.value}@example.com", display_name="Somebody", roles=[role])
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    let_in = [
        (route, response.status_code)
        for route, pattern in _pages()
        if role not in verb_named(vars(pattern.callback)["verb"]).roles
        for response in _answers(client, route)
        if response.status_code != 403
    ]

    assert let_in == []


def test_the_rail_leads_nowhere_forbidden(db: None) -> None:
    wrong = []
    for role in Role:
        person = add_person(
            email=f"{role.value}@example.com", display_name=f"Some {role.label}", roles=[role]
        )
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        for place in client.get("/").context["navigation"]:
            status = client.get(place.url).status_code
            if status != 200:
                wrong.append((role, place.url, status))

    assert wrong == []
