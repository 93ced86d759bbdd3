"""The outbox hands each message to each handler exactly once, whatever happens between."""

from datetime import timedelta

import psycopg
import pytest

from goodstanding.core import outbox
from goodstanding.core.audit import write_audit
from goodstanding.core.ids import new_id
from goodstanding.core.models import AuditEntry, OutboxFailure
from tests.instants import NOON


@pytest.fixture
def only_our_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_subscriptions", {})


pytestmark = pytest.mark.usefixtures("only_our_handlers", "fresh_database")


def _note(message: outbox.Message) -> None:
    write_audit(
        actor="system:test", action="saw", object_kind=message.kind, object_id=message.subject_id,
        at=NOON,
    )  # fmt: skip


def test_a_message_reaches_its_handler_once() -> None:
    seen: list[outbox.Message] = []
    outbox.subscribe(kind="decision_referred", name="note", handler=_note)
    outbox.subscribe(kind="decision_referred", name="see", handler=seen.append)
    outbox.publish(kind="decision_referred", subject_id=new_id(), payload={"queue": "credit"})
    outbox.publish(kind="something_else", subject_id=new_id(), payload={})

    first, second = outbox.deliver_once(at=NOON), outbox.deliver_once(at=NOON)

    assert (first, second) == (2, 0)
    assert [message.payload for message in seen] == [{"queue": "credit"}]
    assert AuditEntry.objects.count() == 1


def test_a_failing_handler_leaves_no_half_effect_and_is_tried_again() -> None:
    broken = [True]

    def fragile(message: outbox.Message) -> None:
        _note(message)
        if broken[0]:
            raise RuntimeError("queue is not there yet")

    outbox.subscribe(kind="decision_referred", name="fragile", handler=fragile)
    outbox.publish(kind="decision_referred", subject_id=new_id(), payload={})

    assert outbox.deliver_once(at=NOON) == 0
    assert AuditEntry.objects.count() == 0
    assert OutboxFailure.objects.get().error == "RuntimeError: queue is not there yet"

    broken[0] = False
    assert outbox.deliver_once(at=NOON + timedelta(seconds=1)) == 0
    assert outbox.deliver_once(at=NOON + timedelta(seconds=6)) == 1
    assert AuditEntry.objects.count() == 1


def test_a_message_that_commits_late_is_not_missed(fresh_database: str) -> None:
    outbox.subscribe(kind="decision_referred", name="note", handler=_note)
    with psycopg.connect(fresh_database) as slow:
        slow.execute(
            "insert into core_outbox_message (message_id, kind, subject_id, payload)"
            " values (gen_random_uuid(), 'decision_referred', gen_random_uuid(), '{}')"
        )
        outbox.publish(kind="decision_referred", subject_id=new_id(), payload={})
        assert outbox.deliver_once(at=NOON) == 1

    assert outbox.deliver_once(at=NOON) == 1


def test_two_handlers_of_one_name_are_refused() -> None:
    outbox.subscribe(kind="decision_referred", name="note", handler=_note)

    with pytest.raises(ValueError, match="named 'note'"):
        outbox.subscribe(kind="decision_referred", name="note", handler=lambda message: None)
