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
    make_tables_current(quiet=quiet)
    if server is not None and not quiet:
        typer.echo(f"migrated {server.folder}")


def make_tables_current(*, quiet: bool) -> None:
    """Migrate, as the role that Django works as; sets its roles and grants anew in any case."""
    from django.core.management import call_command
    from django.core.management.sql import emit_post_migrate_signal
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0 if quiet else 1)
    else:  # Django would draw every model as each migration left it, to change none
        emit_post_migrate_signal(0, interactive=False, db="default")


def _check() -> int:
    from django.core.management import call_command

    try:
        call_command("makemigrations", check=True, dry_run=True)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0
