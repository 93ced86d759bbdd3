"""The forms of what happens while a version is in use: exceptions, and what monitoring saw."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms

from goodstanding.second_line.types import DefaultsSeen, ShiftSeen
from goodstanding.web.pages.models.forms import (
    LONG,
    DayField,
    PersonField,
    ReasonForm,
    RequestForm,
)

LEAST_BINS = 2
COUNTS = "Whole numbers, one a bin, in the order of the bins: 120, 340, 95."


class DespiteForm(ReasonForm):
    """Use in spite of a finding, asked by one person and granted by another."""

    requested_by = PersonField(
        label="Asked for by", help_text="The address of the person who asks you for it."
    )
    controls = forms.CharField(
        label="Controls meanwhile",
        widget=LONG,
        help_text="What keeps harm small until it ends, and who looks.",
    )
    expires_at = DayField(label="Until", help_text="It ends with the start of this day, UTC.")
    field_order: ClassVar[list[str]] = ["requested_by", "reason", "controls", "expires_at"]

    def clean_expires_at(self) -> datetime:
        """The first instant of the day."""
        return DayField().to_instant(self.cleaned_data["expires_at"])


class BeforeValidationForm(RequestForm):
    """Use before validation, under conditions, asked by one person and granted by another."""

    valid_from = None  # it begins when it is granted
    monitoring_every_days = None  # nothing validated says what to monitor
    requested_by = PersonField(
        label="Asked for by", help_text="The address of the person who asks you for it."
    )
    controls = forms.CharField(
        label="Controls meanwhile",
        widget=LONG,
        help_text="What keeps harm small until it ends, and who looks.",
    )
    expires_at = DayField(label="Until", help_text="It ends with the start of this day, UTC.")
    field_order: ClassVar[list[str]] = ["requested_by", "reason", "controls", "expires_at"]


class ObservationForm(forms.Form):
    """What was looked at in a version in use, and where the rows are."""

    segment = forms.CharField(
        label="Which cases", max_length=200, help_text="For example: loans of the third quarter."
    )
    evidence = forms.CharField(
        label="Where the rows are", widget=LONG, help_text="So that somebody can count again."
    )


class DefaultsForm(ObservationForm):
    """Bad outcomes against the rate that was predicted."""

    n = forms.IntegerField(label="Cases", min_value=1)
    defaults = forms.IntegerField(label="Bad outcomes among them", min_value=0)
    pd = forms.FloatField(label="Predicted rate", help_text="A fraction, 0.02 for 2 %.")
    field_order: ClassVar[list[str]] = ["segment", "n", "defaults", "pd", "evidence"]

    def clean_pd(self) -> float:
        """The rate; refused where nothing could be tested."""
        pd = self.cleaned_data["pd"]
        if not 0 < pd < 1:
            raise forms.ValidationError("A predicted rate lies between 0 and 1.")
        return pd

    def clean(self) -> dict[str, Any]:
        """No more went bad than there were."""
        given = super().clean() or self.cleaned_data
        if not self.errors and given["defaults"] > given["n"]:
            self.add_error("defaults", "There are more bad outcomes than cases.")
        return given

    def seen(self) -> DefaultsSeen:
        """What the form says was counted."""
        keys = ("segment", "n", "defaults", "pd")
        return DefaultsSeen(**{key: self.cleaned_data[key] for key in keys})


class ShiftForm(ObservationForm):
    """The score's bins at development and now."""

    expected = forms.CharField(label="Bins at development", help_text=COUNTS)
    actual = forms.CharField(label="The same bins now", help_text=COUNTS)
    field_order: ClassVar[list[str]] = ["segment", "expected", "actual", "evidence"]

    def clean_expected(self) -> tuple[int, ...]:
        """The counts."""
        return _counts(self.cleaned_data["expected"])

    def clean_actual(self) -> tuple[int, ...]:
        """The counts."""
        return _counts(self.cleaned_data["actual"])

    def clean(self) -> dict[str, Any]:
        """Both sides have the same bins, two at least."""
        given = super().clean() or self.cleaned_data
        if not self.errors and len(given["expected"]) != len(given["actual"]):
            self.add_error("actual", "Both name the same bins: as many numbers in each.")
        if not self.errors and len(given["expected"]) < LEAST_BINS:
            self.add_error("expected", "A shift needs at least two bins.")
        return given

    def seen(self) -> ShiftSeen:
        """What the form says was counted."""
        keys = ("segment", "expected", "actual")
        return ShiftSeen(**{key: self.cleaned_data[key] for key in keys})


def _counts(text: str) -> tuple[int, ...]:
    parts: Sequence[str] = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise forms.ValidationError("Only whole numbers with commas between them.")
    return tuple(map(int, parts))
