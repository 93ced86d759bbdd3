"""Who works: memberships, certifications, conflicts, shifts, absences, each a dated row.

No reason of an absence is kept, nothing is timed by the key, and nobody is ranked.
"""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models

from goodstanding.core.models import AppendOnly

SHIFT_TIME = models.Func(
    "from_at", "until_at", function="tstzrange", output_field=DateTimeRangeField()
)


class PersonRow(AppendOnly):
    """Something that holds for a person from an instant on."""

    person: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    person_id: UUID
    from_at = models.DateTimeField()
    by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )

    class Meta(AppendOnly.Meta):
        """No table of its own."""

        abstract = True


class EndRow(AppendOnly):
    """What held for a person ends, by whom and why."""

    ends_at = models.DateTimeField()
    by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True, default="")

    class Meta(AppendOnly.Meta):
        """No table of its own."""

        abstract = True


class Membership(PersonRow):
    """A person takes work from a queue, known by its code."""

    queue_code = models.TextField()

    class Meta(AppendOnly.Meta):
        """Found by queue."""

        abstract = False
        db_table = "team_membership"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["queue_code", "person"], name="membership_by_queue"),
        ]


class MembershipEnd(EndRow):
    """The person takes work from it no more."""

    membership: "models.OneToOneField[Membership]" = models.OneToOneField(
        "team.Membership", on_delete=models.PROTECT, related_name="end"
    )

    class Meta(AppendOnly.Meta):
        """Once."""

        abstract = False
        db_table = "team_membership_end"


class Certification(PersonRow):
    """A person may decide the cases of a skill until it runs out; somebody else says so."""

    skill = models.TextField()
    valid_until = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Nobody certifies themselves."""

        abstract = False
        db_table = "team_certification"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="certified_by_another_person", condition=~models.Q(person=models.F("by"))
            ),
            models.CheckConstraint(
                name="certification_has_a_term",
                condition=models.Q(valid_until__gt=models.F("from_at")),
            ),
        ]


class CertificationEnd(EndRow):
    """It ended before its term: the policy changed, or it was taken back."""

    certification: "models.OneToOneField[Certification]" = models.OneToOneField(
        "team.Certification", on_delete=models.PROTECT, related_name="end"
    )

    class Meta(AppendOnly.Meta):
        """Once, with a reason."""

        abstract = False
        db_table = "team_certification_end"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="certification_end_says_why", condition=~models.Q(reason="")
            ),
        ]


class Conflict(PersonRow):
    """A person declared an interest in a party and gets none of its cases."""

    party: "models.ForeignKey[Any]" = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, db_index=False
    )
    party_id: UUID

    class Meta(AppendOnly.Meta):
        """Found by party."""

        abstract = False
        db_table = "team_conflict"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["party", "person"], name="conflict_by_party"),
        ]


class ConflictEnd(EndRow):
    """The interest is gone."""

    conflict: "models.OneToOneField[Conflict]" = models.OneToOneField(
        "team.Conflict", on_delete=models.PROTECT, related_name="end"
    )

    class Meta(AppendOnly.Meta):
        """Once."""

        abstract = False
        db_table = "team_conflict_end"


class Shift(PersonRow):
    """Rostered time, [from_at, until_at); two shifts of a person never overlap."""

    until_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Two shifts of one person never overlap."""

        abstract = False
        db_table = "team_shift"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="shift_ends_after_it_starts",
                condition=models.Q(until_at__gt=models.F("from_at")),
            ),
            ExclusionConstraint(
                name="shifts_do_not_overlap",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (SHIFT_TIME, RangeOperators.OVERLAPS),
                ],
            ),
        ]


class Absence(PersonRow):
    """A person is away, [from_at, until_at). Why is nobody's business here."""

    until_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Ends after it starts."""

        abstract = False
        db_table = "team_absence"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="absence_ends_after_it_starts",
                condition=models.Q(until_at__gt=models.F("from_at")),
            ),
        ]


class WorkLimit(PersonRow):
    """How many standard minutes of open cases a person carries at most; the newest row holds."""

    minutes = models.IntegerField()

    class Meta(AppendOnly.Meta):
        """A limit of zero takes somebody off new work."""

        abstract = False
        db_table = "team_work_limit"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="work_limit_not_negative", condition=models.Q(minutes__gte=0)
            ),
        ]
