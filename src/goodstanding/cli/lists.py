"""`goodstanding list`: lists that policies name, their versions, who approved them."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.cli.people import person_with_right
from goodstanding.cli.text_files import read_text
from goodstanding.core.errors import NotFound

if TYPE_CHECKING:
    from goodstanding.policies.types import ListSummary

MAY_NOT_BE_USED = 1

app = typer.Typer(help="Lists that policies name.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="The list, for example sanctioned_banks.")]
Version = Annotated[str, typer.Option("--version", help="The version, for example 2026-11.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the record.")]
By = Annotated[str, typer.Option(help="Who does it: an e-mail address of a person with the right.")]


@app.callback()
def lists() -> None:
    """Lists that policies name."""


@app.command()
def add(
    name: Name,
    version: Version,
    values: Annotated[Path, typer.Argument(help="A text file, one value a line.")],
    reason: Reason,
    by: By,
    expires_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day; none if left out.")
    ] = None,
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day; today.")
    ] = None,
    type_name: Annotated[str, typer.Option("--type", help="What it holds.")] = "TEXT",
    label: Annotated[str, typer.Option(help="What people call it.")] = "",
    as_json: Json = False,
) -> None:
    """Write a version of a list; it decides nothing until a second person approves it."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.policies.operations import add_list_version

    at = utc_now()
    person = person_with_right(by, verb="policies.write_list")
    add_list_version(
        name=name,
        version=version,
        values=read_text(values).splitlines(),
        reason=reason,
        valid_from=valid_from.date() if valid_from else at.date(),
        expires_on=expires_on.date() if expires_on else None,
        type_name=type_name,
        label=label,
        by=person,
        at=at,
    )
    _say(name, version, at, as_json=as_json)


@app.command()
def approve(name: Name, version: Version, reason: Reason, by: By, as_json: Json = False) -> None:
    """Approve a version as the second person; policies may name it from then on."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.policies.operations import approve_list_version

    at = utc_now()
    person = person_with_right(by, verb="policies.approve_list")
    approve_list_version(name=name, version=version, reason=reason, by=person, at=at)
    _say(name, version, at, as_json=as_json)


@app.command()
def withdraw(name: Name, version: Version, reason: Reason, by: By, as_json: Json = False) -> None:
    """Withdraw a version for good: what names it falls back to its declared answer."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.policies.operations import withdraw_list_version

    at = utc_now()
    person = person_with_right(by, verb="policies.withdraw_list")
    withdraw_list_version(name=name, version=version, reason=reason, by=person, at=at)
    _say(name, version, at, as_json=as_json)


@app.command()
def show(
    name: Annotated[str | None, typer.Argument(help="One list; every list if left out.")] = None,
    version: Annotated[
        str | None, typer.Option("--version", help="One version, with its values.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Lists and where their versions stand. Exits 1 for a version that may not be used."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.policies.queries import list_summaries, list_version_of

    at = utc_now()
    if name is not None and version is not None:
        list_version_of(name=name, version=version)
        found = _one(name, version, at)
        typer.echo(json.dumps(_document(found)) if as_json else "\n".join(found.values))
        raise typer.Exit(0 if found.standing == "approved" else MAY_NOT_BE_USED)
    rows = list_summaries(at=at, name=name)
    if name is not None and not rows:
        known = ", ".join(sorted({row.name for row in list_summaries(at=at)}))
        raise NotFound(what="list", key=name, mend=f"Lists that are kept: {known or 'none yet'}.")
    if as_json:
        typer.echo(json.dumps([_document(row) for row in rows]))
        return
    for row in rows:
        _line(row)
    typer.echo(f"{len(rows)} version{'' if len(rows) == 1 else 's'}")


def _one(name: str, version: str, at: datetime) -> "ListSummary":
    from goodstanding.policies.queries import list_summaries

    return next(row for row in list_summaries(at=at, name=name) if row.version == version)


def _say(name: str, version: str, at: datetime, *, as_json: bool) -> None:
    found = _one(name, version, at)
    if as_json:
        typer.echo(json.dumps(_document(found)))
    else:
        _line(found)


def _line(row: "ListSummary") -> None:
    until = f"until {row.expires_on}" if row.expires_on else "without an end"
    approved = f", approved by {row.approved_by}" if row.approved_by else ""
    typer.echo(
        f"{row.name} {row.version}: {row.standing}, {len(row.values)} values, from"
        f" {row.valid_from} {until}, written by {row.author}{approved}"
    )


def _document(row: "ListSummary") -> dict[str, Any]:
    def day(value: date | None) -> str | None:
        return value.isoformat() if value else None

    return {
        "list": row.name,
        "label": row.label,
        "type": row.type_name,
        "version": row.version,
        "standing": row.standing,
        "values": list(row.values),
        "reason": row.reason,
        "author": row.author,
        "valid_from": day(row.valid_from),
        "expires_on": day(row.expires_on),
        "approved_by": row.approved_by or None,
        "withdrawn_by": row.withdrawn_by or None,
    }
