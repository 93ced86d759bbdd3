"""`goodstanding conform`: run known-answer cases of an area, or list the areas."""

import atexit
import importlib
import json
import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from goodstanding.core.conform import Area, CaseResult
from goodstanding.core.errors import Refusal

# Rooms that can be re-performed; each exposes AREA in its module `conform`.
AREAS = {"language": "goodstanding.language.conform"}

app = typer.Typer()


@app.command()
def conform(
    area: Annotated[str | None, typer.Argument(help="Area of the cases.")] = None,
    cases: Annotated[Path | None, typer.Argument(help="File of cases, one JSON a line.")] = None,
    engine: Annotated[
        str | None, typer.Option(help="Engine, or `all`; without it every usual one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    show_list: Annotated[bool, typer.Option("--list", help="Describe the areas.")] = False,
) -> None:
    """Run known-answer cases; exit 0 when all agree, 1 when any differs, 2 when none could run."""
    if show_list:
        _print_areas(as_json=as_json)
        return
    if area is None or cases is None:
        _fail("Name an area and a file of cases, or use --list.")
    found = AREAS.get(area)
    if found is None:
        _fail(f"There is no area {area}. Areas: {', '.join(AREAS)}.")
    results = _run(importlib.import_module(found).AREA, cases, engine)
    if not results:
        _fail(f"{cases} holds no case, so nothing was shown.")
    if as_json:
        _print_json(results)
    else:
        _print_text(results)
    raise typer.Exit(0 if all(result.passed for result in results) else 1)


def _run(area: Area, cases: Path, engine: str | None) -> list[CaseResult]:
    if area.name == "language" and engine in {"postgres", "all"}:
        _open_postgres()
    engines = area.usual if engine is None else area.engines if engine == "all" else (engine,)
    try:
        lines = enumerate(cases.read_text(encoding="utf-8").split("\n"), start=1)
        return area.run(lines, engines)
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"{cases} cannot be read: {getattr(error, 'strerror', None) or error}.")
    except Refusal as refusal:
        _fail(str(refusal))


def _open_postgres() -> None:
    """Let the language run on the database that is named, or on the embedded server."""
    import psycopg

    from goodstanding.cli.django_start import prepare_database
    from goodstanding.core.environment import home_folder
    from goodstanding.core.postgres_processes import is_running
    from goodstanding.language.conform import RUNNERS
    from goodstanding.language.runners import PostgresRunner

    was_running = is_running(home_folder() / "postgres")
    server = prepare_database()
    connection = psycopg.connect(os.environ["GOODSTANDING_DATABASE_URL"], autocommit=True)
    connection.execute("set timezone to 'UTC'")

    def execute(query: str) -> list[tuple[object, ...]]:
        return connection.execute(query.encode()).fetchall()

    def close() -> None:
        connection.close()
        if server is not None and not was_running and not server.has_clients():
            server.stop()

    atexit.register(close)
    RUNNERS["postgres"] = lambda: PostgresRunner(execute)


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)


def _print_areas(*, as_json: bool) -> None:
    areas = [importlib.import_module(module).AREA for module in AREAS.values()]
    if as_json:
        shown = [
            {"area": area.name, "title": area.title, "keys": area.keys, "engines": area.engines}
            | {"operations": area.operations}
            for area in areas
        ]
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for area in areas:
        typer.echo(f"{area.name}: {area.title}")
        typer.echo(f"  engines: {', '.join(area.engines)}")
        for key, meaning in area.keys.items():
            typer.echo(f"  {key}: {meaning}")
        typer.echo(f"  operations: {' '.join(area.operations)}")


def _print_json(results: list[CaseResult]) -> None:
    differing = [result for result in results if not result.passed]
    shown = {
        "cases": len({result.line for result in results}),
        "engines": sorted({result.engine for result in results}),
        "agree": len(results) - len(differing),
        "differ": len(differing),
        "results": [asdict(result) for result in results],
    }
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))


def _print_text(results: list[CaseResult]) -> None:
    for result in results:
        if not result.passed:
            typer.echo(
                f"DIFFERS {result.case_id} (line {result.line}, {result.engine}):"
                f" wanted {result.wanted}, came {result.came}"
            )
    counts = Counter((result.engine, result.passed) for result in results)
    for engine in dict.fromkeys(result.engine for result in results):
        agree, differ = counts[engine, True], counts[engine, False]
        typer.echo(f"{engine}: {agree} agree, {differ} differ")
