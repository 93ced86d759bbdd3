"""Registrations of web."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages."""

    name = "goodstanding.web"
    label = "web"
