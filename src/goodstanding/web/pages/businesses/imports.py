"""Imports: what came in, from which file, and the rows that wait in quarantine."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.core.errors import NotFound
from goodstanding.ledger.queries import import_runs, imports_by_id, quarantined_rows
from goodstanding.ledger.types import ImportView, QuarantinedView
from goodstanding.web.cells import day_text, words
from goodstanding.web.listing import ListShape, ListSource, filter_chips, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.businesses.provenance import shifted_provenance
from goodstanding.web.types import BulkAction, Column, Empty, Signal

WAITING, RELEASED = Signal("watch", "Waits"), Signal("good", "Loaded since")
SETTLED = Signal("past", "Settled")
WHOLE_ROW = "the whole row"  # the field of a row that could not be split into its columns


def _state(run: ImportView) -> Signal:
    if run.finished_at is None:
        return Signal("watch", "Cut off")
    return Signal("watch", "Rows wait") if run.rows_waiting else Signal("good", "Done")


COLUMNS = (
    Column("file_name", "File", kind="code", sortable=True),
    Column("mapping", "Mapping", sortable=True),
    Column("state", "State", kind="signal", value=_state),
    Column("rows_read", "Read", kind="number", sortable=True),
    Column("rows_loaded", "Loaded", kind="number"),
    Column("rows_known", "Known before", kind="number"),
    Column("rows_quarantined", "Quarantine", kind="number", sortable=True),
    Column("rows_waiting", "Still wait", kind="number", sortable=True),
    Column("facts_new", "New facts", kind="number"),
    Column("parties_new", "New businesses", kind="number"),
    Column("started_at", "Started", kind="instant", sortable=True),
    Column("started_by", "By"),
    Column("run_id", "Import", kind="code"),
)
# What the narrower page leaves to the import's own page; the exports say it.
ONLY_EXPORTED = {"rows_known", "parties_new", "started_by", "run_id"}
EMPTY = Empty(
    "Nothing was imported yet",
    "`goodstanding import MAPPING.yaml FILE` reads a file under a desk's mapping; `--dry-run`"
    " says first what it would do.",
    icon="download",
)


def _shape(request: HttpRequest) -> ListShape:
    is_export = "format" in request.GET
    return ListShape(
        name="imports",
        caption="Imports",
        sort="-started_at",
        columns=[column for column in COLUMNS if is_export or column.key not in ONLY_EXPORTED],
        row_url=lambda run: reverse("import", args=[run.run_id]),
        row_id=lambda run: run.run_id,
        empty=EMPTY,
    )


def _row_state(row: QuarantinedView) -> Signal:
    if row.released:
        return RELEASED
    return WAITING if row.waits else SETTLED


def _settled(row: QuarantinedView) -> str:
    if row.settled_at is None:
        return ""
    return f"{row.settled_because} ({row.settled_by}, {day_text(row.settled_at.date())})"


QUARANTINE = ListShape(
    name="quarantine",
    caption="Rows in quarantine",
    sort="line",
    row_id=lambda row: row.line,
    columns=(
        Column("line", "Line", kind="number", sortable=True),
        Column("field", "Field", kind="code", sortable=True),
        Column("reason", "Why it waits"),
        Column("code", "Code", kind="code"),
        Column(
            "released",
            "State",
            kind="signal",
            value=_row_state,
        ),
        Column("settled", "Settled because", value=_settled),
        Column("raw", "The row as it came", template="businesses/cell_raw.html",
               value=lambda row: json.dumps(dict(row.raw), ensure_ascii=False)),
    ),
    empty=Empty(
        "No row waits",
        "A row that a mapping cannot read stands here with its line and the reason; the good rows"
        " load. Mend the file or the mapping and import again: what loaded is left alone.",
        icon="download",
    ),
)  # fmt: skip


@page(verb="ledger.see_facts")
@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """Every import, newest first."""
    known_at = moment_of(request).known_at
    runs = [run for run in import_runs() if run.started_at <= known_at]
    waiting = sum(run.rows_waiting for run in runs)
    listing = list_rows(request, shape=_shape(request), source=ListSource(runs))
    return render_list(
        request, "businesses/imports.html", listing=listing, waiting=waiting, runs=len(runs)
    )


@page(verb="ledger.see_facts")
@require_GET
def one_import(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One import: its counts, where the file comes from, and its quarantine. Raises NotFound."""
    run = imports_by_id(run_ids=[run_id]).get(run_id)
    if run is None or run.started_at > moment_of(request).known_at:
        raise NotFound(what="import", key=run_id)
    rows = quarantined_rows(run_id=run_id)
    field = request.GET.get("field", "")
    fields = sorted({row.field or WHOLE_ROW for row in rows})
    chips = filter_chips(
        request,
        parameter="field",
        label="Field",
        choices=[
            (name, name, sum((row.field or WHOLE_ROW) == name for row in rows)) for name in fields
        ],
        everything="Every field",
    )
    kept = [row for row in rows if field in {"", row.field or WHOLE_ROW}]
    listing = list_rows(
        request,
        shape=_quarantine(request, run_id, rows),
        source=ListSource(kept),
        chips=[chips] if fields else [],
    )
    return render_list(
        request,
        "businesses/import.html",
        listing=listing,
        run=run,
        state=_state(run),
        counts=_counts(run, rows),
        facts=_facts(run),
        provenance=shifted_provenance(run),
    )


def _quarantine(request: HttpRequest, run_id: UUID, rows: list[QuarantinedView]) -> ListShape:
    """The list of rows; who may settle ticks them. Reasons take room once there is one."""
    may = request.user.has_perm("ledger.settle_row") and not moment_of(request).is_past
    action = BulkAction("Settle", reverse("import_settlement", args=[run_id]))
    is_told = "format" in request.GET or any(row.settled_at for row in rows)
    columns = [column for column in QUARANTINE.columns if is_told or column.key != "settled"]
    any_waits = any(row.waits for row in rows)
    return replace(QUARANTINE, columns=columns, bulk=(action,) if may and any_waits else ())


def _counts(run: ImportView, rows: list[QuarantinedView]) -> list[tuple[str, int, str]]:
    """What became of the rows: read = loaded + known before + quarantine."""
    waiting = sum(row.waits for row in rows)
    return [
        ("Rows read", run.rows_read, ""),
        ("Loaded", run.rows_loaded, f"{run.facts_new:,} new facts"),
        ("Known before", run.rows_known, "said nothing new"),
        ("In quarantine", run.rows_quarantined, f"{waiting:,} still wait"),
    ]


def _facts(run: ImportView) -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = [
        ("File", run.file_name),
        ("Mapping", run.mapping),
        ("Source", words(run.source)),
        ("Our company", run.legal_entity),
        ("Dates shifted by", f"{run.shift_days:,} days" if run.shift_days else None),
        ("Simulated", "yes" if run.simulated else "no, real"),
        ("New businesses", f"{run.parties_new:,}"),
        ("By", run.started_by),
    ]
    return [(term, value) for term, value in lines if value is not None]
