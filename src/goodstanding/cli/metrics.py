"""Metrics: list, compute, show with the rows under a number."""

import json
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from goodstanding.cli.django_start import start_django

app = typer.Typer(help="Metrics from their files.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def metrics() -> None:
    """Metrics from their files."""


@app.command("list")
def list_metrics(as_json: AsJson = False) -> None:
    """Every metric with its last number."""
    start_django()
    from goodstanding.metrics.queries import metric_cards

    cards = metric_cards()
    if as_json:
        typer.echo(json.dumps([_card(card) for card in cards]))
        return
    table = Table("metric", "desk", "segment", "value", "95 %", "n", "period", "asks for")
    for card in cards:
        point = card.latest[0] if card.latest else None
        table.add_row(
            card.definition.name,
            card.definition.desk,
            "" if point is None else point.segment,
            "" if point is None or point.value is None else f"{point.value:.4g}",
            ""
            if point is None or point.low is None
            else f"{_bound(point.low)} to {_bound(point.high)}",
            "" if point is None else str(point.n),
            "" if point is None else str(point.period),
            card.signal.value,
        )
    Console().print(table)


@app.command()
def compute(as_json: AsJson = False) -> None:
    """Compute every metric as of now, from the lake as it stands."""
    start_django()
    from django.conf import settings

    from goodstanding.core.time import utc_now
    from goodstanding.metrics.operations import compute_all
    from goodstanding.metrics.queries import every_metric

    with Progress(disable=as_json) as progress:
        task = progress.add_task("Computing", total=len(every_metric()))
        results = compute_all(
            folder=settings.GOODSTANDING_LAKE,
            at=utc_now(),
            progress=lambda name: progress.update(task, advance=1, description=name),
        )
    if as_json:
        points = {r.definition.name: len(r.points) for r in results}
        typer.echo(json.dumps(points))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The metric's name.")],
    as_of: Annotated[datetime | None, typer.Option(help="Effective until (UTC).")] = None,
    known_at: Annotated[datetime | None, typer.Option(help="Known until (UTC).")] = None,
    as_json: AsJson = False,
) -> None:
    """A metric's points, now or as they were known at a moment of the past."""
    start_django()
    from datetime import UTC

    from django.conf import settings

    from goodstanding.core.time import utc_now
    from goodstanding.metrics.queries import result_at

    now = utc_now()
    result = result_at(
        name=name,
        folder=settings.GOODSTANDING_LAKE,
        as_of=as_of.replace(tzinfo=UTC) if as_of else now,
        known_at=known_at.replace(tzinfo=UTC) if known_at else now,
    )
    if as_json:
        typer.echo(msgspec.json.encode(msgspec.to_builtins(result.points)).decode())
        return
    table = Table("period", "segment", "value", "low", "high", "n", "not yet known")
    for p in result.points:
        figures = ["" if v is None else f"{v:.4g}" for v in (p.value, p.low, p.high)]
        table.add_row(str(p.period), p.segment, *figures, str(p.n), str(p.immature))
    Console().print(table)


def _bound(value: float | None) -> str:
    return "beyond" if value is None else f"{value:.4g}"


def _card(card: Any) -> dict[str, Any]:
    return {
        "metric": card.definition.name,
        "desk": card.definition.desk,
        "version": card.definition.version,
        "latest": msgspec.to_builtins(card.latest),
        "signal": card.signal.value,
    }
