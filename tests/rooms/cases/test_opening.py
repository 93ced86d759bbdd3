"""A referred decision opens one case, with its SLA, under the terms and playbook of that moment."""

from datetime import timedelta
from importlib import resources

import pytest
from django.db import IntegrityError, transaction

from goodstanding.cases.errors import QueueUnknown
from goodstanding.cases.models import Case, PlaybookVersion, QueueTerms
from goodstanding.cases.operations import load_desks, open_case_for_decision
from goodstanding.cases.operations.setting_up import load_folder
from goodstanding.cases.queries import case_page, case_row, queues
from goodstanding.core.ids import new_id
from tests.rooms.cases.conftest import NOW, nov, referral

pytestmark = pytest.mark.django_db


def test_a_referral_opens_a_case_with_its_sla(referred):
    row = case_row(case_id=referred, at=NOW)

    assert row.queue_code == "credit_review"
    assert row.label == f"C-{row.number}"
    assert (row.policy, row.policy_outcome, row.standard_minutes) == (
        "sba_underwriting",
        "refer",
        25,
    )
    assert row.deadline.due_at == nov(20, 10)
    assert row.deadline.open_left == timedelta(hours=16)
    page = case_page(case_id=referred, at=NOW)
    assert [item.kind for item in page.evidence] == ["decision_trace"]
    assert page.reasons == ({"code": "thin_file", "text": "Little history"},)


def test_a_decision_told_twice_opens_one_case(business):
    message = referral(business)

    open_case_for_decision(message)
    open_case_for_decision(message)

    assert Case.objects.filter(decision_id=message.subject_id).count() == 1


def test_the_database_refuses_a_second_case_of_a_decision(referred):
    row = Case.objects.get(id=referred)
    row.id, row.number = new_id(), 1

    with pytest.raises(IntegrityError, match="decision_id"), transaction.atomic():
        row.save(force_insert=True)


def test_a_queue_that_is_not_there_sends_the_case_to_triage(business):
    message = referral(business, queue="a_queue_nobody_made")

    open_case_for_decision(message)

    case = Case.objects.select_related("queue").get(decision_id=message.subject_id)
    assert case.queue.code == "credit_triage"
    assert case.attributes["queue_asked_for"] == "a_queue_nobody_made"


def test_a_desk_without_triage_is_refused_so_that_the_message_stays_in_sight(house):
    with pytest.raises(QueueUnknown, match="nowhere_triage"):
        open_case_for_decision(referral(None, queue="none", desk="nowhere"))


def test_desks_load_once():
    load_desks(at=NOW)

    again = load_desks(at=NOW)

    assert (again.playbooks, again.queues) == (0, 0)
    assert {queue.code for queue in queues()} >= {"credit_review", "reinstatement"}


def test_a_changed_queue_or_playbook_is_a_new_row_and_open_cases_keep_theirs(
    referred, open_one, tmp_path
):
    source = resources.files("goodstanding.credit")
    (tmp_path / "playbooks").mkdir()
    playbook = (source / "playbooks" / "underwriting_review.yaml").read_text()
    queue_file = (source / "queues.yaml").read_text()
    (tmp_path / "playbooks" / "underwriting_review.yaml").write_text(
        playbook.replace("standard_minutes: 25", "standard_minutes: 40")
    )
    (tmp_path / "queues.yaml").write_text(
        queue_file.replace("sla: 16 business_hours", "sla: 8 business_hours")
    )

    loaded = load_folder(desk="credit", folder=tmp_path, at=nov(18, 11))
    after = open_one(at=nov(18, 11))

    assert (loaded.playbooks, loaded.queues) == (1, 1)
    old, new = (case_row(case_id=case, at=nov(18, 12)) for case in (referred, after))
    assert (old.standard_minutes, new.standard_minutes) == (25, 40)
    assert (old.deadline.due_at, new.deadline.due_at) == (nov(20, 10), nov(19, 11))
    assert PlaybookVersion.objects.filter(name="underwriting_review").count() == 2
    assert QueueTerms.objects.filter(queue__code="credit_review").count() == 2
    pages = [case_page(case_id=case, at=nov(18, 12)) for case in (referred, after)]
    assert pages[0].playbook.version != pages[1].playbook.version
