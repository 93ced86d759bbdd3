"""What would have changed a decision: asked of the version that decided, on the record it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.encryption import PersonalValuesErased, read_personal
from goodstanding.decisions.errors import PolicyTextMissing, UnknownDecision
from goodstanding.decisions.models import Decision
from goodstanding.decisions.operations.reading_in_force import version_by_hash
from goodstanding.decisions.replaying import recorded_inputs
from goodstanding.policies.engine.counterfactual import find_counterfactual
from goodstanding.policies.engine.counterfactual_answer import (
    CounterfactualAnswer,
)


@dataclass(frozen=True, slots=True)
class WhatWouldChange:
    """The answer of the version that decided; None and `why_not` where it cannot be asked."""

    answer: CounterfactualAnswer | None
    why_not: str


@transaction.atomic
def what_would_change(*, decision_id: UUID, by: str, at: datetime) -> WhatWouldChange:
    """The smallest change to the inputs that would have altered the policy's outcome.

    Personal inputs are decrypted for it and shown to nobody; the audit trail says so. Where the
    fallback decided, the answer is that of the policy itself. Raises UnknownDecision.
    """
    decision = Decision.objects.filter(id=decision_id).first()
    if decision is None:
        raise UnknownDecision(decision_id=decision_id)
    record: Mapping[str, Any] = msgspec.json.decode(decision.record)
    try:
        version = version_by_hash(policy=decision.policy, content_hash=decision.policy_hash)
        personal = _personal(decision, by=by, at=at)
    except PolicyTextMissing as refusal:
        return WhatWouldChange(None, f"{refusal.message} {refusal.mend}")
    except PersonalValuesErased as refusal:
        return WhatWouldChange(None, refusal.message)
    answer = find_counterfactual(
        version.policy,
        recorded_inputs(record, personal),
        as_of=datetime.fromisoformat(record["as_of"]),
    )
    return WhatWouldChange(answer, answer.why_not)


def _personal(decision: Decision, *, by: str, at: datetime) -> Mapping[str, str | None]:
    kept = decision.personal_value_id
    if kept is None:
        return {}
    personal = read_personal(value_id=kept)
    write_audit(
        actor=by, action="explain_decision", object_kind="decision", object_id=decision.id, at=at,
        detail={"decrypted": sorted(personal)},
    )  # fmt: skip
    return personal
