"""Policies in words and signals, one place for all their pages."""

from collections.abc import Sequence

from goodstanding.accounts.queries import simulated_companies
from goodstanding.evidence.types import BacktestState
from goodstanding.policies.engine import Effect, Outcome
from goodstanding.policies.engine.backtest_figures import Comparison, Tally
from goodstanding.policies.engine.findings import Severity
from goodstanding.policies.types import Status
from goodstanding.validation.intervals import Interval
from goodstanding.web.cells import number_text
from goodstanding.web.pages.decisions.words import SIMULATED
from goodstanding.web.types import Estimate, Signal

STATUSES = {
    Status.DRAFT: Signal("neutral", "Draft"),
    Status.PROPOSED: Signal("watch", "Proposed"),
    Status.APPROVED: Signal("good", "Approved by the desk"),
    Status.SHADOW: Signal("neutral", "Shadow"),
    Status.SHARE: Signal("watch", "Share"),
    Status.CHAMPION: Signal("good", "Decides"),
    Status.RETIRED: Signal("past", "Retired"),
}
EFFECTS = {
    Effect.DECLINE: Signal("act", "Decline"),
    Effect.REFER: Signal("watch", "Refer"),
    Effect.CANCEL: Signal("neutral", "Cancel"),
    Effect.NOTE: Signal("neutral", "Note"),
}
FINDINGS_SHOWN = 100
SEVERITIES = {
    Severity.ERROR: Signal("act", "Error"),
    Severity.WARNING: Signal("watch", "Warning"),
    Severity.NOTE: Signal("neutral", "Note"),
}
OUTCOME_WORDS = {
    Outcome.APPROVE: "approve",
    Outcome.REFER: "refer",
    Outcome.DECLINE: "decline",
}
BACKTESTS = {
    BacktestState.WAITING: Signal("neutral", "Waiting for the worker"),
    BacktestState.RUNNING: Signal("watch", "Running"),
    BacktestState.FINISHED: Signal("good", "Finished"),
    BacktestState.FAILED: Signal("act", "Failed"),
    BacktestState.CANCELLED: Signal("past", "Stopped"),
}
DONE = {"approve": "Approved", "refer": "Referred", "decline": "Declined"}


def simulated_words(*, desk: str, legal_entities: Sequence[str]) -> str:
    """What is simulated about a policy's decisions; empty for real companies."""
    if simulated_companies().isdisjoint(legal_entities):
        return ""
    return SIMULATED.get(desk, "Simulated policy of a company made up for this demonstration.")


def estimate_of(interval: Interval) -> Estimate:
    """An interval as cells show it."""
    return Estimate(interval.value, interval.n, interval.low, interval.high)


def money_words(amount: object, currency: str) -> str:
    """A sum of many cases in whole units of its currency."""
    return f"{currency} {number_text(amount)}".strip()


def span_words(ends: tuple[float, float], currency: str) -> str:
    """The two ends of an interval of money."""
    low, high = (number_text(end) for end in ends)
    return f"{currency} {low} to {high}".strip()


def headline_of(comparison: Comparison, *, currency: str) -> str:
    """What a change does, in one sentence with its interval."""
    if not comparison.flips:
        return "Nothing moves: every case is answered as the policy stands"
    parts = [
        _swap_words(tally, words, loss, currency=currency)
        for tally, words, loss in (
            (comparison.swap_out, "no longer approved", "write-offs avoided"),
            (comparison.swap_in, "newly approved", "write-offs taken on"),
        )
        if tally.n
    ]
    none = f"{comparison.flips:,} cases flip, none of them into or out of approval"
    return "; ".join(parts) or none


def _swap_words(tally: Tally, words: str, loss: str, *, currency: str) -> str:
    return (
        f"{tally.n:,} {words}, {tally.bads:,} of them bad:"
        f" {money_words(tally.loss, currency)} of {loss}"
        f" (95 % interval {span_words(tally.loss_ends, currency)})"
    )
