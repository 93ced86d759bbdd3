"""Open cases: from a referred decision, from an appeal, or by hand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import transaction

from goodstanding.cases.errors import QueueUnknown
from goodstanding.cases.models import Case, Queue, QueueTerms
from goodstanding.cases.operations.setting_up import newest_playbook
from goodstanding.cases.operations.working import keep_evidence
from goodstanding.cases.types import CaseKind, NewCase
from goodstanding.core.outbox import Message
from goodstanding.deadlines.operations import open_deadline
from goodstanding.deadlines.types import Clock, ClockKind
from goodstanding.decisions.queries import stored_decision

SLA_KIND = "case_decision"


@transaction.atomic
def open_case(*, case: NewCase, at: datetime, by: str) -> UUID:
    """Open a case in a queue, with its SLA, under the queue's terms and playbook of now.

    Raises QueueUnknown, CalendarInvalid, CalendarHorizonExceeded.
    """
    terms = newest_terms(case.queue)
    row = Case.objects.create(
        kind=case.kind.value,
        queue=terms.queue,
        terms=terms,
        playbook=newest_playbook(terms.playbook),
        desk=terms.queue.desk,
        legal_entity_id=case.legal_entity,
        party_id=case.party_id,
        decision_id=case.decision_id,
        enforcement_id=case.enforcement_id,
        reference=case.reference,
        policy=case.policy,
        policy_hash=case.policy_hash,
        policy_outcome=case.policy_outcome,
        reasons=[dict(reason) for reason in case.reasons],
        attributes=dict(case.attributes),
        standard_minutes=terms.standard_minutes,
        opened_at=at,
        opened_by=by,
        source=case.source,
    )
    start_sla(row, kind=SLA_KIND, at=at, by=by)
    return row.id


def open_case_for_decision(message: Message) -> None:
    """The handler of `decision_referred`: one case a decision, however often it is told.

    What the policy itself said and its reasons come from the decision's record: where the gate
    took the answer away from a policy that was sure, a person who says otherwise overrides it.
    The SLA runs from the instant the decision was recorded. A queue that does not exist sends
    the case to `<desk>_triage`. Raises QueueUnknown where that is missing too; the outbox then
    keeps the message in sight and tries again.
    """
    if Case.objects.filter(decision_id=message.subject_id).exists():
        return
    payload = message.payload
    queue = str(payload["queue"])
    if not Queue.objects.filter(code=queue).exists():
        queue = f"{payload.get('desk')}_triage"
    party_id = payload.get("party_id")
    decision = stored_decision(decision_id=message.subject_id)
    record: Mapping[str, Any] = {} if decision is None else decision.record
    new = NewCase(
        kind=CaseKind.DECISION_REVIEW,
        queue=queue,
        legal_entity=str(payload["legal_entity"]),
        party_id=None if party_id is None else UUID(str(party_id)),
        decision_id=message.subject_id,
        reference=str(payload.get("entity", "")),
        policy=str(payload.get("policy", "")),
        policy_hash=str(payload.get("policy_hash", "")),
        policy_outcome=str(record.get("policy_outcome", "refer")),
        reasons=tuple(
            _reason(reason) for reason in record.get("reasons", payload.get("reasons") or ())
        ),
        attributes={"queue_asked_for": payload["queue"], "as_of": payload.get("as_of")},
    )
    open_referred_case(case=new, at=message.recorded_at, by="system:outbox")


@transaction.atomic
def open_referred_case(*, case: NewCase, at: datetime, by: str) -> UUID:
    """Open a case for a referred decision, with that decision as its first evidence.

    Raises what `open_case` raises.
    """
    case_id = open_case(case=case, at=at, by=by)
    keep_evidence(
        case_id=case_id,
        kind="decision_trace",
        title="The decision that was referred",
        content=str(case.decision_id),
        at=at,
    )
    return case_id


def newest_terms(queue: str) -> QueueTerms:
    """The terms in force of a queue. Raises QueueUnknown."""
    terms = (
        QueueTerms.objects.select_related("queue")
        .filter(queue__code=queue)
        .order_by("-revision")
        .first()
    )
    if terms is None:
        raise QueueUnknown(field="queue", code=queue)
    return terms


def start_sla(case: Case, *, kind: str, at: datetime, by: str) -> None:
    """Open the SLA that the case's own terms set."""
    open_deadline(
        subject_kind="case",
        subject_id=case.id,
        kind=kind,
        clock=Clock(kind=ClockKind(case.terms.clock_kind), target=case.terms.target),
        calendar=case.terms.calendar,
        started_at=at,
        by=by,
    )


def _reason(reason: object) -> dict[str, Any]:
    """A reason of a decision is a mapping, or its code alone."""
    if isinstance(reason, Mapping):
        return dict(cast("Mapping[str, Any]", reason))
    return {"code": str(reason)}
