"""The sample data: load it, show the sign-ins, make the extracts anew."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from goodstanding.cli.cases import Tables, bring_desks_up_to_date, bring_tables_up_to_date
from goodstanding.cli.django_start import start_django
from goodstanding.core.environment import home_folder

app = typer.Typer(no_args_is_help=True)


@app.command()
def load(
    desks: Annotated[
        bool, typer.Option("--desks", help="First do what `cases load` does.")
    ] = False,
    tables: Tables = False,
) -> None:
    """Load what is not loaded yet; the second time there is nothing to do."""
    start_django()
    if tables:
        bring_tables_up_to_date()
    if desks:
        bring_desks_up_to_date()
    from goodstanding.core.time import utc_now
    from goodstanding.samples.operations import load_samples

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks: dict[str, TaskID] = {}

        def say(title: str, done: int, total: int) -> None:
            if title not in tasks:
                finish()
                tasks[title] = progress.add_task(title, total=None)
            progress.update(tasks[title], completed=done, total=total or None)

        def finish() -> None:
            """A step that could not say how much it had to do is whole now."""
            for task in progress.tasks:
                if not task.finished:
                    whole = task.total or 1
                    progress.update(task.id, completed=whole, total=whole)

        fresh = load_samples(home=home_folder(), at=utc_now(), progress=say)
        finish()
    typer.echo(f"✓ samples: {len(fresh)} steps done" if fresh else "✓ samples are loaded")


@app.command("sign-ins")
def sign_ins() -> None:
    """Say who may sign in to the demonstration, and with which password."""
    from goodstanding.samples.roster import PEOPLE, demo_password

    typer.echo(f"Password of all: {demo_password(home=home_folder())}")
    for person in PEOPLE:
        typer.echo(f"  {person.email:<22} {person.display_name}, {person.does}")


@app.command()
def extract(
    originals: Annotated[Path, typer.Argument(help="The folder of the original data.")],
    folder: Annotated[Path, typer.Argument(help="Where to write the extracts.")],
) -> None:
    """Make the shipped extracts anew from the originals."""
    from goodstanding.samples.extracts import EXTRACTS

    for each in EXTRACTS:
        path = each.write(originals=originals, folder=folder)
        typer.echo(f"{path} {path.stat().st_size} bytes")
