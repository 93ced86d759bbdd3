"""Forms in the house's form: label above, help under, errors beside and in a summary on top."""

from django import forms
from django.forms.renderers import TemplatesSetting


class HouseRenderer(TemplatesSetting):
    """Renders `{{ form }}` and each field by our components."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"


class RevealForm(forms.Form):
    """The reason for which personal values are read."""

    reason = forms.CharField(
        label="Why do you need them?",
        help_text="The reason and your name go to the audit trail.",
        max_length=500,
        widget=forms.TextInput,
    )
