"""Use cases: what a decision is for, whom it touches, what decides when nothing may."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from goodstanding.core.models import AppendOnly
from goodstanding.governance.models.constraints import (
    append_only_triggers,
    moves_the_gate,
    one_of,
    said,
)
from goodstanding.governance.types.words import AiActClass, AiActRole, Automation, Fallback


class UseCase(AppendOnly):
    """The fixed name of a use; what it says of itself is in its revisions."""

    code = models.SlugField(unique=True)
    title = models.TextField()
    desk = models.SlugField()
    legal_entity: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.LegalEntity", on_delete=models.PROTECT, related_name="+"
    )
    legal_entity_id: str

    class Meta(AppendOnly.Meta):
        """Known by its code."""

        db_table = "governance_use_case"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            said("code", "title", "desk", name="use_case_is_named"),
        ]


class UseCaseRevision(AppendOnly):
    """What the owner stated of a use case, from `stated_at` until the next revision."""

    use_case: "models.ForeignKey[UseCase]" = models.ForeignKey(
        "governance.UseCase", on_delete=models.PROTECT, related_name="revisions"
    )
    use_case_id: UUID
    number = models.PositiveIntegerField()
    owner: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    owner_id: UUID
    purpose = models.TextField()
    decision = models.TextField()
    affected_persons = models.TextField()
    jurisdictions: "models.JSONField[list[str]]" = models.JSONField()
    ai_act_role = models.TextField()
    ai_act_class = models.TextField()
    automation = models.TextField()
    yearly_decisions = models.PositiveBigIntegerField(null=True)
    fallback = models.TextField()
    reason = models.TextField()
    stated_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    stated_by_id: UUID
    stated_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Numbered from 1; the highest is what holds."""

        db_table = "governance_use_case_revision"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["use_case", "number"], name="one_revision_a_number"),
            said("purpose", "decision", "affected_persons", "reason", name="use_case_is_described"),
            one_of("ai_act_role", AiActRole, name="ai_act_role_known"),
            one_of("ai_act_class", AiActClass, name="ai_act_class_known"),
            one_of("automation", Automation, name="automation_known"),
            one_of("fallback", Fallback, name="use_case_fallback_known"),
        ]
        triggers = append_only_triggers(moves_the_gate())
