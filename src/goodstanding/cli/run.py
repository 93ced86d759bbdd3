"""Start the whole product: what `make run` calls."""

import os
import signal
import subprocess
import sys
from typing import Annotated

import typer
from rich.console import Console

from goodstanding.cli.django_start import prepare_database
from goodstanding.cli.samples import sign_ins
from goodstanding.core.environment import export, home_folder, load_secrets
from goodstanding.core.postgres import Revival, stop_server
from goodstanding.serve.supervisor import (
    ORPHANS_SECONDS,
    Child,
    PortTaken,
    Supervisor,
    require_free_port,
)

app = typer.Typer()
console = Console(stderr=False)


@app.command()
def run(
    port: Annotated[
        int,
        typer.Option(min=1, max=65534, help="Port of the pages; decisions take the next."),
    ] = 8420,
    samples: Annotated[bool, typer.Option(help="Load the sample data on first use.")] = True,
) -> None:
    """Start PostgreSQL, migrate, load the samples, start web, decision service and worker."""
    home = home_folder()
    address = f"http://127.0.0.1:{port}"
    supervisor = Supervisor(home=home, address=address, children=_children(port))
    _require_free_ports(supervisor, port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = None
    ours = "GOODSTANDING_DATABASE_URL" not in os.environ
    try:
        export(load_secrets(home))
        os.environ["GOODSTANDING_DECISIONS_URL"] = f"http://127.0.0.1:{port + 1}"
        with console.status("Starting PostgreSQL"):
            server = prepare_database()
        console.print("[green]✓[/] PostgreSQL")
        # In one process: each takes seconds to start.
        _step(
            ["samples", "load", "--tables", "--desks"] if samples else ["cases", "load", "--tables"]
        )
        supervisor.start(on_ready=lambda name: console.print(f"[green]✓[/] {name}"))
        _say_where_to_look(address, samples=samples)
        supervisor.watch(revive_database=Revival(server).revive if server else _is_not_ours)
    finally:
        console.print("\nStopping")
        supervisor.stop()
        if ours:  # it may have come up after we were told to stop
            stop_server(home / "postgres")
    console.print("Stopped; the data stays in", str(home))


def _children(port: int) -> list[Child]:
    return [
        Child("web", ["serve", "web", "--port", str(port)], f"http://127.0.0.1:{port}/healthz"),
        Child(
            "decisions",
            ["serve", "decisions", "--port", str(port + 1)],
            f"http://127.0.0.1:{port + 1}/healthz",
        ),
        Child("worker", ["serve", "worker"]),
    ]


def _step(arguments: list[str]) -> None:
    """Run a command of ours to its end; its refusal was printed, so only the code is passed on."""
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "goodstanding", *arguments], check=False
    )
    if ended.returncode:
        raise typer.Exit(ended.returncode)


def _say_where_to_look(address: str, *, samples: bool) -> None:
    console.print(f"\nGood Standing is at [bold]{address}[/]")
    if samples:
        sign_ins()
    console.print("Ctrl-C stops everything.")


def _is_not_ours() -> bool:
    """A database that was named to us is looked after by somebody else."""
    return False


def _require_free_ports(supervisor: Supervisor, port: int) -> None:
    """Raise PortTaken, and leave the home folder to others then."""
    patience = ORPHANS_SECONDS if supervisor.follows_a_killed_one else 0
    try:
        require_free_port(port, patience_seconds=patience)
        require_free_port(port + 1, patience_seconds=patience)
    except PortTaken:
        supervisor.stop()
        raise
