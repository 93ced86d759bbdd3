"""Read the inventory as it stood at an instant."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from goodstanding.core.errors import NotFound
from goodstanding.core.named_sql import named_sql
from goodstanding.governance.models import GovernedVersion, PinnedVersion
from goodstanding.governance.queries.gate import read_gate_snapshot
from goodstanding.governance.types.dossiers import NamedVersion
from goodstanding.governance.types.gate import GateSnapshot
from goodstanding.governance.types.inventory import InventoryRow
from goodstanding.governance.types.records import Person
from goodstanding.governance.types.words import VersionKind


def inventory_at(*, as_of: datetime) -> list[InventoryRow]:
    """Every version registered by `as_of`: policies first, by name, the newest version first."""
    return _rows(as_of=as_of, version_id=None)


def version_at(*, version_id: UUID, as_of: datetime) -> InventoryRow:
    """One version as it stood at `as_of`; raises NotFound."""
    found = _rows(as_of=as_of, version_id=version_id)
    if not found:
        raise NotFound(what="version", key=str(version_id))
    return found[0]


def _rows(*, as_of: datetime, version_id: UUID | None) -> list[InventoryRow]:
    rows = named_sql("governance", "inventory").rows({"as_of": as_of, "version_id": version_id})
    snapshot = read_gate_snapshot(at=as_of, as_of=as_of)
    return [_row(row, snapshot=snapshot, as_of=as_of) for row in rows]


def _row(row: Mapping[str, Any], *, snapshot: GateSnapshot, as_of: datetime) -> InventoryRow:
    standing = snapshot.standing_of(content_hash=row["content_hash"], at=as_of)
    columns: dict[str, Any] = {**row, "kind": VersionKind(row["kind"]), "standing": standing}
    return InventoryRow(as_of=as_of, **columns)


def pinned_models(*, version_id: UUID) -> list[NamedVersion]:
    """The model versions that a policy version names as input."""
    pins = PinnedVersion.objects.filter(version_id=version_id)
    return [_named(pin.pinned) for pin in pins.select_related("pinned__entry")]


def policies_using(*, version_id: UUID) -> list[NamedVersion]:
    """The policy versions that name this model version as input."""
    pins = PinnedVersion.objects.filter(pinned_id=version_id)
    return [_named(pin.version) for pin in pins.select_related("version__entry")]


def owner_of(*, version_id: UUID) -> Person:
    """Who answers for the entry of a version; raises NotFound."""
    found = GovernedVersion.objects.filter(id=version_id).select_related("entry__owner").first()
    if found is None:
        raise NotFound(what="version", key=str(version_id))
    return found.entry.owner


def version_named(*, kind: VersionKind, name: str, label: str) -> NamedVersion:
    """A version by its names; raises NotFound."""
    found = (
        GovernedVersion.objects.filter(entry__kind=kind, entry__name=name, label=label)
        .select_related("entry")
        .first()
    )
    if found is None:
        raise NotFound(what=f"version of {kind} {name}", key=label)
    return _named(found)


def version_by_hash(*, content_hash: str) -> NamedVersion | None:
    """The version with this content, if it is registered."""
    found = (
        GovernedVersion.objects.filter(content_hash=content_hash).select_related("entry").first()
    )
    return None if found is None else _named(found)


def _named(version: GovernedVersion) -> NamedVersion:
    entry = version.entry
    return NamedVersion(
        version_id=version.id,
        words=f"{entry.kind} {entry.name} {version.label}",
        content_hash=version.content_hash,
    )
