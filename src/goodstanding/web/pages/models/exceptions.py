"""Exceptions: use before validation, or in spite of a finding; granted by another, and ended."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from goodstanding.core.errors import Refusal
from goodstanding.governance import operations, queries
from goodstanding.governance.types import ExceptionSummary, Fallback
from goodstanding.web.asking import refuse_on, verb_page
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.models.forms import ReasonForm
from goodstanding.web.pages.models.in_use_forms import BeforeValidationForm, DespiteForm

VERB = "governance.grant_exception"


@page(verb=VERB)
def version_exception(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Let a version decide before it is validated, under controls, until a day."""
    at = moment_of(request).as_of
    row = queries.version_at(version_id=version_id, as_of=at)
    use_cases = [(each.code, each.title) for each in queries.use_cases_at(as_of=at)]
    given = request.POST if request.method == "POST" else None
    form = BeforeValidationForm(given, initial={"use_case": row.use_case}, use_cases=use_cases)
    back = reverse("version", args=[version_id])

    def grant() -> str:
        keys = ("use_case", "reason", "controls", "requested_by", "expires_at")
        operations.allow_before_validation(
            version_id=version_id,
            **{key: form.cleaned_data[key] for key in keys},
            conditions=form.conditions(),
            fallback=Fallback(form.cleaned_data["fallback"]),
            by=person_of(request),
            at=at,
        )
        messages.success(request, f"{row.name} {row.label} may decide until then, as stated.")
        return back

    return verb_page(
        request, form, grant, title=f"Allow {row.name} {row.label} before validation",
        purpose=(
            "An exception always ends. You grant it to somebody who asked, and who is neither you"
            " nor anybody whose version it is."
        ),
        verb="Grant the exception", parent=f"{row.name} {row.label}", back_url=back,
    )  # fmt: skip


@page(verb=VERB)
def finding_exception(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """Keep an open finding from stopping its version, under controls, until a day."""
    at = moment_of(request).as_of
    found = queries.finding_at(finding_id=finding_id, at=at)
    form = DespiteForm(request.POST if request.method == "POST" else None)
    back = reverse("finding", args=[finding_id])

    def grant() -> str:
        operations.allow_despite_finding(
            finding_id=finding_id, **form.cleaned_data, by=person_of(request), at=at
        )
        messages.success(request, f"Finding {found.number} stops nothing until then.")
        return back

    return verb_page(
        request, form, grant, title=f"Allow use in spite of finding {found.number}",
        purpose=f"{found.title}: it stays open and is mended; until the day it stops nothing.",
        verb="Grant the exception", parent=found.title, back_url=back,
    )  # fmt: skip


@page(verb=VERB)
def exception_end(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """End an exception before its time."""
    at = moment_of(request).as_of
    found = queries.exception_at(exception_id=exception_id, as_of=at)
    row = queries.version_at(version_id=found.version_id, as_of=at)
    back = reverse("version", args=[found.version_id])
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.end_exception(
                exception_id=exception_id, reason=form.cleaned_data["reason"],
                by=person_of(request), at=at,
            )  # fmt: skip
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, "The exception is ended.")
            return redirect(back)
    context = {
        "title": f"End the exception of {row.name} {row.label}",
        "purpose": "Decisions notice within a second, without a restart.",
        "effect": _effect(found),
        "form": form,
        "verb": "End the exception",
        "parent": f"{row.name} {row.label}",
        "parent_url": back,
        "back_url": back,
    }
    status = 422 if form.errors else 200
    return render(request, "components/confirm.html", context, status=status)


def _effect(found: ExceptionSummary) -> str:
    if not found.is_in_force:
        return "This exception is not in force; ending it changes nothing."
    if found.finding_number is None:
        return "From now on the fallback decides, unless an approval is in force."
    return f"From now on finding {found.finding_number} stops again what it stops."
