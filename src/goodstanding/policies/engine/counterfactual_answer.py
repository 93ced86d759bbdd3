"""What a search for the smallest change hands back."""

from collections.abc import Mapping
from dataclasses import dataclass

from goodstanding.policies.engine.evaluation import MissingKind, Outcome, Value, as_text


@dataclass(frozen=True, slots=True)
class Change:
    """One input moved: from what, to what, and how far.

    `distance` is in (0, 1]: for numbers the difference by the sum of both sizes, for days and
    instants days / (days + 365), and 1 for another text, another truth or a value that was missing.
    `direction` is `increase`, `decrease`, `other` or `state` (a value where none was).
    """

    name: str
    label: str
    before: Value | None
    missing: MissingKind | None
    after: Value
    direction: str
    distance: float


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A change that alters the outcome, with the outcome that the changed record evaluates to.

    `distance` is the sum over the changes; `record` holds the new values by input.
    """

    outcome: Outcome
    changes: tuple[Change, ...]
    distance: float
    record: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class CounterfactualAnswer:
    """What was found, or why nothing was.

    `nearest` leads to any milder outcome; `approval` to an approval, where `nearest` does not.
    `offered` are the labels of the inputs that could be moved; `fixed` says what stands against
    it that no such input touches. `is_complete` is False where the search was cut off.
    """

    outcome: Outcome
    nearest: Counterfactual | None
    approval: Counterfactual | None
    why_not: str
    offered: tuple[str, ...]
    fixed: tuple[str, ...]
    evaluations: int
    is_complete: bool


def counterfactual_document(answer: CounterfactualAnswer) -> dict[str, object]:
    """The answer as JSON has it."""
    return {
        "outcome": answer.outcome.value,
        "nearest": _document(answer.nearest),
        "approval": _document(answer.approval),
        "why_not": answer.why_not,
        "offered": list(answer.offered),
        "fixed": list(answer.fixed),
        "evaluations": answer.evaluations,
        "complete": answer.is_complete,
    }


def _document(found: Counterfactual | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "outcome": found.outcome.value,
        "distance": round(found.distance, 6),
        "changes": [
            {
                "input": change.name,
                "label": change.label,
                "before": as_text(change.before),
                "missing": change.missing.value if change.missing else None,
                "after": as_text(change.after),
                "direction": change.direction,
                "distance": round(change.distance, 6),
            }
            for change in found.changes
        ],
    }
