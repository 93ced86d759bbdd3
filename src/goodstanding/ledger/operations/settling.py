"""Rows in quarantine are settled: mended at their source, or left out on purpose."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from goodstanding.core.audit import write_audit
from goodstanding.ledger.errors import NoRowWaits, SettlementWithoutReason
from goodstanding.ledger.models import QuarantinedRow, QuarantineSettlement
from goodstanding.ledger.queries import quarantined_rows


@transaction.atomic
def settle_rows(*, run_id: UUID, lines: Collection[int], reason: str, by: str, at: datetime) -> int:
    """Say of rows of an import that they wait no longer; returns how many did wait.

    The row and why it waited stay on record. Raises SettlementWithoutReason, NoRowWaits.
    """
    if not reason.strip():
        raise SettlementWithoutReason(field="reason")
    waiting = {row.line for row in quarantined_rows(run_id=run_id) if row.waits} & set(lines)
    if not waiting:
        raise NoRowWaits(field="row")
    rows = QuarantinedRow.objects.filter(run_id=run_id, line__in=waiting)
    QuarantineSettlement.objects.bulk_create(
        QuarantineSettlement(row=row, settled_by=by, settled_at=at, reason=reason.strip())
        for row in rows
    )
    write_audit(
        actor=by, action="settle_quarantine", object_kind="import", object_id=run_id, at=at,
        detail={"lines": sorted(waiting), "reason": reason.strip()},
    )  # fmt: skip
    return len(waiting)
