"""Experiments in words and signals."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from goodstanding.evidence.experiments.types import (
    Comparison,
    ExperimentState,
    ExperimentView,
    MetricKind,
    Reading,
    Recommendation,
    Signature,
    Verdict,
)
from goodstanding.web.cells import MINUS, percent_text
from goodstanding.web.types import Event, Signal

MEMO_STEPS = {
    "proposed": "Proposed",
    "registered": "Registered",
    "started": "Started",
    "halted": "Halted",
    "ended": "Ended and signed",
}

STATES = {
    ExperimentState.PROPOSED: Signal("watch", "Waits for a second person"),
    ExperimentState.REGISTERED: Signal("neutral", "Registered"),
    ExperimentState.RUNNING: Signal("good", "Running"),
    ExperimentState.HALTED: Signal("act", "Halted"),
    ExperimentState.ENDED: Signal("past", "Ended"),
}
RULES = {
    "harm": "by the harm rule",
    "budget_used_up": "by the budget",
    "split_broken": "by the split check",
    "versions_changed": "because versions changed",
}
VERDICTS = {
    Recommendation.SHIP: "good",
    Recommendation.LOWER_CUT: "good",
    Recommendation.KEEP_CONTROL: "neutral",
    Recommendation.KEEP_CUT: "neutral",
    Recommendation.NO_ANSWER: "watch",
}


def state_words(view: ExperimentView, *, at: datetime) -> str:
    """Where an experiment stands, in a sentence."""
    match view.state:
        case ExperimentState.PROPOSED:
            return f"Proposed by {view.author}; another person has to register it"
        case ExperimentState.REGISTERED:
            who = "" if view.registration is None else view.registration.who
            return f"Registered by {who}; nobody has started it"
        case ExperimentState.RUNNING:
            days = view.days_left(at=at)
            return "The horizon is reached: end it" if not days else f"{days:,} days to the horizon"
        case ExperimentState.HALTED:
            assert view.halt is not None  # noqa: S101 - the state says so
            how = RULES.get(view.halt.rule, f"by {view.halt.who}")
            return f"Halted {how}: {view.halt.why}"
        case ExperimentState.ENDED:
            assert view.memo is not None  # noqa: S101 - the state says so
            said = view.memo["recommendation"]
            return f"{said['words']}: {said['why']}"


def verdict_signal(verdict: Verdict) -> Signal:
    """The recommendation as a signal."""
    return Signal(VERDICTS[verdict.recommendation], verdict.recommendation.words)  # type: ignore[arg-type]


def split_signal(reading: Reading) -> Signal:
    """Whether units fell as planned."""
    if reading.split is None:
        return Signal("neutral", "Nobody yet")
    if reading.split.is_mismatch:
        return Signal("act", "Broken")
    return Signal("good", "As planned")


def rail_signal(each: Comparison) -> Signal:
    """Whether a guard-rail holds."""
    if each.look is None:
        return Signal("neutral", "Too few events")
    return Signal("act", "Harmful") if each.is_harmful else Signal("good", "Holds")


def points(value: float) -> str:
    """A difference of rates in percentage points."""
    return f"{100 * value:+.2f}".replace("-", MINUS)


def difference_words(each: Comparison) -> str:
    """A difference with its interval, in percentage points."""
    if each.look is None:
        return "not known: an arm has shown fewer than five events"
    return span_words(each.look.value, each.look.low, each.look.high)


def span_words(value: float, low: float, high: float) -> str:
    """A difference and its interval in percentage points."""
    return f"{points(value)} points ({points(low)} to {points(high)})"


def harm_words(harm: float) -> str:
    """Where harm begins, in percentage points."""
    return f"harm begins at {100 * harm:g} points worse"


def memo_signals(figures: Mapping[str, Any]) -> Iterator[tuple[Signal, str]]:
    """What a memo says of each difference and guard-rail, as it was frozen."""
    for each in (*figures["primary"], *figures["explored"], *figures["guard_rails"]):
        said = "not known: fewer than five events"
        if each["value"] is not None:
            span = each["value"], each["low"], each["high"]
            said = span_words(*span)
            if each in figures["explored"]:
                said = _rate_span(*span)
        words = f"{each['arm']}: {MetricKind(each['metric']).words} {said}"
        if each["harm"] is None:
            yield Signal("neutral", "Found"), f"{words}."
            continue
        signal = Signal("good", "Held")
        if each["is_harmful"]:
            signal = Signal("act", "Broken")
        elif each["value"] is None:
            signal = Signal("neutral", "Too few events")
        yield signal, f"{words}; {harm_words(float(each['harm']))}."


def memo_signatures(
    steps: Mapping[str, Mapping[str, str] | None],
) -> Iterator[tuple[str, str, datetime, str]]:
    """Who took which step of an experiment, when and why, as the memo froze it."""
    for key, words in MEMO_STEPS.items():
        step = steps.get(key)
        if step:
            at = datetime.fromisoformat(step["at"])
            yield words, step["who"], at, step.get("why", "")


def rate_words(each: Comparison) -> str:
    """A rate with its interval."""
    if each.look is None:
        return "not known: fewer than five events"
    look = each.look
    return _rate_span(look.value, look.low, look.high)


def _rate_span(value: float, low: float, high: float) -> str:
    said = [percent_text(each, places=2) for each in (value, max(0.0, low), high)]
    return f"{said[0]} ({said[1]} to {said[2]})"


def events_of(view: ExperimentView) -> Sequence[Event]:
    """The steps for the timeline, newest first."""
    steps: list[tuple[str, Signature | None, str]] = [
        ("Ended", view.end, "past"),
        ("Halted", view.halt, "act"),
        ("Started", view.start, "good"),
        ("Registered", view.registration, "good"),
    ]
    events = [
        Event(step.at, what, step.who, level, note=step.why)  # type: ignore[arg-type]
        for what, step, level in steps
        if step is not None
    ]
    return [*events, Event(view.proposed_at, "Proposed", view.author)]
