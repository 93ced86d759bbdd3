"""A validator runs a version's tests, and gives the opinion that follows from what is open."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.governance import operations, queries
from goodstanding.governance.types import ResultSummary, VersionKind
from goodstanding.second_line.operations import run_model_tests, run_policy_tests
from goodstanding.web.asking import refuse_on
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.models.forms import OpinionForm
from goodstanding.web.pages.models.versions import shown_finding, shown_results
from goodstanding.web.pages.models.words import LIGHT_WORDS


@page(verb="governance.validate_version")
@require_POST
def version_validation(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Re-perform a version's tests as its validator.

    A policy's are those that it carries; a model's are computed on its development data.
    """
    at = moment_of(request).as_of
    row = queries.version_at(version_id=version_id, as_of=at)
    run = run_model_tests if row.kind is VersionKind.MODEL else run_policy_tests
    run_id = run(version_id=version_id, validator=person_of(request), at=at)
    results = queries.results_of_run(run_id=run_id)
    said = _what_a_model_showed if row.kind is VersionKind.MODEL else _what_a_policy_showed
    messages.success(request, f"{said(results)} Your opinion comes next.")
    return redirect("run_opinion", run_id)


def _what_a_policy_showed(results: Sequence[ResultSummary]) -> str:
    held = results[0].n - (results[0].n_events or 0)
    return f"{held} of {results[0].n} tests hold."


def _what_a_model_showed(results: Sequence[ResultSummary]) -> str:
    """How many tests there were by light, and the findings that answer the red ones."""
    counts = Counter(LIGHT_WORDS[each.light].lower() for each in results)
    lights = ", ".join(f"{count} {word}" for word, count in counts.most_common())
    answering = sorted({number for each in results for number in each.finding_numbers})
    named = ", ".join(map(str, answering))
    noun = "Finding" if len(answering) == 1 else "Findings"
    return f"{len(results)} tests ran: {lights}." + (
        f" {noun} {named} {'answers' if len(answering) == 1 else 'answer'} what is red."
        if answering
        else ""
    )


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
    findings = queries.findings_at(at=at, version_id=row.version_id)
    context = {
        "results": shown_results(results, findings),
        "findings": [shown_finding(each) for each in findings if each.is_open],
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
    return render(request, "models/opinion.html", context, status=status)


def _open_findings(count: int) -> str:
    return "1 open finding" if count == 1 else f"{count or 'no'} open findings"
