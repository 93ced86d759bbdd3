"""The audit trail and its sealed chain."""

import json
from typing import Annotated

import typer
from rich.console import Console

from goodstanding.cli.django_start import start_django

app = typer.Typer(help="The audit trail and its sealed chain.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def audit() -> None:
    """The audit trail and its sealed chain."""


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Digest every sealed row again and walk the chain; exit 1 if a link does not hold."""
    start_django()
    from goodstanding.core.seal import verify as verify_chain

    found = verify_chain()
    if as_json:
        broken = [
            {"sequence": link.sequence, "stream": link.stream, "reason": link.reason}
            for link in found.broken
        ]
        typer.echo(
            json.dumps(
                {
                    "holds": found.holds,
                    "links": found.links,
                    "rows": found.rows,
                    "broken": broken,
                    "unsealed": found.unsealed,
                }
            )
        )
    else:
        console = Console()
        console.print(f"{found.links} links over {found.rows:,} rows")
        for link in found.broken:
            console.print(f"[red]✗[/] link {link.sequence} ({link.stream}): {link.reason}")
        for stream, count in found.unsealed.items():
            if count:
                console.print(f"{stream}: {count:,} rows not sealed yet")
        if not any(found.unsealed.values()):
            console.print("every row is sealed")
        console.print("[green]✓[/] the chain holds" if found.holds else "[red]✗[/] broken")
    raise typer.Exit(0 if found.holds else 1)


@app.command()
def seal() -> None:
    """Seal what is committed now, without waiting for the worker."""
    start_django()
    from goodstanding.core.seal import seal_once
    from goodstanding.core.time import utc_now

    typer.echo(f"{seal_once(at=utc_now()):,} rows sealed")
