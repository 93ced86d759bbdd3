"""What a person keeps for themselves: nothing here is a decided fact."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from goodstanding.core.ids import new_id


class SavedView(models.Model):
    """A list's filter and order under a name, for one person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner: "models.ForeignKey[Any]" = models.ForeignKey("accounts.User", on_delete=models.CASCADE)
    list_name = models.TextField()
    name = models.CharField(max_length=60)
    path = models.TextField()
    query = models.TextField(blank=True, default="")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        """One name a list and person."""

        db_table = "web_saved_view"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["owner", "list_name", "name"], name="one_view_of_a_name"
            ),
        ]


class TourProgress(models.Model):
    """A step of a role's tour that a person has opened."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner: "models.ForeignKey[Any]" = models.ForeignKey("accounts.User", on_delete=models.CASCADE)
    step = models.TextField()
    opened_at = models.DateTimeField()

    class Meta:
        """Each step once a person."""

        db_table = "web_tour_progress"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "step"], name="one_progress_a_step"),
        ]
