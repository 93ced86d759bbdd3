"""Enforcements as their reviewers and the business's page see them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from goodstanding.cases.models import Appeal, Enforcement
from goodstanding.cases.types import EnforcementView, Ground, Measure, ReinstatementKind
from goodstanding.core.errors import NotFound
from goodstanding.deadlines.queries import deadlines_of_subjects
from goodstanding.deadlines.types import Deadline


def enforcement_at(*, enforcement_id: UUID, at: datetime) -> EnforcementView:
    """One enforcement. Raises NotFound."""
    row = (
        Enforcement.objects.select_related("decided_by", "reinstatement")
        .filter(id=enforcement_id)
        .first()
    )
    if row is None:
        raise NotFound(what="enforcement", key=enforcement_id)
    return _views([row], at)[0]


def case_of_appeal(*, appeal_id: UUID) -> UUID:
    """The reinstatement case that an appeal opened. Raises NotFound."""
    case_id = Appeal.objects.filter(id=appeal_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise NotFound(what="appeal", key=appeal_id)
    return case_id


def enforcements_of(*, party_id: UUID, at: datetime) -> list[EnforcementView]:
    """All enforcements against a business, newest first."""
    rows = Enforcement.objects.select_related("decided_by", "reinstatement").filter(
        party_id=party_id, decided_at__lte=at
    )
    return _views(list(rows.order_by("-decided_at", "-id")), at)


def enforcements_of_parties(
    *, party_ids: Collection[UUID], at: datetime
) -> dict[UUID, list[EnforcementView]]:
    """The same for several businesses at once; those without one are left out."""
    rows = Enforcement.objects.select_related("decided_by", "reinstatement").filter(
        party_id__in=party_ids, decided_at__lte=at
    )
    found: dict[UUID, list[EnforcementView]] = {}
    for view in _views(list(rows.order_by("-decided_at", "-id")), at):
        found.setdefault(view.party_id, []).append(view)
    return found


def _views(rows: Sequence[Enforcement], at: datetime) -> list[EnforcementView]:
    deadlines = deadlines_of_subjects(
        subject_kind="enforcement", subject_ids=[row.id for row in rows], at=at
    )
    return [_view(row, deadlines.get(row.id, ()), at) for row in rows]


def _view(row: Enforcement, deadlines: Iterable[Deadline], at: datetime) -> EnforcementView:
    window = next(
        (deadline.due_at for deadline in deadlines if deadline.kind == "complaint_window"), None
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
