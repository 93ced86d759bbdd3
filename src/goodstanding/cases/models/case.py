"""Queues, playbooks and the case itself."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from goodstanding.cases.types import CaseKind
from goodstanding.core.models import AppendOnly, transaction_index


class NextCaseNumber(models.Func):
    """The next number of a case, as people call it."""

    template = "nextval('cases_case_number')"
    arity = 0


class Queue(AppendOnly):
    """A place where cases of one kind wait, by a code that never changes."""

    code = models.TextField(unique=True)
    desk = models.TextField()

    class Meta(AppendOnly.Meta):
        """Its terms are rows of their own."""

        db_table = "cases_queue"


class QueueTerms(AppendOnly):
    """What holds for the cases of a queue from here on: clock, calendar, skill, playbook."""

    queue: "models.ForeignKey[Queue]" = models.ForeignKey("cases.Queue", on_delete=models.PROTECT)
    revision = models.IntegerField()
    title = models.TextField()
    purpose = models.TextField()
    calendar = models.TextField()
    clock_kind = models.TextField()
    target = models.BigIntegerField()
    skill = models.TextField(blank=True, default="")
    playbook = models.TextField()
    standard_minutes = models.IntegerField()
    from_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One row a revision; a case keeps the one it was opened under."""

        db_table = "cases_queue_terms"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["queue", "revision"], name="one_terms_revision"),
            models.CheckConstraint(
                name="standard_minutes_positive", condition=models.Q(standard_minutes__gt=0)
            ),
        ]


class PlaybookVersion(AppendOnly):
    """A playbook as its file said it, by the digest of its content."""

    name = models.TextField()
    version = models.CharField(max_length=64, unique=True)
    content: "models.JSONField[dict[str, Any]]" = models.JSONField()
    from_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Pinned by the cases opened under it."""

        db_table = "cases_playbook_version"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["name", "from_at"], name="playbook_by_name"),
        ]


class Case(AppendOnly):
    """Something a person has to decide; all that happens to it is in rows of its own.

    decision_id names a row of decisions without a foreign key, as the outbox tells of it.
    """

    number = models.BigIntegerField(unique=True, db_default=NextCaseNumber(), editable=False)
    kind = models.TextField()
    queue: "models.ForeignKey[Queue]" = models.ForeignKey("cases.Queue", on_delete=models.PROTECT)
    queue_id: UUID
    terms: "models.ForeignKey[QueueTerms]" = models.ForeignKey(
        "cases.QueueTerms", on_delete=models.PROTECT
    )
    playbook: "models.ForeignKey[PlaybookVersion]" = models.ForeignKey(
        "cases.PlaybookVersion", on_delete=models.PROTECT
    )
    desk = models.TextField()
    legal_entity: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.LegalEntity", on_delete=models.PROTECT
    )
    legal_entity_id: str
    party: "models.ForeignKey[Any]" = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.PROTECT
    )
    party_id: UUID | None
    decision_id = models.UUIDField(null=True, unique=True)
    enforcement: "models.ForeignKey[Any]" = models.ForeignKey(
        "cases.Enforcement", null=True, on_delete=models.PROTECT
    )
    enforcement_id: UUID | None
    reference = models.TextField(blank=True, default="")
    policy = models.TextField(blank=True, default="")
    policy_hash = models.TextField(blank=True, default="")
    policy_outcome = models.TextField(blank=True, default="")
    reasons: "models.JSONField[list[dict[str, Any]]]" = models.JSONField(default=list)
    attributes: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict)
    standard_minutes = models.IntegerField()
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    source = models.TextField(default="live")

    class Meta(AppendOnly.Meta):
        """One case a decision; a reinstatement names its enforcement."""

        db_table = "cases_case"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["queue", "opened_at"], name="case_by_queue"),
            models.Index(fields=["reference"], name="case_by_reference"),
            transaction_index("case_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="case_kind_known",
                condition=models.Q(kind__in=[kind.value for kind in CaseKind]),
            ),
            models.CheckConstraint(
                name="reinstatement_names_its_enforcement",
                condition=models.Q(kind=CaseKind.REINSTATEMENT.value, enforcement__isnull=False)
                | (
                    ~models.Q(kind=CaseKind.REINSTATEMENT.value)
                    & models.Q(enforcement__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="case_source_known",
                condition=models.Q(source__in=["live", "import", "demonstration"]),
            ),
        ]
