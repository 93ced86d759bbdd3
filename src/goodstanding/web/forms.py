"""Forms in the house's form: label above, help under, errors beside and in a summary on top."""

from django.forms.renderers import TemplatesSetting


class HouseRenderer(TemplatesSetting):
    """Renders `{{ form }}` and each field by our components."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
