"""The form of a new key."""

from datetime import datetime, timedelta

from django import forms

from goodstanding.accounts.queries import legal_entities
from goodstanding.accounts.types import SCOPES

LIVES = [("30", "30 days"), ("90", "90 days"), ("180", "180 days"), ("365", "one year")]


class KeyForm(forms.Form):
    """What the key is for, what it may do, for which company, how long."""

    label = forms.CharField(
        label="What calls with it",
        max_length=120,
        help_text="For example: checkout, production.",
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text="As little as the caller needs.",
    )
    legal_entity = forms.ChoiceField(
        label="Legal entity", help_text="Every record made with the key belongs to it."
    )
    days = forms.ChoiceField(
        label="Works for",
        choices=LIVES,
        initial="90",
        help_text="A key that ends by itself cannot be forgotten.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer our companies."""
        super().__init__(*args, **kwargs)  # pyright: ignore[reportArgumentType]
        self.fields["legal_entity"].choices = [  # pyright: ignore[reportAttributeAccessIssue]
            (entity.code, entity.name) for entity in legal_entities()
        ]

    def expires_at(self, *, at: datetime) -> datetime:
        """When the key ends by itself."""
        return at + timedelta(days=int(self.cleaned_data["days"]))
