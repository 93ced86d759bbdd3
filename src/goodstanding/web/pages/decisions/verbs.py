"""The ways to look back at a decision, and reading its personal values."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.decisions.errors import UnknownDecision
from goodstanding.decisions.operations import (
    decide_again,
    rederive_features,
    replay,
    reveal_personal_inputs,
)
from goodstanding.decisions.queries import compared, decision_detail, replay_result
from goodstanding.web.forms import RevealForm
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.decisions.showing import context_of
from goodstanding.web.pages.decisions.words import outcome_signal, verdict_signal


@page(verb="decisions.replay_decision")
@require_POST
def replays(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Derive the decision again from its record, and lead to what was found."""
    report = replay(decision_id=decision_id, by=person_of(request).email, at=utc_now())
    return redirect(reverse("decision_replay", args=[decision_id, report.replay_id]))


@page(verb="decisions.see_decisions")
@require_GET
def replay_found(request: HttpRequest, decision_id: UUID, replay_id: UUID) -> HttpResponse:
    """What one replay found."""
    found = replay_result(replay_id=replay_id, known_at=moment_of(request).known_at)
    if found.decision_id != decision_id:
        raise UnknownDecision(decision_id=decision_id)
    return render(
        request,
        "decisions/replay_found.html",
        {"found": found, "verdict": verdict_signal(found.verdict)},
    )


@page(verb="decisions.decide_again")
@require_POST
def again(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Put the question to the policy in force, and lead to both answers side by side."""
    made = decide_again(decision_id=decision_id, by=person_of(request).email, at=utc_now())
    word = outcome_signal(made.record["outcome"]).word.lower()
    messages.success(request, f"Decided again, on what holds now: {word}. The first one stays.")
    return redirect(reverse("decision_comparison", args=[decision_id, made.decision_id]))


@page(verb="decisions.see_decisions")
@require_GET
def comparison(request: HttpRequest, decision_id: UUID, other_id: UUID) -> HttpResponse:
    """Two decisions about one entity, side by side."""
    found = compared(first=decision_id, second=other_id, known_at=moment_of(request).known_at)
    return render(
        request,
        "decisions/comparison.html",
        {
            "found": found,
            "first_outcome": outcome_signal(found.first.outcome),
            "second_outcome": outcome_signal(found.second.outcome),
        },
    )


@page(verb="decisions.replay_decision")
@require_POST
def rederivation(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Look the features up again as of the decision, and show what the ledger says of them."""
    detail = decision_detail(decision_id=decision_id, known_at=moment_of(request).known_at)
    found, why_not = None, ""
    try:
        found = rederive_features(
            decision_id=decision_id, by=person_of(request).email, at=utc_now()
        )
    except Refusal as refusal:  # a definition that is not kept here: the answer of this page too
        why_not = refusal.message
    labels = {item.name: item.label for item in detail.inputs}
    rows = [(labels.get(item.name, item.name), item) for item in found.features] if found else []
    return render(
        request,
        "decisions/rederived.html",
        {"detail": detail, "found": found, "why_not": why_not, "rows": rows},
    )


@page(verb="decisions.unmask_decision")
@require_POST
def personal_values(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Show the personal inputs of one decision, once, for a reason that the audit trail keeps."""
    form = RevealForm(request.POST)
    if not form.is_valid():
        context = context_of(request, decision_id) | {"reveal_form": form}
        return render(request, "decisions/decision.html", context, status=422)
    values = reveal_personal_inputs(
        decision_id=decision_id,
        reason=form.cleaned_data["reason"],
        by=person_of(request).email,
        at=utc_now(),
    )
    return render(
        request, "decisions/decision.html", context_of(request, decision_id, unmasked=values)
    )
