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
        """Let each folder of pages register its cards, searches and commands; keep sign-in."""
        from allauth.mfa import signals

        from goodstanding.web import pages
        from goodstanding.web.signin import keep_second_factor

        for folder in iter_modules(pages.__path__):
            name = f"{pages.__name__}.{folder.name}.registrations"
            if folder.ispkg and find_spec(name):
                import_module(name)
        for signal, action in (
            (signals.authenticator_added, "add_second_factor"),
            (signals.authenticator_removed, "remove_second_factor"),
            (signals.authenticator_reset, "renew_recovery_codes"),
        ):
            signal.connect(keep_second_factor(action), weak=False, dispatch_uid=action)
