"""Restore an installation."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="An archive that `goodstanding backup` made.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Lay a backup into an empty home folder; `goodstanding audit verify` proves it afterwards."""
    from goodstanding.core.backup import restore_backup
    from goodstanding.core.environment import home_folder

    manifest = restore_backup(source=source, home=home_folder())
    typer.echo(json.dumps(manifest) if as_json else f"restored what was kept {manifest['made_at']}")
