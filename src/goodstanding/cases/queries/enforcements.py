"""Enforcements as their reviewers and the business's page see them."""

from datetime import datetime
from uuid import UUID

from goodstanding.cases.models import Enforcement
from goodstanding.cases.types import EnforcementView, Ground, Measure, ReinstatementKind
from goodstanding.core.errors import NotFound
from goodstanding.deadlines.queries import deadlines_of


def enforcement_at(*, enforcement_id: UUID, at: datetime) -> EnforcementView:
    """One enforcement. Raises NotFound."""
    row = (
        Enforcement.objects.select_related("decided_by", "reinstatement")
        .filter(id=enforcement_id)
        .first()
    )
    if row is None:
        raise NotFound(what="enforcement", key=enforcement_id)
    return _view(row, at)


def enforcements_of(*, party_id: UUID, at: datetime) -> list[EnforcementView]:
    """All enforcements against a business, newest first."""
    rows = Enforcement.objects.select_related("decided_by", "reinstatement").filter(
        party_id=party_id, decided_at__lte=at
    )
    return [_view(row, at) for row in rows.order_by("-decided_at", "-id")]


def _view(row: Enforcement, at: datetime) -> EnforcementView:
    window = next(
        (
            deadline.due_at
            for deadline in deadlines_of(subject_kind="enforcement", subject_id=row.id, at=at)
            if deadline.kind == "complaint_window"
        ),
        None,
    )
    lifted = getattr(row, "reinstatement", None)
    if lifted is not None and lifted.effective_at > at:
        lifted = None
    return EnforcementView(
        id=row.id,
        party_id=row.party_id,
        legal_entity=row.legal_entity_id,
        measure=Measure(row.measure),
        scope=row.scope,
        ground=Ground(row.ground),
        clause=row.clause,
        statement=row.statement,
        decided_by_id=row.decided_by_id,
        decided_by=str(row.decided_by) if row.decided_by_id else "",
        decided_at=row.decided_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        automated=row.automated_decision,
        appealable_until=window,
        reinstated="" if lifted is None else ReinstatementKind(lifted.kind).label,
        source=row.source,
    )
