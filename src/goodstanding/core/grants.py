"""What the application's role may do, set anew after each migration."""

from typing import Any

from django.apps import apps
from django.db import connections

from goodstanding.core.models import AppendOnly
from goodstanding.core.postgres import APPLICATION_ROLE

APPEND_ONLY_TRIGGER = "never_changed"
FIRST_WITH_MAINTAIN = 17_00_00


def append_only_tables() -> list[str]:
    """The tables whose rows are never changed: those that carry the trigger of `AppendOnly`."""
    return sorted(
        model._meta.db_table  # noqa: SLF001 - Django's documented model API
        for model in apps.get_models()
        if issubclass(model, AppendOnly)
        or any(
            trigger.name == APPEND_ONLY_TRIGGER
            for trigger in getattr(model._meta, "triggers", ())  # noqa: SLF001
        )
    )


def grant_to_application(*, using: str = "default", **_: Any) -> None:
    """Give the role its rights: all rows of all tables, less change of what was decided.

    Does nothing where the installation has no separate role; the triggers stand all the same.
    """
    with connections[using].cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", [APPLICATION_ROLE])
        if cursor.fetchone() is None:
            return
        for statement in (
            "grant usage on schema public to {}",
            "grant select, insert, update, delete on all tables in schema public to {}",
            "grant usage, select on all sequences in schema public to {}",
            "grant execute on all functions in schema public to {}",
        ):
            cursor.execute(statement.format(APPLICATION_ROLE))
        if cursor.connection.info.server_version >= FIRST_WITH_MAINTAIN:
            cursor.execute(f"grant maintain on all tables in schema public to {APPLICATION_ROLE}")
        tables = [table for table in append_only_tables() if _is_there(cursor, table)]
        for table in tables:
            cursor.execute(f"revoke update, delete, truncate on {table} from {APPLICATION_ROLE}")


def _is_there(cursor: Any, table: str) -> bool:
    cursor.execute("select to_regclass(%s) is not null", [table])
    return bool(cursor.fetchone()[0])
