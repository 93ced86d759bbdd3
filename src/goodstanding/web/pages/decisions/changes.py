"""What would have changed a decision, in the words of a page or of a notice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from goodstanding.policies.engine.counterfactual_answer import (
    Change,
    Counterfactual,
    CounterfactualAnswer,
)
from goodstanding.policies.engine.evaluation import Value, as_text
from goodstanding.web.pages.decisions.letters import Words


@dataclass(frozen=True, slots=True)
class ChangeInWords:
    """One input: what it would have had to be, and what it was."""

    label: str
    needed: str
    was: str


@dataclass(frozen=True, slots=True)
class WayOut:
    """A set of changes, the outcome that they lead to, and how far they are."""

    outcome: str
    changes: list[ChangeInWords]
    distance: float


def ways_out(
    answer: CounterfactualAnswer, words: Words, number: Callable[[str], str]
) -> list[WayOut]:
    """The nearest milder outcome, and the nearest approval where that is another one.

    `number` writes an exact number in the reader's language.
    """
    found = filter(None, (answer.nearest, answer.approval))
    return [_way_out(item, words, number) for item in found]


def _way_out(found: Counterfactual, words: Words, number: Callable[[str], str]) -> WayOut:
    return WayOut(
        words["would"].format(outcome=words[f"outcome_{found.outcome.value}"]),
        [_in_words(change, words, number) for change in found.changes],
        found.distance,
    )


def _in_words(change: Change, words: Words, number: Callable[[str], str]) -> ChangeInWords:
    after = _value(change.after, words, number)
    needed = {"increase": words["at_least"], "decrease": words["at_most"]}.get(
        change.direction, "{value}"
    )
    was = words["not_given"] if change.missing else _value(change.before, words, number)
    return ChangeInWords(
        change.label[:1].upper() + change.label[1:], needed.format(value=after), was
    )


def _value(value: Value | None, words: Words, number: Callable[[str], str]) -> str:
    if isinstance(value, bool):
        return words["yes" if value else "no"]
    text = str(as_text(value))
    return text.replace("_", " ") if isinstance(value, str) else _numbers(value, text, number)


def _numbers(value: Value | None, text: str, number: Callable[[str], str]) -> str:
    return text if value is None or isinstance(value, float | date) else number(text)
