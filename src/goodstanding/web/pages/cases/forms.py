"""Forms of a case."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms

from goodstanding.cases.types import (
    AppealOutcome,
    Closed,
    EscalationKind,
    Playbook,
    ReinstatementKind,
)
from goodstanding.core.money import Money, money_from_text

LINES = {"rows": 3}


def _offer(form: forms.Form, name: str, choices: Iterable[tuple[str, str]]) -> None:
    form.fields[name].choices = list(choices)  # pyright: ignore[reportAttributeAccessIssue]


class NoteForm(forms.Form):
    """Words for colleagues."""

    text = forms.CharField(label="Note", widget=forms.Textarea(attrs=LINES))


class EvidenceForm(forms.Form):
    """A piece of evidence."""

    kind = forms.CharField(
        label="Kind", help_text="For example accounts, invoice, register extract."
    )
    title = forms.CharField(label="What it is")
    content = forms.CharField(
        label="What it says", required=False, widget=forms.Textarea(attrs=LINES)
    )


class StepForm(forms.Form):
    """A step done, or skipped because."""

    step = forms.CharField(widget=forms.HiddenInput)
    skipped = forms.BooleanField(required=False)
    because = forms.CharField(label="Why it is skipped", required=False)


class QuestionForm(forms.Form):
    """A question to the business; the SLA stands still until the answer."""

    question = forms.CharField(label="Question to the business", widget=forms.Textarea(attrs=LINES))


class AnswerForm(forms.Form):
    """What came back."""

    summary = forms.CharField(label="What the business answered")


class EscalationForm(forms.Form):
    """A question to a colleague with the skill or the authority."""

    to = forms.ChoiceField(label="Whom to ask")
    kind = forms.ChoiceField(
        label="Because of",
        choices=[
            (EscalationKind.FUNCTIONAL.value, "Skill: somebody who knows this better"),
            (EscalationKind.HIERARCHICAL.value, "Authority: it is above what I may decide"),
        ],
    )
    question = forms.CharField(label="Question", widget=forms.Textarea(attrs=LINES))

    def __init__(self, people: Iterable[tuple[UUID, str]], *args: Any, **kwargs: Any) -> None:
        """Offer the people who may be asked."""
        super().__init__(*args, **kwargs)
        _offer(self, "to", [("", "Choose"), *((str(key), name) for key, name in people)])


class EscalationAnswerForm(forms.Form):
    """An answer to a colleague's question."""

    answer = forms.CharField(label="Answer", widget=forms.Textarea(attrs=LINES))
    changes_outcome = forms.BooleanField(
        label="This changes what the asker would have decided", required=False
    )


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs=LINES))


class ReassignmentForm(forms.Form):
    """To whom, and why."""

    to = forms.ChoiceField(label="Give to")
    reason = forms.CharField(
        label="Reason", help_text="The person who had it reads this on the case."
    )

    def __init__(self, people: Iterable[tuple[UUID, str]], *args: Any, **kwargs: Any) -> None:
        """Offer the people who could take the cases."""
        super().__init__(*args, **kwargs)
        _offer(self, "to", [("", "Choose"), *((str(key), name) for key, name in people)])


class ClosureForm(ReasonForm):
    """Why a case needs no decision."""

    why = forms.ChoiceField(
        label="Why it is closed",
        choices=[
            (Closed.WITHDRAWN.value, "Withdrawn by the business"),
            (Closed.DUPLICATE.value, "Duplicate of another case"),
            (Closed.MOOT.value, "Moot: nothing is left to decide"),
        ],
    )
    field_order = ["why", "reason"]


class DecisionForm(forms.Form):
    """What is decided, why by code and in words, and the amount where one is granted."""

    outcome = forms.ChoiceField(label="Decision", widget=forms.RadioSelect)
    reason_codes = forms.MultipleChoiceField(
        label="Reasons", widget=forms.CheckboxSelectMultiple, help_text="At least one."
    )
    amount = forms.CharField(label="Amount granted", required=False)
    currency = forms.CharField(label="Currency", required=False, max_length=3)
    statement = forms.CharField(
        label="In words",
        required=False,
        widget=forms.Textarea(attrs=LINES),
        help_text="What you found and why this follows. Stays on the case for good.",
    )

    def __init__(self, playbook: Playbook, *args: Any, **kwargs: Any) -> None:
        """Offer what the pinned playbook allows."""
        super().__init__(*args, **kwargs)
        _offer(self, "outcome", [(option.code, option.title) for option in playbook.outcomes])
        _offer(self, "reason_codes", playbook.reasons.items())
        if not any(option.needs_amount for option in playbook.outcomes):
            del self.fields["amount"], self.fields["currency"]

    def granted(self) -> Money | None:
        """The amount in minor units, or None; raises the refusals of `money_from_text`."""
        amount = self.cleaned_data.get("amount")
        if not amount:
            return None
        currency = str(self.cleaned_data.get("currency") or "")
        return money_from_text(str(amount), currency=currency.upper())


class ReinstatementForm(forms.Form):
    """What a second person decides about an enforcement."""

    outcome = forms.ChoiceField(
        label="Decision",
        widget=forms.RadioSelect,
        choices=[
            (AppealOutcome.UPHELD.value, "Uphold: the enforcement stays as it is"),
            (AppealOutcome.MODIFIED.value, "Lift in part"),
            (AppealOutcome.OVERTURNED.value, "Lift: the account returns"),
        ],
    )
    kind = forms.ChoiceField(
        label="Kind of return",
        required=False,
        help_text="Only where it is lifted. Kinds are counted apart, so choose what is true.",
        choices=[
            ("", "Not lifted"),
            (ReinstatementKind.ERROR_CORRECTED.value, "Error corrected: wrong on what was known"),
            (ReinstatementKind.NEW_EVIDENCE.value, "New evidence: not known then"),
            (ReinstatementKind.REMEDIATED.value, "Remediated: it was real and is remedied"),
            (ReinstatementKind.CONDITIONAL.value, "Conditional: on terms the seller agreed to"),
            (ReinstatementKind.ADMINISTRATIVE.value, "Administrative: timeout, order, technical"),
        ],
    )
    reason_codes = forms.MultipleChoiceField(
        label="Reasons", widget=forms.CheckboxSelectMultiple, help_text="At least one."
    )
    conditions = forms.CharField(
        label="Conditions", required=False, help_text="For a conditional return: what, until when."
    )
    statement = forms.CharField(
        label="Statement of reasons",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="The seller receives these words: what you looked at, what you found, "
        "what follows, and where they can turn next.",
    )

    def __init__(self, playbook: Playbook, *args: Any, **kwargs: Any) -> None:
        """Offer the reasons of the pinned playbook."""
        super().__init__(*args, **kwargs)
        _offer(self, "reason_codes", playbook.reasons.items())

    def chosen_kind(self) -> ReinstatementKind | None:
        """The kind, or None where it is not lifted."""
        kind = self.cleaned_data["kind"]
        return ReinstatementKind(kind) if kind else None
