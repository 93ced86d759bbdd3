"""Read change requests: states, evidence, threads, chains, and what made evidence stale."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist

from goodstanding.accounts.queries import roles_of
from goodstanding.cases.queries import queues
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.named_sql import named_sql
from goodstanding.evidence.changes.effect import Cases, data_state, frozen_cases
from goodstanding.evidence.changes.effect_figures import DataState, Effect, QueueTerms
from goodstanding.evidence.changes.models import (
    ChangeAnswer,
    ChangeProgress,
    ChangeQuestion,
    ChangeReturn,
    ChangeRunEnd,
    ChangeWithdrawal,
    SignOff,
)
from goodstanding.evidence.changes.types import (
    Answered,
    ChangeEnding,
    ChangeState,
    ChangeSummary,
    ChangeView,
    Question,
    SignStep,
    role_of,
)
from goodstanding.evidence.datasets import dataset_named, history_of
from goodstanding.policies.queries import active_version
from goodstanding.policies.types import Person
from goodstanding.team.queries import people_of_queue, roster_minutes

ROSTER_WEEKS = 4


def changes(*, at: datetime, policy: str | None = None) -> tuple[ChangeSummary, ...]:
    """Change requests of a policy or of all, latest first, as they stand at an instant."""
    given = {"as_of": at, "policy": policy, "change_id": None}
    return tuple(map(_summary, named_sql("evidence", "changes").rows(given)))


def change_summary(*, change_id: UUID, at: datetime) -> ChangeSummary:
    """One change request; raises NotFound."""
    given = {"as_of": at, "policy": None, "change_id": change_id}
    rows = named_sql("evidence", "changes").rows(given)
    if not rows:
        raise NotFound(what="change request", key=str(change_id))
    return _summary(rows[0])


def changes_waiting_for(*, person: Person, at: datetime) -> tuple[ChangeSummary, ...]:
    """Change requests whose next signature this person may give, the oldest first."""
    roles = set(roles_of(person))
    signed = set(SignOff.objects.filter(signed_by_id=person.id).values_list("change_id", flat=True))
    return tuple(
        each
        for each in reversed(changes(at=at))
        if each.state is ChangeState.WAITING
        and each.next_role in roles
        and person.id not in {each.author_id, each.requested_by_id}
        and each.change_id not in signed
    )


def changes_returned_to(*, person: Person, at: datetime) -> tuple[ChangeSummary, ...]:
    """Returned requests that this person wrote or asked for, until asked anew for that policy."""
    latest: dict[str, ChangeSummary] = {}
    for each in changes(at=at):
        if person.id in {each.author_id, each.requested_by_id}:
            known = latest.get(each.policy)
            if known is None or known.requested_at < each.requested_at:
                latest[each.policy] = each
    return tuple(each for each in latest.values() if each.state is ChangeState.RETURNED)


def change_view(*, change_id: UUID, at: datetime) -> ChangeView:
    """One change request with its newest evidence; raises NotFound."""
    summary = change_summary(change_id=change_id, at=at)
    end = ChangeRunEnd.objects.filter(run_id=summary.evidence_id).first()
    progress = (
        ChangeProgress.objects.filter(run_id=summary.latest_run_id).order_by("-rows_done").first()
    )
    return ChangeView(
        summary=summary,
        effect=effect_of_run(run_id=end.run_id) if end else None,
        seconds=end.seconds if end else None,
        rows_done=progress.rows_done if progress else 0,
        rows_total=progress.rows_total if progress else 0,
        questions=tuple(_questions(change_id, at)),
        steps=tuple(_steps(summary, at)),
        ending=_ending(change_id, summary.state),
    )


def effect_of_run(*, run_id: UUID) -> Effect:
    """The evidence that a run made; raises NotFound unless it finished."""
    end = ChangeRunEnd.objects.filter(run_id=run_id, state="finished").first()
    if end is None:
        raise NotFound(what="evidence of a change, run", key=str(run_id))
    return Effect.from_json(json.dumps(end.document))


def change_flips_path(*, run_id: UUID) -> Path:
    """Where the flipped cases of a run are kept."""
    return Path(settings.GOODSTANDING_HOME) / "changes" / f"{run_id}.parquet"


def change_flips(
    *, run_id: UUID, before: str | None = None, after: str | None = None
) -> pl.DataFrame:
    """The flipped cases under a change's evidence.

    Raises NotFound where none were kept, or where the file is not the one that was made.
    """
    end = ChangeRunEnd.objects.filter(run_id=run_id, state="finished").first()
    path = change_flips_path(run_id=run_id)
    if end is None or not path.exists() or digest_of(path) != end.flips_digest:
        raise NotFound(what="list of flipped cases of evidence", key=str(run_id))
    rows = pl.scan_parquet(path)
    for column, wanted in (("before", before), ("after", after)):
        if wanted is not None:
            rows = rows.filter(pl.col(column) == wanted)
    return rows.collect()


def flips_tell(*, run_id: UUID) -> frozenset[str]:
    """The columns that the flipped cases of a run have; none where no list was kept."""
    path = change_flips_path(run_id=run_id)
    return frozenset(pl.read_parquet_schema(path)) if path.exists() else frozenset()


def digest_of(path: Path) -> str:
    """The sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def what_changed(*, change_id: UUID, at: datetime) -> tuple[str, ...]:
    """Why the newest evidence is stale, in words; empty while it holds.

    The rows of the history are read again as they are now and their fingerprint is compared;
    the computation has no other input than these rows, both texts, the code and the queues'
    standard minutes, which are compared too.
    """
    view = change_view(change_id=change_id, at=at)
    effect, summary = view.effect, view.summary
    if effect is None:
        return ()
    return tuple(_reasons_of_staleness(summary, effect, at))


def _reasons_of_staleness(summary: ChangeSummary, effect: Effect, at: datetime) -> Iterator[str]:
    champion = active_version(name=summary.policy, at=at)
    if champion is None or champion.text_hash != summary.against_hash:
        now = f"version {champion.label}" if champion else "no version"
        yield f"{now} decides now, not version {summary.against_label}"
    if effect.code_version != code_version():
        yield f"it was computed by release {effect.code_version}, and this is {code_version()}"
    try:
        now = data_state(frozen_cases(cases_of(dataset=summary.dataset, window=summary.window)))
    except Refusal as refusal:
        yield f"its cases cannot be read any more ({refusal.message.rstrip('.')})"
    else:
        yield from _moved_data(effect.data, now)
    known = queue_terms(at=at)
    for load in effect.queues:
        terms = known.get(load.code)
        if load.queue and terms and load.queue.standard_minutes != terms.standard_minutes:
            yield (
                f"a case of {terms.title} takes {terms.standard_minutes} standard minutes now,"
                f" not {load.queue.standard_minutes}"
            )


def _moved_data(then: DataState, now: DataState) -> Iterator[str]:
    if then.fingerprint == now.fingerprint:
        return
    moved = [
        f"{words} {getattr(then, name):,} then, {getattr(now, name):,} now"
        for name, words in (
            ("rows", "cases"),
            ("labelled", "outcomes known"),
            ("bads", "bad outcomes"),
            ("loss", "written off"),
            ("amount", "exposure"),
        )
        if getattr(then, name) != getattr(now, name)
    ]
    yield "the cases changed (" + ("; ".join(moved) or "values of some were corrected") + ")"


def code_version() -> str:
    """The release of the code that computes."""
    return installed_version("goodstanding")


def cases_of(*, dataset: str, window: str) -> Cases:
    """A window of a declared history as an effect reads it; raises what `history_of` raises."""
    declared = dataset_named(dataset)
    folder = Path(settings.GOODSTANDING_HOME) / "datasets"
    return Cases(
        dataset=dataset,
        window=window,
        history=history_of(declared, window=window, folder=folder),
        segments=declared.segments,
        propensity=declared.propensity,
        lgd=declared.lgd,
    )


def queue_terms(*, at: datetime) -> dict[str, QueueTerms]:
    """Every queue with its standard minutes, and the roster of its people in the weeks ahead."""
    until = at + timedelta(weeks=ROSTER_WEEKS)
    found: dict[str, QueueTerms] = {}
    for queue in queues():
        people = [person.id for person in people_of_queue(queue_code=queue.code, at=at)]
        minutes = sum(roster_minutes(person_ids=people, since=at, until=until).values())
        found[queue.code] = QueueTerms(
            code=queue.code,
            title=queue.title,
            standard_minutes=queue.standard_minutes,
            roster_minutes_a_week=minutes // ROSTER_WEEKS if minutes else None,
        )
    return found


def _summary(row: dict[str, Any]) -> ChangeSummary:
    chain: list[str] = json.loads(row["sign_off"])  # Django's cursor leaves it as text
    columns: dict[str, Any] = row | {
        "state": ChangeState(row["state"]),
        "sign_off": tuple(chain),
    }
    return ChangeSummary(**columns)


def _questions(change_id: UUID, at: datetime) -> Iterator[Question]:
    rows = ChangeQuestion.objects.filter(change_id=change_id, asked_at__lte=at)
    for row in rows.select_related("asked_by").order_by("asked_at", "id"):
        found = ChangeAnswer.objects.filter(question=row, answered_at__lte=at)
        yield Question(
            question_id=row.id,
            text=row.text,
            by=row.asked_by.display_name,
            at=row.asked_at,
            answers=tuple(
                Answered(text=each.text, by=each.answered_by.display_name, at=each.answered_at)
                for each in found.select_related("answered_by").order_by("answered_at", "id")
            ),
        )


def _steps(summary: ChangeSummary, at: datetime) -> Iterator[SignStep]:
    rows = SignOff.objects.filter(change_id=summary.change_id, signed_at__lte=at)
    signed = {row.step: row for row in rows.select_related("signed_by")}
    for step, signer in enumerate(summary.sign_off, start=1):
        empty = SignStep(step=step, role=role_of(signer, desk=summary.desk))
        row = signed.get(step)
        yield (
            empty
            if row is None
            else replace(
                empty,
                by=row.signed_by.display_name,
                reason=row.reason,
                at=row.signed_at,
                run_id=row.run_id,
            )
        )


def _ending(change_id: UUID, state: ChangeState) -> ChangeEnding | None:
    if state is ChangeState.RETURNED:
        sent = ChangeReturn.objects.select_related("returned_by").get(change_id=change_id)
        return ChangeEnding(
            reason=sent.reason, by=sent.returned_by.display_name, at=sent.returned_at
        )
    if state is not ChangeState.WITHDRAWN:
        return None
    try:
        row = ChangeWithdrawal.objects.select_related("withdrawn_by").get(change_id=change_id)
    except ObjectDoesNotExist as absent:
        raise NotFound(what="withdrawal of change", key=str(change_id)) from absent
    return ChangeEnding(reason=row.reason, by=row.withdrawn_by.display_name, at=row.withdrawn_at)
