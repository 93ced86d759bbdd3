"""A version approved at once: until an instant, with a deadline, then confirmed or gone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.deadlines.models import Deadline
from goodstanding.deadlines.operations import ensure_calendars
from goodstanding.deadlines.queries import deadline_at
from goodstanding.deadlines.types import DeadlineState
from goodstanding.decisions.operations.reading_in_force import read_in_force
from goodstanding.policies import operations, queries
from goodstanding.policies.errors import (
    ApproverWroteIt,
    EmergencyEnded,
    EmergencyTooLong,
    EmergencyUnknown,
    NothingToReplace,
    ReasonMissing,
    ReviewerIsInvolved,
)
from goodstanding.policies.models import EmergencyReview, EmergencyUse
from goodstanding.policies.types import Status
from tests.instants import NOON
from tests.rooms.policies.conftest import VERSION_7, VERSION_8

DAY = timedelta(days=1)
END = NOON + 7 * DAY
AFTER = END + timedelta(seconds=1)


@pytest.fixture
def first(desk):
    """The version that decides before the emergency."""
    ensure_calendars(at=NOON)
    version = desk.publish(VERSION_7)
    desk.approve(version)
    operations.activate_version(
        text_hash=version.text_hash, reason="The first", by=desk.manager, at=NOON
    )
    return version


@pytest.fixture
def urgent(desk, first):
    """A version approved in an emergency, deciding."""
    version = desk.publish(VERSION_8)
    _approve(desk, version)
    operations.activate_version(
        text_hash=version.text_hash, reason="An attack runs", by=desk.manager, at=NOON + DAY
    )
    return version


def _approve(desk, version, **changes):
    given = {"reason": "An attack runs", "expires_at": END, "by": desk.approver, "at": NOON}
    operations.approve_in_emergency(text_hash=version.text_hash, **(given | changes))


def _deciding(at):
    return {each.label for each in queries.running_versions(at=at) if each.status.decides}


def test_it_decides_until_its_end_and_then_the_champion_before_it_again(desk, urgent):
    before, after = END - timedelta(seconds=1), AFTER

    assert (_deciding(NOON), _deciding(before), _deciding(after)) == ({"7"}, {"8"}, {"7"})
    champion = queries.active_version(name="trade_uk", at=after)
    assert (champion.label, champion.since) == ("7", END)
    statuses = {each.label: each.status for each in queries.version_summaries(at=after)}
    assert statuses == {"7": Status.CHAMPION, "8": Status.RETIRED}
    (emergency,) = queries.emergencies_of(name="trade_uk", at=after)
    assert (emergency.label, emergency.lapsed_at) == ("8", END)


def test_decisions_follow_the_end_without_a_row_or_a_job(first, urgent):
    hashes = [
        read_in_force(at=at).standings["trade_uk"].champion.policy_hash
        for at in (NOON + 2 * DAY, AFTER)
    ]

    assert hashes == [urgent.text_hash, first.text_hash]


def test_the_number_that_processes_poll_counts_emergencies_that_ran_out(desk, first):
    version = desk.publish(VERSION_8)
    now = utc_now()
    before = queries.running_number()
    _approve(desk, version, at=now - 2 * DAY, expires_at=now - DAY)
    with_rows = 3  # proposed, approved, and the emergency itself
    assert queries.running_number() == before + with_rows + 1


def test_its_after_review_is_a_deadline(desk, urgent):
    use = EmergencyUse.objects.get()
    deadline = deadline_at(deadline_id=use.deadline_id, at=NOON + DAY)

    assert Deadline.objects.get().subject_id == urgent.id
    assert (deadline.kind, deadline.due_at, deadline.state) == (
        "emergency_review",
        END,
        DeadlineState.RUNNING,
    )


def test_confirmed_by_a_third_person_it_goes_on(desk, urgent):
    third = add_person(email="t@northwind.example", display_name="Tia", roles=[Role.APPROVER])

    operations.review_emergency(
        text_hash=urgent.text_hash, is_confirmed=True, reason="It was right", by=third,
        at=NOON + 2 * DAY,
    )  # fmt: skip

    assert _deciding(AFTER) == {"8"}
    deadline = deadline_at(deadline_id=EmergencyUse.objects.get().deadline_id, at=AFTER)
    assert deadline.state is DeadlineState.MET
    with pytest.raises(EmergencyUnknown):
        operations.review_emergency(
            text_hash=urgent.text_hash, is_confirmed=True, reason="Again", by=third, at=AFTER
        )


def test_taken_back_by_the_review_it_ends_at_once(desk, urgent):
    at = NOON + 2 * DAY

    operations.review_emergency(
        text_hash=urgent.text_hash, is_confirmed=False, reason="Too wide", by=desk.manager, at=at
    )

    assert (_deciding(at - timedelta(seconds=1)), _deciding(at)) == ({"8"}, {"7"})


def test_a_version_seen_in_shadow_alone_is_approved_in_an_emergency(desk, first):
    version = desk.publish(VERSION_8)
    operations.shadow_version(
        text_hash=version.text_hash, reason="Look at it", by=desk.manager, at=NOON
    )

    _approve(desk, version)

    assert [step.status for step in queries.history_of(name="trade_uk")][:3] == [
        Status.APPROVED, Status.PROPOSED, Status.SHADOW,
    ]  # fmt: skip


def test_it_waits_for_those_who_may_review_it(desk, urgent):
    third = add_person(email="t@northwind.example", display_name="Tia", roles=[Role.APPROVER])

    def waits_for(person, at):
        return [each.label for each in queries.emergencies_to_review(person=person, at=at)]

    at = NOON + 2 * DAY
    assert [waits_for(each, at) for each in (third, desk.manager)] == [["8"], ["8"]]
    assert [waits_for(each, at) for each in (desk.author, desk.approver)] == [[], []]
    assert waits_for(third, AFTER) == []
    operations.review_emergency(
        text_hash=urgent.text_hash, is_confirmed=True, reason="Right", by=third, at=at
    )
    assert waits_for(desk.manager, at) == []


@pytest.mark.parametrize(
    ("step", "more"),
    [
        (operations.activate_version, {}),
        (operations.retire_version, {}),
        (operations.shadow_version, {}),
        (operations.share_version, {"share": 100}),
    ],
)
def test_after_its_end_it_takes_no_step(desk, urgent, step, more):
    with pytest.raises(EmergencyEnded):
        step(text_hash=urgent.text_hash, reason="Go on", by=desk.manager, at=AFTER, **more)

    assert _deciding(AFTER) == {"7"}


def test_nobody_is_offered_to_go_back_to_what_decides_again(desk, urgent):
    def back_to(at):
        return [each.label for each in queries.earlier_champions(name="trade_uk", at=at)]

    assert (back_to(NOON + 2 * DAY), back_to(AFTER)) == (["7"], [])


REFUSED = [
    ({"expires_at": NOON + timedelta(days=14, seconds=1)}, EmergencyTooLong),
    ({"expires_at": NOON}, EmergencyTooLong),
    ({"reason": " "}, ReasonMissing),
]


@pytest.mark.parametrize(("changes", "refusal"), REFUSED)
def test_what_an_emergency_lacks_is_refused(desk, first, changes, refusal):
    version = desk.publish(VERSION_8)

    with pytest.raises(refusal):
        _approve(desk, version, **changes)


def test_an_author_approves_no_emergency_and_nobody_involved_reviews(desk, urgent):
    other = desk.publish(VERSION_8.replace('"8"', '"9"').replace("> 29", "> 28"))
    with pytest.raises(ApproverWroteIt):
        _approve(desk, other, by=desk.author)
    for person in (desk.author, desk.approver):
        with pytest.raises(ReviewerIsInvolved):
            operations.review_emergency(
                text_hash=urgent.text_hash, is_confirmed=True, reason="Mine", by=person, at=AFTER
            )
        with pytest.raises(IntegrityError, match="cannot review"), transaction.atomic():
            EmergencyReview.objects.create(
                emergency=EmergencyUse.objects.get(), is_confirmed=True, reason="Mine",
                reviewed_by=person, reviewed_at=AFTER,
            )  # fmt: skip
    given = {"version": other, "reason": "Mine", "deadline_id": uuid4(), "approved_at": NOON}
    with pytest.raises(IntegrityError, match="cannot approve"), transaction.atomic():
        EmergencyUse.objects.create(**given, approved_by=desk.author, expires_at=END)
    with pytest.raises(IntegrityError, match="emergency_ends_within_days"), transaction.atomic():
        EmergencyUse.objects.create(
            **given, approved_by=desk.approver, expires_at=NOON + timedelta(days=15)
        )


def test_without_a_champion_there_is_no_emergency(desk):
    with pytest.raises(NothingToReplace):
        _approve(desk, desk.publish(VERSION_7))
