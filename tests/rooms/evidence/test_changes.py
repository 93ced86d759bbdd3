"""Change requests: asked, computed, questioned, signed by others, returned, stale."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from goodstanding.accounts.models import User
from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.core.errors import NotFound
from goodstanding.evidence import datasets, operations, queries
from goodstanding.evidence.datasets import Dataset, Window, register_dataset
from goodstanding.evidence.errors import (
    ChangeAlreadyOpen,
    ChangeOver,
    DatasetOfAnotherPolicy,
    EvidenceMissing,
    EvidenceRuns,
    EvidenceStale,
    NothingInForce,
    NotYourChange,
    NotYourStep,
    SignedAlready,
    SignerInvolved,
    VersionPassed,
    WordsMissing,
)
from goodstanding.evidence.models import ChangeRunEnd, SignOff
from goodstanding.evidence.types import ChangeAsked, ChangeState, ChangeSummary
from goodstanding.policies import operations as policies
from goodstanding.policies.errors import ChangeRequestMissing, StepRefused
from goodstanding.policies.models import PolicyVersion
from goodstanding.policies.queries import version_summaries
from goodstanding.policies.types import Status
from tests.instants import NOON
from tests.rooms.evidence.test_effect import ROWS
from tests.rooms.policies.conftest import VERSION_7, VERSION_8, Desk, desk

__all__ = ["desk"]
LATER = NOON + timedelta(minutes=5)
CHAIN = "sign_off: [desk_manager, model_risk_manager]\n\ninputs:"


class Book:
    """A history whose rows a test may change."""

    def __init__(self) -> None:
        self.rows = ROWS


@pytest.fixture(autouse=True)
def book(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    settings.GOODSTANDING_HOME = tmp_path
    monkeypatch.setattr(datasets, "_datasets", {})
    book = Book()
    for name, policy in (("orders", "trade_uk"), ("others", "other")):
        register_dataset(
            Dataset(
                name=name, title="Orders", policy=policy, version="1", words="Invented.",
                make=lambda: book.rows, is_live=True, as_of="day", key="key", label="bad",
                amount="amount", loss="lost", currency="GBP", everybody_was_approved=True,
                windows=(Window("all", "All", NOON.date().replace(year=2020), NOON.date()),),
            )
        )  # fmt: skip
    return book


def in_force(desk: Desk, text: str = VERSION_7) -> PolicyVersion:
    version = desk.publish(text)
    step = {"text_hash": version.text_hash, "reason": "The first"}
    policies.propose_version(**step, by=desk.author, at=NOON)
    policies.approve_version(**step, by=desk.approver, at=NOON)
    policies.activate_version(**step, by=desk.manager, at=NOON)
    return version


def asked(text_hash: str, **changes: Any) -> ChangeAsked:
    given = {"dataset": "orders", "window": "all", "why": "Late payers go bad."}
    return ChangeAsked(text_hash=text_hash, **(given | changes))


def computed(desk: Desk, text: str = VERSION_8, *, at: datetime = NOON) -> UUID:
    """A change that waits for its signature."""
    version = desk.publish(text)
    change_id = operations.keep_change(asked=asked(version.text_hash), by=desk.author, at=at)
    compute(change_id, desk, at=at)
    return change_id


def compute(change_id: UUID, desk: Desk, *, at: datetime = NOON) -> UUID:
    run_id = operations.keep_evidence_request(change_id=change_id, by=desk.author, at=at)
    assert operations.make_evidence(run_id=run_id, clock=lambda: at) == "finished"
    return run_id


def state_of(change_id: UUID, *, at: datetime = LATER) -> ChangeState:
    return queries.change_summary(change_id=change_id, at=at).state


def status_of(label: str, *, at: datetime = LATER) -> Status:
    return next(each.status for each in version_summaries(at=at) if each.label == label)


def someone(name: str, *roles: Role) -> User:
    return add_person(email=f"{name}@northwind.example", display_name=name, roles=roles)


def test_a_second_person_signs_what_was_computed_and_the_version_is_approved(desk: Desk):
    in_force(desk)
    change_id = computed(desk)
    (waiting,) = queries.changes_waiting_for(person=desk.approver, at=LATER)

    state = operations.sign_change(
        change_id=change_id, reason="Read it", by=desk.approver, at=LATER
    )

    view = queries.change_view(change_id=change_id, at=LATER)
    assert waiting.change_id == change_id
    assert state is view.summary.state is ChangeState.APPROVED
    assert (view.steps[0].by, view.steps[0].run_id) == ("Anna", view.summary.evidence_id)
    assert view.effect is not None
    assert view.effect.flips == 2
    assert status_of("8") is Status.APPROVED
    flips = queries.change_flips(run_id=view.steps[0].run_id, after="decline")
    assert flips["key"].to_list() == ["a", "c"]
    assert queries.changes_waiting_for(person=desk.approver, at=LATER) == ()


def test_asking_proposes_the_draft_and_queues_the_evidence(desk: Desk):
    in_force(desk)
    version = desk.publish(VERSION_8)

    change_id = operations.ask_for_change(asked=asked(version.text_hash), by=desk.author, at=NOON)

    job = ProcrastinateJob.objects.get(task_name=operations.MAKE_EVIDENCE)
    run_id = UUID(job.args["run_id"])
    assert state_of(change_id) is ChangeState.COMPUTING
    assert status_of("8") is Status.PROPOSED
    with pytest.raises(EvidenceRuns):
        operations.request_evidence(change_id=change_id, by=desk.author, at=LATER)
    with pytest.raises(EvidenceRuns):
        operations.sign_change(change_id=change_id, reason="Quick", by=desk.approver, at=LATER)
    operations.make_evidence(run_id=run_id, clock=lambda: LATER)
    assert state_of(change_id) is ChangeState.WAITING
    assert operations.make_evidence(run_id=run_id, clock=lambda: LATER) == "finished"


def test_what_cannot_be_asked_is_refused(desk: Desk):
    with pytest.raises(NothingInForce):
        operations.keep_change(
            asked=asked(desk.publish(VERSION_7).text_hash), by=desk.author, at=NOON
        )


REFUSED = [
    ({"why": " "}, WordsMissing),
    ({"dataset": "others"}, DatasetOfAnotherPolicy),
    ({"dataset": "none"}, datasets.DatasetUnknown),
    ({"window": "none"}, datasets.WindowUnknown),
]


def test_a_request_without_what_it_needs_is_refused(desk: Desk):
    in_force(desk)
    version = desk.publish(VERSION_8)
    for changes, refusal in REFUSED:
        with pytest.raises(refusal):
            operations.keep_change(
                asked=asked(version.text_hash, **changes), by=desk.author, at=NOON
            )
    operations.keep_change(asked=asked(version.text_hash), by=desk.author, at=NOON)
    with pytest.raises(ChangeAlreadyOpen):
        operations.keep_change(asked=asked(version.text_hash), by=desk.manager, at=LATER)


def test_who_wrote_or_asked_cannot_sign(desk: Desk):
    in_force(desk)
    both = someone("both", Role.APPROVER, Role.ANALYST)
    version = desk.publish(VERSION_8, author=both, by=both)
    change_id = operations.keep_change(asked=asked(version.text_hash), by=desk.author, at=NOON)
    run_id = compute(change_id, desk)

    with pytest.raises(SignerInvolved, match="wrote version 8"):
        operations.sign_change(change_id=change_id, reason="Mine", by=both, at=LATER)
    with pytest.raises(SignerInvolved):
        operations.return_change(change_id=change_id, reason="Mine", by=both, at=LATER)
    with pytest.raises(SignerInvolved, match="asked for the change"):
        operations.sign_change(change_id=change_id, reason="Mine", by=desk.author, at=LATER)
    for person in (both, desk.author):
        with pytest.raises(IntegrityError, match="signer_is_another"), transaction.atomic():
            SignOff.objects.create(
                change_id=change_id, step=1, role="approver", run_id=run_id, reason="Mine",
                signed_by=person, signed_at=LATER,
            )  # fmt: skip


def test_a_chain_is_signed_in_order_each_by_another_person(desk: Desk):
    in_force(desk, VERSION_7.replace("inputs:", CHAIN, 1))
    change_id = computed(desk)  # its own text names the approver alone; the chain in force holds
    maren = someone("maren", Role.MODEL_RISK_MANAGER, Role.CREDIT_RISK_MANAGER)

    with pytest.raises(NotYourStep, match="credit risk manager"):
        operations.sign_change(change_id=change_id, reason="Read", by=desk.approver, at=LATER)
    first = operations.sign_change(change_id=change_id, reason="Read", by=maren, at=LATER)
    with pytest.raises(SignedAlready):
        operations.sign_change(change_id=change_id, reason="Again", by=maren, at=LATER)
    with pytest.raises(NotYourStep):
        operations.sign_change(change_id=change_id, reason="Read", by=desk.manager, at=LATER)
    second = operations.sign_change(
        change_id=change_id, reason="Read", by=someone("mo", Role.MODEL_RISK_MANAGER), at=LATER
    )

    assert (first, second) == (ChangeState.WAITING, ChangeState.APPROVED)
    assert status_of("8") is Status.APPROVED


def test_a_step_out_of_order_or_on_older_evidence_is_refused_by_the_database(desk: Desk):
    in_force(desk)
    change_id = computed(desk)
    old = queries.change_summary(change_id=change_id, at=NOON).evidence_id
    given = {"change_id": change_id, "reason": "Read", "signed_by": desk.approver}
    compute(change_id, desk, at=NOON + timedelta(minutes=1))

    for step, run_id, name in (
        (1, old, "sign_off_on_newest_evidence"),
        (2, old, "sign_off_in_order"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            SignOff.objects.create(
                **given, step=step, role="approver", run_id=run_id, signed_at=LATER
            )


def test_stale_evidence_blocks_and_says_what_changed(desk: Desk, book: Book):
    in_force(desk)
    change_id = computed(desk)
    assert queries.what_changed(change_id=change_id, at=LATER) == ()
    book.rows = ROWS.with_columns(pl.col("bad").fill_null(1))

    with pytest.raises(EvidenceStale) as refused:
        operations.sign_change(change_id=change_id, reason="Read", by=desk.approver, at=LATER)

    assert "outcomes known 4 then, 5 now; bad outcomes 2 then, 3 now" in str(refused.value)
    assert "Run the evidence again" in str(refused.value)
    compute(change_id, desk, at=LATER)
    operations.sign_change(change_id=change_id, reason="Read again", by=desk.approver, at=LATER)
    assert state_of(change_id) is ChangeState.APPROVED


def test_a_run_that_ended_after_the_moment_of_a_look_still_runs_then(desk: Desk):
    in_force(desk)
    change_id = computed(desk)
    old = queries.change_summary(change_id=change_id, at=NOON).evidence_id
    again = operations.keep_evidence_request(change_id=change_id, by=desk.author, at=NOON)
    operations.make_evidence(run_id=again, clock=lambda: LATER)

    then = queries.change_summary(change_id=change_id, at=NOON)
    now = queries.change_summary(change_id=change_id, at=LATER)

    assert (then.evidence_id, then.is_computing) == (old, True)
    assert (now.evidence_id, now.is_computing) == (again, False)


def test_evidence_against_a_version_that_no_longer_decides_is_stale(desk: Desk):
    in_force(desk)
    change_id = computed(desk)
    other = computed(desk, VERSION_8.replace('"8"', '"9"').replace("> 29", "> 28"))
    operations.sign_change(change_id=other, reason="Read", by=desk.approver, at=LATER)
    newer = PolicyVersion.objects.get(label="9")
    policies.activate_version(text_hash=newer.text_hash, reason="Signed", by=desk.manager, at=LATER)

    (why,) = queries.what_changed(change_id=change_id, at=LATER)

    assert why == "version 9 decides now, not version 7"


def test_questions_and_answers_are_kept_in_a_thread(desk: Desk):
    in_force(desk)
    change_id = computed(desk)

    question_id = operations.ask_question(
        change_id=change_id, text="Why 29?", by=desk.approver, at=LATER
    )
    operations.answer_question(
        question_id=question_id, text="A month of 29 days.", by=desk.author, at=LATER
    )

    (question,) = queries.change_view(change_id=change_id, at=LATER).questions
    assert (question.by, question.text) == ("Anna", "Why 29?")
    assert [answer.by for answer in question.answers] == ["Ada"]
    for refused in (
        lambda: operations.ask_question(change_id=change_id, text=" ", by=desk.author, at=LATER),
        lambda: operations.answer_question(
            question_id=question_id, text="", by=desk.author, at=LATER
        ),
    ):
        with pytest.raises(WordsMissing):
            refused()
    with pytest.raises(NotFound):
        operations.answer_question(question_id=change_id, text="?", by=desk.author, at=LATER)


def test_a_returned_change_is_over_and_may_be_asked_again(desk: Desk):
    in_force(desk)
    change_id = computed(desk)

    operations.return_change(change_id=change_id, reason="Too strict", by=desk.approver, at=LATER)

    view = queries.change_view(change_id=change_id, at=LATER)
    assert view.ending is not None
    assert (view.summary.state, view.ending.by) == (ChangeState.RETURNED, "Anna")
    for act in (operations.sign_change, operations.return_change, operations.withdraw_change):
        with pytest.raises(ChangeOver):
            act(change_id=change_id, reason="Late", by=desk.approver, at=LATER)
    with pytest.raises(IntegrityError, match="sign_off_of_open_change"), transaction.atomic():
        SignOff.objects.create(
            change_id=change_id, step=1, role="approver", run_id=view.summary.evidence_id,
            reason="Late", signed_by=desk.approver, signed_at=LATER,
        )  # fmt: skip
    assert [each.change_id for each in returned(desk.author)] == [change_id]
    assert returned(desk.approver) == ()
    operations.keep_change(asked=asked(view.summary.text_hash), by=desk.author, at=LATER)
    assert returned(desk.author) == ()


def returned(person: User) -> tuple[ChangeSummary, ...]:
    return queries.changes_returned_to(person=person, at=LATER)


def test_what_was_approved_is_not_asked_again_from_shadow(desk: Desk):
    in_force(desk)
    change_id = computed(desk)
    operations.sign_change(change_id=change_id, reason="Read", by=desk.approver, at=LATER)
    text_hash = queries.change_summary(change_id=change_id, at=LATER).text_hash
    policies.shadow_version(text_hash=text_hash, reason="Look", by=desk.manager, at=LATER)

    with pytest.raises(VersionPassed, match="is approved"):
        operations.keep_change(asked=asked(text_hash), by=desk.author, at=LATER)


def test_only_who_asked_or_wrote_withdraws(desk: Desk):
    in_force(desk)
    change_id = computed(desk)

    with pytest.raises(NotYourChange):
        operations.withdraw_change(change_id=change_id, reason="No", by=desk.approver, at=LATER)
    with pytest.raises(WordsMissing):
        operations.withdraw_change(change_id=change_id, reason=" ", by=desk.author, at=LATER)
    operations.withdraw_change(change_id=change_id, reason="Not now", by=desk.author, at=LATER)

    assert state_of(change_id) is ChangeState.WITHDRAWN


def test_a_failed_run_keeps_why_and_signs_nothing(desk: Desk, book: Book):
    in_force(desk)
    version = desk.publish(VERSION_8)
    change_id = operations.keep_change(asked=asked(version.text_hash), by=desk.author, at=NOON)
    with pytest.raises(EvidenceMissing):
        operations.sign_change(change_id=change_id, reason="Read", by=desk.approver, at=LATER)
    book.rows = ROWS.drop("amount")
    run_id = operations.keep_evidence_request(change_id=change_id, by=desk.author, at=NOON)

    assert operations.make_evidence(run_id=run_id, clock=lambda: NOON) == "failed"

    end = ChangeRunEnd.objects.get(run_id=run_id)
    assert "no column amount" in end.message
    assert state_of(change_id) is ChangeState.FAILED


def test_a_version_beside_a_champion_is_approved_by_its_change_alone(desk: Desk):
    in_force(desk)
    version = desk.publish(VERSION_8)
    step = {"text_hash": version.text_hash, "reason": "Quick"}
    policies.propose_version(**step, by=desk.author, at=NOON)

    with pytest.raises(ChangeRequestMissing):
        policies.approve_version(**step, by=desk.approver, at=NOON)
    with pytest.raises(StepRefused):
        policies.activate_version(**step, by=desk.manager, at=NOON)

    change_id = operations.keep_change(asked=asked(version.text_hash), by=desk.author, at=NOON)
    compute(change_id, desk)
    operations.sign_change(change_id=change_id, reason="Read", by=desk.approver, at=LATER)
    policies.activate_version(**step, by=desk.manager, at=LATER)
    with pytest.raises(VersionPassed):
        operations.keep_change(
            asked=asked(PolicyVersion.objects.get(label="7").text_hash), by=desk.author, at=LATER
        )
