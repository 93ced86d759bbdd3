"""Observe what came true."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from goodstanding.core.bulk import refresh_statistics
from goodstanding.core.named_sql import named_sql
from goodstanding.outcomes.definitions import label_definitions
from goodstanding.outcomes.models import Label
from goodstanding.outcomes.types import LabelDefinition, Observed

BATCH = 2000
JOINED = ("decisions_decision", "ledger_fact", "outcomes_label")


def observe_all(*, known_at: datetime) -> list[Observed]:
    """Bring every label up to what is known at the instant; a second call finds nothing new."""
    refresh_statistics(*JOINED)
    return [
        observe_label(definition=definition, known_at=known_at)
        for definition in label_definitions().values()
    ]


@transaction.atomic
def observe_label(*, definition: LabelDefinition, known_at: datetime) -> Observed:
    """Keep a row for each decision whose outcome became known, or changed, by the instant.

    An event makes a decision bad at once; time alone makes it good, and only when it is mature;
    a retracted event makes it unknown again, or good if it is mature by then.
    """
    unclear = definition.indeterminate
    changed = named_sql("outcomes", "changed_labels").rows(
        {
            "known_at": known_at,
            "label": definition.name,
            "version": definition.version,
            "policies": list(definition.policies),
            "event_kinds": list(definition.event_kinds),
            "indeterminate_kind": unclear.kind if unclear else None,
            "indeterminate_attribute": unclear.attribute if unclear else None,
            "indeterminate_value": unclear.value if unclear else None,
            "horizon_months": definition.horizon_months,
            "lag_days": definition.reporting_lag_days,
        }
    )
    Label.objects.bulk_create(
        [
            Label(
                definition=definition.name,
                version=definition.version,
                observed_at=known_at,
                **row,
            )
            for row in changed
        ],
        batch_size=BATCH,
    )
    return _count(definition, changed)


def _count(definition: LabelDefinition, changed: Sequence[dict[str, Any]]) -> Observed:
    values = [row["value"] for row in changed]
    return Observed(
        definition.name,
        bad=sum(value is True for value in values),
        good=sum(value is False for value in values),
        withdrawn=sum(value is None for value in values),
    )
