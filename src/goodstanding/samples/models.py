"""Which steps of loading the samples are done."""

from typing import Any, ClassVar

from django.db import models

from goodstanding.core.models import AppendOnly


class Step(AppendOnly):
    """A step that is done, with what it did."""

    name = models.TextField()
    done_at = models.DateTimeField()
    detail: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict)

    class Meta(AppendOnly.Meta):
        """Done once."""

        db_table = "samples_step"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name"], name="a_step_is_done_once"),
        ]
