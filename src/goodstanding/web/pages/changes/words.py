"""Change requests in words and signals."""

from goodstanding.evidence.types import ChangeState, ChangeSummary, Effect, LossChange
from goodstanding.web.cells import number_text
from goodstanding.web.types import Signal

MINUS = "\N{MINUS SIGN}"
STATES = {
    ChangeState.COMPUTING: Signal("neutral", "Evidence is computed"),
    ChangeState.FAILED: Signal("act", "Evidence failed"),
    ChangeState.WAITING: Signal("watch", "Waits for a signature"),
    ChangeState.APPROVED: Signal("good", "Approved"),
    ChangeState.RETURNED: Signal("act", "Returned"),
    ChangeState.WITHDRAWN: Signal("past", "Withdrawn"),
}
CLASS_WORDS = {
    "A": "observed",
    "B": "observed, let in by a chance",
    "C": "no outcome yet: a model's word",
    "D": "no outcome yet: bounds only",
}
QUADRANT_WORDS = {
    "kept in": "Approved before and after",
    "swapped in": "Newly approved",
    "swapped out": "No longer approved",
    "kept out": "Approved neither before nor after",
}
ENTITIES = {"credit": "businesses", "sellers": "sellers"}


def signed_money(amount: float, currency: str) -> str:
    """An amount that grows or falls, with its sign."""
    sign = "+" if amount > 0 else MINUS if amount < 0 else ""
    return f"{sign}{currency} {number_text(abs(amount))}".strip()


def loss_words(change: LossChange, currency: str) -> str:
    """What the loss does, with its interval or bounds."""
    span = f"{currency} {number_text(abs(change.low))} to {number_text(abs(change.high))}"
    if change.value is None:
        low, high = signed_money(change.low, currency), signed_money(change.high, currency)
        return f"The loss changes by {low} to {high}: bounds, no estimate"
    if change.value == 0:
        return "The loss does not change"
    verb = "falls" if change.value < 0 else "grows"
    if change.low < 0 < change.high:
        low, high = signed_money(change.low, currency), signed_money(change.high, currency)
        span = f"{low} to {high}"
    elif change.value < 0:
        span = f"{currency} {number_text(abs(change.high))} to {number_text(abs(change.low))}"
    return f"The loss {verb} by {currency} {number_text(abs(change.value))} ({span})"


def hours_words(hours: float | None) -> str:
    """Staff hours a week, with their sign; empty where no queue is known."""
    if hours is None:
        return ""
    sign = "+" if hours > 0 else MINUS if hours < 0 else "±"
    return f"{sign}{number_text(abs(hours), places=1)} staff hours a week"


def finding_of(effect: Effect, *, desk: str) -> str:
    """What the change does, in one sentence."""
    who = ENTITIES.get(desk, "cases")
    parts: list[str] = []
    if effect.loss_change is not None:
        parts.append(loss_words(effect.loss_change, effect.result.currency))
    moves = f"{effect.flips:,} of {effect.result.decided:,} {who} move"
    parts.append(moves if parts else moves[:1].upper() + moves[1:])
    if effect.loss_change is None and effect.result.has_labels:
        (stopped_before, stopped), (through_before, through) = (
            effect.wrongly_stopped,
            effect.let_through,
        )
        parts.append(f"wrongly stopped {stopped_before:,} → {stopped:,}")
        parts.append(f"wrongly let through {through_before:,} → {through:,}")
    hours = hours_words(effect.hours_change)
    return ", ".join([*parts, *([hours] if hours else [])])


def next_words(summary: ChangeSummary) -> str:
    """Who signs next."""
    role = summary.next_role
    return f"{role.label} signs next" if role and summary.state is ChangeState.WAITING else ""
