"""`goodstanding policy explain|diff|export`: read policies, compare them, take them elsewhere."""

import json
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

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
)
from goodstanding.cli.policy_results import require_writable
from goodstanding.policies.engine import Evaluation, Policy
from goodstanding.policies.engine.counterfactual import find_counterfactual
from goodstanding.policies.engine.counterfactual_answer import (
    CounterfactualAnswer,
    counterfactual_document,
)
from goodstanding.policies.engine.difference import compare_policies, text_difference
from goodstanding.policies.engine.dmn import policy_dmn
from goodstanding.policies.engine.documents import as_document
from goodstanding.policies.engine.evaluation import as_text
from goodstanding.policies.engine.policy_document import policy_document
from goodstanding.policies.engine.view_target import policy_view
from goodstanding.policies.engine.words import (
    bands_in_words,
    if_missing,
    rules_in_words,
    score_words,
)


class Form(StrEnum):
    """What a policy is exported as."""

    SQL = "sql"
    JSON = "json"
    DMN = "dmn"


def explain(
    file: File,
    record: Annotated[
        str | None, typer.Argument(help="A JSON object of inputs: why this answer.")
    ] = None,
    as_json: AsJson = False,
    models: Models = None,
    as_of: Annotated[
        str | None, typer.Option(help="The moment of the decision: 2026-11-22T14:05:00Z; now.")
    ] = None,
    counterfactual: Annotated[
        bool,
        typer.Option("--counterfactual", help="The smallest change that alters the outcome."),
    ] = False,
) -> None:
    """Say a policy in words; with a record, why it answers so."""
    loaded = load(file, models, as_json=as_json)
    if counterfactual and record is None:
        raise typer.BadParameter("give a record to change", param_hint="--counterfactual")
    if record is None:
        if as_json:
            print_json(policy_document(loaded))
        else:
            _show_policy(Console(), loaded)
        return
    given, moment = record_of(record), moment_of(as_of)
    evaluation = loaded.evaluate(given, as_of=moment, attributions=True)
    answer = find_counterfactual(loaded, given, as_of=moment) if counterfactual else None
    if as_json:
        found = {"counterfactual": counterfactual_document(answer)} if answer else {}
        print_json(as_document(evaluation) | {"explanation": _why(loaded, evaluation)} | found)
    else:
        _show_why(Console(), loaded, evaluation)
        if answer is not None:
            _show_counterfactual(answer)


def _show_counterfactual(answer: CounterfactualAnswer) -> None:
    """What would have altered the outcome, or why nothing would."""
    for found in filter(None, (answer.nearest, answer.approval)):
        typer.echo(f"  {found.outcome.value} at a distance of {found.distance:.3f} with:")
        for change in found.changes:
            before = "nothing" if change.missing else as_text(change.before)
            typer.echo(f"    {change.label}: {as_text(change.after)} instead of {before}")
    if answer.why_not:
        typer.echo(f"  {answer.why_not}")
    if not answer.is_complete:
        typer.echo("  The search was cut off; a smaller change of several inputs may exist.")


def _show_policy(console: Console, loaded: Policy) -> None:
    definition, plan = loaded.definition, loaded.plan
    console.print(f"[bold]{definition.title}[/], {loaded.name} {loaded.version}", highlight=False)
    console.print(definition.purpose, style="dim", highlight=False)
    table = Table("rule", "fires where", "then", "if a value is missing", box=None, pad_edge=False)
    for rule in rules_in_words(plan):
        reason = f": {rule.reason}" if rule.reason else ""
        missing = rule.if_missing or "always known"
        table.add_row(rule.id, *map(escape, (rule.sentence, f"{rule.effect}{reason}", missing)))
    console.print(table)
    if plan.score is not None:
        console.print(f"\nScore: {score_words(plan)}", highlight=False)
        for band in bands_in_words(plan):
            vote = band.outcome.value if band.outcome else "no vote"
            console.print(f"  {band.name}, {band.span}: {vote}", highlight=False)
    console.print("\nIf an input goes missing tomorrow:", highlight=False)
    for item in if_missing(plan):
        rules = ", ".join(rule for rule, _ in item.rules) or "no rule"
        console.print(f"  {item.label}: {item.outcome.value} at worst ({rules})", highlight=False)


def _why(loaded: Policy, evaluation: Evaluation) -> dict[str, Any]:
    """The rules that voted, in words; points lost; the lines and how far they are."""
    sentences = {rule.id: rule.sentence for rule in rules_in_words(loaded.plan)}
    return {
        "rules": [
            {
                "id": rule.id,
                "in_words": sentences[rule.id],
                "vote": rule.vote.value if rule.vote else None,
                "because": "a value is missing" if rule.by_missing else "it is true",
                "missing": [item.label for item in rule.missing],
            }
            for rule in evaluation.fired
        ],
        "points_lost": [
            {
                "characteristic": loaded.plan.label_of(cell.feature),
                "points": cell.points,
                "lost": str(cell.points_lost),
                "reason": cell.reason_code,
            }
            for card in evaluation.scorecards
            for cell in sorted(card.cells, key=lambda cell: -cell.points_lost)
            if cell.points_lost > 0
        ],
        "lines": _lines(loaded, evaluation),
    }


def _lines(loaded: Policy, evaluation: Evaluation) -> list[dict[str, str]]:
    """Each bound between two bands, and how far the score is above it."""
    from goodstanding.policies.engine.values import value_of

    score = loaded.plan.score
    if score is None or evaluation.score is None:
        return []
    found: list[dict[str, str]] = []
    for lower, upper, bound in zip(score.bands, score.bands[1:], score.bounds, strict=False):
        line = Decimal(str(value_of(bound, score.type)))
        distance = Decimal(evaluation.score) - line
        found.append(
            {
                "below": lower.name,
                "above": upper.name,
                "line": str(line),
                "distance": f"{distance:+f}",
            }
        )
    return found


def _show_why(console: Console, loaded: Policy, evaluation: Evaluation) -> None:
    why = _why(loaded, evaluation)
    console.print(f"[bold]{evaluation.outcome.value}[/]", highlight=False)
    for reason in evaluation.reasons:
        console.print(escape(f"  {reason.rank}. {reason.text} ({reason.code})"), highlight=False)
    for rule in why["rules"]:
        missing = f" ({', '.join(rule['missing'])})" if rule["missing"] else ""
        said = f"{rule['id']} asks for {rule['vote']}: {rule['in_words']}; {rule['because']}"
        console.print(escape(f"  {said}{missing}"), highlight=False)
    if evaluation.score is not None:
        console.print(f"  score {as_text(evaluation.score)}", highlight=False)
    for line in why["lines"]:
        words = f"{line['distance']} from {line['line']}, between {line['below']} and"
        console.print(f"    {words} {line['above']}", highlight=False)
    for cell in why["points_lost"]:
        lost = f"    {cell['lost']} points lost on {cell['characteristic']} ({cell['reason']})"
        console.print(lost, highlight=False)
    if not evaluation.fired and not evaluation.reasons:
        console.print("  nothing spoke against it", highlight=False)


def diff(
    before: File,
    after: File,
    as_json: AsJson = False,
    text: Annotated[bool, typer.Option("--text", help="Show the two texts line by line.")] = False,
    models: Models = None,
) -> None:
    """What changes from one policy to another; exit 1 where decisions can change."""
    old, new = load(before, models, as_json=as_json), load(after, models, as_json=as_json)
    changes = compare_policies(old, new)
    deciding = [change for change in changes if change.decides]
    if as_json:
        print_json(
            {
                "before": identity_of(old),
                "after": identity_of(new),
                "decides_alike": not deciding,
                "changes": [
                    {
                        "kind": change.kind,
                        "what": change.what,
                        "name": change.name,
                        "in_words": change.words,
                        "decides": change.decides,
                    }
                    for change in changes
                ],
                "text": list(text_difference(old, new)) if text else None,
            }
        )
    else:
        for change in changes:
            mark = "*" if change.decides else " "
            typer.echo(f"{mark} {change.words}")
        if text:
            typer.echo("\n".join(("", *text_difference(old, new))))
        alike = "every case is decided alike" if not deciding else "marked * can alter decisions"
        typer.echo(f"{len(changes)} changes: {alike}")
    raise typer.Exit(FAILED if deciding else 0)


def export(
    file: File,
    form: Annotated[
        Form, typer.Option("--as", help="A SQL view, a JSON document, or tables as DMN.")
    ],
    engine: Annotated[str, typer.Option(help="Of the view: duckdb, postgres, spark.")] = "duckdb",
    relation: Annotated[
        str, typer.Option(help="Table that the view reads: columns named as the inputs.")
    ] = "applications",
    view: Annotated[str | None, typer.Option(help="Name of the view; the policy's name.")] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="A further column to show, such as the key.")
    ] = None,
    absent: Annotated[
        list[str] | None, typer.Option(help="An optional input that the table lacks.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; the output if left out.")] = None,
    models: Models = None,
    as_json: AsJson = False,
) -> None:
    """Write a policy as a SQL view that needs nothing of ours, as JSON, or its tables as DMN."""
    loaded = load(file, models, as_json=as_json)
    if out is not None:
        require_writable(out)
    if form is Form.SQL:
        written = policy_view(
            loaded.plan,
            engine=engine,
            name=view or loaded.name,
            relation=relation,
            keep=keep or (),
            absent=absent or (),
        )
    elif form is Form.DMN:
        written = policy_dmn(loaded)
    else:
        written = json.dumps(policy_document(loaded), indent=2, ensure_ascii=False) + "\n"
    if out is None and not as_json:
        typer.echo(written, nl=False)
        return
    if out is not None:
        out.write_text(written, "utf-8")
    if as_json:
        shown = {"file": str(out)} if out else {"text": written}
        print_json({**identity_of(loaded), "as": form.value, **shown})
    else:
        typer.echo(f"wrote {out}", err=True)
