"""Import a file under a mapping: chunk by chunk, each whole or not at all, resumed when cut off."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.db.models import Sum

from goodstanding.accounts.queries import legal_entities
from goodstanding.core.audit import write_audit
from goodstanding.core.outbox import publish
from goodstanding.ledger.errors import ImportRunning, MappingRefused, ShiftWithoutDates
from goodstanding.ledger.imports.mapping import Mapping, check_against_file, load_mapping
from goodstanding.ledger.imports.planning import BadRow, Planner
from goodstanding.ledger.imports.reading import RawRow, SourceFile, open_source
from goodstanding.ledger.models import ImportChunk, ImportCompletion, ImportRun
from goodstanding.ledger.operations.chunks import Chunk, load_chunk
from goodstanding.ledger.types import ImportedCounts, ImportReport, Progress, RefusedRow
from goodstanding.parties import operations as parties

CHUNK_ROWS = 2000
SHOWN_BAD_ROWS = 20
NAME_RULE = "rule:name_and_place"

SayProgress = Callable[[Progress], None]


def import_file(
    *,
    mapping_path: Path,
    file: Path,
    by: str,
    at: datetime,
    dry_run: bool = False,
    shift_days: int = 0,
    chunk_rows: int = CHUNK_ROWS,
    progress: SayProgress = lambda _: None,
) -> ImportReport:
    """Load the rows of a csv, csv.gz or parquet file as parties and facts.

    Rows that were loaded before under the same mapping and shift are known and write nothing; bad
    rows go to quarantine with line and reason, and never stop the rest. Each chunk commits whole,
    so that a run that was cut off is carried on by the next one. A dry run writes nothing at all.
    `shift_days` moves every date of the source.
    Raises MappingRefused, UnknownColumn, FileUnreadable or ImportRunning.
    """
    mapping = load_mapping(mapping_path)
    source = open_source(file)
    check_against_file(mapping, columns=source.columns)
    _check_legal_entity(mapping)
    with _only_one(mapping, source), transaction.atomic() if dry_run else nullcontext():
        run, resumed = _start_or_resume(
            mapping, source, shift_days=shift_days, chunk_rows=chunk_rows, by=by, at=at
        )
        bad = _load_chunks(run, mapping, source, at=at, progress=progress)
        report = _complete(run, mapping, by=by, at=at, resumed=resumed, dry_run=dry_run, bad=bad)
        if dry_run:
            transaction.set_rollback(True)
    return report


def shift_to_arrive(*, mapping_path: Path, file: Path, at: datetime) -> int:
    """The days by which a file's dates move so that its newest arrives on the day of `at`.

    The newest is sought in the columns that the mapping's `shift` names; where it has a time of
    day that lies ahead of `at`, it arrives a day earlier, so that nothing lies ahead of now.
    Raises ShiftWithoutDates where the mapping names no column or the file holds no date.
    """
    mapping = load_mapping(mapping_path)
    source = open_source(file)
    check_against_file(mapping, columns=source.columns)
    columns = mapping.shift.newest_of if mapping.shift else ()
    planner = Planner(mapping=mapping, shift_days=0, origin=_origin(mapping, at=at))
    instants = (found for raw in source.rows() for found in planner.instants_of(raw, columns))
    newest = max(instants, default=None)
    if newest is None:
        raise ShiftWithoutDates(field="shift.newest_of", mapping=mapping.mapping)
    return (at - newest) // timedelta(days=1)


def _check_legal_entity(mapping: Mapping) -> None:
    known = [entity.code for entity in legal_entities()]
    if mapping.legal_entity not in known:
        problem = (
            f"names no company of ours: {mapping.legal_entity} (there are: {', '.join(known)})."
        )
        raise MappingRefused(field="legal_entity", problem=problem)


@contextmanager
def _only_one(mapping: Mapping, source: SourceFile) -> Generator[None]:
    """Refuse a second import of the same file under the same mapping while one is running.

    The server looks every second whether this process still lives, so that a killed import lets
    go of its lock; the wait for the lock outlasts that.
    """
    name = f"{mapping.hash}:{source.file_hash}"
    with connection.cursor() as cursor:
        cursor.execute("set client_connection_check_interval = '1s'")
        try:
            with transaction.atomic():
                cursor.execute("set local lock_timeout = '3s'")
                cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name])
        except OperationalError as surprise:
            raise ImportRunning(field="file", name=source.path.name) from surprise
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _start_or_resume(
    mapping: Mapping, source: SourceFile, *, shift_days: int, chunk_rows: int, by: str, at: datetime
) -> tuple[ImportRun, bool]:
    cut_off = ImportRun.objects.filter(
        file_hash=source.file_hash,
        mapping_hash=mapping.hash,
        shift_days=shift_days,
        importcompletion=None,
    ).first()
    if cut_off is not None:
        return cut_off, True
    with transaction.atomic():
        run = ImportRun.objects.create(
            mapping=mapping.mapping,
            mapping_hash=mapping.hash,
            file_name=source.path.name,
            file_hash=source.file_hash,
            legal_entity_id=mapping.legal_entity,
            source=mapping.source,
            provenance=mapping.provenance.strip(),
            simulated=mapping.simulated,
            shift_days=shift_days,
            chunk_rows=chunk_rows,
            started_by=by,
            started_at=at,
        )
        write_audit(
            actor=by, action="start_import", object_kind="import", object_id=run.id, at=at,
            detail={"mapping": mapping.mapping, "file": source.path.name, "shift_days": shift_days},
        )  # fmt: skip
    return run, False


def _load_chunks(
    run: ImportRun, mapping: Mapping, source: SourceFile, *, at: datetime, progress: SayProgress
) -> list[BadRow]:
    """Load the chunks that are not there yet; returns the first bad rows met."""
    origin = _origin(mapping, at=at, run=run)
    planner = Planner(mapping=mapping, shift_days=run.shift_days, origin=origin)
    there = set(ImportChunk.objects.filter(run=run).values_list("number", flat=True))
    shown: list[BadRow] = []
    rows_done = quarantined = 0
    for number, raws in enumerate(_in_chunks(source.rows(), size=run.chunk_rows)):
        if number not in there:
            chunk = Chunk(run.id, number, origin, frozenset(planner.personal))
            counts, bad = load_chunk(chunk=chunk, rows=[planner.plan(raw) for raw in raws])
            quarantined += counts.rows_quarantined
            shown += bad[: SHOWN_BAD_ROWS - len(shown)]
        rows_done += len(raws)
        progress(Progress(rows_done, max(rows_done, source.row_estimate), quarantined))
    return shown


def _in_chunks(rows: Iterable[RawRow], *, size: int) -> Iterator[list[RawRow]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


@transaction.atomic
def _complete(
    run: ImportRun,
    mapping: Mapping,
    *,
    by: str,
    at: datetime,
    resumed: bool,
    dry_run: bool,
    bad: Sequence[BadRow],
) -> ImportReport:
    counts = _sum_of_chunks(run)
    links = 0
    if counts.parties_new or counts.parties_amended:
        links = parties.link_shared_names(decided_by=NAME_RULE, import_id=run.id)
        links += parties.link_shared_values(decided_by="rule:shared_values", import_id=run.id)
    said = {**counts.as_dict(), "links_new": links}
    ImportCompletion.objects.create(run=run, counts=said, finished_at=at)
    publish(
        kind="import_finished",
        subject_id=run.id,
        payload={"mapping": run.mapping, "file": run.file_name, "counts": said},
    )
    write_audit(
        actor=by, action="finish_import", object_kind="import", object_id=run.id, at=at, detail=said
    )
    return ImportReport(
        run_id=run.id,
        mapping=mapping.mapping,
        file_name=run.file_name,
        dry_run=dry_run,
        resumed=resumed,
        shift_days=run.shift_days,
        counts=counts,
        links_new=links,
        refused_rows=tuple(
            RefusedRow(row.line, row.refusal.field or "", row.refusal.code, row.refusal.message)
            for row in bad
        ),
    )


def _sum_of_chunks(run: ImportRun) -> ImportedCounts:
    names = ImportedCounts.names()
    sums = ImportChunk.objects.filter(run=run).aggregate(**{name: Sum(name) for name in names})
    return ImportedCounts(**{name: sums[name] or 0 for name in names})


def _origin(mapping: Mapping, *, at: datetime, run: ImportRun | None = None) -> parties.Origin:
    return parties.Origin(
        legal_entity=mapping.legal_entity,
        source=mapping.source,
        at=at,
        simulated=mapping.simulated,
        import_id=run.id if run else None,
    )
