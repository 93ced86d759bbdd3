"""Replay decisions on the command line."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from goodstanding.cli.django_start import start_django

if TYPE_CHECKING:
    from goodstanding.decisions.queries import ReplayRun

app = typer.Typer()
DIFFERS = 1


@app.command()
def replay(
    decision: Annotated[UUID | None, typer.Argument(help="Id of a decision.")] = None,
    sample: Annotated[
        int, typer.Option(help="Instead of one: so many, the newest or of --day.", min=0)
    ] = 0,
    day: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="A random sample of this day's live decisions (UTC), a policy each, in Python"
            " bit for bit and set-wise in Polars and DuckDB.",
        ),
    ] = None,
    seed: Annotated[
        str | None, typer.Option(help="What draws the sample of --day; the day if left out.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="Of the sample only decisions of this policy.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who asks, for the audit trail.")] = "system:replay",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Derive a decision again from its record and compare; exits 1 where one differs."""
    if (decision is None) == (sample == 0):
        raise typer.BadParameter("give the id of a decision, or --sample N")
    start_django()
    if decision is not None:
        _replay_one(decision, by=by, as_json=as_json)
    elif day is not None:
        _replay_day(day, sample, policy=policy, seed=seed, by=by, as_json=as_json)
    else:
        _replay_sample(sample, policy=policy, by=by, as_json=as_json)


def _replay_one(decision: UUID, *, by: str, as_json: bool) -> None:
    from goodstanding.core.time import utc_now
    from goodstanding.decisions.operations import replay as replay_now

    report = replay_now(decision_id=decision, by=by, at=utc_now())
    _say(asdict(report), f"{report.verdict.label}  {report.difference or report.note}", as_json)
    raise typer.Exit(0 if report.is_same else DIFFERS)


def _replay_sample(most: int, *, policy: str | None, by: str, as_json: bool) -> None:
    from goodstanding.core.time import utc_now
    from goodstanding.decisions.operations import replay_sample

    found = replay_sample(most=most, policy=policy, recorded_from=None, by=by, at=utc_now())
    lines = [str(found)]
    lines += [
        f"  {report.decision_id} {report.verdict.label}: {report.difference or report.note}"
        for report in found.reports
    ]
    _say(asdict(found), "\n".join(lines), as_json)
    raise typer.Exit(DIFFERS if found.differing else 0)


def _replay_day(
    day: datetime, most: int, *, policy: str | None, seed: str | None, by: str, as_json: bool
) -> None:
    from goodstanding.core.time import utc_now
    from goodstanding.decisions.operations import replay_day

    runs = replay_day(day=day.date(), most=most, policy=policy, seed=seed, by=by, at=utc_now())
    differing = sum(run.differing for run in runs)
    lines = [line for run in runs for line in _lines(run)]
    lines = lines or [f"no live decision on {day:%Y-%m-%d}"]
    told = {"day": f"{day:%Y-%m-%d}", "differing": differing, "policies": list(map(_told, runs))}
    _say(told, "\n".join(lines), as_json)
    raise typer.Exit(DIFFERS if differing else 0)


def _lines(run: "ReplayRun") -> Iterator[str]:
    without = ((run.erased, "with inputs erased"), (run.missing, "without their text"))
    left_out = "".join(f", {count:,} {words}" for count, words in without if count)
    yield (
        f"{run.policy}: {run.differing:,} of {run.replayed:,} differ"
        f" ({run.population:,} that day{left_out}; {run.duration_ms:,} ms)"
    )
    for item in run.first_differences:
        yield (
            f"  {item['decision_id']} {item['engine']} {item['path']}:"
            f" recorded {item['recorded']}, derived {item['derived']}"
        )


def _told(run: "ReplayRun") -> dict[str, Any]:
    names = (
        "policy", "seed", "population", "sampled", "replayed", "differing", "erased", "missing",
        "engines", "first_differences", "duration_ms",
    )  # fmt: skip
    return {"run_id": str(run.run_id)} | {name: getattr(run, name) for name in names}


def _say(document: dict[str, Any], words: str, as_json: bool) -> None:
    typer.echo(json.dumps(document, default=str, ensure_ascii=False) if as_json else words.strip())
