"""Two finished change requests of the demonstration: real figures, invented people.

A higher line for loans, signed; and registrations whose link is a shared phone alone, no more
looked at, returned. The version that was signed is not activated: what decides in the
demonstration stays as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

from goodstanding.core.time import utc_now
from goodstanding.evidence import operations as evidence
from goodstanding.evidence.queries import change_view
from goodstanding.evidence.types import ChangeAsked, Effect
from goodstanding.policies.operations import publish_version
from goodstanding.policies.types import Person
from goodstanding.samples.people import sample_person

READING = timedelta(seconds=1)
Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleChange:
    """A change of a shipped policy: what is put in place of what, who asks, who signs."""

    desk: str
    policy: str
    label: str
    old: str
    new: str
    dataset: str
    window: str
    why: str
    asker: str
    question: str
    answer: Callable[[Effect], str]
    verdict: str
    is_signed: bool


def _without_outcome(effect: Effect) -> str:
    weak, swapped = effect.resting_on_models
    load = effect.queues[0]
    hours = (load.hours_after or 0.0) - (load.hours_before or 0.0)
    return (
        f"{weak:,} of {swapped:,}; they widen the interval by their whole exposure. Every one is"
        f" referred, none declined: {hours:.1f} hours of underwriting more a week."
    )


def _who_is_let_through(effect: Effect) -> str:
    (stopped_before, stopped), (through_before, through) = (
        effect.wrongly_stopped,
        effect.let_through,
    )
    return (
        f"Honest sellers who are not started at once go from {stopped_before:,} to {stopped:,};"
        f" guilty ones who are, from {through_before:,} to {through:,}."
    )


CHANGES = (
    SampleChange(
        desk="credit",
        policy="sba_underwriting",
        label="1.1",
        old="value: 572",
        new="value: 582",
        dataset="sba_loans",
        window="2005_2006",
        why="Loans just above the line were written off more often than the line allows.",
        asker="carla@demo.example",
        question="How many of those who lose their approval have no outcome yet?",
        answer=_without_outcome,
        verdict="The write-offs avoided are worth the hours; the interval leaves out zero.",
        is_signed=True,
    ),
    SampleChange(
        desk="sellers",
        policy="registration",
        label="1.1",
        old='maybe_linked: {type: "DECIMAL(8,4)", value: "3.3200"',
        new='maybe_linked: {type: "DECIMAL(8,4)", value: "6.0000"',
        dataset="registrations",
        window="all",
        why="A shared phone number alone sends honest sellers to a specialist.",
        asker="sam@demo.example",
        question="Does this let anybody through who should be stopped?",
        answer=_who_is_let_through,
        verdict=(
            "A guilty seller more would start at once, for half an hour of work a week. Keep the"
            " phone number, and ask for a second sign beside it."
        ),
        is_signed=False,
    ),
)


def finish_changes(*, at: datetime, say: Say) -> dict[str, Any]:
    """Publish both versions, ask for them, compute their evidence, discuss, end."""
    ended: list[str] = []
    for number, change in enumerate(CHANGES, start=1):
        ended.append(str(_finish(change, at=at)))
        say(number, len(CHANGES))
    return {"changes": ended}


def _finish(change: SampleChange, *, at: datetime) -> UUID:
    author, approver = sample_person("dev@demo.example"), sample_person("olga@demo.example")
    asker = sample_person(change.asker)
    text_hash = _published(change, author=author, at=at)
    asked = ChangeAsked(
        text_hash=text_hash, dataset=change.dataset, window=change.window, why=change.why,
        is_demonstration=True,
    )  # fmt: skip
    change_id = evidence.keep_change(asked=asked, by=asker, at=at)
    run_id = evidence.keep_evidence_request(change_id=change_id, by=asker, at=at)
    evidence.make_evidence(run_id=run_id, clock=utc_now)
    now = utc_now()
    effect = change_view(change_id=change_id, at=now).effect
    if effect is None:
        raise RuntimeError(f"the evidence of {change.policy} was not made")
    question = evidence.ask_question(change_id=change_id, text=change.question, by=approver, at=now)
    answered = now + READING
    evidence.answer_question(
        question_id=question, text=change.answer(effect), by=asker, at=answered
    )
    end = evidence.sign_change if change.is_signed else evidence.return_change
    end(change_id=change_id, reason=change.verdict, by=approver, at=answered + READING)
    return change_id


def _published(change: SampleChange, *, author: Person, at: datetime) -> str:
    folder = files(f"goodstanding.{change.desk}") / "policies"
    text = (folder / f"{change.policy}.yaml").read_text("utf-8")
    if change.old not in text:
        raise RuntimeError(f"{change.policy} no longer says {change.old}")
    changed = text.replace(change.old, change.new, 1).replace(
        'version: "1"', f'version: "{change.label}"', 1
    )
    version = publish_version(text=changed, artefacts={}, author=author, by=author, at=at)
    return version.text_hash
