"""Appeals: opened for a second person, decided with a statement, lifted by kind."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from goodstanding.cases.errors import (
    AlreadyReinstated,
    AppealAlreadyOpen,
    AppealWindowClosed,
    ReasonMissing,
    ReinstatementKindMissing,
)
from goodstanding.cases.models import (
    Appeal,
    BarredPerson,
    Case,
    CaseClosure,
    Enforcement,
    Reinstatement,
    Reopening,
)
from goodstanding.cases.operations.deciding import decide_case
from goodstanding.cases.operations.opening import open_case
from goodstanding.cases.operations.working import keep_evidence
from goodstanding.cases.types import AppealOutcome, CaseKind, NewCase, ReinstatementKind
from goodstanding.core.audit import write_audit
from goodstanding.core.errors import NotFound
from goodstanding.core.locks import lock_record
from goodstanding.core.outbox import publish
from goodstanding.deadlines.queries import deadlines_of
from goodstanding.team.queries import manager_of


@transaction.atomic
def lodge_appeal(
    *,
    enforcement_id: UUID,
    grounds: str,
    via: str,
    lodged_at: datetime,
    has_new_evidence: bool = False,
    queue: str = "reinstatement",
    by: str = "system:seller",
) -> UUID:
    """Open a reinstatement case that never reaches the decider or their manager.

    Raises NotFound, AppealWindowClosed, AppealAlreadyOpen, AlreadyReinstated, ReasonMissing.
    """
    lock_record(enforcement_id)
    enforcement = Enforcement.objects.filter(id=enforcement_id).first()
    if enforcement is None:
        raise NotFound(what="enforcement", key=enforcement_id)
    if not grounds.strip():
        raise ReasonMissing(field="grounds", verb="An appeal")
    _check_appealable(enforcement, at=lodged_at)
    new = NewCase(
        kind=CaseKind.REINSTATEMENT,
        queue=queue,
        legal_entity=enforcement.legal_entity_id,
        party_id=enforcement.party_id,
        enforcement_id=enforcement.id,
        policy_outcome=AppealOutcome.UPHELD.value,
        source=enforcement.source,
    )
    case_id = open_case(case=new, at=lodged_at, by=by)
    _ready_for_review(enforcement, case_id, at=lodged_at)
    appeal = Appeal.objects.create(
        enforcement=enforcement,
        number=1 + Appeal.objects.filter(enforcement=enforcement).count(),
        case_id=case_id,
        lodged_at=lodged_at,
        via=via,
        grounds=grounds.strip(),
        has_new_evidence=has_new_evidence,
    )
    publish(
        kind="appeal_lodged",
        subject_id=appeal.id,
        payload={"party_id": str(enforcement.party_id), "case_id": str(case_id)},
    )
    write_audit(
        actor=by, action="lodge_appeal", object_kind="enforcement", object_id=enforcement.id,
        at=lodged_at, detail={"case_id": str(case_id)},
    )  # fmt: skip
    return appeal.id


@transaction.atomic
def decide_appeal(
    *,
    case_id: UUID,
    outcome: AppealOutcome,
    kind: ReinstatementKind | None,
    reason_codes: Sequence[str],
    statement: str,
    by: Any,
    at: datetime,
    conditions: str = "",
) -> UUID:
    """Decide a reinstatement case; modified and overturned lift the enforcement, by kind.

    Raises what `decide_case` raises, ReinstatementKindMissing, AlreadyReinstated, ReasonMissing
    for a conditional return without conditions.
    """
    if (outcome is AppealOutcome.UPHELD) != (kind is None):
        raise ReinstatementKindMissing(field="kind", outcome=outcome.value)
    if kind is ReinstatementKind.CONDITIONAL and not conditions.strip():
        raise ReasonMissing(field="conditions", verb="A conditional return")
    decision_id = decide_case(
        case_id=case_id,
        outcome=outcome.value,
        reason_codes=reason_codes,
        statement=statement,
        by=by,
        at=at,
    )
    if kind is not None:
        case = Case.objects.get(id=case_id)
        _check_not_reinstated(case.enforcement_id)
        Reinstatement.objects.create(
            enforcement_id=case.enforcement_id,
            case=case,
            kind=kind.value,
            in_part=outcome is AppealOutcome.MODIFIED,
            conditions=conditions.strip(),
            statement=statement.strip(),
            effective_at=at,
            by=by,
        )
    return decision_id


def _check_appealable(enforcement: Enforcement, *, at: datetime) -> None:
    _check_not_reinstated(enforcement.id)
    for deadline in deadlines_of(subject_kind="enforcement", subject_id=enforcement.id, at=at):
        is_window = deadline.kind == "complaint_window"
        if is_window and deadline.due_at is not None and deadline.due_at < at:
            raise AppealWindowClosed(closed_at=f"{deadline.due_at:%Y-%m-%d %H:%M} UTC")
    for appeal in Appeal.objects.filter(enforcement=enforcement).select_related("case"):
        cycle = 1 + Reopening.objects.filter(case=appeal.case).count()
        if not CaseClosure.objects.filter(case=appeal.case, cycle=cycle).exists():
            raise AppealAlreadyOpen(number=appeal.case.number)


def _check_not_reinstated(enforcement_id: UUID | None) -> None:
    lifted = Reinstatement.objects.filter(enforcement_id=enforcement_id).first()
    if lifted is not None:
        raise AlreadyReinstated(kind=ReinstatementKind(lifted.kind).label)


def _ready_for_review(enforcement: Enforcement, case_id: UUID, *, at: datetime) -> None:
    """Bar whoever had a part in it, and put what the seller was told on the case."""
    keep_evidence(
        case_id=case_id,
        kind="statement_of_reasons",
        title="The statement of reasons that the seller received",
        content=enforcement.statement,
        at=at,
    )
    if enforcement.decided_by_id is None:
        return
    barred = {enforcement.decided_by_id: "decided the enforcement under review"}
    managers = {enforcement.manager_id, manager_of(person_id=enforcement.decided_by_id)}
    for manager_id in managers - {None}:
        barred.setdefault(manager_id, "manages the person who decided the enforcement")  # pyright: ignore[reportArgumentType]
    for person_id, why in barred.items():
        BarredPerson.objects.create(case_id=case_id, person_id=person_id, why=why, at=at)
