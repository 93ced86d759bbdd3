"""Replay decisions on the command line."""

import json
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import typer

from goodstanding.cli.django_start import start_django

app = typer.Typer()
DIFFERS = 1


@app.command()
def replay(
    decision: Annotated[UUID | None, typer.Argument(help="Id of a decision.")] = None,
    sample: Annotated[int, typer.Option(help="Instead of one: the newest so many.", min=0)] = 0,
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


def _say(document: dict[str, Any], words: str, as_json: bool) -> None:
    typer.echo(json.dumps(document, default=str, ensure_ascii=False) if as_json else words.strip())
