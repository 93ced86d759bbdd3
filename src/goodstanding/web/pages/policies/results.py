"""The result of a backtest as its page and its files show it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from goodstanding.core.audit import write_audit
from goodstanding.core.time import utc_now
from goodstanding.policies.engine.backtest_figures import BacktestResult, Evidence, RuleCount, Tally
from goodstanding.web.exports import FORMATS, export_rows
from goodstanding.web.pages.policies.matrix import Matrix, matrix_of
from goodstanding.web.pages.policies.words import (
    DONE,
    estimate_of,
    headline_of,
    money_words,
    span_words,
)
from goodstanding.web.types import Column, Estimate

OUTCOMES = ("approve", "refer", "decline")
EVIDENCE_WORDS = {
    Evidence.OBSERVED: (
        "Evidence class A: nobody was declined then, so every outcome was seen, also of those"
        " whom the version would decline."
    ),
    Evidence.SELECTED: (
        "Only what was approved then has an outcome; what a version would newly approve is not"
        " known from this history."
    ),
    Evidence.NONE: "This history has no outcomes: counts and money only.",
}


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


def result_context(result: BacktestResult, *, url: str, here: str) -> dict[str, Any]:
    """What the page of a finished backtest shows; `url` leads to the flipped cases."""
    from goodstanding.web.pages.policies.pictures import band_picture

    context: dict[str, Any] = {
        "result": result,
        "evidence": EVIDENCE_WORDS[result.evidence],
        "approved": group_row("approve", result.outcome("approve"), result),
        "groups": [group_row(each.name, each.tally, result) for each in result.outcomes],
        "bands": [group_row(each.name, each.tally, result) for each in result.bands],
        "rules": [
            RuleRow(rule, rule.true / max(1, result.decided), estimate_of(rule.bad_rate))
            for rule in result.rules
        ],
        "band_chart": band_picture(result),
        "exports": [("JSON", f"{here}?format=json")]
        + [(words, f"{here}?format={name}") for name, (words, _, _) in FORMATS.items()],
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


def exported(request: HttpRequest, result: BacktestResult, *, name: str) -> HttpResponse:
    """The result as a file: its whole document as JSON, or its groups as rows."""
    if request.GET["format"] != "json":
        return export_rows(request, columns=FLAT, rows=list(flat_rows(result)), name=name)
    response = HttpResponse(result.to_json(), "application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    write_audit(
        actor=request.user.get_username(), action="export_rows", object_kind="list",
        object_id=name, at=utc_now(), detail={"format": "json"},
    )  # fmt: skip
    return response


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
    for move in result.comparison.moves if result.comparison else ():
        yield _flat("move", f"{move.before} to {move.after}", move.tally)


def _flat(part: str, name: str, tally: Tally) -> FlatRow:
    low, high = tally.loss_ends
    return FlatRow(
        part, name, tally.n, tally.amount, tally.labelled, tally.bads,
        estimate_of(tally.bad_rate), tally.expected, tally.loss, low, high,
    )  # fmt: skip
