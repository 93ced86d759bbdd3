"""Policies as files, for every command that reads one: found, loaded, or refused with exit 2."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.policies.engine import Policy, PolicyRefused, load_policy

PACKAGE = Path(__file__).resolve().parents[1]
FAILED, UNREADABLE = 1, 2

File = Annotated[
    str,
    typer.Argument(help="A policy file, or desk/name of a shipped one: credit/sba_underwriting"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Models = Annotated[
    Path | None,
    typer.Option(help="Folder with the artefacts; `models` beside the policy if left out."),
]


def load(file: str, models: Path | None, *, as_json: bool) -> Policy:
    """The policy, or exit 2 with every mistake in the form that was asked for."""
    try:
        return load_policy(policy_path(file), artefacts=models)
    except PolicyRefused as refused:
        raise told(refused, source=refused.source, as_json=as_json) from refused


def require_pinned(loaded: Policy, *, as_json: bool) -> None:
    """Exit 2 where the policy pins a feature that no desk declares in that version and type."""
    if not any(item.is_looked_up for item in loaded.definition.inputs):
        return
    from goodstanding.policies.features import pinned_features, register_features

    for desk in sorted({found.parents[1].name for found in PACKAGE.glob("*/features/*.yaml")}):
        register_features(desk=desk)
    try:
        pinned_features(loaded)
    except PolicyRefused as refused:
        raise told(refused, source=refused.source, as_json=as_json) from refused


def told(refused: PolicyRefused, *, source: str, as_json: bool) -> typer.Exit:
    """The way out of a command, once every mistake of the text in `source` is printed."""
    if as_json:
        print_json({"ok": False, "mistakes": [item.as_json() for item in refused.mistakes]})
    else:
        for mistake in refused.mistakes:
            typer.echo(mistake.as_line(source=source), err=True)
        count = len(refused.mistakes)
        typer.echo(f"{count} mistake{'s' if count > 1 else ''}: not a policy yet", err=True)
    return typer.Exit(UNREADABLE)


def policy_path(file: str) -> Path:
    """The file itself, or the shipped policy that `desk/name` means."""
    path = Path(file)
    if path.exists() or path.suffix in {".yaml", ".yml"}:
        return path
    desk, _, name = file.partition("/")
    shipped = PACKAGE / desk / "policies" / f"{name}.yaml"
    if desk.isidentifier() and name.isidentifier() and shipped.exists():
        return shipped
    known = sorted(
        f"{found.parents[1].name}/{found.stem}" for found in PACKAGE.glob("*/policies/*.yaml")
    )
    raise NotFound(what="policy", key=file, mend=f"Name a file, or one of: {', '.join(known)}.")


def record_of(text: str) -> dict[str, Any]:
    """The inputs in a JSON object, each plain or with its origin as callers of the API send it.

    `{"missing": "source_error"}` stands for a value that did not come, and why.
    Raises RecordUnreadable.
    """
    try:
        found = json.loads(text, parse_float=Decimal, object_pairs_hook=_named_once)
    except json.JSONDecodeError as error:
        raise RecordUnreadable(why=str(error)) from error
    except InvalidOperation as error:
        why = "a number in it is further from 0 or closer to it than numbers go"
        raise RecordUnreadable(why=why) from error
    except RecursionError as error:
        raise RecordUnreadable(why="it nests deeper than can be read") from error
    if not isinstance(found, dict):
        raise RecordUnreadable(why="it is not an object")
    return cast("dict[str, Any]", found)


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RecordUnreadable(why=f"the name {twice} stands in it twice")
    return found


class RecordUnreadable(Refusal):
    """The record is not a JSON object of inputs: {why}."""

    code = "record_unreadable"
    mend = 'Write it as {{"amount": "120.00", "employees": 12}}.'


class MomentUnreadable(Refusal):
    """{text!r} is no instant with a zone."""

    code = "moment_unreadable"
    mend = "Write it as 2026-11-22T14:05:00Z."


def moment_of(text: str | None) -> datetime:
    """An instant with its zone, or now; raises MomentUnreadable."""
    from goodstanding.core.time import utc_now

    if text is None:
        return utc_now()
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise MomentUnreadable(field="as_of", text=text) from error
    if value.tzinfo is None:
        raise MomentUnreadable(field="as_of", text=text)
    return value.astimezone(UTC)


def today() -> date:
    """The day of the clock, UTC."""
    from goodstanding.core.time import utc_now

    return utc_now().date()


def print_json(document: dict[str, Any]) -> None:
    """One JSON object on the output."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def identity_of(loaded: Policy) -> dict[str, Any]:
    """What names a policy."""
    return {
        "policy": loaded.name,
        "version": loaded.version,
        "text_hash": loaded.text_hash,
        "tree_hash": loaded.tree_hash,
    }
