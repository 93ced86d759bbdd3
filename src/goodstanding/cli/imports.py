"""Import a file under a mapping."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.cli.people import person_with_right

app = typer.Typer()

SOME_QUARANTINED = 1
MACHINE = "system:cli"


@app.command("import")
def import_rows(
    mapping: Annotated[Path, typer.Argument(help="The desk's mapping file (YAML).")],
    file: Annotated[Path, typer.Argument(help="A csv, csv.gz or parquet file.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")] = False,
    shift_days: Annotated[
        int, typer.Option(help="Move every date of the file by so many days.")
    ] = 0,
    chunk_rows: Annotated[int, typer.Option(min=1, help="How many rows commit together.")] = 2000,
    by: Annotated[
        str, typer.Option(help="Who imports: an e-mail address of a person with the right.")
    ] = MACHINE,
) -> None:
    """Load a file's rows as businesses and facts; good rows load, bad rows go to quarantine.

    Exit code 0: every row is loaded. 1: some rows are in quarantine. 2: the mapping or the file is
    refused, and nothing was loaded.
    """
    start_django()
    from goodstanding.cli.progress import counted_progress
    from goodstanding.core.time import utc_now
    from goodstanding.ledger.operations import import_file

    if by != MACHINE:
        person_with_right(by, verb="ledger.import_file")
    with counted_progress(f"Import {file.name}", quiet=as_json) as say:
        report = import_file(
            mapping_path=mapping,
            file=file,
            by=by,
            at=utc_now(),
            dry_run=dry_run,
            shift_days=shift_days,
            chunk_rows=chunk_rows,
            progress=lambda now: say(now.rows_done, now.rows_total, now.rows_quarantined),
        )
    typer.echo(json.dumps(report.as_dict(), indent=2) if as_json else report.as_text())
    sys.exit(SOME_QUARANTINED if report.counts.rows_quarantined else 0)
