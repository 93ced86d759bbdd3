"""Registrations of the samples."""

from django.apps import AppConfig


class SamplesConfig(AppConfig):
    """Loaders and small real data for a first run."""

    name = "goodstanding.samples"
    label = "samples"

    def ready(self) -> None:
        """Declare the history of the invented registrations."""
        from goodstanding.samples.histories import register_histories

        register_histories()
