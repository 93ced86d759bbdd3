"""Back an installation up."""

import json
from pathlib import Path
from typing import Annotated

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.core.errors import Refusal

app = typer.Typer()


class NotOurServer(Refusal):
    """The database is one of your own, and its backup belongs to who runs it."""

    code = "not_our_server"
    mend = "Use a physical backup (pg_basebackup, or your provider's snapshots), not pg_dump."


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The archive to write.")],
    with_secrets: Annotated[
        bool,
        typer.Option(
            "--with-secrets", help="Include secrets.json; keep such an archive like a key."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write the database, while it runs, into one archive."""
    server = start_django()
    if server is None:
        raise NotOurServer
    from goodstanding.core.backup import make_backup
    from goodstanding.core.environment import home_folder
    from goodstanding.core.time import utc_now

    made = make_backup(
        server, home=home_folder(), target=target, with_secrets=with_secrets, at=utc_now()
    )
    typer.echo(json.dumps(made) if as_json else f"{made['file']} ({made['bytes']:,} bytes)")
    if not with_secrets:
        typer.echo(
            "secrets.json is not in it: keep it elsewhere, or no personal value can be read",
            err=True,
        )
