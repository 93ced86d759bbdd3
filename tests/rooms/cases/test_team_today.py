"""The team's day: who has what, what is due, what is unlikely to meet its SLA; no ranking."""

from datetime import timedelta

import pytest

from goodstanding.cases.operations import claim_case, request_information
from goodstanding.cases.queries import load_of, team_today
from goodstanding.team.operations import record_absence
from tests.rooms.cases.conftest import NOW, nov

pytestmark = pytest.mark.django_db


def test_the_day_counts_who_has_what(open_one, house):
    held = [open_one(at=nov(16, 10)) for _ in range(2)]
    open_one(at=nov(18, 9))
    for case_id in held:
        claim_case(case_id=case_id, by=house.ana, at=nov(16, 11))

    today = team_today(at=nov(18, 9, 30), desk="credit")

    assert [(load.person_name, load.open_cases, load.open_minutes) for load in today.loads] == [
        ("Ana", 2, 50),
        ("Ben", 0, 0),
    ]
    assert (today.open_cases, today.unassigned, today.due_today, today.overdue) == (3, 1, 2, 0)
    assert today.first_due_at == nov(18, 10)
    assert today.least_left == timedelta(minutes=30)
    assert load_of(person_id=house.ana.id, at=nov(18, 9, 30)) == today.loads[0]


def test_work_that_does_not_fit_into_the_time_left_is_unlikely(open_one, house):
    # Three cases of 25 minutes due in 60 minutes: the third ends 15 minutes too late.
    cases = [open_one(at=nov(16, 10)) for _ in range(3)]
    for case_id in cases:
        claim_case(case_id=case_id, by=house.ana, at=nov(16, 11))

    today = team_today(at=nov(18, 9), desk="credit")

    assert [row.id for row in today.unlikely] == [cases[2]]
    assert [load.unlikely for load in today.loads] == [1, 0]


def test_the_cases_of_somebody_away_are_unlikely(open_one, house):
    case_id = open_one()
    claim_case(case_id=case_id, by=house.ana, at=NOW)
    record_absence(person=house.ana, from_at=NOW, until_at=nov(25, 0), by=house.lena)

    today = team_today(at=NOW, desk="credit")

    assert [row.id for row in today.unlikely] == [case_id]
    assert today.loads[0].is_absent


def test_a_free_case_with_less_than_its_standard_time_left_is_unlikely(open_one, house):
    case_id = open_one(at=nov(16, 10))

    assert team_today(at=nov(18, 9, 30), desk="credit").unlikely == ()
    assert [row.id for row in team_today(at=nov(18, 9, 40), desk="credit").unlikely] == [case_id]


def test_what_waits_for_an_answer_is_neither_due_nor_unlikely(open_one, house):
    case_id = open_one(at=nov(16, 10))
    claim_case(case_id=case_id, by=house.ana, at=nov(16, 10))
    request_information(case_id=case_id, question="Send it.", by=house.ana, at=nov(17, 17))

    today = team_today(at=nov(18, 9, 59), desk="credit")

    assert (today.due_today, today.unlikely) == (0, ())
