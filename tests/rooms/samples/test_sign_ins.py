"""Who may sign in to the demonstration is said without a database."""

from pathlib import Path

from goodstanding.accounts.types import Role
from goodstanding.samples.roster import PEOPLE, demo_password
from tests.flows.installation import Installation


def test_every_role_has_a_person_who_shows_it() -> None:
    assert {role for person in PEOPLE for role in person.roles} == set(Role)


def test_the_command_lists_everybody_and_the_password(tmp_path: Path) -> None:
    shown = Installation(tmp_path).run("samples", "sign-ins")

    assert shown.returncode == 0, shown.stderr
    assert demo_password(home=tmp_path) in shown.stdout
    assert [person.email for person in PEOPLE if person.email not in shown.stdout] == []
