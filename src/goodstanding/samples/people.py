"""Puts the demonstration's people into the database."""

from pathlib import Path

from goodstanding.accounts.operations import add_legal_entity, add_person
from goodstanding.accounts.queries import User, person_by_email
from goodstanding.samples.errors import SamplePersonMissing
from goodstanding.samples.roster import LEGAL_ENTITIES, PEOPLE, demo_password


def load_people(*, home: Path) -> int:
    """Add the demonstration's people and legal entities; returns how many people are new.

    All share one password, made on this machine and kept in the home folder for its owner only.
    """
    for code, name, country in LEGAL_ENTITIES:
        add_legal_entity(code=code, name=name, country=country, simulated=True)
    password = demo_password(home=home)
    added = 0
    for person in PEOPLE:
        if person_by_email(email=person.email) is None:
            manager = person_by_email(email=person.manager) if person.manager else None
            add_person(
                email=person.email,
                display_name=person.display_name,
                roles=person.roles,
                password=password,
                manager=manager,
            )
            added += 1
    return added


def sample_person(email: str) -> User:
    """A person of the demonstration; raises SamplePersonMissing before they are loaded."""
    person = person_by_email(email=email)
    if person is None:
        raise SamplePersonMissing(email=email)
    return person
