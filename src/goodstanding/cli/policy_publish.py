"""`goodstanding policy publish`: keep a text for good, as a draft that decides nothing."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.cli.people import person_with_right
from goodstanding.cli.policy_files import (
    AsJson,
    File,
    Models,
    identity_of,
    load,
    policy_path,
    print_json,
    told,
)
from goodstanding.policies.engine import PolicyRefused
from goodstanding.policies.engine.artefacts import artefact_bytes, folders_beside

if TYPE_CHECKING:
    from goodstanding.policies.queries import LookupCost

VERB = "policies.publish_version"


def publish(
    file: File,
    by: Annotated[str, typer.Option(help="The author: an address of a person with the right.")],
    as_json: AsJson = False,
    models: Models = None,
) -> None:
    """Publish a policy's text as a version: immutable, a draft, known to governance."""
    loaded = load(file, models, as_json=as_json)
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.policies.operations import pinned_by, publish_version
    from goodstanding.policies.queries import lookup_cost

    person = person_with_right(by, verb=VERB)
    folders = (models,) if models else folders_beside(policy_path(file))
    artefacts = artefact_bytes(pinned_by(loaded), folders=folders)
    try:
        version = publish_version(
            text=loaded.text, artefacts=artefacts, author=person, by=person, at=utc_now()
        )
    except PolicyRefused as refused:  # what only the database can tell: features and kept lists
        raise told(refused, source=str(policy_path(file)), as_json=as_json) from refused
    legal_entity = loaded.definition.legal_entities[0]
    cost = lookup_cost(loaded, legal_entity=legal_entity, at=utc_now())
    if as_json:
        published = {"version_id": str(version.id), "status": "draft", "lookup": _as_json(cost)}
        print_json({**identity_of(loaded), **published})
    else:
        typer.echo(
            f"published {version.name} {version.label} as a draft; it decides nothing:"
            f" {version.text_hash}"
        )
        if cost is not None:
            typer.echo(
                f"{cost.features} features are looked up in one round trip: plan cost"
                f" {cost.plan_cost:.0f}, {cost.milliseconds:.2f} ms here,"
                f" by {', '.join(cost.indexes) or 'no index'}"
            )


def _as_json(cost: "LookupCost | None") -> dict[str, Any] | None:
    return None if cost is None else asdict(cost)
