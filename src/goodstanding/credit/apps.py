"""Registrations of the credit desk."""

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """The credit desk: its policies, metrics, queues and playbooks."""

    name = "goodstanding.credit"
    label = "credit"

    def ready(self) -> None:
        """Tell where this desk's queues and playbooks are."""
        from goodstanding.cases.operations import register_desk

        register_desk(desk="credit", package="goodstanding.credit")
