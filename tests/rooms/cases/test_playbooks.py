"""Playbooks and queues are data, read with refusals that name the place."""

from importlib import resources

import pytest

from goodstanding.cases.errors import PlaybookInvalid, QueuesInvalid
from goodstanding.cases.operations.setting_up import load_folder
from goodstanding.cases.playbooks import clock_from_sla, read_playbook, read_queues, sla_words
from goodstanding.deadlines.types import Clock, ClockKind
from tests.instants import NOON

PLAIN = """
name: plain
title: Plain
standard_minutes: 5
stages:
  - title: All
    steps:
      - {code: look, title: Look, required: true}
      - {code: ask, title: Ask, repeatable: true}
evidence: [trace]
reasons: {fine: It is fine}
outcomes:
  - {code: approve, title: Approve, reasons: [fine]}
"""
QUEUE = "- {code: q, title: Q, purpose: P, calendar: england, sla: 8 hours, playbook: plain}"


def test_every_shipped_playbook_reads():
    for desk in ("credit", "sellers"):
        for file in (resources.files(f"goodstanding.{desk}") / "playbooks").iterdir():
            playbook, _content = read_playbook(text=file.read_text(), name=file.name)
            assert playbook.outcomes


def test_a_playbook_is_named_by_its_content_not_its_layout():
    playbook, _content = read_playbook(text=PLAIN, name="plain.yaml")
    spaced, _content = read_playbook(text=PLAIN.replace("5", "5   # minutes"), name="plain.yaml")
    other, _content = read_playbook(text=PLAIN.replace("5", "6"), name="plain.yaml")

    assert playbook.version == spaced.version != other.version
    assert [(step.code, step.required, step.stage) for step in playbook.steps] == [
        ("look", True, "All"),
        ("ask", False, "All"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- a", "mapping"),
        ("a: [", "parsing"),
        (PLAIN + "colour: red\n", "colour"),
        (PLAIN.replace("title: Plain", ""), "title"),
        (PLAIN.replace("code: ask", "code: look"), "twice"),
        (PLAIN.replace("title: Look, ", ""), "code and a title"),
        (PLAIN.replace("reasons: [fine]", "reasons: []"), "no reasons"),
        (PLAIN.replace("reasons: [fine]", "reasons: [odd]"), "odd"),
    ],
)
def test_a_playbook_that_cannot_be_read_is_refused(text, why):
    with pytest.raises(PlaybookInvalid, match=why):
        read_playbook(text=text, name="plain.yaml")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: 1", "list"),
        (QUEUE.replace("purpose: P, ", ""), "purpose"),
        (QUEUE.replace("8 hours", "8 fortnights"), "unit"),
        (QUEUE.replace("8 hours", "eight hours"), "eight"),
    ],
)
def test_queues_that_cannot_be_read_are_refused(text, why):
    with pytest.raises(QueuesInvalid, match=why):
        read_queues(text=text, desk="credit")


@pytest.mark.django_db
def test_a_queue_names_a_playbook_that_is_there(tmp_path):
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "queues.yaml").write_text(QUEUE)

    with pytest.raises(QueuesInvalid, match="no playbook 'plain'"):
        load_folder(desk="credit", folder=tmp_path, at=NOON)


def test_an_sla_reads_and_writes_as_words():
    clock = clock_from_sla("16 business_hours")

    assert clock == Clock(kind=ClockKind.BUSINESS_TIME, target=16 * 3600)
    assert sla_words(clock.kind, clock.target) == "16 business hours"
    assert sla_words("calendar_days", 30) == "30 calendar days"
