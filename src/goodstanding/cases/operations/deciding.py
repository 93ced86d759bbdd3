"""Decide, close and reopen."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from goodstanding.cases.errors import (
    AmountMissing,
    CaseNotClosed,
    EvidenceMissing,
    OutcomeUnknown,
    ReasonCodeUnknown,
    ReasonMissing,
    ReviewsOwnDecision,
    StatementMissing,
    StepsMissing,
)
from goodstanding.cases.models import (
    Assignment,
    BarredPerson,
    Case,
    CaseClosure,
    CaseDecision,
    EvidenceItem,
    InformationRequest,
    Reopening,
    StepRecord,
)
from goodstanding.cases.operations.assigning import barred_from
from goodstanding.cases.operations.opening import start_sla
from goodstanding.cases.playbooks import playbook_of
from goodstanding.cases.state import CaseState, lock_case, lock_held_case, lock_open_case
from goodstanding.cases.types import CaseKind, Closed, How, OutcomeOption, Playbook
from goodstanding.core.audit import write_audit
from goodstanding.core.money import Money
from goodstanding.core.outbox import publish
from goodstanding.deadlines.operations import cancel_deadline, end_pause, satisfy_deadline
from goodstanding.deadlines.queries import deadlines_of, open_pauses_of_request

REOPENED_KIND = "reopened_case_decision"
# Outcomes with which a policy passes the question on; whatever a person says, it overrides none.
UNDECIDED = {"", "refer"}


@transaction.atomic
def decide_case(
    *,
    case_id: UUID,
    outcome: str,
    reason_codes: Sequence[str],
    by: Any,
    at: datetime,
    statement: str = "",
    amount: Money | None = None,
) -> UUID:
    """Decide a case that one holds, and close it; its open deadlines are satisfied.

    Raises CaseClosed, CaseNotHeld, ReviewsOwnDecision, OutcomeUnknown, ReasonCodeUnknown,
    AmountMissing, StatementMissing, StepsMissing, EvidenceMissing.
    """
    state = lock_held_case(case_id, by=by)
    case = state.case
    _check_decision(state, outcome, reason_codes, statement, amount)
    if (why := barred_from(case).get(by.id)) is not None:
        raise ReviewsOwnDecision(person=str(by), number=case.number, why=why)
    decision = CaseDecision.objects.create(
        case=case,
        cycle=state.cycle,
        outcome=outcome,
        reason_codes=list(reason_codes),
        statement=statement.strip(),
        amount_minor=None if amount is None else amount.amount_minor,
        currency="" if amount is None else amount.currency,
        policy_outcome=case.policy_outcome,
        overrides_policy=case.policy_outcome not in UNDECIDED and case.policy_outcome != outcome,
        evidence_digest=evidence_digest(case.id),
        by=by,
        at=at,
    )
    _end_waits(case, by=by, at=at)
    _satisfy_deadlines(case, by=by, at=at)
    CaseClosure.objects.create(case=case, cycle=state.cycle, why=Closed.DECIDED.value, by=by, at=at)
    _publish_decision(case, decision)
    _audit("decide_case", case, by=by, at=at, outcome=outcome)
    return decision.id


@transaction.atomic
def close_case(*, case_id: UUID, why: Closed, reason: str, by: Any, at: datetime) -> None:
    """Close a case that needs no decision: withdrawn, duplicate, moot.

    Its SLAs are cancelled; a miss stands. Raises CaseClosed, ReasonMissing, OutcomeUnknown for
    `decided`, which only `decide_case` gives.
    """
    state = lock_open_case(case_id)
    if why is Closed.DECIDED:
        raise OutcomeUnknown(number=state.case.number, outcome=why, known="withdrawn, moot")
    if not reason.strip():
        raise ReasonMissing(field="reason", verb="A closure")
    for deadline in deadlines_of(subject_kind="case", subject_id=case_id, at=at):
        if deadline.is_open:
            cancel_deadline(deadline_id=deadline.id, reason=reason, at=at, by=by.email)
    CaseClosure.objects.create(
        case=state.case, cycle=state.cycle, why=why.value, reason=reason.strip(), by=by, at=at
    )
    _audit("close_case", state.case, by=by, at=at, why=why.value)


@transaction.atomic
def reopen_case(*, case_id: UUID, reason: str, by: Any, at: datetime) -> None:
    """Work a closed case again, by a person who did not decide it.

    What its first deadline says is not touched: the new work has an SLA of its own.
    Raises CaseNotClosed, ReasonMissing.
    """
    state = lock_case(case_id)
    if state.closure is None:
        raise CaseNotClosed(number=state.case.number)
    if not reason.strip():
        raise ReasonMissing(field="reason", verb="A reopening")
    case = state.case
    Reopening.objects.create(case=case, cycle=state.cycle + 1, reason=reason.strip(), by=by, at=at)
    for decided in CaseDecision.objects.filter(case=case, by__isnull=False):
        BarredPerson.objects.get_or_create(
            case=case,
            person_id=decided.by_id,
            defaults={"why": "decided this case before", "by": by, "at": at},
        )
    if state.holder_id is not None:
        Assignment.objects.create(
            case=case,
            number=state.next_assignment,
            how=How.RELEASE.value,
            reason="reopened",
            by=by,
            at=at,
        )
    start_sla(case, kind=REOPENED_KIND, at=at, by=by.email)
    _audit("reopen_case", case, by=by, at=at, reason=reason)


def evidence_digest(case_id: UUID) -> str:
    """SHA-256 over the digests of the evidence a case holds, in order of keeping."""
    items = EvidenceItem.objects.filter(case_id=case_id).order_by("id")
    digests = items.values_list("digest", flat=True)
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _publish_decision(case: Case, decision: CaseDecision) -> None:
    publish(
        kind="case_decided",
        subject_id=case.id,
        payload={
            "decision_id": None if case.decision_id is None else str(case.decision_id),
            "party_id": None if case.party_id is None else str(case.party_id),
            "outcome": decision.outcome,
            "reason_codes": decision.reason_codes,
            "overrides_policy": decision.overrides_policy,
        },
    )


def _check_decision(
    state: CaseState,
    outcome: str,
    reason_codes: Sequence[str],
    statement: str,
    amount: Money | None,
) -> None:
    playbook = playbook_of(state.case.playbook.content)
    option = _option(state.case, playbook, outcome, reason_codes)
    if option.needs_amount and amount is None:
        raise AmountMissing(field="amount", outcome=option.title)
    if state.case.kind == CaseKind.REINSTATEMENT and not statement.strip():
        raise StatementMissing(field="statement")
    _check_playbook(state, playbook)


def _option(
    case: Case, playbook: Playbook, outcome: str, reason_codes: Sequence[str]
) -> OutcomeOption:
    option = playbook.outcome(outcome)
    if option is None:
        known = ", ".join(option.code for option in playbook.outcomes)
        raise OutcomeUnknown(field="outcome", number=case.number, outcome=outcome, known=known)
    known = ", ".join(option.reason_codes)
    for code in reason_codes:
        if code not in option.reason_codes:
            raise ReasonCodeUnknown(
                field="reason_codes", reason=code, outcome=option.title, known=known
            )
    if not reason_codes:
        raise ReasonMissing(field="reason_codes", verb="A case decision")
    return option


def _check_playbook(state: CaseState, playbook: Playbook) -> None:
    done = set(StepRecord.objects.filter(case=state.case).values_list("step", flat=True))
    steps = [step.title for step in playbook.steps if step.required and step.code not in done]
    if steps:
        raise StepsMissing(field="step", steps=", ".join(steps))
    kinds = set(EvidenceItem.objects.filter(case=state.case).values_list("kind", flat=True))
    missing = [kind for kind in playbook.required_evidence if kind not in kinds]
    if missing:
        raise EvidenceMissing(field="evidence", kinds=", ".join(missing))


def _end_waits(case: Case, *, by: Any, at: datetime) -> None:
    for request in InformationRequest.objects.filter(case=case, answer=None):
        for pause_id in open_pauses_of_request(request_id=request.id):
            end_pause(pause_id=pause_id, at=at, by=by.email)


def _satisfy_deadlines(case: Case, *, by: Any, at: datetime) -> None:
    for deadline in deadlines_of(subject_kind="case", subject_id=case.id, at=at):
        if deadline.is_open:
            satisfy_deadline(deadline_id=deadline.id, at=at, by=by.email)


def _audit(action: str, case: Case, *, by: Any, at: datetime, **detail: str) -> None:
    write_audit(
        actor=by.email, action=action, object_kind="case", object_id=case.id, at=at, detail=detail
    )
