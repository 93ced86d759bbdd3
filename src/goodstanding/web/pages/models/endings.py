"""End an approval: the effect first, then the reason."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from goodstanding.core.errors import Refusal
from goodstanding.governance import operations, queries
from goodstanding.governance.types import ApprovalSummary, Fallback
from goodstanding.web.asking import refuse_on
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.models.forms import EndForm


@page(verb="governance.end_approval")
def approval_end(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Expire or revoke an approval, after seeing what will fall back."""
    at = moment_of(request).as_of
    found = queries.approval_at(approval_id=approval_id, as_of=at)
    form = EndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _end(request, found, form, at=at)
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"The approval of {found.request.version_words} ends.")
            return redirect("version", found.request.version_id)
    context = {
        "title": f"End the approval of {found.request.version_words}",
        "purpose": "Decisions notice within a second, without a restart.",
        "effect": effect_of(found),
        "effects": effects_of(found, at=at),
        "form": form,
        "verb": "End the approval",
        "parent": found.request.version_words,
        "parent_url": reverse("version", args=[found.request.version_id]),
        "back_url": reverse("approval", args=[approval_id]),
    }
    status = 422 if form.errors else 200
    return render(request, "components/confirm.html", context, status=status)


def _end(request: HttpRequest, found: ApprovalSummary, form: EndForm, *, at: datetime) -> None:
    reason, by = form.cleaned_data["reason"], person_of(request)
    if form.cleaned_data["how"] == "revoke":
        operations.revoke_approval(approval_id=found.approval_id, reason=reason, by=by, at=at)
    else:
        operations.expire_approval(
            approval_id=found.approval_id,
            expires_at=form.ends_at(now=at),
            reason=reason,
            by=by,
            at=at,
        )


def effect_of(found: ApprovalSummary) -> str:
    """What ending it does, in one sentence."""
    words = found.request.version_words
    if not found.is_in_force:
        return f"This approval is not in force; ending it changes nothing for {words}."
    falls = "goes to a person" if found.request.fallback is Fallback.REFER else "is declined"
    return (
        f"{found.days_left} days of approval are given up: from the moment it ends, every case"
        f" that {words} would decide {falls}."
    )


def effects_of(found: ApprovalSummary, *, at: datetime) -> list[str]:
    """The versions that stop with it, and what still lets this one decide."""
    lines = [
        f"{each.words} names it as input and cannot decide without it."
        for each in queries.policies_using(version_id=found.request.version_id)
    ]
    others = [
        each
        for each in queries.approvals_at(as_of=at, version_id=found.request.version_id)
        if each.is_in_force and each.approval_id != found.approval_id
    ]
    if others:
        lines.append(f"{len(others)} other approval of this version stays in force.")
    lines.append("A new approval needs a run, an opinion, a request and a second person.")
    return lines
