"""Decide one request on the command line."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.cli.people import person_of
from goodstanding.cli.text_files import read_text

app = typer.Typer()
EXIT_CODES = {"approve": 0, "refer": 10, "decline": 11}


@app.command()
def decide(
    by: Annotated[str, typer.Option(help="Who asks: an e-mail address.")],
    legal_entity: Annotated[str, typer.Option(help="Code of the deciding company.")],
    request: Annotated[
        Path, typer.Argument(help="A JSON file as POST /v1/decisions takes it; - reads it here.")
    ] = Path("-"),
    idempotency_key: Annotated[
        str | None, typer.Option(help="One key, one decision; made up where it is left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    exit_outcome: Annotated[
        bool, typer.Option("--exit-outcome", help="Exit 0 approve, 10 refer, 11 decline.")
    ] = False,
) -> None:
    """Decide one request now, durably, as the service would; a refusal exits with 2."""
    start_django()
    from goodstanding.api.decision_service.bodies import read_body
    from goodstanding.core.ids import new_id
    from goodstanding.core.time import utc_now
    from goodstanding.decisions.operations import decide as decide_now
    from goodstanding.decisions.queries import answer_of
    from goodstanding.decisions.types import DecisionRequest, Entity

    person_of(by)
    text = sys.stdin.read() if str(request) == "-" else read_text(request)
    body = read_body(text.encode())
    stored = decide_now(
        request=DecisionRequest(
            policy=body.policy,
            entity=Entity(body.entity.scheme, body.entity.value),
            as_of=body.as_of,
            inputs=body.inputs,
            idempotency_key=idempotency_key or str(new_id()),
            supersedes=body.supersedes,
        ),
        legal_entity=legal_entity,
        by=by,
        at=utc_now(),
    )
    answer = answer_of(stored)
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else in_words(answer))
    raise typer.Exit(EXIT_CODES[answer["outcome"]] if exit_outcome else 0)


def in_words(answer: dict[str, Any]) -> str:
    """The answer as lines that a person reads."""
    policy, entity = answer["policy"], answer["entity"]
    version = f"{policy['name']} {policy['version']} ({policy['text_hash'][:12]})"
    lines = [
        f"{answer['outcome'].upper()}  {entity['scheme']} {entity['value']}",
        f"  by {answer['decided_by']}: {version}, {answer['gate']['reason']}",
    ]
    lines += [f"  because {reason['text']} ({reason['code']})" for reason in answer["reasons"]]
    lines += [
        f"  {term['label']} {term['value']} {term['currency']}".rstrip() for term in answer["terms"]
    ]
    recorded = datetime.fromisoformat(answer["recorded_at"])
    lines.append(f"  decision {answer['decision_id']}, recorded {recorded:%-d %b %Y %H:%M:%S} UTC")
    return "\n".join(lines)
