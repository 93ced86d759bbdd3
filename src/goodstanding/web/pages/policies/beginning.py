"""Begin a policy: the first text under a name of the inventory, and a draft of the next."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goodstanding.cases.queries import queues
from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.governance.queries import entries_without_version, use_case_at
from goodstanding.governance.types import EntrySummary, UseCaseSummary, VersionKind
from goodstanding.policies.engine.first_text import first_text
from goodstanding.policies.operations import begin_policy
from goodstanding.web.asking import refuse_on
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.decisions.words import DESKS


class NewPolicyForm(forms.Form):
    """What a policy is for; its rules are written in its draft."""

    policy = forms.ChoiceField(
        label="Policy", help_text="Entered into the inventory, and without a text until now."
    )
    title = forms.CharField(label="Title", max_length=120, help_text="What people call it.")
    purpose = forms.CharField(
        label="Purpose", max_length=600, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What it decides, on what, and for whom.",
    )  # fmt: skip
    queue = forms.ChoiceField(label="Queue of what it refers to a person")
    time_zone = forms.CharField(
        label="Time zone", initial="Europe/London", max_length=64,
        help_text="Where its days begin and end: Europe/London.",
    )  # fmt: skip
    currency = forms.CharField(
        label="Currency", initial="GBP", min_length=3, max_length=3, help_text="Of its amounts."
    )

    def __init__(self, *args: Any, waiting: list[EntrySummary], **kwargs: Any) -> None:
        """Offer the entries that wait for a text, and the queues there are."""
        super().__init__(*args, **kwargs)
        self._offer("policy", [(row.name, f"{row.title} ({row.name})") for row in waiting])
        self._offer(
            "queue",
            [(row.code, f"{DESKS.get(row.desk, row.desk)}: {row.title}") for row in queues()],
        )

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def clean_currency(self) -> str:
        """The code in capitals."""
        return self.cleaned_data["currency"].upper()


@page(verb="policies.publish_version")
@require_http_methods(["GET", "POST"])
def new_policy(request: HttpRequest) -> HttpResponse:
    """Keep the smallest text that checks as version 0, and go on in a draft of version 1."""
    at = utc_now()
    waiting = entries_without_version(kind=VersionKind.POLICY, as_of=at)
    by_name = {row.name: row for row in waiting}
    asked = by_name.get(request.GET.get("policy", ""), waiting[0] if waiting else None)
    form = NewPolicyForm(
        request.POST if request.method == "POST" else None,
        waiting=waiting,
        initial=_initial(asked, at) if asked else None,
    )
    if form.is_valid():
        try:
            entry = by_name[form.cleaned_data["policy"]]
            draft_id = begin_policy(
                text=_text_of(form, entry, _use_case(entry, at)),
                by=person_of(request), at=at,
            )  # fmt: skip
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(
                request,
                "The beginning is kept as version 0, which decides nothing."
                " Here is the draft of version 1: write its inputs and rules.",
            )
            return redirect("draft", entry.name, draft_id)
    status = 422 if form.errors else 200
    context = {"form": form, "waiting": waiting}
    return render(request, "policies/new_policy.html", context, status=status)


def _use_case(entry: EntrySummary, at: datetime) -> UseCaseSummary:
    return use_case_at(code=entry.use_case, as_of=at)


def _initial(entry: EntrySummary, at: datetime) -> dict[str, str]:
    purpose = _use_case(entry, at).purpose
    return {"policy": entry.name, "title": entry.title, "purpose": purpose}


def _text_of(form: NewPolicyForm, entry: EntrySummary, use_case: UseCaseSummary) -> str:
    given = form.cleaned_data
    return first_text(
        name=entry.name,
        title=given["title"],
        purpose=" ".join(given["purpose"].split()),
        desk=use_case.desk,
        owner=entry.owner,
        legal_entity=use_case.legal_entity,
        time_zone=given["time_zone"],
        currency=given["currency"],
        queue=given["queue"],
    )
