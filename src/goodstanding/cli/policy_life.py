"""`goodstanding policy share|activate|retire|rollback`: what a published version does from now on.

Each step keeps who took it and why. A refusal is one line and exit 2.
"""

from decimal import Decimal
from typing import Annotated, Any

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.cli.people import person_with_right
from goodstanding.cli.policy_files import AsJson, print_json

VERB = "policies.activate_version"
Name = Annotated[str, typer.Argument(help="A published policy, by its name.")]
Label = Annotated[str, typer.Argument(help="The version's label.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the step.")]
By = Annotated[str, typer.Option(help="Who does it, by the address they sign in with.")]


def share(
    name: Name,
    version: Label,
    percent: Annotated[
        float, typer.Option(help="Share of the businesses, 0.01 to 99.99, in steps of 0.01.")
    ],
    reason: Reason = "",
    by: By = "",
    preview: Annotated[
        bool, typer.Option("--preview", help="Only say who would fall in; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let an approved version decide a share of the businesses; a larger one moves nobody."""
    start_django()
    buckets = int(Decimal(str(percent)) * 100)
    found = _preview(name, version, buckets)
    if not preview:
        _step("share_version", name, version, reason=reason, by=by, share=buckets)
    if as_json:
        step = {"policy": name, "version": version, "buckets": buckets, "set": not preview}
        print_json(step | found)
        return
    does = "would decide" if preview else "decides"
    typer.echo(
        f"version {version} of {name} {does} {buckets:,} of 10,000 buckets: {found['inside']:,} of"
        f" {found['businesses']:,} businesses of the last 30 days ({found['joining']:,} join,"
        f" {found['leaving']:,} go back)"
    )


def activate(
    name: Name, version: Label, reason: Reason = "", by: By = "", as_json: AsJson = False
) -> None:
    """Let an approved version decide everything; the champion until now retires."""
    start_django()
    _step("activate_version", name, version, reason=reason, by=by)
    _say(name, version, "champion", "decides everything from now on", as_json=as_json)


def retire(
    name: Name, version: Label, reason: Reason = "", by: By = "", as_json: AsJson = False
) -> None:
    """End a version's work; without a champion the policy decides nothing until the next."""
    start_django()
    _step("retire_version", name, version, reason=reason, by=by)
    _say(name, version, "retired", "does nothing any more", as_json=as_json)


def rollback(
    name: Name,
    to: Annotated[
        str | None, typer.Option(help="Label to go back to; the last that decided if left out.")
    ] = None,
    reason: Reason = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Let a version that decided before decide again, within a second, without a restart."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.policies.errors import NothingToGoBackTo
    from goodstanding.policies.queries import earlier_champions, require_policy

    require_policy(name=name)
    label = to
    if label is None:
        earlier = earlier_champions(name=name, at=utc_now())
        if not earlier:
            raise NothingToGoBackTo(name=name)
        label = earlier[0].label
    _step("roll_back_version", name, label, reason=reason, by=by)
    _say(name, label, "champion", "decides everything again", as_json=as_json)


def _step(operation: str, name: str, label: str, *, reason: str, by: str, **more: Any) -> None:
    from goodstanding.core.time import utc_now
    from goodstanding.policies import operations
    from goodstanding.policies.queries import version_labelled

    person = person_with_right(by, verb=VERB)
    text_hash = version_labelled(name=name, label=label).text_hash
    getattr(operations, operation)(
        text_hash=text_hash, reason=reason, by=person, at=utc_now(), **more
    )


def _preview(name: str, label: str, buckets: int) -> dict[str, int]:
    from datetime import timedelta

    from goodstanding.core.time import utc_now
    from goodstanding.decisions.queries import share_preview
    from goodstanding.policies.queries import running_versions, version_labelled

    text_hash = version_labelled(name=name, label=label).text_hash
    now = utc_now()
    running = {each.text_hash: each.share for each in running_versions(at=now)}
    found = share_preview(
        policy=name, salt=name, share=buckets, share_now=running.get(text_hash, 0),
        since=now - timedelta(days=30), known_at=now,
    )  # fmt: skip
    return {
        "businesses": found.businesses,
        "inside": found.inside,
        "joining": found.joining,
        "leaving": found.leaving,
    }


def _say(name: str, label: str, status: str, words: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"policy": name, "version": label, "status": status})
    else:
        typer.echo(f"version {label} of {name} {words}")
