"""The tables of decisions: what was decided, refused, replayed, and said in shadow."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from goodstanding.core.models import AppendOnly, TransactionIdField, transaction_index
from goodstanding.decisions.trial_models import Explored, Trial, TrialArm, TrialEnd, TrialUnit
from goodstanding.decisions.types import Origin, Outcome, ShadowState
from goodstanding.governance.types import GateStatus

__all__ = [
    "Decision",
    "Explored",
    "RejectedEvent",
    "Replay",
    "ReplayRun",
    "ShadowCursor",
    "ShadowDecision",
    "Trial",
    "TrialArm",
    "TrialEnd",
    "TrialUnit",
]
GATE_STATES = [*(status.value for status in GateStatus), "unknown"]


def _choices(values: type[Outcome] | type[Origin] | type[ShadowState]) -> list[str]:
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
                fields=["supersedes_id"],
                name="decision_by_superseded",
                condition=models.Q(supersedes_id__isnull=False),
            ),
            models.Index(
                fields=["arm"], name="decision_in_trial", condition=models.Q(arm__contains="/")
            ),
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


class ShadowDecision(AppendOnly):
    """What a version in shadow would have said of a live decision; it decides nothing.

    `decided_outcome` is what the policy that decided had said, whatever the gate made of it.
    `differs_in` names the parts that differ; `rule_changes` the rules, as `id TRUE>FALSE`. Where
    nothing could be evaluated, `state` and `refusal` say why, and there is no outcome.
    """

    decision: "models.ForeignKey[Decision]" = models.ForeignKey(
        "decisions.Decision", on_delete=models.PROTECT, related_name="shadows"
    )
    decision_id: UUID
    legal_entity = models.TextField()
    policy = models.TextField()
    policy_hash = models.CharField(max_length=64)
    label = models.TextField()
    decided_hash = models.CharField(max_length=64)
    decided_at = models.DateTimeField()
    decided_outcome = models.TextField()
    state = models.TextField()
    refusal = models.TextField(blank=True)
    outcome = models.TextField(null=True)  # noqa: DJ001 - unknown is not ''
    differs_in = ArrayField(models.TextField())
    rule_changes = ArrayField(models.TextField())
    rule_states = models.TextField(blank=True)
    reason_codes = ArrayField(models.TextField())
    points = models.BigIntegerField(null=True)
    score = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    limit_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 - unknown is not ''
    duration_us = models.IntegerField(null=True)
    record = models.TextField(null=True)  # noqa: DJ001 - unknown is not ''
    record_hash = models.CharField(max_length=64, null=True)  # noqa: DJ001 - unknown is not ''
    evaluated_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once per decision and version, whoever evaluates it and however often."""

        db_table = "decisions_shadow"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["decision", "policy_hash"], name="one_shadow_per_decision_and_version"
            ),
            models.CheckConstraint(
                name="shadow_state_is_known",
                condition=models.Q(state__in=_choices(ShadowState)),
            ),
            models.CheckConstraint(
                name="shadow_evaluated_or_says_why",
                condition=models.Q(
                    state=ShadowState.EVALUATED.value,
                    outcome__in=_choices(Outcome),
                    record__isnull=False,
                    record_hash__isnull=False,
                )
                | (
                    ~models.Q(state=ShadowState.EVALUATED.value)
                    & models.Q(outcome__isnull=True, record__isnull=True)
                    & ~models.Q(refusal="")
                ),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["policy_hash", "decided_at"], name="shadow_by_version"),
            transaction_index("shadow_by_transaction"),
        ]


class ShadowCursor(models.Model):
    """Below which transaction a version in shadow has met every live decision; moves forward."""

    stint_id = models.UUIDField(primary_key=True)
    below_xid = TransactionIdField()
    followed_at = models.DateTimeField()

    class Meta:
        """One row a stint in shadow."""

        db_table = "decisions_shadow_cursor"


class ReplayRun(AppendOnly):
    """A sample of one day's live decisions of a policy derived again, in Python and set-wise.

    `differing` decisions differ in one engine or more, `first_differences` shows the first of
    them; `erased` and `missing` could not be derived, and say so. `seed` draws the same sample
    again.
    """

    run_id = models.UUIDField()
    day = models.DateField()
    policy = models.TextField()
    seed = models.TextField()
    population = models.BigIntegerField()
    sampled = models.IntegerField()
    replayed = models.IntegerField()
    differing = models.IntegerField()
    erased = models.IntegerField()
    missing = models.IntegerField()
    engines: "models.JSONField[dict[str, Any]]" = models.JSONField()
    first_differences: "models.JSONField[list[dict[str, Any]]]" = models.JSONField()
    duration_ms = models.BigIntegerField()
    replayed_by = models.TextField()
    replayed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One row a run and policy."""

        db_table = "decisions_replay_run"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run_id", "policy"], name="one_row_a_run_and_policy"),
            models.CheckConstraint(
                name="replay_run_adds_up",
                condition=models.Q(
                    sampled=models.F("replayed") + models.F("erased") + models.F("missing"),
                    differing__lte=models.F("replayed"),
                ),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["policy", "-day"], name="replay_run_by_policy"),
            transaction_index("replay_run_by_transaction"),
        ]
