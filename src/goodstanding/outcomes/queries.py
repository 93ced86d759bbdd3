"""Read what came true, as known at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from goodstanding.outcomes.models import Label as LabelRow
from goodstanding.outcomes.types import Label


@dataclass(frozen=True, slots=True)
class Knowledge:
    """How much is known of a label: counts of decisions, as known at an instant."""

    bad: int
    good: int


def labels_of(*, decision_ids: Sequence[UUID], known_at: datetime) -> list[Label]:
    """The latest known label of each decision and definition; unknown ones are not listed."""
    rows = (
        LabelRow.objects.filter(decision_id__in=decision_ids, observed_at__lte=known_at)
        .order_by("decision_id", "definition", "-version", "-observed_at")
        .distinct("decision_id", "definition")
    )
    return [
        Label(
            decision_id=row.decision_id,
            definition=row.definition,
            version=row.version,
            value=row.value,
            event_at=row.event_at,
            mature_at=row.mature_at,
            observed_at=row.observed_at,
        )
        for row in rows
    ]


def label_history(*, decision_id: UUID) -> list[Label]:
    """Every observation of the decision's outcome, oldest first, for its timeline."""
    rows = LabelRow.objects.filter(decision_id=decision_id).order_by("observed_at")
    return [
        Label(
            decision_id=row.decision_id,
            definition=row.definition,
            version=row.version,
            value=row.value,
            event_at=row.event_at,
            mature_at=row.mature_at,
            observed_at=row.observed_at,
        )
        for row in rows
    ]


def knowledge_of(*, definition: str, known_at: datetime) -> Knowledge:
    """How many decisions are known bad and known good."""
    latest = (
        LabelRow.objects.filter(definition=definition, observed_at__lte=known_at)
        .order_by("decision_id", "-version", "-observed_at")
        .distinct("decision_id")
        .values("id")
    )
    counts = LabelRow.objects.filter(id__in=latest).aggregate(
        bad=Count("id", filter=Q(value=True)), good=Count("id", filter=Q(value=False))
    )
    return Knowledge(bad=counts["bad"], good=counts["good"])
