"""Registrations of core."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

AUDIT_ENTRY_HASH = (
    "encode(sha256(convert_to(concat_ws(chr(31), id, at, actor, action, object_kind,"
    " object_id, detail::text), 'UTF8')), 'hex')"
)


class CoreConfig(AppConfig):
    """The room every other stands on."""

    name = "goodstanding.core"
    label = "core"

    def ready(self) -> None:
        """Seal the audit trail; grant rights once all tables stand."""
        from goodstanding.core.grants import grant_to_application
        from goodstanding.core.seal import register_stream

        register_stream(name="audit", table="core_audit_entry", hash_sql=AUDIT_ENTRY_HASH)
        post_migrate.connect(grant_to_application, sender=self, dispatch_uid="grants")
