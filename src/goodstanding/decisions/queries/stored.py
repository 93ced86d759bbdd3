"""A decision as it was committed."""

from uuid import UUID

from goodstanding.core.named_sql import named_sql
from goodstanding.decisions.answer import StoredDecision, stored_from


def stored_decision(*, decision_id: UUID) -> StoredDecision | None:
    """A decision with its record, or None if there is none of this id."""
    rows = named_sql("decisions", "stored_decision").rows(
        {"decision_id": decision_id, "claimed_by": None, "idempotency_key": None}
    )
    return stored_from(rows[0]) if rows else None
