"""Policies in words and signals, one place for all their pages."""

from collections.abc import Sequence

from goodstanding.accounts.queries import simulated_companies
from goodstanding.policies.engine import Effect, Outcome
from goodstanding.policies.engine.checks import Severity
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
