"""A page asks the database little; what it asks does not grow with the rows it shows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role


@pytest.fixture
def administrator(db: None) -> Client:
    person = add_person(email="t@example.com", display_name="Tom", roles=[Role.ADMINISTRATOR])
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/people/")
    return client


def test_more_people_are_not_more_questions(
    administrator: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(40):
        add_person(
            email=f"p{number}@example.com", display_name=f"Person {number}", roles=[Role.ANALYST]
        )

    with django_assert_max_num_queries(20):
        response = administrator.get("/people/")

    assert response.context["listing"].total == 41


@pytest.mark.parametrize("path", ["/", "/search/?q=tom", "/audit-trail/", "/api-keys/"])
def test_a_page_asks_the_database_little(
    administrator: Client, django_assert_max_num_queries: Callable[..., Any], path: str
) -> None:
    with django_assert_max_num_queries(20):
        administrator.get(path)
