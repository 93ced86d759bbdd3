"""Bring the lake and the computed metrics up to date."""

import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
from django.db import transaction
from duckdb import DuckDBPyConnection

from goodstanding.core.audit import write_audit
from goodstanding.metrics.catalogue import catalogue
from goodstanding.metrics.compute import compute_metric
from goodstanding.metrics.export import Exported, export_table, lake_columns
from goodstanding.metrics.lake import compact_day, open_lake, sweep, tables
from goodstanding.metrics.models import ComputedMetric, SavedQuery
from goodstanding.metrics.tables import lake_tables
from goodstanding.metrics.types import MetricDefinition, MetricResult

MANY_FILES = 16
READERS_ARE_DONE_SECONDS = 3600
Progress = Callable[[str], None]


def export_lake(*, folder: Path) -> list[Exported]:
    """Export what was committed since the last time, table by table."""
    return [export_table(table, folder=folder) for table in lake_tables()]


def rebuild_lake(*, folder: Path, progress: Progress = lambda _name: None) -> list[Exported]:
    """Delete the lake and export everything again, for example after a restore."""
    shutil.rmtree(folder, ignore_errors=True)
    done: list[Exported] = []
    for table in lake_tables():
        progress(table.name)
        done.append(export_table(table, folder=folder))
    return done


def tidy_lake(*, folder: Path) -> int:
    """Write days of many small files as one file each; returns how many fewer the lake names.

    What no manifest names any more goes an hour later, when no reader has it open.
    """
    saved = 0
    for manifest in tables(folder):
        days = [file.day for file in manifest.files]
        for day in sorted(set(days)):
            if days.count(day) >= MANY_FILES:
                saved += compact_day(folder, table=manifest.table, day=day)
    sweep(folder, older_than=time.time() - READERS_ARE_DONE_SECONDS)
    return saved


def compute_all(
    *, folder: Path, at: datetime, progress: Progress = lambda _name: None
) -> list[MetricResult]:
    """Compute every metric as of now and keep what changed; those whose tables exist here."""
    results: list[MetricResult] = []
    expected = expected_tables()
    with open_lake(folder, expected=expected) as lake:
        for definition in catalogue().values():
            progress(definition.name)
            if expected.keys() >= set(definition.reads):
                results.append(_compute_and_keep(definition, lake, folder=folder, at=at))
    return results


def _compute_and_keep(
    definition: MetricDefinition, lake: DuckDBPyConnection, *, folder: Path, at: datetime
) -> MetricResult:
    """Compute one metric as of `at`, as known then, and keep it unless nothing moved."""
    begun = time.monotonic()
    result = compute_metric(definition, lake, as_of=at, known_at=at)
    points = msgspec.to_builtins(result.points)
    last = ComputedMetric.objects.filter(metric=definition.name).order_by("-known_at").first()
    if last is None or last.points != points or last.definition_sha256 != definition.sha256:
        ComputedMetric.objects.create(
            metric=definition.name,
            definition_version=definition.version,
            definition_sha256=definition.sha256,
            as_of=at,
            known_at=at,
            watermark=watermark(folder),
            points=points,
            duration_ms=int((time.monotonic() - begun) * 1000),
        )
    return result


def expected_tables() -> dict[str, tuple[tuple[str, str], ...]]:
    """The columns of every table of the lake, exported yet or not."""
    return {table.name: lake_columns(table) for table in lake_tables()}


def watermark(folder: Path) -> int:
    """Below this transaction every table of the lake is complete; 0 for an empty lake."""
    return min((manifest.below_xid for manifest in tables(folder)), default=0)


@transaction.atomic
def save_query(*, name: str, text: str, by: UUID, actor: str, at: datetime) -> UUID:
    """Keep a query under a name; an earlier one of that name stays in the history."""
    saved = SavedQuery.objects.create(name=name, text=text, saved_by_id=by)
    write_audit(
        actor=actor, action="save_query", object_kind="query", object_id=saved.id, at=at,
        detail={"name": name},
    )  # fmt: skip
    return saved.id
