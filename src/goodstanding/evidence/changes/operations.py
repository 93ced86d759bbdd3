"""Ask for a change, compute its evidence, discuss, sign, return, withdraw."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import polars as pl
from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app
from psycopg import Error as DatabaseError

from goodstanding.accounts.queries import roles_of
from goodstanding.core.audit import write_audit
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.locks import lock_record
from goodstanding.evidence.changes.effect import Maker, effect_of, frozen_cases
from goodstanding.evidence.changes.effect_figures import Effect
from goodstanding.evidence.changes.flips import told_flips
from goodstanding.evidence.changes.models import (
    ChangeAnswer,
    ChangeProgress,
    ChangeQuestion,
    ChangeRequest,
    ChangeReturn,
    ChangeRun,
    ChangeRunEnd,
    ChangeWithdrawal,
    SignOff,
)
from goodstanding.evidence.changes.queries import (
    cases_of,
    change_flips_path,
    change_summary,
    changes,
    code_version,
    digest_of,
    effect_of_run,
    queue_terms,
    what_changed,
)
from goodstanding.evidence.changes.types import ChangeAsked, ChangeState, ChangeSummary
from goodstanding.evidence.datasets import dataset_named
from goodstanding.evidence.errors import (
    ChangeAlreadyOpen,
    ChangeOver,
    DatasetOfAnotherPolicy,
    EvidenceMissing,
    EvidenceRuns,
    EvidenceSpeaksAgainst,
    EvidenceStale,
    NothingInForce,
    NotYourChange,
    NotYourStep,
    SignedAlready,
    SignerInvolved,
    VersionPassed,
    WordsMissing,
)
from goodstanding.policies.operations import approve_version, propose_version
from goodstanding.policies.queries import (
    active_version,
    compiled,
    history_of,
    version_of,
    version_summaries,
)
from goodstanding.policies.types import Person, Status, VersionSummary

MAKE_EVIDENCE = "evidence.make_change_evidence"
PROGRESS_EVERY_SECONDS = 0.5
ASKABLE = {Status.DRAFT, Status.PROPOSED, Status.SHADOW}
FINISHED, FAILED = "finished", "failed"
Clock = Callable[[], datetime]


@transaction.atomic
def ask_for_change(*, asked: ChangeAsked, by: Person, at: datetime) -> UUID:
    """Ask that a version replaces the one in force, and queue its evidence; returns the id.

    A draft or a shadow that was never proposed is proposed with it. The chain of signatures is
    that of the version in force: a text cannot shorten the way to its own approval.
    Raises VersionUnknown, DatasetUnknown, WindowUnknown, DatasetOfAnotherPolicy, NothingInForce,
    VersionPassed, ChangeAlreadyOpen, WordsMissing, NotReady.
    """
    change_id = keep_change(asked=asked, by=by, at=at)
    request_evidence(change_id=change_id, by=by, at=at)
    return change_id


@transaction.atomic
def keep_change(*, asked: ChangeAsked, by: Person, at: datetime) -> UUID:
    """Keep the request without computing anything yet; raises as `ask_for_change`."""
    version = version_of(text_hash=asked.text_hash)
    lock_record(version.id)
    if not asked.why.strip():
        raise WordsMissing(field="why", what="A change request")
    dataset = dataset_named(asked.dataset)
    dataset.window(asked.window)
    if dataset.policy != version.name:
        raise DatasetOfAnotherPolicy(
            field="dataset", dataset=dataset.name, wanted=dataset.policy, policy=version.name
        )
    champion = active_version(name=version.name, at=at)
    if champion is None:
        raise NothingInForce(policy=version.name)
    _require_askable(version.name, version.text_hash, at=at, by=by, why=asked.why)
    against = version_of(text_hash=champion.text_hash)
    change = ChangeRequest.objects.create(
        policy_name=version.name,
        version=version,
        against=against,
        why=asked.why.strip(),
        dataset=dataset.name,
        window=asked.window,
        sign_off=list(compiled(against.text_hash).definition.sign_off),
        is_demonstration=asked.is_demonstration,
        requested_by_id=by.id,
        requested_at=at,
    )
    _keep(
        "ask_for_change", change.id, by=by, at=at, policy=version.name, label=version.label,
        against=against.label, dataset=dataset.name, window=asked.window,
    )  # fmt: skip
    return change.id


def _require_askable(
    name: str, text_hash: str, *, at: datetime, by: Person, why: str
) -> VersionSummary:
    """The version as it stands; a draft is proposed."""
    version = next(
        each for each in version_summaries(at=at, name=name) if each.text_hash == text_hash
    )
    if version.status not in ASKABLE:
        raise VersionPassed(label=version.label, status=version.status.value)
    if _was(Status.APPROVED, name, version.label):
        raise VersionPassed(label=version.label, status=Status.APPROVED.value)
    if any(
        each.text_hash == text_hash and not each.state.is_over
        for each in changes(at=at, policy=name)
    ):
        raise ChangeAlreadyOpen(label=version.label)
    if not _was(Status.PROPOSED, name, version.label):
        propose_version(text_hash=text_hash, reason=why, by=by, at=at)
    return version


def _was(status: Status, name: str, label: str) -> bool:
    """Whether the version ever was in a status."""
    steps = history_of(name=name)
    return any(step.label == label and step.status is status for step in steps)


@transaction.atomic
def request_evidence(*, change_id: UUID, by: Person, at: datetime) -> UUID:
    """Queue the evidence of a change, for the first time or again; returns the run's id.

    Raises NotFound, ChangeOver, EvidenceRuns.
    """
    run_id = keep_evidence_request(change_id=change_id, by=by, at=at)
    app.configure_task(MAKE_EVIDENCE).defer(run_id=str(run_id))
    return run_id


@transaction.atomic
def keep_evidence_request(*, change_id: UUID, by: Person, at: datetime) -> UUID:
    """Keep that evidence is asked without queueing it: who calls runs it by `make_evidence`."""
    summary = _open_change(change_id, at=at)
    if summary.is_computing:
        raise EvidenceRuns
    run = ChangeRun.objects.create(change_id=change_id, requested_by_id=by.id, requested_at=at)
    _keep("request_change_evidence", change_id, by=by, at=at, run=str(run.id))
    return run.id


def make_evidence(*, run_id: UUID, clock: Clock) -> str:
    """Compute the evidence of a run and keep how it ended; an ended run is left as it is.

    Returns `finished` or `failed`. A refusal or a surprise is kept; a surprise is raised as well.
    """
    run = ChangeRun.objects.select_related("change__version", "change__against").filter(id=run_id)
    found = run.first()
    if found is None:
        raise NotFound(what="run of evidence", key=str(run_id))
    ended = ChangeRunEnd.objects.filter(run_id=run_id).first()
    if ended is not None:
        return ended.state
    work = _Work(found, clock)
    try:
        return work.finish()
    except Refusal as refusal:
        return work.fail(str(refusal))
    except Exception as surprise:
        work.fail(f"{type(surprise).__name__}: {surprise}"[:2000])
        raise


class _Work:
    """One run while it goes on."""

    def __init__(self, run: ChangeRun, clock: Clock) -> None:
        self._run, self._clock = run, clock
        self._started = time.monotonic()
        self._told_at = float("-inf")
        self._flips: list[pl.DataFrame] = []

    def finish(self) -> str:
        change, at = self._run.change, self._clock()
        policy = compiled(change.version.text_hash)
        against = compiled(change.against.text_hash)
        cases = frozen_cases(cases_of(dataset=change.dataset, window=change.window))
        effect = effect_of(
            policy,
            against,
            cases,
            maker=Maker(code_version=code_version(), at=at, queues=queue_terms(at=at)),
            keep_flips=self._flips.append,
            tell=self._tell,
        )
        flips, digest = self._keep_flips(told_flips(pl.concat(self._flips), policy, against, cases))
        self._end(
            FINISHED,
            document=msgspec.to_builtins(effect),
            data_fingerprint=effect.data.fingerprint,
            code_version=effect.code_version,
            flips=flips,
            flips_digest=digest,
        )
        return FINISHED

    def fail(self, message: str) -> str:
        """Keep that it failed, and why."""
        self._end(FAILED, message=message)
        return FAILED

    def _end(self, state: str, **more: Any) -> None:
        ChangeRunEnd.objects.create(
            run=self._run,
            state=state,
            seconds=time.monotonic() - self._started,
            ended_at=self._clock(),
            **more,
        )

    def _tell(self, done: int, total: int) -> None:
        if done < total and time.monotonic() - self._told_at < PROGRESS_EVERY_SECONDS:
            return
        self._told_at = time.monotonic()
        ChangeProgress.objects.create(
            run=self._run, rows_done=done, rows_total=total, reached_at=self._clock()
        )

    def _keep_flips(self, flips: pl.DataFrame) -> tuple[int, str]:
        path = change_flips_path(run_id=self._run.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        flips.write_parquet(draft)
        draft.replace(path)
        return flips.height, digest_of(path)


@transaction.atomic
def ask_question(*, change_id: UUID, text: str, by: Person, at: datetime) -> UUID:
    """Ask about a change; raises NotFound, WordsMissing. Questions stay after the end too."""
    change_summary(change_id=change_id, at=at)
    if not text.strip():
        raise WordsMissing(field="text", what="A question")
    question = ChangeQuestion.objects.create(
        change_id=change_id, text=text.strip(), asked_by_id=by.id, asked_at=at
    )
    _keep("ask_about_change", change_id, by=by, at=at, question=str(question.id))
    return question.id


@transaction.atomic
def answer_question(*, question_id: UUID, text: str, by: Person, at: datetime) -> None:
    """Answer a question; raises NotFound, WordsMissing."""
    question = ChangeQuestion.objects.filter(id=question_id).first()
    if question is None:
        raise NotFound(what="question about a change", key=str(question_id))
    if not text.strip():
        raise WordsMissing(field="text", what="An answer")
    ChangeAnswer.objects.create(
        question=question, text=text.strip(), answered_by_id=by.id, answered_at=at
    )
    _keep("answer_about_change", question.change_id, by=by, at=at, question=str(question_id))


@transaction.atomic
def sign_change(*, change_id: UUID, reason: str, by: Person, at: datetime) -> ChangeState:
    """Sign the next step; the last signature approves the version.

    Raises ChangeOver, EvidenceMissing, EvidenceRuns, SignerInvolved, NotYourStep, SignedAlready,
    WordsMissing, EvidenceSpeaksAgainst, and EvidenceStale where the effect, looked at again on
    the data of now, is no longer what was computed.
    """
    summary = _open_change(change_id, at=at)
    if not reason.strip():
        raise WordsMissing(field="reason", what="A signature")
    effect = _evidence_of(summary)
    _require_signer(summary, by)
    _require_sound(effect)
    changed = what_changed(change_id=change_id, at=at)
    if changed:
        raise EvidenceStale(what="; ".join(changed))
    with _told_apart(by, summary):
        SignOff.objects.create(
            change_id=change_id,
            step=summary.signed + 1,
            role=summary.sign_off[summary.signed],
            run_id=summary.evidence_id,
            reason=reason.strip(),
            signed_by_id=by.id,
            signed_at=at,
        )
    _keep(
        "sign_change", change_id, by=by, at=at, step=summary.signed + 1,
        run=str(summary.evidence_id), fingerprint=effect.data.fingerprint,
    )  # fmt: skip
    if summary.signed + 1 < len(summary.sign_off):
        return ChangeState.WAITING
    approve_version(text_hash=summary.text_hash, reason=reason, by=by, at=at, change_id=change_id)
    return ChangeState.APPROVED


@transaction.atomic
def return_change(*, change_id: UUID, reason: str, by: Person, at: datetime) -> None:
    """Send a change back, and say why; the request is over.

    Raises ChangeOver, SignerInvolved, NotYourStep, WordsMissing.
    """
    summary = _open_change(change_id, at=at)
    if not reason.strip():
        raise WordsMissing(field="reason", what="A return")
    _require_signer(summary, by)
    with _told_apart(by, summary):
        ChangeReturn.objects.create(
            change_id=change_id, reason=reason.strip(), returned_by_id=by.id, returned_at=at
        )
    _keep("return_change", change_id, by=by, at=at, reason=reason.strip())


@transaction.atomic
def withdraw_change(*, change_id: UUID, reason: str, by: Person, at: datetime) -> None:
    """Take a request back, as who asked or who wrote. Raises ChangeOver, NotYourChange."""
    summary = _open_change(change_id, at=at)
    if by.id not in {summary.requested_by_id, summary.author_id}:
        raise NotYourChange(who=by.display_name, asker=summary.requested_by)
    if not reason.strip():
        raise WordsMissing(field="reason", what="A withdrawal")
    ChangeWithdrawal.objects.create(
        change_id=change_id, reason=reason.strip(), withdrawn_by_id=by.id, withdrawn_at=at
    )
    _keep("withdraw_change", change_id, by=by, at=at, reason=reason.strip())


def _open_change(change_id: UUID, *, at: datetime) -> ChangeSummary:
    lock_record(change_id)
    summary = change_summary(change_id=change_id, at=at)
    if summary.state.is_over:
        raise ChangeOver(state=summary.state.value)
    return summary


def _evidence_of(summary: ChangeSummary) -> Effect:
    if summary.is_computing:
        raise EvidenceRuns
    if summary.evidence_id is None:
        raise EvidenceMissing
    return effect_of_run(run_id=summary.evidence_id)


def _require_signer(summary: ChangeSummary, by: Person) -> None:
    if by.id == summary.author_id:
        raise SignerInvolved(who=by.display_name, did=f"wrote version {summary.label}")
    if by.id == summary.requested_by_id:
        raise SignerInvolved(who=by.display_name, did="asked for the change")
    if SignOff.objects.filter(change_id=summary.change_id, signed_by_id=by.id).exists():
        raise SignedAlready(who=by.display_name)
    role = summary.next_role
    if role is not None and role not in roles_of(by):
        raise NotYourStep(role=role.label.lower(), who=by.display_name)


def _require_sound(effect: Effect) -> None:
    if effect.parity.differ:
        what = f"{effect.parity.differ:,} of {effect.parity.rows:,} cases differ between engines"
        raise EvidenceSpeaksAgainst(what=what)
    if effect.tests.failed:
        raise EvidenceSpeaksAgainst(what=f"the test {effect.tests.failed[0]!r} fails")


class _told_apart(AbstractContextManager[None]):  # noqa: N801 - read as a statement
    """Turns what the database refuses into our refusals."""

    def __init__(self, by: Person, summary: ChangeSummary) -> None:
        self._by, self._summary = by, summary
        self._savepoint = transaction.atomic()

    def __enter__(self) -> None:
        self._savepoint.__enter__()

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        self._savepoint.__exit__(kind, value, trace)
        if not isinstance(value, IntegrityError):
            return
        cause = value.__cause__
        name = cause.diag.constraint_name if isinstance(cause, DatabaseError) else None
        if name in {"signer_is_another", "returner_is_another"}:
            raise SignerInvolved(who=self._by.display_name, did="wrote or asked") from value
        if name == "each_signs_once":
            raise SignedAlready(who=self._by.display_name) from value


def _keep(action: str, change_id: UUID, *, by: Person, at: datetime, **detail: object) -> None:
    write_audit(
        actor=by.email,
        action=action,
        object_kind="change_request",
        object_id=change_id,
        at=at,
        detail=detail,
    )
