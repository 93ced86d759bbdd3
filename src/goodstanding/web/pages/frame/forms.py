"""Forms of the frame."""

from django import forms


class MomentForm(forms.Form):
    """The moment to look from."""

    as_of = forms.CharField(
        label="What was true at",
        help_text="Date and time in UTC, for example 2026-10-31 17:00.",
    )
    known_at = forms.CharField(
        label="As it was known at",
        required=False,
        help_text="Facts that arrived later are left out. Empty: the same moment.",
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def chosen(self) -> dict[str, str]:
        """The two instants as text."""
        return {name: self.cleaned_data[name] for name in ("as_of", "known_at")}


class ViewForm(forms.Form):
    """A list's filter and order, and the name to keep them under."""

    list_name = forms.CharField()
    name = forms.CharField(max_length=60)
    path = forms.RegexField(r"^/(?!/)[^\\\s]*$")
    query = forms.CharField(required=False)

    def address(self) -> str:
        """The list with this filter and order; home where no list of ours was named."""
        path, query = (self.cleaned_data.get(name, "") for name in ("path", "query"))
        return f"{path}?{query}" if path and query else path or "/"
