"""The forms of policies."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.validators import validate_slug

from goodstanding.evidence.datasets import Dataset
from goodstanding.evidence.types import Line, ListsRead
from goodstanding.policies.engine import Policy
from goodstanding.policies.types import Status


def _first_large(label: str) -> str:
    return label[:1].upper() + label[1:]


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
                label=_first_large(line.label),
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


class BacktestForm(forms.Form):
    """What to run, over which cases, against what."""

    period = forms.ChoiceField(label="Cases")
    against = forms.ChoiceField(
        label="Compare with",
        required=False,
        help_text="A flip leads from the answer of this version to the answer of the one tested.",
    )
    lists = forms.ChoiceField(
        label="Lists",
        required=False,
        choices=[
            (ListsRead.OF_THE_DAY.value, "In force on each case's day"),
            (ListsRead.PINNED.value, "As the version pins them"),
        ],
        help_text="A case on whose day no version of a list was in force is skipped: live, the "
        "gate would have answered. Take the pinned ones to see what another list changes.",
    )
    engine = forms.ChoiceField(
        label="Engine",
        choices=[
            ("polars", "Polars, the fastest"),
            ("duckdb", "DuckDB"),
            ("spark", "Spark, in a process of its own"),
        ],
        help_text="All give the same answers; the parity tests prove it.",
    )

    def __init__(
        self,
        *args: Any,
        policy: Policy,
        datasets: tuple[Dataset, ...],
        versions: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        """The windows of the histories, the versions, and a field for each constant."""
        super().__init__(*args, **kwargs)
        self._choice("period").choices = period_choices(datasets)
        self._choice("against").choices = [
            ("", "Nothing: only say what it decides"),
            *((text_hash, f"Version {label}") for text_hash, label in versions),
        ]
        self._has_lists = any(item.kept for item in policy.plan.list_declarations)
        self._present = {item.name: str(item.value) for item in policy.plan.constants}
        for item in policy.plan.constants:
            self.fields[self._field(item.name)] = forms.CharField(
                label=_first_large(item.label or item.name.replace("_", " ")),
                required=False,
                help_text=f"The text says {item.value}. Empty leaves it so.",
            )

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        return field

    def _field(self, constant: str) -> str:
        return f"set_{constant}"

    @property
    def constant_fields(self) -> list[Any]:
        """The fields of the constants, bound, for the template."""
        return [self[self._field(name)] for name in self._present]

    @property
    def main_fields(self) -> list[Any]:
        """The other fields."""
        lists = ("lists",) if self._has_lists else ()
        return [self[name] for name in ("period", "against", *lists, "engine")]

    @property
    def dataset_name(self) -> str:
        """The history that was chosen."""
        return self.cleaned_data["period"].partition(":")[0]

    @property
    def window_name(self) -> str:
        """Its window."""
        return self.cleaned_data["period"].partition(":")[2]

    @property
    def lists_read(self) -> ListsRead:
        """Which versions of kept lists are read."""
        return ListsRead(self.cleaned_data["lists"] or ListsRead.OF_THE_DAY)

    @property
    def changed(self) -> dict[str, str]:
        """The constants that were given another value than the text's."""
        given = {name: self.cleaned_data[self._field(name)].strip() for name in self._present}
        return {name: text for name, text in given.items() if text not in {"", self._present[name]}}


class VersionForm(forms.Form):
    """A text that may become a version."""

    text = forms.CharField(
        label="The text",
        strip=False,
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "code"}),
        help_text="Give it a version label of its own; a published text never changes.",
    )

    def clean_text(self) -> str:
        """The text with the line ends of a file."""
        return self.cleaned_data["text"].replace("\r\n", "\n")


class ReasonForm(forms.Form):
    """Why a version takes a step."""

    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One sentence; it is kept with the step.",
    )


class KeptListForm(ReasonForm):
    """A version of a list, one value a line."""

    name = forms.CharField(
        label="List",
        max_length=63,
        validators=[validate_slug],
        help_text="Small letters, digits and _: sanctioned_banks.",
    )
    version = forms.CharField(
        label="Version",
        max_length=63,
        validators=[validate_slug],
        help_text="For example 2026-11.",
    )
    label = forms.CharField(
        label="What people call it",
        required=False,
        help_text="Of a new list; else as it is.",
    )
    type = forms.CharField(
        label="Type of its values", initial="TEXT", help_text="TEXT, INTEGER, DATE or DECIMAL(p,s)."
    )
    values = forms.CharField(
        label="Values", widget=forms.Textarea(attrs={"rows": 12}), help_text="One a line."
    )
    valid_from = forms.DateField(
        label="First day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    expires_on = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="After it every policy that pins this version falls back.",
    )
    field_order: ClassVar[list[str]] = [
        "name", "version", "label", "type", "values", "valid_from", "expires_on", "reason",
    ]  # fmt: skip


class ShareForm(ReasonForm):
    """How large a share of the businesses a version shall decide."""

    percent = forms.DecimalField(
        label="Share of businesses that it decides, %",
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=Decimal("99.99"),
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
        help_text="In steps of 0.01 %, one basis point.",
    )
    field_order: ClassVar[list[str]] = ["percent", "reason"]

    @property
    def buckets(self) -> int:
        """The share in buckets of 10,000."""
        return int(self.cleaned_data["percent"] * 100)

    @property
    def buckets_asked(self) -> int | None:
        """The same of whatever was asked for; None where it is no share."""
        field = self.fields["percent"]
        try:
            return int(field.clean(self.data.get("percent")) * 100)
        except forms.ValidationError:
            return None

    @property
    def percent_words(self) -> str:
        """The share in words."""
        return f"{self.cleaned_data['percent'].normalize():f} % of the businesses"


class ActivationForm(ReasonForm):
    """What a version shall do from now on."""

    to = forms.ChoiceField(label="From now on it", widget=forms.RadioSelect)
    share = forms.DecimalField(
        label="Share of businesses that it decides, %",
        required=False,
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=Decimal("99.99"),
        help_text="Only for a share: the same businesses always meet the same version.",
    )
    field_order: ClassVar[list[str]] = ["to", "share", "reason"]

    def __init__(self, *args: Any, steps: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the steps that are open from here."""
        super().__init__(*args, **kwargs)
        choice = self.fields["to"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = steps

    def clean(self) -> dict[str, Any]:
        """A share wants its size."""
        given = super().clean() or self.cleaned_data
        if given.get("to") == Status.SHARE.value and given.get("share") is None:
            self.add_error("share", "Say how large the share is.")
        return given

    @property
    def buckets(self) -> int:
        """The share in buckets of 10,000."""
        return int(self.cleaned_data["share"] * 100)
