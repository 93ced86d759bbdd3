"""The forms of change requests."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms

from goodstanding.evidence.datasets import Dataset
from goodstanding.web.pages.policies.forms import ReasonForm, period_choices


class ChangeForm(forms.Form):
    """Why a version shall replace the one in force, and on which cases that is shown."""

    period = forms.ChoiceField(label="Cases")
    why = forms.CharField(
        label="Why",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What is wrong with the version in force, and what this one mends.",
    )

    def __init__(self, *args: Any, datasets: tuple[Dataset, ...], **kwargs: Any) -> None:
        """Offer the windows of the histories."""
        super().__init__(*args, **kwargs)
        choice = self.fields["period"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = period_choices(datasets)

    @property
    def dataset_name(self) -> str:
        """The history that was chosen."""
        return self.cleaned_data["period"].partition(":")[0]

    @property
    def window_name(self) -> str:
        """Its window."""
        return self.cleaned_data["period"].partition(":")[2]


class QuestionForm(forms.Form):
    """A question about a change."""

    text = forms.CharField(label="Question", widget=forms.Textarea(attrs={"rows": 2}))


class AnswerForm(forms.Form):
    """An answer in its thread."""

    text = forms.CharField(label="Answer", widget=forms.Textarea(attrs={"rows": 2}))


class EmergencyForm(ReasonForm):
    """Until when a version decides without a change request."""

    expires_at = forms.DateTimeField(
        label="Until (UTC)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Fourteen days from now at most. The after-review is due by then.",
    )
    field_order: ClassVar[list[str]] = ["expires_at", "reason"]

    @property
    def until(self) -> datetime:
        """The instant at which it ends."""
        return self.cleaned_data["expires_at"]


class ReviewForm(ReasonForm):
    """What the after-review found."""

    finding = forms.ChoiceField(
        label="The version",
        widget=forms.RadioSelect,
        choices=[
            ("confirmed", "is confirmed and goes on deciding"),
            ("taken_back", "is taken back at once; the champion before it decides again"),
        ],
    )
    field_order: ClassVar[list[str]] = ["finding", "reason"]
