"""Registrations of the samples."""

from django.apps import AppConfig


class SamplesConfig(AppConfig):
    """Loaders and small real data for a first run."""

    name = "goodstanding.samples"
    label = "samples"
