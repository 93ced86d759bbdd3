"""The installation's keys, and the erasure of a person."""

import base64
import json
import secrets
from typing import Annotated
from uuid import UUID

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.cli.people import person_with_right

app = typer.Typer(help="Encryption keys and erasure.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """Encryption keys and erasure."""


@app.command()
def new() -> None:
    """Print a fresh key for the front of GOODSTANDING_ENCRYPTION_KEYS."""
    name = f"k{secrets.token_hex(3)}"
    typer.echo(f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}")


@app.command()
def rotate(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Wrap every person's key anew under the first key of GOODSTANDING_ENCRYPTION_KEYS."""
    start_django()
    from django.db import transaction

    from goodstanding.core.audit import write_audit
    from goodstanding.core.encryption import rotate_keys
    from goodstanding.core.time import utc_now

    with transaction.atomic():
        count = rotate_keys()
        write_audit(
            actor="system:cli", action="rotate_keys", object_kind="keys", object_id="installation",
            at=utc_now(), detail={"wrapped_anew": count},
        )  # fmt: skip
    typer.echo(json.dumps({"rewrapped": count}) if as_json else f"{count:,} keys wrapped anew")


@app.command()
def erase(
    subject: Annotated[UUID, typer.Argument(help="Id of the data subject (a party).")],
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")],
    by: Annotated[str, typer.Option(help="Who decided it: an e-mail address.")],
) -> None:
    """Destroy a person's key: what was kept of them can never be read again."""
    start_django()
    from goodstanding.core.encryption import erase_subject
    from goodstanding.core.time import utc_now

    person_with_right(by, verb="parties.erase_personal")
    erased = erase_subject(subject_id=subject, by=by, reason=reason, at=utc_now())
    typer.echo("erased" if erased else "there was no key to destroy")
    raise typer.Exit(0 if erased else 1)
