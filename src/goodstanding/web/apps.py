"""Registrations of web."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, and what a person keeps for themselves."""

    name = "goodstanding.web"
    label = "web"

    def ready(self) -> None:
        """Let each folder of pages register its cards, searches and commands."""
        from goodstanding.web import pages

        for folder in iter_modules(pages.__path__):
            name = f"{pages.__name__}.{folder.name}.registrations"
            if folder.ispkg and find_spec(name):
                import_module(name)
