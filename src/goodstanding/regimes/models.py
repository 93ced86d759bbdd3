"""Regimes and their provisions: thresholds, legal clocks, reason texts, each a dated row.

A provision is in force from valid_from until the next row of its code, or its valid_until. A
row that was wrong is corrected by a row of the same valid_from and the next revision.
"""

from typing import ClassVar

from django.db import models

from goodstanding.core.models import AppendOnly


class Regime(AppendOnly):
    """A law that reaches us, by the code that other rooms know it by."""

    code = models.TextField(unique=True)
    title = models.TextField()
    jurisdiction = models.TextField()
    citation = models.TextField()

    class Meta(AppendOnly.Meta):
        """Named once."""

        db_table = "regimes_regime"


class Provision(AppendOnly):
    """What thresholds, clocks and texts share."""

    regime: "models.ForeignKey[Regime]" = models.ForeignKey(
        "regimes.Regime", on_delete=models.PROTECT
    )
    code = models.TextField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    revision = models.IntegerField()
    citation = models.TextField()
    verified = models.BooleanField()

    class Meta(AppendOnly.Meta):
        """No table of its own."""

        abstract = True


class Threshold(Provision):
    """A number that the regime draws a line at."""

    value = models.DecimalField(max_digits=30, decimal_places=6)
    unit = models.TextField()

    class Meta(AppendOnly.Meta):
        """One row a code, date and revision."""

        abstract = False
        db_table = "regimes_threshold"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["regime", "code", "valid_from", "revision"], name="one_threshold_revision"
            ),
        ]


class LegalClock(Provision):
    """A period that the regime sets."""

    clock_kind = models.TextField()
    target = models.BigIntegerField()
    count_from = models.TextField()
    end_of_day = models.BooleanField()
    roll = models.TextField()

    class Meta(AppendOnly.Meta):
        """One row a code, date and revision; the words of a deadline clock."""

        abstract = False
        db_table = "regimes_legal_clock"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["regime", "code", "valid_from", "revision"], name="one_clock_revision"
            ),
            models.CheckConstraint(
                name="clock_counts_as_deadlines_do",
                condition=models.Q(
                    clock_kind__in=[
                        "elapsed",
                        "business_time",
                        "business_days",
                        "calendar_days",
                        "calendar_months",
                    ],
                    count_from__in=["event_day", "day_after"],
                    roll__in=["none", "following", "preceding"],
                    target__gte=0,
                ),
            ),
        ]


class ReasonText(Provision):
    """The words of a reason in one language."""

    language = models.TextField()
    text = models.TextField()

    class Meta(AppendOnly.Meta):
        """One row a code, language, date and revision."""

        abstract = False
        db_table = "regimes_reason_text"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["regime", "code", "language", "valid_from", "revision"],
                name="one_text_revision",
            ),
        ]
