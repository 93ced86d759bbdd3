"""Governance from the command line: the inventory, one version, its approvals, findings."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.cli.people import person_with_right
from goodstanding.core.errors import NotFound, Refusal

if TYPE_CHECKING:
    from goodstanding.governance.types import (
        FindingSummary,
        InventoryRow,
        NamedVersion,
        ResultSummary,
    )

MAY_NOT_DECIDE = 1
IS_RED = 1
VERSION_HELP = "kind/name/label, for example policy/sba_underwriting/1, or a content hash."

app = typer.Typer(help="What may decide, and by whose approval.", no_args_is_help=True)
finding = typer.Typer(help="Findings on what decides.", no_args_is_help=True)
app.add_typer(finding, name="finding")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str, typer.Option(help="Who does it: an e-mail address of a person with the right.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the record.")]
Version = Annotated[str, typer.Argument(help=VERSION_HELP)]


class NotAReference(Refusal):
    """{text!r} names no version."""

    code = "not_a_reference"
    mend = "Write kind/name/label, for example model/sba_scorecard/1, or 64 hex digits."


@app.callback()
def governance() -> None:
    """What may decide, and by whose approval."""


@app.command(name="list")
def list_versions(
    kind: Annotated[str | None, typer.Option(help="policy or model.")] = None,
    state: Annotated[str | None, typer.Option(help="For example approval_in_force.")] = None,
    as_json: Json = False,
) -> None:
    """Every version in the inventory, where it stands, and the days of approval left."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.governance.queries import inventory_at

    rows = [
        row
        for row in inventory_at(as_of=utc_now())
        if kind in (None, row.kind.value) and state in (None, row.state.value)
    ]
    if as_json:
        typer.echo(json.dumps([_row_as_json(row) for row in rows]))
        return
    for row in rows:
        left = "" if row.days_left is None else f"{row.days_left} days left"
        typer.echo(f"{row.kind:7} {row.name:24} {row.label:10} {row.state.words:28} {left}")
    typer.echo(f"{sum(row.may_decide for row in rows)} of {len(rows)} may decide")


@app.command()
def show(version: Version, as_json: Json = False) -> None:
    """One version: may it decide, why, its findings and approvals. Exits 1 if it may not."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.governance import queries

    at = utc_now()
    row = queries.version_at(version_id=_named(version).version_id, as_of=at)
    findings = queries.findings_at(at=at, version_id=row.version_id)
    if as_json:
        document = _row_as_json(row) | {"findings": [_finding_as_json(each) for each in findings]}
        typer.echo(json.dumps(document))
    else:
        typer.echo(f"{row.words}: {row.state.words}")
        typer.echo(f"  {row.standing.reason}; fallback {row.standing.fallback}")
        typer.echo(f"  owner {row.owner}, developer {row.developer}, tier {row.tier or 'none'}")
        for each in findings:
            typer.echo(f"  finding {each.number} {each.severity} {each.state}: {each.title}")
    raise typer.Exit(0 if row.may_decide else MAY_NOT_DECIDE)


@app.command()
def expire(
    version: Version,
    reason: Reason,
    by: By,
    on: Annotated[
        datetime | None, typer.Option(help="The UTC instant; now where it is left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Let every approval of a version that is in force end, now or at an instant."""
    start_django()
    from datetime import UTC

    from goodstanding.core.time import utc_now
    from goodstanding.governance.operations import expire_approval

    at = utc_now()
    person = person_with_right(by, verb="governance.end_approval")
    ends_at = at if on is None else on.replace(tzinfo=UTC)
    ended = _in_force(version, at=at)
    for approval_id in ended:
        expire_approval(
            approval_id=approval_id, expires_at=ends_at, reason=reason, by=person, at=at
        )
    _say_ended(ended, as_json=as_json, words=f"ends at {ends_at.isoformat()}")


@app.command()
def revoke(version: Version, reason: Reason, by: By, as_json: Json = False) -> None:
    """Take back every approval of a version that is in force, at once."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.governance.operations import revoke_approval

    at = utc_now()
    person = person_with_right(by, verb="governance.end_approval")
    ended = _in_force(version, at=at)
    for approval_id in ended:
        revoke_approval(approval_id=approval_id, reason=reason, by=person, at=at)
    _say_ended(ended, as_json=as_json, words="is revoked")


@app.command()
def validate(version: Version, by: By, as_json: Json = False) -> None:
    """Run a version's tests as its validator: a model on its development data, a policy its own.

    What is red is answered by a finding. Exits 1 where a result is red or failed.
    """
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.governance.queries import results_of_run
    from goodstanding.governance.types import VersionKind
    from goodstanding.second_line.operations import run_model_tests, run_policy_tests
    from goodstanding.validation.types import Light

    named, person = _named(version), person_with_right(by, verb="governance.validate_version")
    is_model = named.words.startswith(VersionKind.MODEL)
    run = run_model_tests if is_model else run_policy_tests
    run_id = run(version_id=named.version_id, validator=person, at=utc_now())
    results = results_of_run(run_id=run_id)
    if as_json:
        told = [_result_as_json(each) for each in results]
        typer.echo(json.dumps({"run_id": str(run_id), "version": named.words, "results": told}))
    else:
        for each in results:
            numbers = ", ".join(map(str, each.finding_numbers))
            answered = f"  finding {numbers}" if numbers else ""
            typer.echo(f"{each.light:13} {each.test_id:32} {each.segment}{answered}")
        typer.echo(f"run {run_id}: the opinion comes next")
    is_red = any(each.light in {Light.RED, Light.ERROR} for each in results)
    raise typer.Exit(IS_RED if is_red else 0)


@finding.command(name="list")
def list_findings(
    open_only: Annotated[bool, typer.Option("--open", help="Only open ones.")] = False,
    as_json: Json = False,
) -> None:
    """Findings, the worst and soonest due first."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.governance.queries import findings_at

    found = [each for each in findings_at(at=utc_now()) if each.is_open or not open_only]
    if as_json:
        typer.echo(json.dumps([_finding_as_json(each) for each in found]))
        return
    for each in found:
        late = " overdue" if each.is_overdue else ""
        typer.echo(
            f"{each.number:4} {each.severity} {each.state:22} due {each.due_on}{late}"
            f"  {each.version_words}: {each.title}"
        )
    typer.echo(f"{sum(each.is_open for each in found)} of {len(found)} open")


@finding.command(name="show")
def show_finding(
    number: Annotated[int, typer.Argument(help="The finding's number.")], as_json: Json = False
) -> None:
    """One finding with its steps. Exits 1 while it blocks."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.governance.queries import finding_content, steps_of

    at = utc_now()
    found = _finding(number, at=at)
    steps = steps_of(finding_id=found.finding_id, as_of=at)
    if as_json:
        told = [
            {"state": each.state, "by": each.by, "at": each.at.isoformat(), "reason": each.reason}
            for each in steps
        ]
        typer.echo(json.dumps(_finding_as_json(found) | {"steps": told}))
    else:
        typer.echo(f"{found.number} {found.severity} {found.state}: {found.title}")
        typer.echo(finding_content(finding_id=found.finding_id).description)
        for each in steps:
            typer.echo(f"  {each.at.isoformat()} {each.state} {each.by}: {each.reason}")
    raise typer.Exit(MAY_NOT_DECIDE if found.is_open and found.effect == "block" else 0)


@finding.command()
def move(
    number: Annotated[int, typer.Argument(help="The finding's number.")],
    to: Annotated[
        str, typer.Option(help="action_plan_agreed, in_progress or submitted_for_closure.")
    ],
    reason: Reason,
    by: By,
) -> None:
    """Move a finding one step."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.governance.operations import advance_finding
    from goodstanding.governance.types import FindingStatus

    at = utc_now()
    person = person_with_right(by, verb="governance.work_finding")
    if to not in list(FindingStatus):
        raise NotFound(
            what="state of a finding", key=to, mend=f"One of: {', '.join(FindingStatus)}."
        )
    found = _finding(number, at=at)
    advance_finding(
        finding_id=found.finding_id, to=FindingStatus(to), reason=reason, by=person, at=at
    )
    typer.echo(f"finding {number} is {to.replace('_', ' ')}")


@finding.command()
def close(
    number: Annotated[int, typer.Argument(help="The finding's number.")],
    reason: Reason,
    by: By,
    rerun: Annotated[UUID | None, typer.Option(help="Id of the later result of its test.")] = None,
) -> None:
    """Close a finding that was submitted for closure."""
    start_django()
    from goodstanding.core.time import utc_now
    from goodstanding.governance.operations import close_finding

    at = utc_now()
    person = person_with_right(by, verb="governance.close_finding")
    found = _finding(number, at=at)
    close_finding(finding_id=found.finding_id, reason=reason, rerun_id=rerun, by=person, at=at)
    typer.echo(f"finding {number} is closed")


def _named(text: str) -> "NamedVersion":
    from goodstanding.governance.queries import version_by_hash, version_named
    from goodstanding.governance.types import VersionKind

    kind, _, rest = text.partition("/")
    name, _, label = rest.partition("/")
    if kind in list(VersionKind) and name and label:
        return version_named(kind=VersionKind(kind), name=name, label=label)
    found = version_by_hash(content_hash=text)
    if found is None:
        raise NotAReference(field="version", text=text)
    return found


def _in_force(text: str, *, at: datetime) -> list[UUID]:
    """The approvals of a version that are in force; raises NotFound if there is none."""
    from goodstanding.governance.queries import approvals_at

    named = _named(text)
    found = approvals_at(as_of=at, version_id=named.version_id)
    in_force = [each.approval_id for each in found if each.is_in_force]
    if not in_force:
        raise NotFound(what="approval in force of", key=named.words)
    return in_force


def _finding(number: int, *, at: datetime) -> "FindingSummary":
    from goodstanding.governance.queries import findings_at

    found = next((each for each in findings_at(at=at) if each.number == number), None)
    if found is None:
        raise NotFound(what="finding", key=str(number))
    return found


def _say_ended(ended: list[UUID], *, as_json: bool, words: str) -> None:
    if as_json:
        typer.echo(json.dumps({"ended": [str(each) for each in ended]}))
        return
    for each in ended:
        typer.echo(f"approval {each} {words}")


def _row_as_json(row: "InventoryRow") -> dict[str, Any]:
    return {
        "version_id": str(row.version_id),
        "kind": row.kind,
        "name": row.name,
        "label": row.label,
        "content_hash": row.content_hash,
        "use_case": row.use_case,
        "state": row.state,
        "may_decide": row.may_decide,
        "gate": row.standing.state,
        "reason": row.standing.reason,
        "fallback": row.standing.fallback,
        "days_left": row.days_left,
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "tier": row.tier,
        "opinion": row.opinion,
        "owner": row.owner,
        "developer": row.developer,
        "open_findings": row.open_findings,
        "is_demonstration": row.is_demonstration,
    }


def _result_as_json(found: "ResultSummary") -> dict[str, Any]:
    return {
        "test_id": found.test_id,
        "segment": found.segment,
        "light": found.light,
        "statistic": found.statistic,
        "p": found.p_value,
        "n": found.n,
        "n_events": found.n_events,
        "findings": list(found.finding_numbers),
    }


def _finding_as_json(found: "FindingSummary") -> dict[str, Any]:
    return {
        "finding_id": str(found.finding_id),
        "number": found.number,
        "title": found.title,
        "version": found.version_words,
        "severity": found.severity,
        "effect": found.effect,
        "state": found.state,
        "due_on": found.due_on.isoformat(),
        "is_overdue": found.is_overdue,
        "responsible": found.responsible,
    }
