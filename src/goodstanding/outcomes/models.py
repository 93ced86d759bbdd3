"""The table of what came true."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from goodstanding.core.models import AppendOnly, transaction_index


class Label(AppendOnly):
    """A decision's outcome became known, or was corrected, at `observed_at`.

    The latest row at or before an instant is what was known then; none means unknown. `value` is
    True for bad, False for good, None when a correction made it unknown again.
    """

    decision: "models.ForeignKey[Any]" = models.ForeignKey(
        "decisions.Decision", on_delete=models.PROTECT, related_name="+"
    )
    decision_id: UUID
    definition = models.TextField()
    version = models.IntegerField()
    value = models.BooleanField(null=True)
    event_at = models.DateTimeField(null=True)
    mature_at = models.DateTimeField()
    observed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One row a change of knowledge."""

        db_table = "outcomes_label"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["decision", "definition", "version", "observed_at"],
                name="one_label_per_observation",
            ),
            models.CheckConstraint(
                name="good_only_when_mature",
                condition=~models.Q(value=False) | models.Q(observed_at__gte=models.F("mature_at")),
            ),
            models.CheckConstraint(
                name="bad_has_its_event",
                condition=~models.Q(value=True) | models.Q(event_at__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [transaction_index("label_by_transaction")]
