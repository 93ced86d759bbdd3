"""`goodstanding policy coverage|missing`: what nothing reaches, and what a lost input would do."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from goodstanding.cli.policy_backtest import NoHistoryNamed, declared_history
from goodstanding.cli.policy_files import (
    FAILED,
    AsJson,
    File,
    Models,
    identity_of,
    load,
    print_json,
)

if TYPE_CHECKING:
    from goodstanding.policies.engine.coverage import Coverage, CoveredPart
    from goodstanding.policies.engine.if_null import IfNull, MissingReport


class Required(StrEnum):
    """What every part of a policy must be reached by."""

    TESTS = "tests"
    HISTORY = "history"


HistoryName = Annotated[
    str | None, typer.Option(help="A history that a desk declares: sba_loans:2005_2006.")
]


def coverage(
    file: File,
    history: HistoryName = None,
    require: Annotated[
        Required | None, typer.Option(help="Exit 1 where tests, or the history, miss a part.")
    ] = None,
    as_json: AsJson = False,
    models: Models = None,
) -> None:
    """Say which rules, bands, rows, reasons and missing-value ways nothing ever reaches."""
    from goodstanding.policies.engine.coverage import coverage as cover

    loaded = load(file, models, as_json=as_json)
    if require is Required.HISTORY and history is None:
        raise NoHistoryNamed(field="history", why="coverage by a history was required")
    found = cover(loaded, history=declared_history(history) if history else None)
    missed = {Required.TESTS: found.untested, Required.HISTORY: found.unseen}
    failed = require is not None and bool(missed[require])
    if as_json:
        print_json({**identity_of(loaded), "ok": not failed, **_coverage_document(found)})
    else:
        _show_coverage(Console(), found)
    raise typer.Exit(FAILED if failed else 0)


def _coverage_document(found: "Coverage") -> dict[str, Any]:
    return {
        "tests": found.tests,
        "cases": found.rows,
        "cases_told": found.told if found.rows is not None else None,
        "untested": [str(item.part.key) for item in found.untested],
        "unseen": None if found.rows is None else [str(item.part.key) for item in found.unseen],
        "parts": [
            {
                "kind": item.kind.value,
                "name": item.part.key.name,
                "in_words": item.part.words,
                "line": item.part.line,
                "tests": list(item.tests),
                "cases": item.cases,
            }
            for item in found.parts
        ],
    }


def _show_coverage(console: Console, found: "Coverage") -> None:
    missed = [item for item in found.parts if not item.by_tests or item.cases == 0]
    if missed:
        table = Table("part", "name", "line", "tests", "cases", "", box=None, pad_edge=False)
        for item in missed:
            table.add_row(*_part_cells(item))
        console.print(table)
    reached = len(found.parts) - len(found.untested)
    console.print(
        f"{found.tests} tests reach {reached} of {len(found.parts)} parts", highlight=False
    )
    if found.rows is not None:
        reached = len(found.parts) - len(found.unseen)
        console.print(
            f"{found.rows:,} cases reach {reached} of {len(found.parts)} parts; reasons were told"
            f" for {found.told:,} of the cases",
            highlight=False,
        )


def _part_cells(item: "CoveredPart") -> tuple[str, ...]:
    tests = str(len(item.tests)) if item.tests else "none"
    cases = "" if item.cases is None else f"{item.cases:,}" if item.cases else "none"
    key = item.part.key
    return (
        item.kind.value,
        escape(key.name),
        str(item.part.line),
        tests,
        cases,
        escape(item.part.words),
    )


def missing(
    file: File, history: HistoryName = None, as_json: AsJson = False, models: Models = None
) -> None:
    """Say what happens if an input goes missing everywhere tomorrow, worst first."""
    from goodstanding.policies.engine.if_null import missing_report

    loaded = load(file, models, as_json=as_json)
    found = missing_report(loaded, history=declared_history(history) if history else None)
    if as_json:
        document = [_input_document(item, counted=found.rows is not None) for item in found.inputs]
        print_json({**identity_of(loaded), "cases": found.rows, "inputs": document})
    else:
        _show_missing(Console(), found)


def _input_document(item: "IfNull", *, counted: bool) -> dict[str, Any]:
    text = item.text
    return {
        "input": text.name,
        "label": text.label,
        "strictest_answer": text.outcome.value,
        "rules": [{"id": rule, "if_missing": words} for rule, words in text.rules],
        "models_without_score": list(text.models),
        "missing_now": item.missing_now if counted else None,
        "changed": item.changed if counted else None,
        "moves": [{"before": before, "after": after, "cases": n} for before, after, n in item.flips]
        if counted
        else None,
    }


def _show_missing(console: Console, found: "MissingReport") -> None:
    table = Table("input", "at worst", "rules that no longer know", box=None, pad_edge=False)
    if found.rows is not None:
        table = Table(
            "input", "missing now", "changed", "moves", "rules that no longer know",
            box=None, pad_edge=False,
        )  # fmt: skip
    for item in found.inputs:
        rules = ", ".join(f"{rule} ({words})" for rule, words in item.text.rules) or "none"
        if found.rows is None:
            table.add_row(item.text.label, item.text.outcome.value, escape(rules))
            continue
        moves = ", ".join(f"{before} to {after} {n:,}" for before, after, n in item.flips)
        table.add_row(
            item.text.label, f"{item.missing_share or 0:.1%}", f"{item.changed_share or 0:.1%}",
            moves or "none", escape(rules),
        )  # fmt: skip
    console.print(table)
    if found.rows is not None:
        console.print(f"of {found.rows:,} cases decided again without each input", highlight=False)
