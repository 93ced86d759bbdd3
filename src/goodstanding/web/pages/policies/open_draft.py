"""A draft as its pages share it: its states, its text read, and how a change of it is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.core.errors import NotFound
from goodstanding.core.time import utc_now
from goodstanding.policies.engine import Policy, PolicyRefused, read_policy
from goodstanding.policies.engine.checks import check_policy
from goodstanding.policies.engine.findings import StaticFinding
from goodstanding.policies.engine.mistakes import Mistake
from goodstanding.policies.errors import DraftChanged, DraftEnded, PolicyRenamed
from goodstanding.policies.operations import save_draft
from goodstanding.policies.queries import artefact_of, draft_states, kept_list
from goodstanding.policies.types import DraftState
from goodstanding.web.page import person_of
from goodstanding.web.pages.policies.shown import ShownPolicy, shown_policy

KEPT_DRAFTS = 32


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft: its states, latest first, and what its text is as a policy.

    `policy` is None where the text cannot be read; `mistakes` say why.
    """

    shown: ShownPolicy
    states: Sequence[DraftState]
    policy: Policy | None
    mistakes: Sequence[Mistake]

    @property
    def state(self) -> DraftState:
        """The latest state."""
        return self.states[0]

    @property
    def text(self) -> str:
        """Its text."""
        return self.state.text

    @property
    def number(self) -> int:
        """The number of the latest state: what a form was made from."""
        return self.state.number

    @property
    def label(self) -> str:
        """The version label of the text; empty where it cannot be read."""
        return self.policy.version if self.policy else ""

    @property
    def url(self) -> str:
        """The address of its overview."""
        return self.address("draft")

    def address(self, name: str, *more: object) -> str:
        """The address of one of its pages."""
        return reverse(name, args=[self.shown.name, self.state.draft_id, *more])

    def need(self) -> Policy:
        """The policy of a text that can be read; raises PolicyRefused."""
        if self.policy is None:
            raise PolicyRefused(source="draft", mistakes=self.mistakes)
        return self.policy


def open_draft(request: HttpRequest, *, name: str, draft_id: UUID) -> OpenDraft:
    """A draft of this policy. Raises NotFound, and DraftEnded where it was published or thrown
    away.
    """
    states = draft_states(draft_id=draft_id)
    if states[0].name != name:
        raise NotFound(what="draft", key=str(draft_id), mend=f"Look under {states[0].name}.")
    if states[0].step.ends:
        raise DraftEnded(step=states[0].step.value)
    shown = shown_policy(request, name=name, tab="policy_versions")
    policy, mistakes = read_draft(states[0].text)
    return OpenDraft(shown, states, policy, mistakes)


@lru_cache(maxsize=KEPT_DRAFTS)
def read_draft(text: str) -> tuple[Policy | None, Sequence[Mistake]]:
    """The policy of a text, or why it is none."""
    try:
        return read_policy(text, artefacts=artefact_of, lists=kept_list), ()
    except PolicyRefused as refused:
        return None, refused.mistakes


@lru_cache(maxsize=KEPT_DRAFTS)
def findings_in(text: str, *, on: date) -> Sequence[StaticFinding]:
    """What is found without data in a text that can be read, in its order."""
    policy, _ = read_draft(text)
    return () if policy is None else tuple(check_policy(policy, on=on))


def read_back(text: str, *, name: str) -> Policy:
    """The policy that a changed text makes; raises PolicyRefused and PolicyRenamed."""
    policy, mistakes = read_draft(text)
    if policy is None:
        raise PolicyRefused(source="draft", mistakes=mistakes)
    if policy.name != name:
        raise PolicyRenamed(field="text", name=name, given=policy.name)
    return policy


def keep_change(
    request: HttpRequest, draft: OpenDraft, change: Callable[[str], str], *, words: str
) -> None:
    """Change the draft's text and keep it, if what comes out is a policy.

    Raises TextNotEditable, PolicyRefused, PolicyRenamed, DraftChanged, DraftEnded.
    """
    if made_from(request, draft) != draft.number:
        raise DraftChanged(latest=draft.number, number=made_from(request, draft))
    text = change(draft.text)
    read_back(text, name=draft.shown.name)
    save_draft(
        draft_id=draft.state.draft_id, number=made_from(request, draft), text=text, words=words,
        by=person_of(request), at=utc_now(),
    )  # fmt: skip


def made_from(request: HttpRequest, draft: OpenDraft) -> int:
    """The number of the state that a form was shown from."""
    given = request.POST.get("number", "")
    return int(given) if given.isdecimal() else draft.number
