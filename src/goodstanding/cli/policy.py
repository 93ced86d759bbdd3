"""`goodstanding policy`: check, test, evaluate. Works on files, without a database.

Exit codes: 0 all is well, 1 the policy has errors or a test fails, 2 it cannot be read.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.table import Table

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.policies.engine import Evaluation, Policy, PolicyRefused, load_policy
from goodstanding.policies.engine.checks import Severity, check_policy, errors_of
from goodstanding.policies.engine.documents import as_document
from goodstanding.policies.engine.embedded_tests import TestReport, run_tests
from goodstanding.policies.engine.evaluation import Truth, as_text

PACKAGE = Path(__file__).resolve().parents[1]
FAILED, UNREADABLE = 1, 2
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}

app = typer.Typer(help="Policies: check, test, evaluate.", no_args_is_help=True)

File = Annotated[
    str,
    typer.Argument(help="A policy file, or desk/name of a shipped one: credit/sba_underwriting"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Models = Annotated[
    Path | None,
    typer.Option(help="Folder with the artefacts; `models` beside the policy if left out."),
]


@app.callback()
def policy() -> None:
    """Policies: check, test, evaluate."""


@app.command()
def check(
    file: File,
    as_json: AsJson = False,
    models: Models = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day for which nothing may have expired: today."),
    ] = None,
) -> None:
    """Read a policy, type it, and show what can be seen in it without data."""
    loaded = _load(file, models, as_json=as_json)
    day = on.date() if on else _today()
    findings = check_policy(loaded, on=day)
    failed = bool(errors_of(findings))
    if as_json:
        _print_json(
            {
                **_identity(loaded),
                "ok": not failed,
                "findings": [item.as_json() for item in findings],
            }
        )
    else:
        console = Console()
        for item in findings:
            where = f"{loaded.source}:{item.place.line}:{item.place.column}"
            console.print(
                f"{where}: [{_COLOURS[item.severity]}]{item.severity.value}[/] {item.message}"
                f" {item.mend}",
                soft_wrap=True,
                highlight=False,
            )
        console.print(_summary(loaded, len(findings), failed=failed), highlight=False)
    raise typer.Exit(FAILED if failed else 0)


@app.command("test")
def run_embedded(file: File, as_json: AsJson = False, models: Models = None) -> None:
    """Run the tests that stand in the policy."""
    loaded = _load(file, models, as_json=as_json)
    report = run_tests(loaded)
    if as_json:
        _print_json({**_identity(loaded), **_report(report)})
    else:
        _show_report(Console(), loaded, report)
    raise typer.Exit(0 if report.passed else FAILED)


@app.command()
def evaluate(
    file: File,
    record: Annotated[
        str,
        typer.Argument(help="A JSON object of inputs, or - to read records as JSON lines."),
    ],
    as_json: AsJson = False,
    models: Models = None,
    as_of: Annotated[
        str | None, typer.Option(help="The moment of the decision: 2026-11-22T14:05:00Z; now.")
    ] = None,
) -> None:
    """Say what a policy decides on one record, with its whole trace."""
    loaded = _load(file, models, as_json=as_json)
    moment = _moment(as_of)
    if record == "-":
        for line in typer.get_text_stream("stdin"):
            if line.strip():
                found = loaded.evaluate(_record(line), as_of=moment)
                typer.echo(json.dumps(as_document(found), ensure_ascii=False))
        return
    evaluation = loaded.evaluate(_record(record), as_of=moment, attributions=True)
    if as_json:
        _print_json(as_document(evaluation))
    else:
        _show_evaluation(Console(), evaluation)


def _load(file: str, models: Path | None, *, as_json: bool) -> Policy:
    """The policy, or exit 2 with every mistake in the form that was asked for."""
    try:
        return load_policy(policy_path(file), artefacts=models)
    except PolicyRefused as refused:
        if as_json:
            _print_json({"ok": False, "mistakes": [item.as_json() for item in refused.mistakes]})
        else:
            for mistake in refused.mistakes:
                typer.echo(mistake.as_line(source=refused.source), err=True)
            count = len(refused.mistakes)
            typer.echo(f"{count} mistake{'s' if count > 1 else ''}: not a policy yet", err=True)
        raise typer.Exit(UNREADABLE) from refused


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


def _record(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise RecordUnreadable(why=str(error)) from error
    if not isinstance(found, dict):
        raise RecordUnreadable(why="it is not an object")
    return cast("dict[str, Any]", found)


class RecordUnreadable(Refusal):
    """The record is not a JSON object of inputs: {why}."""

    code = "record_unreadable"
    mend = 'Write it as {{"amount": "120.00", "employees": 12}}.'


class MomentUnreadable(Refusal):
    """{text!r} is no instant with a zone."""

    code = "moment_unreadable"
    mend = "Write it as 2026-11-22T14:05:00Z."


def _moment(text: str | None) -> datetime:
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


def _today() -> date:
    from goodstanding.core.time import utc_now

    return utc_now().date()


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _identity(loaded: Policy) -> dict[str, Any]:
    return {
        "policy": loaded.name,
        "version": loaded.version,
        "text_hash": loaded.text_hash,
        "tree_hash": loaded.tree_hash,
    }


def _summary(loaded: Policy, findings: int, *, failed: bool) -> str:
    plan = loaded.plan
    parts = [
        f"{len(plan.inputs)} inputs",
        f"{len(plan.rules)} rules",
        f"{len(plan.cards)} scorecards",
        f"{len(plan.models)} models",
        f"{len(loaded.definition.tests)} tests",
    ]
    verdict = "[red]has errors[/]" if failed else "[green]can be published[/]"
    return (
        f"{loaded.name} {loaded.version} {verdict}: {', '.join(parts)}; {findings} findings;"
        f" tree {loaded.tree_hash[:12]}"
    )


def _report(report: TestReport) -> dict[str, Any]:
    return {
        "ok": report.passed,
        "tests": [
            {
                "name": result.name,
                "line": result.line,
                "passed": result.passed,
                "differences": [
                    {"what": item.what, "expected": item.expected, "found": item.found}
                    for item in result.differences
                ],
            }
            for result in report.results
        ],
        "rules_never_true": list(report.rules_never_true),
        "rules_never_unknown": list(report.rules_never_unknown),
        "bands_never_reached": list(report.bands_never_reached),
    }


def _show_report(console: Console, loaded: Policy, report: TestReport) -> None:
    for result in report.failed:
        console.print(f"[red]failed[/] {loaded.source}:{result.line} {result.name}")
        for item in result.differences:
            console.print(f"       {item.what}: expected {item.expected}, found {item.found}")
    passed = len(report.results) - len(report.failed)
    console.print(f"{passed} of {len(report.results)} tests passed", highlight=False)
    if report.rules_never_true:
        console.print(f"no test makes TRUE: {', '.join(report.rules_never_true)}")
    if report.bands_never_reached:
        console.print(f"no test reaches: {', '.join(report.bands_never_reached)}")


def _show_evaluation(console: Console, evaluation: Evaluation) -> None:
    queue = f" -> {evaluation.queue}" if evaluation.queue else ""
    console.print(f"[bold]{evaluation.outcome.value}[/]{queue}", highlight=False)
    for reason in evaluation.reasons:
        console.print(f"  {reason.rank}. {reason.text} ({reason.code})", highlight=False)
    for term in evaluation.terms:
        if term.is_given:
            console.print(f"  {term.label}: {as_text(term.value)} {term.currency}", highlight=False)
    if evaluation.score is not None:
        band = evaluation.band.name if evaluation.band else ""
        console.print(f"  score: {evaluation.score} ({band})", highlight=False)
    table = Table("rule", "", "votes for", "points", "missing", box=None, pad_edge=False)
    for rule in evaluation.rules:
        if rule.truth is Truth.FALSE and not rule.missing:
            continue
        missing = ", ".join(f"{item.label} ({item.kind.value})" for item in rule.missing)
        vote = rule.vote.value if rule.vote else f"cancelled by {rule.cancelled_by}"
        shown = vote if rule.vote or rule.cancelled_by else ""
        table.add_row(rule.id, rule.truth.value, shown, str(rule.points or ""), missing)
    console.print(table)
    for warning in evaluation.warnings:
        console.print(f"[yellow]warning[/] {warning.text} ({warning.kind.value})")
