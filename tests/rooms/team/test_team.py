"""Who takes work, who may decide, who is here; dated, and nobody ranked."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from goodstanding.accounts.operations import add_legal_entity, add_person
from goodstanding.accounts.types import Role
from goodstanding.core.errors import NotFound
from goodstanding.core.ids import new_id
from goodstanding.core.models import AuditEntry
from goodstanding.team import models
from goodstanding.team.errors import (
    AlreadyEnded,
    AlreadyMember,
    CertifiesThemselves,
    NotAboutYou,
    ShiftOverlaps,
    TermInvalid,
)
from goodstanding.team.operations import (
    add_shift,
    certify,
    declare_conflict,
    end_certification,
    end_conflict,
    join_queue,
    leave_queue,
    record_absence,
    set_work_limit,
)
from goodstanding.team.queries import (
    certifications_in_force,
    conflicted_people,
    manager_of,
    may_read_figures_of,
    people_of_queue,
    person_at,
    queues_of,
    roster_minutes,
)
from tests.instants import NOON
from tests.rooms.team.businesses import a_business

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def lena():
    return add_person(
        email="lena@example.org", display_name="Lena", roles=[Role.SELLER_RISK_MANAGER]
    )


@pytest.fixture
def ana(lena):
    person = add_person(email="ana@example.org", display_name="Ana", roles=[Role.SPECIALIST])
    person.manager = lena
    person.save()
    return person


def test_membership_holds_from_joining_to_leaving(ana, lena):
    join_queue(person=ana, queue_code="appeals", at=NOON, by=lena)
    leave_queue(person=ana, queue_code="appeals", at=NOON + DAY, by=lena)

    seen = [
        [person.display_name for person in people_of_queue(queue_code="appeals", at=at)]
        for at in (NOON - HOUR, NOON, NOON + DAY)
    ]

    assert seen == [[], ["Ana"], []]
    assert queues_of(person_id=ana.id, at=NOON) == {"appeals"}


def test_a_person_joins_and_leaves_a_queue_once(ana, lena):
    join_queue(person=ana, queue_code="appeals", at=NOON, by=lena)

    with pytest.raises(AlreadyMember):
        join_queue(person=ana, queue_code="appeals", at=NOON, by=lena)
    leave_queue(person=ana, queue_code="appeals", at=NOON, by=lena)
    with pytest.raises(AlreadyEnded):
        leave_queue(person=ana, queue_code="appeals", at=NOON, by=lena)


def test_a_certification_runs_out_or_is_taken_back(ana, lena):
    kept = certify(person=ana, skill="appeals", valid_until=NOON + 30 * DAY, at=NOON, by=lena)
    taken = certify(person=ana, skill="kyb", valid_until=NOON + 60 * DAY, at=NOON, by=lena)
    end_certification(
        certification_id=taken, reason="the policy changed", at=NOON + 2 * DAY, by=lena
    )

    skills = [
        person_at(person_id=ana.id, at=at).skills
        for at in (NOON - HOUR, NOON, NOON + 2 * DAY, NOON + 30 * DAY)
    ]

    assert skills == [set(), {"appeals", "kyb"}, {"appeals"}, set()]
    in_force = certifications_in_force(at=NOON + 2 * DAY)
    assert [(view.id, view.left) for view in in_force] == [(kept, 28 * DAY)]
    with pytest.raises(AlreadyEnded):
        end_certification(certification_id=taken, reason="again", at=NOON + 3 * DAY, by=lena)


def test_nobody_certifies_themselves(ana):
    with pytest.raises(CertifiesThemselves):
        certify(person=ana, skill="appeals", valid_until=NOON + DAY, at=NOON, by=ana)
    with pytest.raises(IntegrityError, match="by_another_person"), transaction.atomic():
        models.Certification.objects.create(
            person=ana, by=ana, skill="appeals", from_at=NOON, valid_until=NOON + DAY
        )


def test_a_term_ends_after_it_starts(ana, lena):
    for act in (
        lambda: certify(person=ana, skill="appeals", valid_until=NOON, at=NOON, by=lena),
        lambda: add_shift(person=ana, from_at=NOON, until_at=NOON, by=lena),
        lambda: record_absence(person=ana, from_at=NOON, until_at=NOON - HOUR, by=lena),
    ):
        with pytest.raises(TermInvalid):
            act()


def test_a_conflict_keeps_a_person_away_until_it_ends(ana, lena):
    add_legal_entity(code="GS-EU", name="Test entity", country="DE", simulated=True)
    party = a_business("GS-EU")
    conflict = declare_conflict(person=ana, party_id=party, at=NOON, by=ana)
    end_conflict(conflict_id=conflict, at=NOON + DAY, by=lena)

    assert conflicted_people(party_id=party, at=NOON) == {ana.id}
    assert conflicted_people(party_id=party, at=NOON + DAY) == set()
    with pytest.raises(AlreadyEnded):
        end_conflict(conflict_id=conflict, at=NOON + DAY, by=lena)


def test_shifts_of_one_person_never_overlap(ana, lena):
    add_shift(person=ana, from_at=NOON, until_at=NOON + 4 * HOUR, by=lena)
    add_shift(person=ana, from_at=NOON + 4 * HOUR, until_at=NOON + 8 * HOUR, by=lena)
    add_shift(person=lena, from_at=NOON, until_at=NOON + 4 * HOUR, by=lena)

    with pytest.raises(ShiftOverlaps, match="Ana"):
        add_shift(person=ana, from_at=NOON + 3 * HOUR, until_at=NOON + 5 * HOUR, by=lena)


def test_the_roster_counts_shifts_less_absences_once(ana, lena):
    add_shift(person=ana, from_at=NOON, until_at=NOON + 8 * HOUR, by=lena)
    record_absence(person=ana, from_at=NOON + HOUR, until_at=NOON + 3 * HOUR, by=lena)
    record_absence(person=ana, from_at=NOON + 2 * HOUR, until_at=NOON + 4 * HOUR, by=lena)

    minutes = roster_minutes(person_ids=[ana.id, lena.id], since=NOON - DAY, until=NOON + 6 * HOUR)

    assert minutes == {ana.id: 180, lena.id: 0}
    assert person_at(person_id=ana.id, at=NOON + HOUR).is_absent
    assert not hasattr(models.Absence, "reason")


def test_the_newest_work_limit_holds(ana, lena):
    set_work_limit(person=ana, minutes=480, at=NOON, by=lena)
    set_work_limit(person=ana, minutes=240, at=NOON + DAY, by=lena)

    limits = [
        person_at(person_id=ana.id, at=at).work_limit_minutes
        for at in (NOON - HOUR, NOON, NOON + DAY)
    ]

    assert limits == [None, 480, 240]


def test_figures_are_for_the_person_and_their_manager(ana, lena):
    stranger = add_person(email="sam@example.org", display_name="Sam", roles=[Role.ANALYST])

    may_read_figures_of(reader=ana, person_id=ana.id, at=NOON)
    may_read_figures_of(reader=lena, person_id=ana.id, at=NOON)
    with pytest.raises(NotAboutYou, match="Sam may not read the figures of Ana"):
        may_read_figures_of(reader=stranger, person_id=ana.id, at=NOON)

    assert manager_of(person_id=ana.id) == lena.id
    read = AuditEntry.objects.filter(action="read_figures").values_list("actor", flat=True)
    assert sorted(read) == ["ana@example.org", "lena@example.org"]


def test_an_unknown_person_is_not_found():
    with pytest.raises(NotFound):
        person_at(person_id=new_id(), at=datetime(2026, 1, 1, tzinfo=UTC))
