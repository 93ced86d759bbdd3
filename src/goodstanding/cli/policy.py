"""`goodstanding policy`: a text's checks, tests and answers; a published version's life.

What takes a file works without a database, all but `publish` and what reads `--history`. Exit
codes: 0 all is well, 1 the policy has errors, a test fails or a difference alters decisions, 2
refused.
"""

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from goodstanding.cli.policy_backtest import backtest
from goodstanding.cli.policy_coverage import coverage, missing
from goodstanding.cli.policy_files import (
    FAILED,
    AsJson,
    File,
    Models,
    identity_of,
    load,
    moment_of,
    print_json,
    record_of,
    require_pinned,
    today,
)
from goodstanding.cli.policy_life import activate, retire, rollback, share
from goodstanding.cli.policy_publish import publish
from goodstanding.cli.policy_reading import diff, explain, export
from goodstanding.cli.policy_shadow import shadow
from goodstanding.policies.engine import Evaluation, Policy
from goodstanding.policies.engine.checks import check_policy, errors_of
from goodstanding.policies.engine.documents import as_document
from goodstanding.policies.engine.embedded_tests import TestReport, run_tests
from goodstanding.policies.engine.evaluation import Truth, as_text
from goodstanding.policies.engine.findings import Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}

app = typer.Typer(
    help="Policies: check, test, evaluate, explain, compare, backtest, export, publish.",
    no_args_is_help=True,
)
for command in (explain, diff, export, coverage, missing, backtest, publish):
    app.command()(command)
for step in (shadow, share, activate, retire, rollback):
    app.command()(step)


@app.callback()
def policy() -> None:
    """Policies: check, test, evaluate, explain, compare, backtest, export, publish."""


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
    loaded = load(file, models, as_json=as_json)
    require_pinned(loaded, as_json=as_json)
    day = on.date() if on else today()
    findings = check_policy(loaded, on=day)
    failed = bool(errors_of(findings))
    if as_json:
        print_json(
            {
                **identity_of(loaded),
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
    loaded = load(file, models, as_json=as_json)
    report = run_tests(loaded)
    if as_json:
        print_json({**identity_of(loaded), **_report(report)})
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
    loaded = load(file, models, as_json=as_json)
    moment = moment_of(as_of)
    if record == "-":
        for line in typer.get_text_stream("stdin"):
            if line.strip():
                found = loaded.evaluate(record_of(line), as_of=moment)
                typer.echo(json.dumps(as_document(found), ensure_ascii=False))
        return
    evaluation = loaded.evaluate(record_of(record), as_of=moment, attributions=True)
    if as_json:
        print_json(as_document(evaluation))
    else:
        _show_evaluation(Console(), evaluation)


def _summary(loaded: Policy, findings: int, *, failed: bool) -> str:
    plan = loaded.plan
    parts = [
        f"{len(plan.inputs)} inputs",
        f"{len(plan.tables)} tables",
        f"{sum(not rule.stands_for_a_gap for rule in plan.rules)} rules",
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
