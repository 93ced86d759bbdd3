"""Registrations of outcomes."""

from django.apps import AppConfig

from goodstanding.accounts.types import EVERYONE, Verb, declare_verbs


class OutcomesConfig(AppConfig):
    """What came true?"""

    name = "goodstanding.outcomes"
    label = "outcomes"

    def ready(self) -> None:
        """Declare verbs; seal the labels."""
        from goodstanding.core.seal import seal_tables
        from goodstanding.outcomes.sealed import SEALED

        declare_verbs(room="outcomes", verbs=[Verb("see_labels", "See what came true", EVERYONE)])
        seal_tables(SEALED)
