"""What people add to search, commands and the audit trail."""

from collections.abc import Iterator
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from goodstanding.accounts.queries import people
from goodstanding.accounts.types import Role
from goodstanding.web.home import register_card
from goodstanding.web.objects import register_object
from goodstanding.web.search import HITS_PER_GROUP, Hit, register_command, register_search


def find_people(_: HttpRequest, text: str) -> Iterator[Hit]:
    """People by a part of their name or address."""
    found = people().filter(Q(display_name__icontains=text) | Q(email__icontains=text))
    for person in found[:HITS_PER_GROUP]:
        yield Hit(person.display_name, person_page(str(person.id)), person.email)


def person_page(person_id: str) -> str:
    """Where a person's page is."""
    return reverse("person", args=[person_id])


@dataclass(frozen=True, slots=True)
class Access:
    """Who may sign in, and how well."""

    may_sign_in: int
    without_password: int
    without_second_factor: int
    closed: int


def access(_: HttpRequest) -> Access:
    """The administrator's card."""
    everybody = list(people())
    open_accounts = [person for person in everybody if person.is_active]
    guarded = set(Authenticator.objects.values_list("user_id", flat=True))
    return Access(
        may_sign_in=sum(person.has_usable_password() for person in open_accounts),
        without_password=sum(not person.has_usable_password() for person in open_accounts),
        without_second_factor=sum(person.id not in guarded for person in open_accounts),
        closed=len(everybody) - len(open_accounts),
    )


register_card(role=Role.ADMINISTRATOR, order=10, template="people/card_access.html", query=access)
register_search(words="People", verb="accounts.manage_people", find=find_people)
register_object(kind="person", url=person_page)
register_command(words="Add a person", url_name="invitation")
