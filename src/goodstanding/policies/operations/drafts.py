"""Keep drafts of the next version: every state stays, so nothing that was typed is lost."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.ids import new_id
from goodstanding.policies.engine import read_policy
from goodstanding.policies.engine.rule_edits import set_version
from goodstanding.policies.errors import DraftChanged, DraftEnded, FirstTextThere
from goodstanding.policies.models import DraftText
from goodstanding.policies.operations.versions import publish_version
from goodstanding.policies.queries import draft_states, version_of, version_summaries
from goodstanding.policies.types import DraftState, DraftStep, Person


@transaction.atomic
def begin_draft(*, base_hash: str, text: str, words: str, by: Person, at: datetime) -> UUID:
    """Begin a draft from a published version; `text` is the first state, which may differ from it.

    Raises VersionUnknown.
    """
    base = version_of(text_hash=base_hash)
    draft_id = new_id()
    first = DraftState(
        draft_id=draft_id, number=1, name=base.name, base_hash=base_hash, text=text,
        step=DraftStep.BEGUN, words=words, written_by=by.display_name, written_at=at,
    )  # fmt: skip
    _keep(first, by=by)
    return draft_id


@transaction.atomic
def begin_policy(*, text: str, by: Person, at: datetime) -> UUID:
    """Keep the first text of a policy as a version that decides nothing; begin a draft of the next.

    The draft is version 1. Raises what `publish_version` raises, and FirstTextThere where the
    policy has a version already.
    """
    name = read_policy(text).name
    if version_summaries(at=at, name=name):
        raise FirstTextThere(field="policy", name=name)
    version = publish_version(text=text, artefacts={}, author=by, by=by, at=at)
    return begin_draft(
        base_hash=version.text_hash, text=set_version(text, "1"), words="begun as a new policy",
        by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def save_draft(
    *, draft_id: UUID, number: int, text: str, words: str, by: Person, at: datetime
) -> None:
    """Keep a further state, made from state `number`. A text that is the same is not kept.

    Raises NotFound, DraftEnded, and DraftChanged where another state came in between.
    """
    latest = _latest(draft_id, number=number)
    if text != latest.text:
        _follow(latest, text=text, step=DraftStep.CHANGED, words=words, by=by, at=at)


@transaction.atomic
def restore_draft(*, draft_id: UUID, number: int, by: Person, at: datetime) -> None:
    """Bring the text of an earlier state back, as a new state. Raises NotFound, DraftEnded."""
    states = draft_states(draft_id=draft_id)
    latest = _latest(draft_id, number=states[0].number)
    wanted = next((state for state in states if state.number == number), latest)
    words = f"back to step {wanted.number}"
    _follow(latest, text=wanted.text, step=DraftStep.RESTORED, words=words, by=by, at=at)


@transaction.atomic
def end_draft(
    *, draft_id: UUID, number: int, step: DraftStep, words: str, by: Person, at: datetime
) -> None:
    """End a draft: published, or discarded. Raises NotFound, DraftEnded, DraftChanged."""
    latest = _latest(draft_id, number=number)
    _follow(latest, text=latest.text, step=step, words=words, by=by, at=at)


def _latest(draft_id: UUID, *, number: int) -> DraftState:
    latest = draft_states(draft_id=draft_id)[0]
    if latest.step.ends:
        raise DraftEnded(step=latest.step.value)
    if latest.number != number:
        raise DraftChanged(latest=latest.number, number=number)
    return latest


def _follow(
    latest: DraftState, *, text: str, step: DraftStep, words: str, by: Person, at: datetime
) -> None:
    state = DraftState(
        draft_id=latest.draft_id, number=latest.number + 1, name=latest.name,
        base_hash=latest.base_hash, text=text, step=step, words=words,
        written_by=by.display_name, written_at=at,
    )  # fmt: skip
    _keep(state, by=by)


def _keep(state: DraftState, *, by: Person) -> None:
    try:
        with transaction.atomic():
            DraftText.objects.create(
                draft_id=state.draft_id,
                number=state.number,
                name=state.name,
                base_hash=state.base_hash,
                text=state.text,
                step=state.step.value,
                words=state.words,
                written_by_id=by.id,
                written_at=state.written_at,
            )
    except IntegrityError as violation:
        raise DraftChanged(latest=state.number, number=state.number - 1) from violation
    write_audit(
        actor=by.email,
        action=f"policy_draft_{state.step.value}",
        object_kind="policy_draft",
        object_id=state.draft_id,
        at=state.written_at,
        detail={"policy": state.name, "step": state.number, "words": state.words},
    )
