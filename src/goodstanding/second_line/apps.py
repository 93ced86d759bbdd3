"""Registrations of the second line."""

from django.apps import AppConfig

from goodstanding.metrics.catalogue import register_metrics


class SecondLineConfig(AppConfig):
    """Model risk: which models and rules may decide, and on what evidence."""

    name = "goodstanding.second_line"
    label = "second_line"

    def ready(self) -> None:
        """Take the desk's folders into the catalogues."""
        register_metrics(desk="second_line")
