"""What is personal of a business is erased: first what that means, then, with a reason, done."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goodstanding.core.encryption import keeps_personal
from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.parties.errors import NoPersonalValues
from goodstanding.parties.operations import erase_personal
from goodstanding.parties.queries import party_as_of
from goodstanding.parties.types import PartyView
from goodstanding.web.asking import refuse_on
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.businesses.words import PERSONAL

SURE = "ERASE"


class ErasureForm(forms.Form):
    """Why, and a word that nobody types by mistake."""

    reason = forms.CharField(
        label="Reason",
        help_text="The audit trail keeps it: who asked, when, by which letter or ticket.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sure = forms.CharField(
        label=f"Type {SURE} to be sure", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def clean_sure(self) -> str:
        """The word, and no other."""
        typed: str = self.cleaned_data["sure"]
        if typed.strip() != SURE:
            raise forms.ValidationError(f"Type {SURE} in capitals, or go back.")
        return typed


@page(verb="parties.erase_personal")
@require_http_methods(["GET", "POST"])
def erasure(request: HttpRequest, party_id: UUID) -> HttpResponse:
    """Destroy the key of what is personal of a business.

    Raises NotFound, and NoPersonalValues where nothing is left to erase.
    """
    at = utc_now()
    business = party_as_of(party_id=party_id, as_of=at, known_at=at)
    if request.method == "GET" and not keeps_personal(subject_id=party_id):
        raise NoPersonalValues(field="party_id", party_id=party_id)
    form = ErasureForm(request.POST or None)
    if form.is_valid():
        try:
            erase_personal(
                party_id=party_id,
                reason=form.cleaned_data["reason"],
                by=person_of(request).email,
                at=at,
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, "What was personal is erased: nothing can bring it back.")
            return redirect("business", party_id)
    context = _shown(business) | {"form": form}
    return render(request, "components/confirm.html", context, status=422 if form.errors else 200)


def _shown(business: PartyView) -> dict[str, object]:
    back = reverse("business", args=[business.party_id])
    own = ", ".join(PERSONAL[field].lower() for field in business.personal_fields)
    return {
        "title": f"Erase what is personal of {business.name}",
        "purpose": "For somebody who asks to be forgotten, once no law keeps the values here.",
        "effect": "The key to these values is destroyed. Nobody can read them again, nor we.",
        "effects": [
            f"Of the business itself: {own or 'nothing that is personal'}.",
            "Of decisions about it: every personal input. They stay, but cannot be derived again.",
            "Backups made before hold the key until they are destroyed too.",
        ],
        "verb": "Erase for good",
        "back_url": back,
        "parent": business.name,
        "parent_url": back,
    }
