"""The tables of decisions: what was decided, what was refused, what was replayed."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from goodstanding.core.models import AppendOnly, transaction_index
from goodstanding.decisions.types import Origin, Outcome
from goodstanding.governance.types import GateStatus

GATE_STATES = [*(status.value for status in GateStatus), "unknown"]


def _choices(values: type[Outcome] | type[Origin]) -> list[str]:
    return [member.value for member in values]


class Decision(AppendOnly):
    """One evaluation of one policy for one entity; a later one may supersede it.

    `record` is the canonical JSON that replay reads, `record_hash` its SHA-256; the other columns
    are for search and for the lake. The row refers to other rooms by id without a foreign key:
    the check would cost more than the rest of the insert, and what it points to is never removed.
    """

    legal_entity = models.TextField()
    claimed_by = models.TextField()
    idempotency_key = models.TextField()
    request_digest = models.CharField(max_length=64)
    origin = models.TextField()
    actor = models.TextField()
    desk = models.TextField()
    policy = models.TextField()
    policy_hash = models.CharField(max_length=64)
    entity = models.TextField()
    party_id = models.UUIDField(null=True)
    as_of = models.DateTimeField()
    outcome = models.TextField()
    amount_minor = models.BigIntegerField(null=True)
    limit_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 - unknown is not ''
    score = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    gate_state = models.TextField()
    approval_id = models.UUIDField(null=True)
    arm = models.TextField()
    bucket = models.SmallIntegerField()
    rule_states = models.TextField()
    reason_codes = ArrayField(models.TextField())
    supersedes_id = models.UUIDField(null=True)
    personal_value_id = models.UUIDField(null=True)
    duration_us = models.IntegerField(null=True)
    record = models.TextField()
    record_hash = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        """Claimed once per key; found by day, by entity, by party, by transaction."""

        db_table = "decisions_decision"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["claimed_by", "idempotency_key"], name="one_decision_per_idempotency_key"
            ),
            models.CheckConstraint(
                name="decision_outcome_is_known",
                condition=models.Q(outcome__in=_choices(Outcome)),
            ),
            models.CheckConstraint(
                name="decision_origin_is_known", condition=models.Q(origin__in=_choices(Origin))
            ),
            models.CheckConstraint(
                name="decision_gate_state_is_known",
                condition=models.Q(gate_state__in=GATE_STATES),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["entity"], name="decision_by_entity"),
            models.Index(fields=["party_id"], name="decision_by_party"),
            models.Index(
                fields=["recorded_at", "desk", "policy", "outcome", "gate_state", "origin"],
                name="decision_by_day",
            ),
            transaction_index("decision_by_transaction"),
        ]


class RejectedEvent(AppendOnly):
    """A request that named no entity or no time: not decided, and yet not lost.

    The raw body is kept as a personal value under a key of its own, since nobody knows yet whose
    it is.
    """

    legal_entity = models.TextField()
    actor = models.TextField()
    code = models.TextField()
    field = models.TextField()
    message = models.TextField()
    body_digest = models.CharField(max_length=64)
    body_bytes = models.IntegerField()
    personal_value_id = models.UUIDField()
    rejected_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Read by time."""

        db_table = "decisions_rejected_event"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["rejected_at"], name="rejected_event_by_time"),
        ]


class Replay(AppendOnly):
    """Somebody derived a decision again from its record: the result, and the first difference."""

    decision: "models.ForeignKey[Decision]" = models.ForeignKey(
        "decisions.Decision", on_delete=models.PROTECT, related_name="replays"
    )
    verdict = models.TextField()
    difference = models.TextField(blank=True)
    replayed_by = models.TextField()
    replayed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Any number a decision."""

        db_table = "decisions_replay"
