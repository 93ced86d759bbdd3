"""Enforcements against sellers, appeals, and the ways back."""

from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.db import models

from goodstanding.cases.models.case import Case
from goodstanding.cases.types import Ground, Measure, ReinstatementKind
from goodstanding.core.models import AppendOnly, transaction_index

NOT_BY_THE_DECIDER = """
if exists (
    select 1
    from cases_enforcement as enforcement
    left join accounts_user as decider on enforcement.decided_by_id = decider.id
    where
        enforcement.id = new.enforcement_id
        and new.by_id in (enforcement.decided_by_id, enforcement.manager_id, decider.manager_id)
) then
    raise exception 'this person had a part in the decision under review'
        using errcode = 'check_violation';
end if;
return new;
"""


class Enforcement(AppendOnly):
    """A measure against a seller, with the statement of reasons they received.

    decided_by is null only where nobody decided: automated_decision. manager is the decider's
    manager at that time, who reviews it as little as the decider does.
    """

    party: "models.ForeignKey[Any]" = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, db_index=False
    )
    party_id: UUID
    legal_entity: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.LegalEntity", on_delete=models.PROTECT
    )
    legal_entity_id: str
    measure = models.TextField()
    scope = models.TextField()
    territory = models.TextField(blank=True, default="")
    severity = models.IntegerField()
    ground = models.TextField()
    clause = models.TextField()
    regime = models.TextField()
    statement = models.TextField()
    automated_detection = models.BooleanField()
    automated_decision = models.BooleanField()
    decided_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by_id: UUID | None
    manager: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    manager_id: UUID | None
    decided_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    decision_id = models.UUIDField(null=True)
    source = models.TextField(default="live")

    class Meta(AppendOnly.Meta):
        """No statement, no measure."""

        db_table = "cases_enforcement"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["party", "decided_at"], name="enforcement_by_party"),
            transaction_index("enforcement_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="enforcement_states_its_reasons", condition=~models.Q(statement="")
            ),
            models.CheckConstraint(
                name="enforcement_has_a_decider",
                condition=models.Q(automated_decision=True) | models.Q(decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="enforcement_measure_known",
                condition=models.Q(measure__in=[measure.value for measure in Measure]),
            ),
            models.CheckConstraint(
                name="enforcement_ground_known",
                condition=models.Q(ground__in=[ground.value for ground in Ground]),
            ),
            models.CheckConstraint(
                name="enforcement_source_known",
                condition=models.Q(source__in=["live", "import", "demonstration"]),
            ),
        ]


class ExceptionApproval(AppendOnly):
    """A second person approved that a termination takes effect without the full notice."""

    enforcement: "models.OneToOneField[Enforcement]" = models.OneToOneField(
        "cases.Enforcement", on_delete=models.PROTECT, related_name="exception"
    )
    enforcement_id: UUID
    code = models.TextField()
    decided_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Never by the decider."""

        db_table = "cases_exception_approval"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="exception_approved_by_another_person",
                condition=~models.Q(approved_by=models.F("decided_by")),
            ),
            models.CheckConstraint(
                name="exception_code_known",
                condition=models.Q(code__in=["legal_duty", "imperative_reason", "repeated_breach"]),
            ),
        ]


class Appeal(AppendOnly):
    """The seller asks us to look again; a person who did not decide it does."""

    enforcement: "models.ForeignKey[Enforcement]" = models.ForeignKey(
        "cases.Enforcement", on_delete=models.PROTECT
    )
    enforcement_id: UUID
    number = models.IntegerField()
    case: "models.OneToOneField[Case]" = models.OneToOneField(
        "cases.Case", on_delete=models.PROTECT, related_name="appeal"
    )
    case_id: UUID
    lodged_at = models.DateTimeField()
    via = models.TextField()
    grounds = models.TextField()
    has_new_evidence = models.BooleanField()

    class Meta(AppendOnly.Meta):
        """Numbered per enforcement."""

        db_table = "cases_appeal"
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("appeal_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["enforcement", "number"], name="one_appeal_a_number"),
        ]


class Reinstatement(AppendOnly):
    """An enforcement was lifted, wholly or in part, and of which kind that was."""

    enforcement: "models.OneToOneField[Enforcement]" = models.OneToOneField(
        "cases.Enforcement", on_delete=models.PROTECT, related_name="reinstatement"
    )
    enforcement_id: UUID
    case: "models.OneToOneField[Case]" = models.OneToOneField(
        "cases.Case", on_delete=models.PROTECT, related_name="reinstatement"
    )
    case_id: UUID
    kind = models.CharField(max_length=2)
    in_part = models.BooleanField()
    conditions = models.TextField(blank=True, default="")
    statement = models.TextField()
    effective_at = models.DateTimeField()
    by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )

    class Meta(AppendOnly.Meta):
        """Once; with a statement; with conditions if conditional; never by the decider."""

        db_table = "cases_reinstatement"
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("reinstatement_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="reinstatement_kind_known",
                condition=models.Q(kind__in=[kind.value for kind in ReinstatementKind]),
            ),
            models.CheckConstraint(
                name="reinstatement_states_its_reasons", condition=~models.Q(statement="")
            ),
            models.CheckConstraint(
                name="conditional_has_conditions",
                condition=~models.Q(kind=ReinstatementKind.CONDITIONAL.value)
                | ~models.Q(conditions=""),
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="not_by_the_decider",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=NOT_BY_THE_DECIDER,
            ),
        ]
