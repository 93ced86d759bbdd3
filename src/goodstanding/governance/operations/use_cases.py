"""State what a decision is for, and revise it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from goodstanding.core.locks import lock_record
from goodstanding.governance.errors import ProhibitedPractice, UseCaseExists
from goodstanding.governance.models import UseCase, UseCaseRevision
from goodstanding.governance.operations.shared import (
    keep_in_trail,
    refusing,
    require_text,
    use_case_named,
)
from goodstanding.governance.types.records import Person, UseCaseStatement
from goodstanding.governance.types.words import AiActClass


@transaction.atomic
def state_use_case(
    *,
    code: str,
    title: str,
    desk: str,
    legal_entity: str,
    statement: UseCaseStatement,
    by: Person,
    at: datetime,
) -> UUID:
    """Enter a use case with its first statement; returns its id.

    Raises UseCaseExists, ProhibitedPractice, ReasonMissing.
    """
    with refusing({"governance_use_case_code_key": UseCaseExists(field="code", code=code)}):
        use_case = UseCase.objects.create(
            code=require_text(code, field="code"),
            title=require_text(title, field="title"),
            desk=require_text(desk, field="desk"),
            legal_entity_id=legal_entity,
        )
    _revise(use_case, statement, number=1, reason="First statement", by=by, at=at)
    keep_in_trail("state_use_case", "use_case", use_case.id, by=by, at=at, code=code)
    return use_case.id


@transaction.atomic
def revise_use_case(
    *, code: str, statement: UseCaseStatement, reason: str, by: Person, at: datetime
) -> int:
    """State a use case anew, with the reason; returns the revision's number.

    Raises NotFound, ProhibitedPractice, ReasonMissing.
    """
    use_case = use_case_named(code)
    lock_record(use_case.id)
    number = UseCaseRevision.objects.filter(use_case=use_case).count() + 1
    _revise(use_case, statement, number=number, reason=reason, by=by, at=at)
    keep_in_trail("revise_use_case", "use_case", use_case.id, by=by, at=at, number=number)
    return number


def _revise(
    use_case: UseCase,
    statement: UseCaseStatement,
    *,
    number: int,
    reason: str,
    by: Person,
    at: datetime,
) -> None:
    if statement.ai_act_class == AiActClass.PROHIBITED:
        raise ProhibitedPractice(field="ai_act_class")
    UseCaseRevision.objects.create(
        use_case=use_case,
        number=number,
        owner_id=statement.owner.id,
        purpose=require_text(statement.purpose, field="purpose"),
        decision=require_text(statement.decision, field="decision"),
        affected_persons=require_text(statement.affected_persons, field="affected_persons"),
        jurisdictions=sorted(set(statement.jurisdictions)),
        ai_act_role=statement.ai_act_role,
        ai_act_class=statement.ai_act_class,
        automation=statement.automation,
        yearly_decisions=statement.yearly_decisions,
        fallback=statement.fallback,
        reason=require_text(reason, field="reason"),
        stated_by_id=by.id,
        stated_at=at,
    )
