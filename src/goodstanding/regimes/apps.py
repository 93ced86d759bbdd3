"""Registrations of regimes."""

from django.apps import AppConfig

from goodstanding.accounts.types import EVERYONE, Role, Verb, declare_verbs


class RegimesConfig(AppConfig):
    """The law as dated rows."""

    name = "goodstanding.regimes"
    label = "regimes"

    def ready(self) -> None:
        """Declare the verbs of this room."""
        declare_verbs(
            room="regimes",
            verbs=[
                Verb("see_regimes", "See regimes, thresholds and legal clocks", EVERYONE),
                Verb("load_regimes", "Load regime files", (Role.ADMINISTRATOR,)),
            ],
        )
