"""The second person's page: an enforcement, its evidence then, the appeal, and the decision."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goodstanding.cases.operations import decide_appeal
from goodstanding.cases.queries import case_page
from goodstanding.cases.types import AppealOutcome, CasePage
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.web.asking import refuse_on
from goodstanding.web.cells import instant_text, words
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.cases.forms import ReinstatementForm
from goodstanding.web.pages.cases.one_case import case_context
from goodstanding.web.pages.cases.showing import GROUNDS, acting_at, case_url


@page(verb="cases.decide_case")
@require_http_methods(["GET", "POST"])
def page_of(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Decide an appeal, by somebody who did not decide the enforcement."""
    found = case_page(case_id=case_id, at=moment_of(request).as_of)
    if found.enforcement is None:
        raise NotFound(what="appeal of case", key=found.row.label)
    form = ReinstatementForm(found.playbook, request.POST or None)
    if request.method == "POST":
        at = acting_at(request)
        if form.is_valid():
            try:
                decide_appeal(
                    case_id=case_id,
                    outcome=AppealOutcome(form.cleaned_data["outcome"]),
                    kind=form.chosen_kind(),
                    reason_codes=form.cleaned_data["reason_codes"],
                    statement=form.cleaned_data["statement"],
                    conditions=form.cleaned_data["conditions"],
                    by=person_of(request),
                    at=at,
                )
            except Refusal as refusal:
                refuse_on(form, refusal)
            else:
                messages.success(request, "The appeal is decided.")
                return redirect(case_url(case_id))
    holds = found.row.is_open and found.row.holder_id == person_of(request).id
    context = case_context(request, found) | {
        "form": form,
        "measure": _measure(found),
        "undone": [
            view.step for view in found.steps if view.step.required and view.state == "open"
        ],
        "may_review": holds and not moment_of(request).is_past,
    }
    return render(request, "cases/reinstatement.html", context, status=422 if form.errors else 200)


def _measure(found: CasePage) -> list[tuple[str, str]]:
    enforcement = found.enforcement
    assert enforcement is not None  # noqa: S101 - the caller has looked
    return [
        ("Measure", words(enforcement.measure.value)),
        ("Scope", enforcement.scope),
        ("Ground", GROUNDS[enforcement.ground]),
        ("Clause or law", enforcement.clause),
        ("Decided", instant_text(enforcement.decided_at)),
        ("By", enforcement.decided_by or "No person: decided automatically"),
        ("In force from", instant_text(enforcement.starts_at)),
        ("Can be appealed until", instant_text(enforcement.appealable_until)),
        ("Reinstated", enforcement.reinstated or "No"),
    ]
