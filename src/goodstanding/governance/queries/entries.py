"""Read the entries of the inventory, those without a version among them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from goodstanding.core.errors import NotFound
from goodstanding.governance.models import InventoryEntry, ThresholdSet, TierAssessment
from goodstanding.governance.types.dossiers import EntrySummary
from goodstanding.governance.types.words import VersionKind
from goodstanding.validation.types import Thresholds


def entries_of(*, use_case: str, as_of: datetime) -> list[EntrySummary]:
    """The entries that serve a use case, entered by `as_of`; policies first, by name."""
    rows = _entries(as_of).filter(use_case__code=use_case).order_by("-kind", "name")
    return [_summary(row, as_of=as_of) for row in rows]


def entries_without_version(*, kind: VersionKind, as_of: datetime) -> list[EntrySummary]:
    """The entries that wait for their first version, by name."""
    rows = _entries(as_of).filter(kind=kind, version_count=0).order_by("name")
    return [_summary(row, as_of=as_of) for row in rows]


def entry_at(*, entry_id: UUID, as_of: datetime) -> EntrySummary:
    """One entry as it stood at `as_of`; raises NotFound."""
    row = _entries(as_of).filter(id=entry_id).first()
    if row is None:
        raise NotFound(what="entry of the inventory", key=str(entry_id))
    return _summary(row, as_of=as_of)


def _entries(as_of: datetime) -> "QuerySet[Any]":
    versions = Count("versions", filter=Q(versions__registered_at__lte=as_of))
    entered = InventoryEntry.objects.filter(entered_at__lte=as_of)
    return entered.select_related("use_case", "owner").annotate(version_count=versions)


def _summary(row: Any, *, as_of: datetime) -> EntrySummary:
    tiers = TierAssessment.objects.filter(entry=row, assessed_at__lte=as_of)
    latest = tiers.order_by("-assessed_at", "-id").first()
    present = ThresholdSet.objects.filter(entry=row, set_at__lte=as_of).order_by("-number").first()
    return EntrySummary(
        entry_id=row.id,
        kind=VersionKind(row.kind),
        name=row.name,
        title=row.title,
        use_case=row.use_case.code,
        use_case_title=row.use_case.title,
        owner=row.owner.display_name,
        vendor=row.vendor,
        entered_at=row.entered_at,
        versions=row.version_count,
        tier=latest.tier if latest else None,
        thresholds=Thresholds(**present.thresholds) if present else None,
    )
