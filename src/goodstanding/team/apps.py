"""Registrations of team."""

from django.apps import AppConfig

from goodstanding.accounts.types import EVERYONE, MANAGERS, Role, Verb, declare_verbs


class TeamConfig(AppConfig):
    """The people who work cases."""

    name = "goodstanding.team"
    label = "team"

    def ready(self) -> None:
        """Declare the verbs of this room."""
        declare_verbs(
            room="team",
            verbs=[
                Verb(
                    "see_team",
                    "See the team's work",
                    (*MANAGERS, Role.SPECIALIST, Role.APPROVER, Role.INTERNAL_AUDITOR),
                ),
                Verb("run_team", "Set queues, certifications, rosters and limits", MANAGERS),
                Verb("declare_conflict", "Declare a conflict of interest", EVERYONE),
            ],
        )
