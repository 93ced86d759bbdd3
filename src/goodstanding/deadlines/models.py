"""Deadlines as immutable rows, and what happened to them: each a row of its own."""

from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.db import models

from goodstanding.core.models import AppendOnly, transaction_index
from goodstanding.deadlines.types import ClockKind, CountFrom, Roll

LEGAL_RUNS_ON = """
if exists (select 1 from deadlines_deadline as deadline
           where deadline.id = new.{column} and deadline.legal) then
    raise exception 'a legal deadline is neither paused nor moved'
        using errcode = 'check_violation';
end if;
return new;
"""


ENDS_AFTER_IT_STARTS = """
if new.ends_at < (select pause.starts_at from deadlines_pause as pause
                  where pause.id = new.pause_id) then
    raise exception 'a pause ends before it starts' using errcode = 'check_violation';
end if;
return new;
"""


class CalendarVersion(AppendOnly):
    """A frozen calendar; `version` is the SHA-256 of its content."""

    version = models.CharField(max_length=64, unique=True)
    name = models.TextField()
    content: "models.JSONField[dict[str, Any]]" = models.JSONField()
    first_day = models.DateField()
    last_day = models.DateField()
    holidays_library = models.TextField()
    frozen_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Versions of a name are told apart by what they say."""

        db_table = "deadlines_calendar_version"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["name", "frozen_at"], name="calendar_by_name"),
        ]


class Deadline(AppendOnly):
    """A target on a clock, for one subject: an SLA or, where `legal`, a legal deadline.

    due_at is the due time without pauses. A provision of a regime is named `regime/code@date#n`.
    """

    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    kind = models.TextField()
    legal = models.BooleanField()
    provision = models.TextField(blank=True, default="")
    clock_kind = models.TextField(choices=[(kind.value, kind.name) for kind in ClockKind])
    target = models.BigIntegerField()
    count_from = models.TextField(choices=[(item.value, item.name) for item in CountFrom])
    end_of_day = models.BooleanField()
    roll = models.TextField(choices=[(item.value, item.name) for item in Roll])
    calendar: "models.ForeignKey[CalendarVersion]" = models.ForeignKey(
        "deadlines.CalendarVersion", on_delete=models.PROTECT
    )
    calendar_id: UUID
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    last_day = models.DateField(null=True)
    opened_by = models.TextField()
    pause_set: "models.Manager[Pause]"
    thresholdnotice_set: "models.Manager[ThresholdNotice]"

    class Meta(AppendOnly.Meta):
        """Found by what it is about."""

        db_table = "deadlines_deadline"
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("deadline_by_transaction"),
            models.Index(fields=["subject_kind", "subject_id"], name="deadline_by_subject"),
            models.Index(fields=["due_at"], name="deadline_by_due"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="deadline_target_not_negative", condition=models.Q(target__gte=0)
            ),
            models.CheckConstraint(
                name="legal_deadline_names_its_provision",
                condition=models.Q(legal=False) | ~models.Q(provision=""),
            ),
            models.CheckConstraint(
                name="deadline_clock_kind_known",
                condition=models.Q(clock_kind__in=[kind.value for kind in ClockKind]),
            ),
        ]


class Pause(AppendOnly):
    """The clock stands still from here, because of a request that was sent."""

    deadline: "models.ForeignKey[Deadline]" = models.ForeignKey(
        "deadlines.Deadline", on_delete=models.PROTECT
    )
    deadline_id: UUID
    starts_at = models.DateTimeField()
    reason = models.TextField()
    request_id = models.UUIDField()
    paused_by = models.TextField()

    class Meta(AppendOnly.Meta):
        """One pause a request; none on a legal deadline."""

        db_table = "deadlines_pause"
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("pause_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["deadline", "request_id"], name="one_pause_a_request"),
            models.CheckConstraint(name="pause_says_why", condition=~models.Q(reason="")),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="legal_runs_on",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=LEGAL_RUNS_ON.format(column="deadline_id"),
            ),
        ]


class PauseEnd(AppendOnly):
    """The clock runs again; due_at is the due time from now on, null while another pause lasts."""

    pause: "models.OneToOneField[Pause]" = models.OneToOneField(
        "deadlines.Pause", on_delete=models.PROTECT, related_name="end"
    )
    pause_id: UUID
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    ended_by = models.TextField()

    class Meta(AppendOnly.Meta):
        """A pause ends once."""

        db_table = "deadlines_pause_end"
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("pause_end_by_transaction"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="ends_after_it_starts",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=ENDS_AFTER_IT_STARTS,
            ),
        ]


class Satisfaction(AppendOnly):
    """What the deadline asked for was done; met if satisfied_at is not after the due time."""

    deadline: "models.OneToOneField[Deadline]" = models.OneToOneField(
        "deadlines.Deadline", on_delete=models.PROTECT, related_name="satisfaction"
    )
    satisfied_at = models.DateTimeField()
    satisfied_by = models.TextField()

    class Meta(AppendOnly.Meta):
        """Once."""

        db_table = "deadlines_satisfaction"
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("satisfaction_by_transaction"),
        ]


class Cancellation(AppendOnly):
    """The duty fell away before it was done, and why."""

    deadline: "models.OneToOneField[Deadline]" = models.OneToOneField(
        "deadlines.Deadline", on_delete=models.PROTECT, related_name="cancellation"
    )
    cancelled_at = models.DateTimeField()
    cancelled_by = models.TextField()
    reason = models.TextField()

    class Meta(AppendOnly.Meta):
        """Once."""

        db_table = "deadlines_cancellation"
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("cancellation_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="cancellation_says_why", condition=~models.Q(reason="")),
        ]


class Supersession(AppendOnly):
    """A re-target: another row took the deadline's place; the old one, and a miss, stand."""

    superseded: "models.OneToOneField[Deadline]" = models.OneToOneField(
        "deadlines.Deadline", on_delete=models.PROTECT, related_name="supersession"
    )
    successor: "models.OneToOneField[Deadline]" = models.OneToOneField(
        "deadlines.Deadline", on_delete=models.PROTECT, related_name="predecessor"
    )
    superseded_at = models.DateTimeField()
    superseded_by = models.TextField()
    reason = models.TextField()

    class Meta(AppendOnly.Meta):
        """One successor; never of a legal deadline."""

        db_table = "deadlines_supersession"
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("supersession_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="supersession_says_why", condition=~models.Q(reason="")),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="legal_runs_on",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=LEGAL_RUNS_ON.format(column="superseded_id"),
            ),
        ]


class ThresholdNotice(AppendOnly):
    """So many percent of the clock were used, and people were told, once."""

    deadline: "models.ForeignKey[Deadline]" = models.ForeignKey(
        "deadlines.Deadline", on_delete=models.PROTECT
    )
    deadline_id: UUID
    percent = models.IntegerField()
    reached_at = models.DateTimeField()
    notice_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Each fires once."""

        db_table = "deadlines_threshold_notice"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["deadline", "percent"], name="one_notice_a_threshold"),
        ]
