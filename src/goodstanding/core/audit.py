"""The audit trail: who did what, to which object, and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from goodstanding.core.models import AuditEntry


def write_audit(
    *,
    actor: str,
    action: str,
    object_kind: str,
    object_id: UUID | str,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Keep one line of the trail, in the caller's transaction.

    `actor` is the login of a person, `key:<prefix>` of an API key, or `system:<process>`.
    `detail` holds ids and choices, never personal values.
    """
    AuditEntry.objects.create(
        at=at,
        actor=actor,
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        detail=dict(detail or {}),
    )


def audit_entries(
    *,
    actor: str = "",
    action: str = "",
    object_kind: str = "",
    object_id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEntry]:
    """The lines of the trail that fit, newest first; `until` is not included."""
    exact = {"actor": actor, "action": action, "object_kind": object_kind, "object_id": object_id}
    found = AuditEntry.objects.filter(**{name: value for name, value in exact.items() if value})
    if since is not None:
        found = found.filter(at__gte=since)
    if until is not None:
        found = found.filter(at__lt=until)
    return found.order_by("-at", "-id")
