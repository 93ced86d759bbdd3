"""Registrations of the samples."""

from pathlib import Path

from django.apps import AppConfig

import goodstanding


class SamplesConfig(AppConfig):
    """Loaders and small real data for a first run."""

    name = "goodstanding.samples"
    label = "samples"

    def ready(self) -> None:
        """Declare the history of the invented registrations, and the rows under the models."""
        from goodstanding.samples.histories import register_histories
        from goodstanding.second_line.development import register_development

        package = Path(goodstanding.__file__).parent
        register_histories()
        register_development(
            models=package / "credit" / "models", rows=package / "samples" / "data" / "sba_loans"
        )
