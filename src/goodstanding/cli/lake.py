"""The lake: export, look, check, ask."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from goodstanding.cli.django_start import start_django

app = typer.Typer(help="The lake of decided facts as Parquet.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def lake() -> None:
    """The lake of decided facts as Parquet."""


@app.command()
def export(as_json: AsJson = False) -> None:
    """Export what was committed since the last time."""
    start_django()
    from django.conf import settings

    from goodstanding.metrics.operations import export_lake

    done = export_lake(folder=settings.GOODSTANDING_LAKE)
    if as_json:
        typer.echo(json.dumps([{"table": e.table, "rows": e.rows} for e in done]))
        return
    for exported in done:
        typer.echo(f"{exported.table}: {exported.rows:,} rows")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tables, rows, files, and whether each file is still what was exported; exit 1 if not."""
    from goodstanding.metrics.lake import damaged_files, default_folder, tables

    folder = default_folder()
    damaged = damaged_files(folder)
    found = tables(folder)
    if as_json:
        rows = [
            {"table": m.table, "rows": m.rows, "files": len(m.files), "below_xid": m.below_xid}
            for m in found
        ]
        typer.echo(json.dumps({"tables": rows, "damaged": damaged}))
    else:
        table = Table("table", "rows", "files", "watermark")
        for m in found:
            table.add_row(m.table, f"{m.rows:,}", str(len(m.files)), str(m.below_xid))
        Console().print(table)
        for path in damaged:
            typer.echo(f"damaged: {path}", err=True)
    raise typer.Exit(1 if damaged else 0)


@app.command()
def query(
    text: Annotated[str, typer.Argument(help="One SELECT.")],
    limit: Annotated[int, typer.Option(help="At most so many rows.")] = 1000,
    seconds: Annotated[float, typer.Option(help="Stop after so long.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Run one SELECT on the lake."""
    start_django()
    from django.conf import settings

    from goodstanding.metrics.queries import query_lake

    folder = settings.GOODSTANDING_LAKE
    found = query_lake(text=text, folder=folder, seconds=seconds, limit=limit)
    names = [name for name, _ in found.columns]
    if as_json:
        rows = [dict(zip(names, row, strict=True)) for row in found.rows]
        typer.echo(json.dumps({"rows": rows, "cut": found.cut}, default=str))
        return
    table = Table(*names)
    for row in found.rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)
    if found.cut:
        typer.echo(f"only the first {limit:,} rows are shown", err=True)


@app.command()
def rebuild() -> None:
    """Delete the lake and export everything again, for example after a restore."""
    start_django()
    from django.conf import settings

    from goodstanding.metrics.operations import rebuild_lake

    with Progress() as progress:
        task = progress.add_task("Exporting", total=None)
        rebuild_lake(
            folder=settings.GOODSTANDING_LAKE,
            progress=lambda name: progress.update(task, advance=1, description=name),
        )
