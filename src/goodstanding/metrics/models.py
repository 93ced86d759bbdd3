"""The tables of metrics: what was computed, and when."""

from typing import Any, ClassVar

from django.db import models

from goodstanding.core.models import AppendOnly


class ComputedMetric(AppendOnly):
    """A metric as it was computed for a pair of instants, from the lake below a watermark."""

    metric = models.TextField()
    definition_version = models.IntegerField()
    definition_sha256 = models.CharField(max_length=64)
    as_of = models.DateTimeField()
    known_at = models.DateTimeField()
    watermark = models.BigIntegerField()
    points: "models.JSONField[list[dict[str, Any]]]" = models.JSONField()
    duration_ms = models.IntegerField()

    class Meta(AppendOnly.Meta):
        """The latest of a metric is what its page shows."""

        db_table = "metrics_computed_metric"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["metric", "-known_at"], name="computed_by_metric"),
        ]


class SavedQuery(AppendOnly):
    """A person's own query on the lake, kept under a name for everybody."""

    name = models.TextField()
    text = models.TextField()
    saved_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT
    )

    class Meta(AppendOnly.Meta):
        """A new version of a name is a new row."""

        db_table = "metrics_saved_query"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["name", "-recorded_at"], name="saved_query_by_name"),
        ]
