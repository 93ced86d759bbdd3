"""The tables of core, and the two kinds of row that every room builds on."""

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Cast, Now

from goodstanding.core.ids import new_id


class CurrentTransaction(models.Func):
    """The id of the transaction that writes, as a 64-bit number that never wraps."""

    function = "pg_current_xact_id"
    template = "%(function)s()"
    arity = 0


if TYPE_CHECKING:
    _TextField = models.Field[str, str]
else:
    _TextField = models.Field


class TransactionIdField(_TextField):
    """PostgreSQL's `xid8`: the transaction that wrote the row; exports take a watermark from it."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002
        """The column's type."""
        return "xid8"

    def get_internal_type(self) -> str:
        """A type of its own, which no backend maps."""
        return "TransactionIdField"


def transaction_index(name: str) -> models.Index:
    """An index by which sealer and lake find the rows of a window of transactions; nearly free."""
    xid_as_number = Cast(Cast("xid", models.TextField()), models.BigIntegerField())
    return BrinIndex(xid_as_number, name=name, autosummarize=True)


class Record(models.Model):
    """A row with an id that sorts by time, the instant we knew it, and its transaction."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    xid = TransactionIdField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        """No table of its own."""

        abstract = True


class AppendOnly(Record):
    """A decided fact: written once, never changed, never removed.

    The application's role has no UPDATE or DELETE on its table (granted after each migration);
    triggers refuse both, and TRUNCATE, to everybody else.
    """

    class Meta:
        """Triggers that a child inherits by `class Meta(AppendOnly.Meta)`."""

        abstract = True
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="never_emptied",
                operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                level=pgtrigger.Statement,
                func="raise exception 'rows of % are never removed', tg_table_name;",
            ),
        ]


class OutboxMessage(models.Model):
    """What an operation made known, written in its own transaction."""

    sequence = models.BigAutoField(primary_key=True)
    message_id = models.UUIDField(default=new_id, unique=True)
    kind = models.TextField()
    subject_id = models.UUIDField()
    payload: "models.JSONField[dict[str, Any]]" = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())
    xid = TransactionIdField(db_default=CurrentTransaction())

    class Meta(AppendOnly.Meta):
        """Append-only, read in order by kind."""

        abstract = False
        db_table = "core_outbox_message"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "sequence"], name="outbox_by_kind"),
        ]


class OutboxDelivery(models.Model):
    """A handler has taken a message; written in one transaction with the handler's effect."""

    message: "models.ForeignKey[OutboxMessage]" = models.ForeignKey(
        "core.OutboxMessage", on_delete=models.PROTECT
    )
    handler = models.TextField()
    delivered_at = models.DateTimeField(db_default=Now())

    class Meta(AppendOnly.Meta):
        """Once per message and handler."""

        abstract = False
        db_table = "core_outbox_delivery"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["handler", "message"], name="one_delivery_per_handler"),
        ]


class OutboxCursor(models.Model):
    """Below which transaction a handler has taken everything; moves forward only."""

    handler = models.TextField(primary_key=True)
    below_xid = TransactionIdField()

    class Meta:
        """One row a handler."""

        db_table = "core_outbox_cursor"


class OutboxFailure(models.Model):
    """A handler raised on a message; tried again after `retry_at`, never skipped silently."""

    message: "models.ForeignKey[OutboxMessage]" = models.ForeignKey(
        "core.OutboxMessage", on_delete=models.PROTECT
    )
    handler = models.TextField()
    attempt = models.IntegerField()
    error = models.TextField()
    failed_at = models.DateTimeField()
    retry_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One row an attempt."""

        abstract = False
        db_table = "core_outbox_failure"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["message", "handler", "attempt"], name="one_failure_per_attempt"
            ),
        ]


class AuditEntry(AppendOnly):
    """Who did what to which object; every write by a person, every read of personal data."""

    at = models.DateTimeField()
    actor = models.TextField()
    action = models.TextField()
    object_kind = models.TextField()
    object_id = models.TextField()
    detail: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict)

    class Meta(AppendOnly.Meta):
        """Read by object, by actor, by time."""

        db_table = "core_audit_entry"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["object_kind", "object_id", "at"], name="audit_by_object"),
            models.Index(fields=["actor", "at"], name="audit_by_actor"),
            models.Index(fields=["at"], name="audit_by_time"),
            transaction_index("audit_by_transaction"),
        ]


class Seal(models.Model):
    """A link of the chain: the digest of all rows of a stream between two transactions."""

    sequence = models.BigAutoField(primary_key=True)
    stream = models.TextField()
    from_xid = TransactionIdField()
    below_xid = TransactionIdField()
    row_count = models.BigIntegerField()
    rows_digest = models.CharField(max_length=64)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One chain over all streams; each window of a stream is sealed once."""

        abstract = False
        db_table = "core_seal"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["stream", "from_xid"], name="one_seal_per_window"),
            models.UniqueConstraint(fields=["previous_digest"], name="one_next_link"),
        ]


class SubjectKey(models.Model):
    """The key under which one data subject's values are kept, wrapped by a key of ours.

    Destroying it (`wrapped_key` null) erases the person; the row stays to say so.
    """

    subject_id = models.UUIDField(primary_key=True)
    wrapped_key = models.BinaryField(null=True)
    wrapped_by = models.TextField()
    made_at = models.DateTimeField(db_default=Now())
    destroyed_at = models.DateTimeField(null=True)
    destroyed_by = models.TextField(blank=True, default="")

    class Meta:
        """A key is either there or destroyed, never half."""

        db_table = "core_subject_key"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="key_there_or_destroyed",
                condition=models.Q(wrapped_key__isnull=False, destroyed_at__isnull=True)
                | models.Q(wrapped_key__isnull=True, destroyed_at__isnull=False),
            ),
        ]


class PersonalValue(models.Model):
    """Encrypted personal values of one data subject; ids and digests stand everywhere else."""

    id = models.UUIDField(primary_key=True, default=new_id)
    subject: "models.ForeignKey[SubjectKey]" = models.ForeignKey(
        "core.SubjectKey", on_delete=models.PROTECT
    )
    subject_id: UUID
    ciphertext = models.BinaryField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta(AppendOnly.Meta):
        """Append-only: erasure destroys the key, not the row."""

        abstract = False
        db_table = "core_personal_value"
