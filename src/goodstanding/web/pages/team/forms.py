"""Forms of the team."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms


class PersonForm(forms.Form):
    """Something about one person."""

    person = forms.ChoiceField(label="Person")

    def __init__(self, people: Iterable[tuple[UUID, str]], *args: Any, **kwargs: Any) -> None:
        """Offer these people."""
        super().__init__(*args, **kwargs)
        choices = [("", "Choose"), *((str(key), name) for key, name in people)]
        self.fields["person"].choices = choices  # pyright: ignore[reportAttributeAccessIssue]


class AbsenceForm(PersonForm):
    """From which day to which somebody is away; why is not asked."""

    first_day = forms.DateField(
        label="First day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="No reason is asked, and none is kept.",
    )

    def span(self) -> tuple[datetime, datetime]:
        """From the first day's start to the last day's end, UTC."""
        first: date = self.cleaned_data["first_day"]
        last: date = self.cleaned_data["last_day"]
        return (
            datetime.combine(first, time(), tzinfo=UTC),
            datetime.combine(last + timedelta(days=1), time(), tzinfo=UTC),
        )


class CertificationForm(PersonForm):
    """Which cases somebody may decide, and until when."""

    skill = forms.ChoiceField(label="May decide")
    valid_until = forms.DateField(
        label="Until",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="The day it ends.",
    )

    def __init__(self, skills: Iterable[str], *args: Any, **kwargs: Any) -> None:
        """Offer the skills that queues ask for."""
        super().__init__(*args, **kwargs)
        choices = [(skill, skill.replace("_", " ").capitalize()) for skill in skills]
        self.fields["skill"].choices = choices  # pyright: ignore[reportAttributeAccessIssue]

    def until(self) -> datetime:
        """The start of the day it ends, UTC."""
        return datetime.combine(self.cleaned_data["valid_until"], time(), tzinfo=UTC)


class MembershipForm(PersonForm):
    """From which queue somebody takes work."""

    queue = forms.ChoiceField(label="Takes work from")

    def __init__(self, queues: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        """Offer the queues there are."""
        super().__init__(*args, **kwargs)
        self.fields["queue"].choices = list(queues)  # pyright: ignore[reportAttributeAccessIssue]
