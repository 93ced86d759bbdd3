"""Cases from the command line: load what they stand on, list them, explain a due time."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from goodstanding.cli.django_start import as_owner, start_django
from goodstanding.cli.migrations import make_tables_current

if TYPE_CHECKING:
    from goodstanding.cases.types import CaseRow

app = typer.Typer(help="Cases, their queues and their deadlines.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Tables = Annotated[bool, typer.Option("--tables", help="First make the tables current.")]


@app.callback()
def cases() -> None:
    """Cases, their queues and their deadlines."""


@app.command()
def load(as_json: Json = False, tables: Tables = False) -> None:
    """Bring laws, calendars, queues and playbooks to what the files say; safe to repeat."""
    start_django()
    if tables:
        bring_tables_up_to_date()
    bring_desks_up_to_date(as_json=as_json)


def bring_tables_up_to_date() -> None:
    """What `migrations` does once Django is ready, for a command that goes on from there."""
    with as_owner():
        make_tables_current(quiet=True)
    typer.echo("✓ tables are current")


def bring_desks_up_to_date(*, as_json: bool = False) -> None:
    """What `cases load` does once Django is ready, for a command that goes on from there."""
    from goodstanding.cases.operations import load_desks
    from goodstanding.core.time import utc_now
    from goodstanding.deadlines.operations import ensure_calendars
    from goodstanding.regimes.operations import load_regimes

    at = utc_now()
    calendars = ensure_calendars(at=at)
    laws = load_regimes()
    desks = load_desks(at=at)
    loaded = {
        "calendars": len(calendars),
        "provisions_written": laws.written,
        "playbooks_written": desks.playbooks,
        "queues_written": desks.queues,
    }
    if as_json:
        typer.echo(json.dumps(loaded))
        return
    typer.echo(
        f"✓ {len(calendars)} calendars, {laws.written + laws.unchanged} provisions of law; "
        f"new: {desks.queues} queues, {desks.playbooks} playbooks"
    )


@app.command(name="list")
def list_cases(
    queue: Annotated[str | None, typer.Option(help="Only this queue.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Open cases, the least business time left first."""
    start_django()
    from goodstanding.cases.queries import CaseFilters, case_rows
    from goodstanding.core.time import utc_now

    rows = case_rows(at=utc_now(), filters=CaseFilters(queue=queue))
    if as_json:
        typer.echo(json.dumps([_as_json(row) for row in rows[:limit]]))
        return
    for row in rows[:limit]:
        left = row.deadline.open_left if row.deadline else None
        typer.echo(f"{row.label:8} {row.queue_title:28} {row.holder_name or '-':18} {left}")
    typer.echo(f"{min(limit, len(rows))} of {len(rows)} open cases")


@app.command()
def explain(
    number: Annotated[int, typer.Argument(help="The case's number, without the C-.")],
    as_json: Json = False,
) -> None:
    """Tell how each due time of a case came about, stretch by stretch."""
    start_django()
    from goodstanding.cases.queries import case_id_of_number
    from goodstanding.core.time import utc_now
    from goodstanding.deadlines.queries import deadlines_of, explain_deadline

    at = utc_now()
    case_id = case_id_of_number(number=number)
    told = [
        (deadline, explain_deadline(deadline_id=deadline.id, at=at))
        for deadline in deadlines_of(subject_kind="case", subject_id=case_id, at=at)
    ]
    if as_json:
        typer.echo(json.dumps([explanation.as_json() for _, explanation in told]))
        return
    for deadline, explanation in told:
        due = deadline.due_at.isoformat() if deadline.due_at else "paused"
        typer.echo(f"{deadline.kind}: {deadline.state.value}, due {due}")
        for step in explanation.steps:
            typer.echo(
                f"  {step.starts_at:%a %d %b %H:%M} to {step.ends_at:%a %d %b %H:%M} UTC  "
                f"{step.state:11} {step.counted!s:>10}  {step.note}"
            )


def _as_json(row: "CaseRow") -> dict[str, object]:
    deadline = row.deadline
    return {
        "case": row.label,
        "queue": row.queue_code,
        "holder": row.holder_name or None,
        "opened_at": row.opened_at.isoformat(),
        "due_at": deadline.due_at.isoformat() if deadline and deadline.due_at else None,
        "open_seconds_left": (
            deadline.open_left.total_seconds() if deadline and deadline.open_left else None
        ),
    }
