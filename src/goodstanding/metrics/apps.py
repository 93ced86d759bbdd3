"""Registrations of metrics."""

from django.apps import AppConfig

from goodstanding.accounts.types import EVERYONE, MANAGERS, Role, Verb, declare_verbs


class MetricsConfig(AppConfig):
    """How are we doing?"""

    name = "goodstanding.metrics"
    label = "metrics"

    def ready(self) -> None:
        """Declare verbs."""
        askers = (*MANAGERS, Role.ANALYST, Role.INTERNAL_AUDITOR)
        declare_verbs(
            room="metrics",
            verbs=[
                Verb("see_metrics", "See metrics and the rows under them", EVERYONE),
                Verb("query_lake", "Run one's own query on the lake", askers),
                Verb("save_query", "Keep a query for everybody", askers),
            ],
        )
