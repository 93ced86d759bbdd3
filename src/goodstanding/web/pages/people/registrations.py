"""What people add to search, commands and the audit trail."""

from collections.abc import Iterator

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from goodstanding.accounts.queries import people
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


register_search(words="People", verb="accounts.manage_people", find=find_people)
register_object(kind="person", url=person_page)
register_command(words="Add a person", url_name="invitation")
