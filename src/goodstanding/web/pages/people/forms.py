"""Forms about people."""

from uuid import UUID

from django import forms

from goodstanding.accounts.queries import people
from goodstanding.accounts.types import Role

ROLES = [(role.value, role.label) for role in Role]


class InvitationForm(forms.Form):
    """A new person."""

    display_name = forms.CharField(label="Name", help_text="As colleagues know them.")
    email = forms.EmailField(label="E-mail address", help_text="They sign in by it.")
    roles = forms.MultipleChoiceField(
        label="Roles",
        choices=ROLES,
        widget=forms.CheckboxSelectMultiple,
        help_text="A role decides which pages the person sees and what they may do there.",
    )
    manager = forms.ChoiceField(
        label="Manager",
        required=False,
        help_text="May see this person's own figures; everybody else sees the team's.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer everybody who may sign in as manager."""
        super().__init__(*args, **kwargs)  # pyright: ignore[reportArgumentType]
        managers = [(str(person.id), person.display_name) for person in people()]
        self.fields["manager"].choices = [("", "Nobody"), *managers]  # pyright: ignore[reportAttributeAccessIssue]

    def chosen_roles(self) -> list[Role]:
        """The ticked roles."""
        return [Role(name) for name in self.cleaned_data["roles"]]

    def chosen_manager(self) -> UUID | None:
        """The manager's id, or nobody."""
        chosen = self.cleaned_data["manager"]
        return UUID(chosen) if chosen else None


class ManagerForm(forms.Form):
    """Who may read a person's own figures from now on."""

    manager = forms.ChoiceField(label="Manager", required=False)
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the audit trail.",
    )

    def __init__(self, *args: object, person_id: UUID, **kwargs: object) -> None:
        """Offer everybody else whose account is open."""
        super().__init__(*args, **kwargs)  # pyright: ignore[reportArgumentType]
        others = people().filter(is_active=True).exclude(id=person_id)
        named = [(str(person.id), person.display_name) for person in others]
        self.fields["manager"].choices = [("", "Nobody"), *named]  # pyright: ignore[reportAttributeAccessIssue]

    def chosen_manager(self) -> UUID | None:
        """The manager's id, or nobody."""
        chosen = self.cleaned_data["manager"]
        return UUID(chosen) if chosen else None


class RolesForm(forms.Form):
    """What a person may do from now on."""

    roles = forms.MultipleChoiceField(
        label="Roles", choices=ROLES, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}))

    def chosen_roles(self) -> list[Role]:
        """The ticked roles."""
        return [Role(name) for name in self.cleaned_data["roles"]]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the audit trail.",
    )
