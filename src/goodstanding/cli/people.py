"""Who does what a command does: a person, who must hold the right, as on the pages."""

from typing import TYPE_CHECKING

from goodstanding.core.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from goodstanding.policies.types import Person


def person_with_right(email: str, *, verb: str) -> "Person":
    """Who signs in with this address, and may do this; raises NotFound or Forbidden."""
    from goodstanding.accounts.types import verb_named

    person = person_of(email)
    if not person.has_perm(verb):
        wanted = verb_named(verb)
        roles = ", ".join(role.label for role in wanted.roles)
        raise Forbidden(who=person.display_name, verb=wanted.label.lower(), roles=roles)
    return person


def person_of(email: str) -> "Person":
    """Who signs in with this address; raises NotFound."""
    from goodstanding.accounts.queries import person_by_email

    person = person_by_email(email=email)
    if person is None:
        raise NotFound(what="person who signs in as", key=email)
    return person
