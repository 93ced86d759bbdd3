"""The command `goodstanding`: one file per room of commands, loaded when called.

A command's module is imported only when that command is asked for, so that `--help` and the
light commands start fast.
"""

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from goodstanding.core.errors import Refusal, TablesNotCurrent

REFUSED = 2

# command -> (module in goodstanding.cli, one line of help)
COMMANDS = {
    "run": ("run", "Start the product with its sample data, and stop it with Ctrl-C."),
    "serve": ("serve", "Run one process: web, decisions or worker."),
    "migrations": ("migrations", "Make the tables current, or check that no change is unmade."),
    "decide": ("decide", "Decide one request, durably, as the service would."),
    "replay": ("replay", "Derive decisions again from their records, and compare."),
    "cases": ("cases", "Load laws, calendars, queues and playbooks; list and explain cases."),
    "conform": ("conform", "Re-perform known-answer cases of an area."),
    "lake": ("lake", "The lake of decided facts as Parquet: export, check, ask."),
    "metrics": ("metrics", "Metrics from their files: list, compute, show."),
    "audit": ("audit", "The audit trail and its sealed chain."),
    "keys": ("keys", "Encryption keys and the erasure of a person."),
    "backup": ("backup", "Write the database, while it runs, into one archive."),
    "restore": ("restore", "Lay a backup into an empty home folder."),
    "policy": ("policy", "Policies: check, test, evaluate, backtest, compare."),
    "experiment": ("experiment", "Experiments: plan, start, look, halt, end; judge offline."),
    "feature": ("feature", "Features: list, show, compute as of a moment."),
    "change": ("change", "Change requests: ask with evidence, sign, return."),
    "list": ("lists", "Lists that policies name: versions, approvals, ends."),
    "governance": ("governance", "What may decide, and by whose approval; findings."),
    "import": ("imports", "Load a file's rows as businesses and facts, under a mapping."),
    "samples": ("samples", "Load the sample data; show the sign-ins."),
    "model": ("model", "Models: take over from an MLflow registry, show."),
    "train": ("train", "Train a model of a desk from its recipe."),
}


class LazyCommands(TyperGroup):
    """Knows every command's name and help, and imports the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command, imported now; None if there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"goodstanding.cli.{COMMANDS[cmd_name][0]}")
        command = get_command(module.app)
        command.name = cmd_name
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """List the commands without importing them."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


app = typer.Typer(cls=LazyCommands, no_args_is_help=True, pretty_exceptions_enable=False)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"goodstanding {version('goodstanding')}")
        raise typer.Exit


@app.callback()
def goodstanding(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """Good Standing: decide, refer, learn and govern in one loop."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; a refusal is one readable line and exit code 2."""
    try:
        app(args=arguments, prog_name="goodstanding")
    except Refusal as refusal:
        _refuse(refusal)
    except Exception as surprise:
        if not _is_for_want_of_tables(surprise):
            raise
        _refuse(TablesNotCurrent())


def _refuse(refusal: Refusal) -> None:
    typer.echo(f"refused: {refusal}", err=True)
    sys.exit(REFUSED)


def _is_for_want_of_tables(surprise: Exception) -> bool:
    from psycopg.errors import UndefinedColumn, UndefinedTable

    return isinstance(surprise.__cause__, UndefinedColumn | UndefinedTable)
