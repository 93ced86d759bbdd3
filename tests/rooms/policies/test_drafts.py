"""Drafts of the next version: each state stays, and a stale form changes nothing."""

from uuid import UUID

import pytest
from django.db import Error, connection, transaction

from goodstanding.core.errors import NotFound
from goodstanding.core.ids import new_id
from goodstanding.policies.errors import DraftChanged, DraftEnded, VersionUnknown
from goodstanding.policies.operations import (
    begin_draft,
    end_draft,
    restore_draft,
    save_draft,
)
from goodstanding.policies.queries import draft_states, open_drafts
from goodstanding.policies.types import DraftStep
from tests.instants import NOON
from tests.rooms.policies.conftest import VERSION_7, VERSION_8, Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(desk: Desk) -> UUID:
    version = desk.publish()
    return begin_draft(
        base_hash=version.text_hash, text=VERSION_7, words="begun", by=desk.author, at=NOON
    )


def save(desk: Desk, draft: UUID, *, number: int, text: str) -> None:
    save_draft(
        draft_id=draft, number=number, text=text, words="R1 changed", by=desk.author, at=NOON
    )


def test_every_state_of_a_draft_stays(desk: Desk, draft: UUID) -> None:
    save(desk, draft, number=1, text=VERSION_8)
    save(desk, draft, number=2, text=VERSION_8)  # the same text is no step
    restore_draft(draft_id=draft, number=1, by=desk.manager, at=NOON)

    states = draft_states(draft_id=draft)
    assert [(state.number, state.step.value) for state in states] == [
        (3, "restored"),
        (2, "changed"),
        (1, "begun"),
    ]
    assert states[0].text == VERSION_7
    assert [state.draft_id for state in open_drafts(name="trade_uk")] == [draft]


def test_a_change_made_from_an_older_state_is_refused(desk: Desk, draft: UUID) -> None:
    save(desk, draft, number=1, text=VERSION_8)

    with pytest.raises(DraftChanged):
        save(desk, draft, number=1, text=VERSION_7)
    assert draft_states(draft_id=draft)[0].text == VERSION_8


def test_an_ended_draft_takes_nothing_more(desk: Desk, draft: UUID) -> None:
    end_draft(
        draft_id=draft, number=1, step=DraftStep.DISCARDED, words="thrown away",
        by=desk.author, at=NOON,
    )  # fmt: skip

    assert open_drafts(name="trade_uk") == ()
    with pytest.raises(DraftEnded):
        save(desk, draft, number=2, text=VERSION_8)
    with pytest.raises(DraftEnded):
        restore_draft(draft_id=draft, number=1, by=desk.author, at=NOON)


def test_a_draft_needs_a_version_and_is_named(desk: Desk) -> None:
    with pytest.raises(VersionUnknown):
        begin_draft(base_hash="0" * 64, text="x", words="begun", by=desk.author, at=NOON)
    with pytest.raises(NotFound):
        draft_states(draft_id=new_id())


def test_the_database_keeps_what_was_typed(desk: Desk, draft: UUID) -> None:
    for statement in (
        "update policies_draft_text set text = ''",
        "delete from policies_draft_text",
        "truncate policies_draft_text",
    ):
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    assert draft_states(draft_id=draft)[0].text == VERSION_7
