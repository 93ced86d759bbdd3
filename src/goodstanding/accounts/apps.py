"""Registrations of accounts."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from goodstanding.accounts.types import EVERYONE, Role, Verb, declare_verbs


class AccountsConfig(AppConfig):
    """People, roles, keys."""

    name = "goodstanding.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Declare the verbs of this room; sync roles once all rooms have declared theirs."""
        from goodstanding.accounts.operations import sync_roles

        declare_verbs(
            room="accounts",
            verbs=[
                Verb("see_home", "See one's own home", EVERYONE),
                Verb("manage_people", "Add people and give roles", (Role.ADMINISTRATOR,)),
                Verb("manage_keys", "Make and revoke API keys", (Role.ADMINISTRATOR,)),
                Verb(
                    "read_audit_trail",
                    "Read the audit trail",
                    (Role.INTERNAL_AUDITOR, Role.MODEL_RISK_MANAGER, Role.ADMINISTRATOR),
                ),
            ],
        )
        post_migrate.connect(sync_roles, sender=self, dispatch_uid="roles")
