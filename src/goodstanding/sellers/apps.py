"""Registrations of the seller desk."""

from django.apps import AppConfig


class SellersConfig(AppConfig):
    """The seller desk: its policies, features, metrics, queues and playbooks."""

    name = "goodstanding.sellers"
    label = "sellers"

    def ready(self) -> None:
        """Tell where this desk's files are."""
        from goodstanding.cases.operations import register_desk
        from goodstanding.metrics.catalogue import register_metrics
        from goodstanding.policies.features import register_features

        register_desk(desk="sellers", package="goodstanding.sellers")
        register_metrics(desk="sellers")
        register_features(desk="sellers")
