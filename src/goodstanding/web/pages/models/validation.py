"""A validator runs a policy's tests, and gives an opinion whose grade follows from what is open."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.governance import operations, queries
from goodstanding.second_line.operations import run_policy_tests
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.models.forms import OpinionForm, refuse_on


@page(verb="governance.validate_version")
@require_POST
def version_validation(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Re-perform the tests that the policy carries, as the validator of this version."""
    run_id = run_policy_tests(
        version_id=version_id, validator=person_of(request), at=moment_of(request).as_of
    )
    results = queries.results_of_run(run_id=run_id)
    held = results[0].n - (results[0].n_events or 0)
    messages.success(request, f"{held} of {results[0].n} tests hold. Your opinion comes next.")
    return redirect("run_opinion", run_id)


@page(verb="governance.validate_version")
def run_opinion(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Give the opinion on one's own run."""
    at = moment_of(request).as_of
    results = queries.results_of_run(run_id=run_id)
    if not results:
        raise NotFound(what="validation run", key=str(run_id))
    row = queries.version_at(version_id=results[0].version_id, as_of=at)
    form = OpinionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            grade = operations.give_opinion(
                run_id=run_id, by=person_of(request), at=at, **form.cleaned_data
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"Your opinion is {grade}.")
            return redirect("version", row.version_id)
    context = {
        "form": form,
        "title": f"Opinion on {row.name} {row.label}",
        "purpose": (
            f"The grade follows from {_open_findings(row.open_findings)} and from the impact;"
            " it is given once."
        ),
        "verb": "Give the opinion",
        "parent": f"{row.name} {row.label}",
        "parent_url": reverse("version", args=[row.version_id]),
        "back_url": reverse("version", args=[row.version_id]),
    }
    status = 422 if form.errors else 200
    return render(request, "models/verb.html", context, status=status)


def _open_findings(count: int) -> str:
    return "1 open finding" if count == 1 else f"{count or 'no'} open findings"
