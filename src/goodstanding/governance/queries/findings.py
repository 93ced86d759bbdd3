"""Read findings as they stand at an instant."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from goodstanding.core.errors import NotFound
from goodstanding.core.named_sql import named_sql
from goodstanding.governance.types.findings import FindingSummary
from goodstanding.governance.types.words import Effect, FindingStatus, Severity, VersionKind


def findings_at(*, at: datetime, version_id: UUID | None = None) -> list[FindingSummary]:
    """All findings opened by `at`, of one version or of all; the worst and soonest due first."""
    return _rows(at=at, version_id=version_id, finding_id=None)


def open_findings_of(*, version_id: UUID, at: datetime) -> list[FindingSummary]:
    """The findings of a version that are neither closed nor accepted at `at`."""
    return [finding for finding in findings_at(at=at, version_id=version_id) if finding.is_open]


def blocking_finding(*, at: datetime) -> FindingSummary | None:
    """The worst and soonest due of the findings that block now; None where nothing is blocked.

    One that an exception covers blocks nothing.
    """
    blocking = (
        finding
        for finding in findings_at(at=at)
        if finding.is_open and finding.effect is Effect.BLOCK and not finding.is_excepted
    )
    return next(blocking, None)


def finding_at(*, finding_id: UUID, at: datetime) -> FindingSummary:
    """One finding as it stands at `at`; raises NotFound."""
    found = _rows(at=at, version_id=None, finding_id=finding_id)
    if not found:
        raise NotFound(what="finding", key=str(finding_id))
    return found[0]


def _rows(
    *, at: datetime, version_id: UUID | None, finding_id: UUID | None
) -> list[FindingSummary]:
    parameters = {"at": at, "version_id": version_id, "finding_id": finding_id}
    rows = named_sql("governance", "findings").rows(parameters)
    return [_summary(row, at=at) for row in rows]


def _summary(row: Mapping[str, Any], *, at: datetime) -> FindingSummary:
    words: dict[str, Any] = {
        "severity": Severity(row["severity"]),
        "effect": Effect(row["effect"]),
        "state": FindingStatus(row["state"]),
        "kind": VersionKind(row["kind"]),
        "segment": json.loads(row["segment"]),
    }
    columns: dict[str, Any] = {**row, **words}
    return FindingSummary(at=at, **columns)
