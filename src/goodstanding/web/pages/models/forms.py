"""The forms of models and approvals."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any, ClassVar

from django import forms

from goodstanding.accounts.queries import User, person_by_email
from goodstanding.core.errors import Refusal
from goodstanding.core.money import Money, money_from_text
from goodstanding.governance.types import (
    Conditions,
    Effect,
    Fallback,
    ObservationRecord,
    ResultSummary,
    Severity,
    Weakness,
)
from goodstanding.validation.words import test_words
from goodstanding.web.asking import refuse_on

LONG = forms.Textarea(attrs={"rows": 4})
FALLBACKS = [
    (Fallback.REFER.value, "Refer to a person"),
    (Fallback.DECLINE.value, "Decline"),
]


class DayField(forms.DateField):
    """A day; it counts from, or to, its first instant in UTC."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def to_instant(self, value: Any) -> datetime:
        """The first instant of the day."""
        return datetime.combine(value, time(), tzinfo=UTC)


class PersonField(forms.EmailField):
    """A colleague, by the address they sign in with."""

    def clean(self, value: Any) -> User | None:
        """The person; refused where nobody signs in by that address."""
        address = super().clean(value)
        if not address and not self.required:
            return None
        person = person_by_email(email=address)
        if person is None:
            raise forms.ValidationError(f"Nobody here signs in as {address}.")
        return person


class ReasonForm(forms.Form):
    """A reason, kept with the record."""

    reason = forms.CharField(label="Reason", widget=LONG, help_text="It is kept with the record.")


class StepForm(ReasonForm):
    """A step of a finding."""


class ClosureForm(ReasonForm):
    """Close a finding; where it cites a test, by a later result of that test."""

    def __init__(self, *args: Any, reruns: Sequence[tuple[str, str]] | None, **kwargs: Any) -> None:
        """Offer the later results of the cited test; None asks for none."""
        super().__init__(*args, **kwargs)
        if reruns is not None:
            self.fields["rerun"] = forms.ChoiceField(
                label="The test, run again",
                required=False,
                choices=[("", "None yet"), *reruns],
                help_text="A later result of the cited test on this version, green or amber.",
            )
            self.order_fields(["rerun", "reason"])

    def add_error(self, field: str | None, error: Any) -> None:
        """A missing re-run is told beside its field."""
        super().add_error(
            "rerun" if field == "rerun_id" and "rerun" in self.fields else field, error
        )


class AcceptanceForm(ReasonForm):
    """Bear the risk of a finding until a day."""

    requested_by = PersonField(
        label="Asked for by", help_text="The address of the person who asks you to accept the risk."
    )
    expires_at = DayField(
        label="Until", help_text="From the start of this day, UTC, it is open again."
    )

    def clean_expires_at(self) -> datetime:
        """The first instant of the day."""
        return DayField().to_instant(self.cleaned_data["expires_at"])


class FindingForm(forms.Form):
    """A new finding."""

    title = forms.CharField(label="What is wrong", max_length=200)
    description = forms.CharField(label="Describe it", widget=LONG)
    severity = forms.ChoiceField(
        label="Severity",
        choices=[
            (Severity.S1.value, "S1, the worst: blocks"),
            (Severity.S2.value, "S2: forbids an approval, refers once overdue"),
            (Severity.S3.value, "S3"),
            (Severity.S4.value, "S4, the lightest"),
        ],
    )
    effect = forms.ChoiceField(
        label="Effect on decisions while it is open",
        choices=[
            (Effect.BLOCK.value, "Block: the fallback decides, at once"),
            (Effect.REFER.value, "Refer every case to a person"),
            (Effect.CAP.value, "Cap the amount"),
            (Effect.NONE.value, "None while it is on time"),
        ],
    )
    cap = forms.CharField(label="Cap", required=False, help_text="For example 25,000.00")
    currency = forms.CharField(label="Currency of the cap", required=False, max_length=3)
    test_result = forms.ChoiceField(label="Test result that shows it", required=False)
    observation = forms.ChoiceField(label="Or what monitoring saw", required=False)
    record = forms.CharField(
        label="Or a record that shows it", required=False, help_text="A case, a note, a decision."
    )
    responsible = PersonField(
        label="Who must mend it", help_text="Their address; they cannot close it."
    )

    def __init__(
        self,
        *args: Any,
        results: Sequence[ResultSummary],
        observations: Sequence[ObservationRecord],
        **kwargs: Any,
    ) -> None:
        """Offer the results of this version, and what monitoring saw of it."""
        super().__init__(*args, **kwargs)
        seen = self.fields["observation"]
        assert isinstance(seen, forms.ChoiceField)  # noqa: S101 - declared above
        seen.choices = [
            ("", "None"),
            *(
                (str(each.observation_id), f"{each.measure}, {each.light.lower()}")
                for each in observations
            ),
        ]
        choice = self.fields["test_result"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = [
            ("", "None"),
            *(
                (
                    str(each.result_id),
                    f"{test_words(each.test_id)}, {each.light.lower()}, {each.segment}",
                )
                for each in results
            ),
        ]

    def clean(self) -> dict[str, Any]:
        """The cap as exact money; refused where it is none."""
        given = super().clean() or self.cleaned_data
        text = given.get("cap", "").strip()
        given["cap_money"] = None
        if text:
            try:
                given["cap_money"] = money_from_text(
                    text, currency=given.get("currency", "").strip().upper(), field="cap"
                )
            except Refusal as refusal:
                refuse_on(self, refusal)
        return given

    def weakness(self) -> Weakness:
        """What the form says is wrong."""
        given = self.cleaned_data
        cap: Money | None = given["cap_money"]
        return Weakness(
            title=given["title"],
            description=given["description"],
            severity=Severity(given["severity"]),
            effect=Effect(given["effect"]),
            cap=cap,
        )


class OpinionForm(forms.Form):
    """A validator's opinion; its grade follows from the open findings and the impact."""

    summary = forms.CharField(label="Opinion in words", widget=LONG)
    impact_share = forms.DecimalField(
        label="Impact",
        required=False,
        min_value=0,
        max_value=1,
        help_text="Share of the estimate that the weaknesses move, 0.05 for 5 %. It only raises.",
    )


class RequestForm(forms.Form):
    """A request that a version may decide."""

    use_case = forms.ChoiceField(label="Use case")
    countries = forms.CharField(
        label="Countries",
        required=False,
        help_text="Codes, for example US, GB. Empty: every country.",
    )
    other_conditions = forms.CharField(
        label="Other conditions",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line, key: values. For example population: new, existing.",
    )
    max_exposure = forms.CharField(
        label="Largest amount", required=False, help_text="For example 350,000.00"
    )
    currency = forms.CharField(label="Currency", required=False, max_length=3)
    monitoring_every_days = forms.IntegerField(
        label="Monitoring at least every", required=False, min_value=1, help_text="Days."
    )
    fallback = forms.ChoiceField(label="What decides where it may not", choices=FALLBACKS)
    valid_from = DayField(label="From")
    expires_at = DayField(label="Until", help_text="Not after the review that the tier asks for.")
    reason = forms.CharField(label="Reason", widget=LONG)

    def __init__(self, *args: Any, use_cases: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the use cases."""
        super().__init__(*args, **kwargs)
        choice = self.fields["use_case"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = list(use_cases)

    def clean_valid_from(self) -> datetime:
        """The first instant of the day."""
        return DayField().to_instant(self.cleaned_data["valid_from"])

    def clean_expires_at(self) -> datetime:
        """The first instant of the day."""
        return DayField().to_instant(self.cleaned_data["expires_at"])

    def clean_other_conditions(self) -> dict[str, list[str]]:
        """Key and values of each line."""
        found: dict[str, list[str]] = {}
        for line in self.cleaned_data["other_conditions"].splitlines():
            if not line.strip():
                continue
            key, separator, values = line.partition(":")
            listed = [value.strip() for value in values.split(",") if value.strip()]
            if not separator or not key.strip() or not listed:
                raise forms.ValidationError(f"{line!r} is not a key, a colon and values.")
            found[key.strip()] = listed
        return found

    def clean(self) -> dict[str, Any]:
        """The largest amount as exact money; refused where it is none."""
        given = super().clean() or self.cleaned_data
        text = given.get("max_exposure", "").strip()
        given["most"] = None
        if text:
            try:
                given["most"] = money_from_text(
                    text, currency=given.get("currency", "").strip().upper(), field="max_exposure"
                )
            except Refusal as refusal:
                refuse_on(self, refusal)
        return given

    def conditions(self) -> Conditions:
        """The conditions that the form states."""
        given = self.cleaned_data
        countries = [code.strip().upper() for code in given["countries"].split(",") if code.strip()]
        allowed: dict[str, list[str]] = dict(given["other_conditions"])
        if countries:
            allowed["country"] = countries
        return Conditions(
            allowed=allowed,
            max_exposure=given["most"],
            monitoring_every_days=given.get("monitoring_every_days"),
        )


class EndForm(ReasonForm):
    """End an approval: now, on a day, or by revoking it."""

    how = forms.ChoiceField(
        label="How",
        choices=[
            ("expire", "Let it end now"),
            ("later", "Let it end on a day"),
            ("revoke", "Revoke it: it was wrong"),
        ],
        widget=forms.RadioSelect,
        initial="expire",
    )
    on = DayField(label="Day", required=False, help_text="From the start of this day, UTC.")

    field_order: ClassVar[list[str]] = ["how", "on", "reason"]

    def clean(self) -> dict[str, Any]:
        """A day is wanted where it ends on a day."""
        given = super().clean() or self.cleaned_data
        if given.get("how") == "later" and not given.get("on"):
            self.add_error("on", "Say on which day.")
        return given

    def ends_at(self, *, now: datetime) -> datetime:
        """When the approval ends."""
        day = self.cleaned_data["on"]
        return DayField().to_instant(day) if self.cleaned_data["how"] == "later" else now
