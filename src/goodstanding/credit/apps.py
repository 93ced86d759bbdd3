"""Registrations of the credit desk."""

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """The credit desk: its policies, features, labels, metrics, queues and playbooks."""

    name = "goodstanding.credit"
    label = "credit"

    def ready(self) -> None:
        """Tell where this desk's files are."""
        from goodstanding.cases.operations import register_desk
        from goodstanding.credit.history import register_histories
        from goodstanding.metrics.catalogue import register_metrics
        from goodstanding.outcomes.definitions import register_labels
        from goodstanding.policies.features import register_features

        register_desk(desk="credit", package="goodstanding.credit")
        register_labels(desk="credit")
        register_metrics(desk="credit")
        register_features(desk="credit")
        register_histories()
