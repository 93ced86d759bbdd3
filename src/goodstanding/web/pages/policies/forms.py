"""The forms of policies."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from goodstanding.core.errors import Refusal
from goodstanding.evidence.datasets import Dataset
from goodstanding.evidence.types import Line
from goodstanding.policies.engine import Policy, PolicyRefused


def refuse_on(form: forms.Form, refusal: Refusal) -> None:
    """Put a refusal beside the field it names, or on top of the form."""
    if isinstance(refusal, PolicyRefused):
        for mistake in refusal.mistakes:
            form.add_error(None, f"{mistake.message} {mistake.mend}".strip())
        return
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, f"{refusal.message} {refusal.advice}".strip())


def period_choices(datasets: tuple[Dataset, ...]) -> list[tuple[str, str]]:
    """The windows of histories, as `dataset:window`."""
    many = len(datasets) > 1
    return [
        (
            f"{dataset.name}:{window.name}",
            f"{dataset.title}: {window.title}" if many else window.title,
        )
        for dataset in datasets
        for window in dataset.windows
    ]


class CutOffForm(forms.Form):
    """Where the lines of the score shall stand, over which cases."""

    period = forms.ChoiceField(label="Cases")

    def __init__(
        self, *args: Any, lines: tuple[Line, ...], datasets: tuple[Dataset, ...], **kwargs: Any
    ) -> None:
        """One number for each line, and the windows of the histories."""
        super().__init__(*args, **kwargs)
        choice = self.fields["period"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = period_choices(datasets)
        for line in lines:
            self.fields[line.constant] = forms.DecimalField(
                label=line.label[:1].upper() + line.label[1:],
                decimal_places=max(0, -int(line.step.as_tuple().exponent)),
                widget=forms.NumberInput(attrs={"step": str(line.step), "inputmode": "decimal"}),
                help_text=f"The policy says {line.value}.",
            )
        self.lines = lines

    @property
    def dataset_name(self) -> str:
        """The history that was chosen."""
        return self.cleaned_data["period"].partition(":")[0]

    @property
    def window_name(self) -> str:
        """Its window."""
        return self.cleaned_data["period"].partition(":")[2]

    @property
    def moved(self) -> dict[str, str]:
        """The lines that shall stand elsewhere than in the policy, as text."""
        return {
            line.constant: str(self.cleaned_data[line.constant])
            for line in self.lines
            if self.cleaned_data[line.constant] != line.value
        }


def cut_off_defaults(
    lines: tuple[Line, ...], datasets: tuple[Dataset, ...], asked: Mapping[str, str]
) -> dict[str, str]:
    """What the form says before anybody moves anything, under what was asked."""
    first = datasets[0]
    given = {"period": f"{first.name}:{first.windows[0].name}"}
    given |= {line.constant: _plain(line.value) for line in lines}
    return given | {name: value for name, value in asked.items() if name in given}


def _plain(value: Decimal) -> str:
    return format(value, "f")


def changed_constants(policy: Policy, asked: Mapping[str, str]) -> dict[str, str]:
    """The constants that were given another value than the policy's."""
    present = {item.name: str(item.value) for item in policy.plan.constants}
    return {
        name: value.strip()
        for name, value in asked.items()
        if name in present and value.strip() and value.strip() != present[name]
    }
