"""Make the tables current, or check that the models and the migrations agree."""

import sys
from typing import Annotated

import typer

from goodstanding.cli.django_start import start_django

app = typer.Typer()


@app.command()
def migrations(
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 if a model has a change without a migration.")
    ] = False,
    make: Annotated[
        str | None, typer.Option("--make", help="Write a room's missing migration.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when all goes well.")] = False,
) -> None:
    """Migrate; or with --check only compare; or with --make write a migration."""
    server = start_django(as_owner=True)
    from django.core.management import call_command

    if make:
        call_command("makemigrations", make)
        return
    if check:
        sys.exit(_check())
    call_command("migrate", interactive=False, verbosity=0 if quiet else 1)
    if server is not None and not quiet:
        typer.echo(f"migrated {server.folder}")


def _check() -> int:
    from django.core.management import call_command

    try:
        call_command("makemigrations", check=True, dry_run=True)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0
