"""What the operations of this room share: reading a row or refusing, the trail, the digest."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, models
from psycopg import Error as DatabaseError

from goodstanding.core.audit import write_audit
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.governance.errors import NotInInventory, ReasonMissing
from goodstanding.governance.models import (
    GovernedVersion,
    InventoryEntry,
    ThresholdSet,
    TierAssessment,
    UseCase,
)
from goodstanding.governance.types.records import Person
from goodstanding.governance.types.words import VersionKind

Row = TypeVar("Row", bound=models.Model)


def one(model: type[Row], *, what: str, **key: object) -> Row:
    """The row with this key; raises NotFound, naming it in the trade's words."""
    found = model._default_manager.filter(**key).first()  # noqa: SLF001 - Django's documented API
    if found is None:
        raise NotFound(what=what, key=", ".join(str(value) for value in key.values()))
    return found


def use_case_named(code: str) -> UseCase:
    """The use case; raises NotFound."""
    return one(UseCase, what="use case", code=code)


def entry_named(*, kind: VersionKind, name: str) -> InventoryEntry:
    """The inventory's entry; raises NotInInventory."""
    found = InventoryEntry.objects.filter(kind=kind, name=name).first()
    if found is None:
        raise NotInInventory(kind=kind, name=name)
    return found


def version_words(version: GovernedVersion) -> str:
    """A version as sentences name it: policy sba_underwriting 1."""
    return f"{version.entry.kind} {version.entry.name} {version.label}"


def tier_of(entry: InventoryEntry) -> int | None:
    """The tier that holds for an entry; None before its first assessment."""
    assessments = TierAssessment.objects.filter(entry=entry).order_by("-assessed_at", "-id")
    latest = assessments.first()
    return None if latest is None else latest.tier


def present_thresholds(entry: InventoryEntry) -> ThresholdSet | None:
    """The thresholds that hold for an entry; None before the first were set."""
    return ThresholdSet.objects.filter(entry=entry).order_by("-number").first()


def require_text(text: str, *, field: str) -> str:
    """The text without outer spaces; raises ReasonMissing if nothing is left."""
    stripped = text.strip()
    if not stripped:
        raise ReasonMissing(field=field, field_words=field.replace("_", " "))
    return stripped


def keep_in_trail(
    action: str, kind: str, object_id: UUID, *, by: Person, at: datetime, **detail: Any
) -> None:
    """One line of the audit trail, by a person."""
    write_audit(
        actor=by.email, action=action, object_kind=kind, object_id=object_id, at=at, detail=detail
    )


@contextmanager
def refusing(refusals: Mapping[str, Refusal]) -> Generator[None]:
    """Turn the violation of a named constraint into its refusal; others propagate.

    The database is the last to speak: what an operation checked may have changed meanwhile.
    """
    try:
        yield
    except IntegrityError as violation:
        cause = violation.__cause__
        name = cause.diag.constraint_name if isinstance(cause, DatabaseError) else None
        if name is None or name not in refusals:
            raise
        raise refusals[name] from violation
