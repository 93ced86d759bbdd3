"""The result of a backtest as its page and its files show it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from goodstanding.core.audit import write_audit
from goodstanding.core.errors import NotFound
from goodstanding.core.time import utc_now
from goodstanding.evidence.queries import records_path, run_provenance
from goodstanding.policies.engine.backtest_figures import BacktestResult, RuleCount, Tally
from goodstanding.policies.engine.backtest_workbook import (
    EVIDENCE_WORDS,
    eligible,
    write_workbook,
)
from goodstanding.web.exports import FORMATS, export_rows
from goodstanding.web.pages.policies.matrix import Matrix, matrix_of
from goodstanding.web.pages.policies.words import (
    DONE,
    estimate_of,
    headline_of,
    money_words,
    span_words,
)
from goodstanding.web.paging import page_of_rows
from goodstanding.web.types import Column, Estimate

OUTCOMES = ("approve", "refer", "decline")


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What has one outcome, as the policy stands and as it is asked."""

    word: str
    before: Tally
    after: Tally
    rate_before: Estimate
    rate_after: Estimate
    share_before: float
    share_after: float


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of cases with its rate and the interval of its loss."""

    name: str
    tally: Tally
    share: float
    rate: Estimate
    loss_span: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule over the history."""

    rule: RuleCount
    share: float
    rate: Estimate


@dataclass(frozen=True, slots=True)
class FlatRow:
    """One line of the exported result."""

    part: str
    name: str
    cases: int
    amount: object
    labelled: int
    bads: int
    bad_rate: Estimate
    expected: float | None
    written_off: object
    written_off_low: float
    written_off_high: float


FLAT = (
    Column("part", "Part"),
    Column("name", "Name"),
    Column("cases", "Cases", kind="number"),
    Column("amount", "Amount", kind="number"),
    Column("labelled", "Outcome known", kind="number"),
    Column("bads", "Bad", kind="number"),
    Column("bad_rate", "Bad rate", kind="ratio"),
    Column("expected", "Bad, by the model", kind="number"),
    Column("written_off", "Written off", kind="number"),
    Column("written_off_low", "Written off, low", kind="number"),
    Column("written_off_high", "Written off, high", kind="number"),
)


EXPORTS = {
    "xlsx": "Excel workbook, a sheet a section",
    "json": "JSON, every figure",
    "csv": "CSV, one line a group",
    "parquet": "Parquet, every case with its trace",
}


def result_context(
    request: HttpRequest, result: BacktestResult, *, url: str, has_records: bool
) -> dict[str, Any]:
    """What the page of a finished backtest shows; `url` leads to the flipped cases."""
    from goodstanding.web.pages.policies.pictures import band_picture, outcome_picture

    here = request.path
    rules = page_of_rows(request, result.rules)
    context: dict[str, Any] = {
        "result": result,
        "evidence": EVIDENCE_WORDS[result.evidence],
        "approved": group_row("approve", result.outcome("approve"), result),
        "groups": [group_row(each.name, each.tally, result) for each in result.outcomes],
        "bands": [group_row(each.name, each.tally, result) for each in result.bands],
        "rules": [
            RuleRow(rule, rule.true / max(1, result.decided), estimate_of(rule.bad_rate))
            for rule in rules.rows
        ],
        "rules_page": rules,
        "band_chart": band_picture(result),
        "outcome_chart": outcome_picture(result),
        "eligible": list(eligible(result)),
        "exports": [
            (words, f"{here}?format={name}")
            for name, words in EXPORTS.items()
            if name != "parquet" or has_records
        ],
        "export_words": "What this page shows, with where it comes from",
        "total": result.decided,
    }
    comparison = result.comparison
    if comparison is not None:
        context |= {
            "comparison": comparison,
            "headline": headline_of(comparison, currency=result.currency),
            "matrix": matrix_of(comparison.moves, url=url),
            "rows": outcome_rows(result),
            "avoided_span": span_words(comparison.swap_out.loss_ends, result.currency),
            "taken_span": span_words(comparison.swap_in.loss_ends, result.currency),
            "given_up": money_words(comparison.swap_out.amount, result.currency),
            "won": money_words(comparison.swap_in.amount, result.currency),
        }
    return context


def outcome_rows(result: BacktestResult) -> list[OutcomeRow]:
    """The outcomes as the policy stands and as asked; none where nothing was compared."""
    if result.comparison is None:
        return []
    sums = Matrix.sums(result.comparison.moves)
    return [_outcome_row(outcome, sums, decided=max(1, result.decided)) for outcome in OUTCOMES]


def _outcome_row(
    outcome: str, sums: tuple[Mapping[str, Tally], Mapping[str, Tally]], *, decided: int
) -> OutcomeRow:
    before, after = (side.get(outcome, Tally()) for side in sums)
    return OutcomeRow(
        DONE[outcome], before, after, estimate_of(before.bad_rate), estimate_of(after.bad_rate),
        before.n / decided, after.n / decided,
    )  # fmt: skip


def group_row(name: str, tally: Tally, result: BacktestResult) -> GroupRow:
    """A group with its share, rate and loss interval."""
    return GroupRow(
        DONE.get(name, name.capitalize()),
        tally,
        tally.n / max(1, result.decided),
        estimate_of(tally.bad_rate),
        span_words(tally.loss_ends, result.currency),
    )


def exported(request: HttpRequest, result: BacktestResult, *, run_id: UUID) -> HttpResponseBase:
    """The result as a file; what each format holds is in EXPORTS. Raises NotAFormat, NotFound."""
    asked, name = request.GET.get("format", ""), f"backtest-{run_id}"
    write = _WRITERS.get(asked)
    if write is None:
        return export_rows(request, columns=FLAT, rows=list(flat_rows(result)), name=name)
    response = write(result, run_id)
    response["Content-Disposition"] = f'attachment; filename="{name}.{asked}"'
    write_audit(
        actor=request.user.get_username(), action="export_rows", object_kind="list",
        object_id=name, at=utc_now(), detail={"format": asked},
    )  # fmt: skip
    return response


def _as_json(result: BacktestResult, run_id: UUID) -> HttpResponseBase:
    provenance = json.loads(json.dumps(run_provenance(run_id=run_id), default=str))
    document = {**json.loads(result.to_json()), "provenance": provenance}
    return HttpResponse(json.dumps(document, ensure_ascii=False), "application/json")


def _as_workbook(result: BacktestResult, run_id: UUID) -> HttpResponseBase:
    book = write_workbook(result, provenance=run_provenance(run_id=run_id))
    return HttpResponse(book, FORMATS["xlsx"][1])


def _as_records(result: BacktestResult, run_id: UUID) -> HttpResponseBase:  # noqa: ARG001
    path = records_path(run_id=run_id)
    if not path.exists():
        raise NotFound(what="answers for every case of backtest", key=str(run_id))
    return FileResponse(path.open("rb"), content_type=FORMATS["parquet"][1])


_WRITERS: Mapping[str, Callable[[BacktestResult, UUID], HttpResponseBase]] = {
    "json": _as_json,
    "xlsx": _as_workbook,
    "parquet": _as_records,
}


def flat_rows(result: BacktestResult) -> Iterator[FlatRow]:
    """Outcomes, bands, rules and moves, one line each."""
    for group in result.outcomes:
        yield _flat("outcome", group.name, group.tally)
    for group in result.bands:
        yield _flat("band", group.name, group.tally)
    for rule in result.rules:
        yield FlatRow(
            "rule true", rule.id, rule.true, rule.amount, rule.labelled, rule.bads,
            estimate_of(rule.bad_rate), None, None, 0.0, 0.0,
        )  # fmt: skip
    for use in result.lists:
        name = f"{use.kept} {use.version}"
        yield _flat("list read", name, Tally(n=use.cases))
    for move in result.comparison.moves if result.comparison else ():
        yield _flat("move", f"{move.before} to {move.after}", move.tally)


def _flat(part: str, name: str, tally: Tally) -> FlatRow:
    low, high = tally.loss_ends
    return FlatRow(
        part, name, tally.n, tally.amount, tally.labelled, tally.bads,
        estimate_of(tally.bad_rate), tally.expected, tally.loss, low, high,
    )  # fmt: skip
