"""Registrations of deadlines."""

from django.apps import AppConfig

from goodstanding.accounts.types import EVERYONE, MANAGERS, Role, Verb, declare_verbs


class DeadlinesConfig(AppConfig):
    """Calendars, clocks and deadlines."""

    name = "goodstanding.deadlines"
    label = "deadlines"

    def ready(self) -> None:
        """Declare the verbs of this room; seal every deadline and what became of it."""
        from goodstanding.core.seal import seal_tables
        from goodstanding.deadlines.sealed import SEALED

        seal_tables(SEALED)
        declare_verbs(
            room="deadlines",
            verbs=[
                Verb("see_deadlines", "See deadlines and how they came about", EVERYONE),
                Verb("freeze_calendar", "Freeze a calendar version", (Role.ADMINISTRATOR,)),
                Verb("pause_deadline", "Pause an SLA", (Role.SPECIALIST, *MANAGERS)),
                Verb("retarget_deadline", "Give an SLA another target", MANAGERS),
                Verb("cancel_deadline", "Cancel a deadline", MANAGERS),
            ],
        )
