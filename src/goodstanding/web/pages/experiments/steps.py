"""The steps of an experiment, each on a page of its own with what it does."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goodstanding.core.errors import Refusal
from goodstanding.core.money import Money
from goodstanding.core.time import utc_now
from goodstanding.evidence.experiments import operations, queries
from goodstanding.evidence.experiments.errors import StepTooEarly
from goodstanding.evidence.experiments.types import ExperimentState, ExperimentView
from goodstanding.web.asking import refuse_on
from goodstanding.web.page import page, person_of

Act = Callable[[str], object]
STANDS = {
    "registered": {ExperimentState.PROPOSED},
    "started": {ExperimentState.REGISTERED},
    "halted": {ExperimentState.RUNNING},
    "ended": {ExperimentState.RUNNING, ExperimentState.HALTED},
}


class WhyForm(forms.Form):
    """A reason, kept with the step."""

    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It is kept with the step.",
    )


class NoForm(forms.Form):
    """Nothing to fill in."""


@page(verb="evidence.register_experiment")
@require_http_methods(["GET", "POST"])
def registration(request: HttpRequest, name: str) -> HttpResponse:
    """Read the plan as a second person, and let it stand."""
    view = queries.experiment_named(name=name)
    return _step(
        request, view, WhyForm, verb="Register the plan", done="registered",
        purpose="From now on neither metric nor horizon nor arms change, whatever is seen.",
        effect="You vouch that the question, the metric and the rules were fixed before any"
        " number was seen.",
        effects=_plan_lines(view),
        act=lambda reason: operations.register_experiment(
            name=name, reason=reason, by=person_of(request), at=utc_now()
        ),
    )  # fmt: skip


@page(verb="evidence.run_experiment")
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, name: str) -> HttpResponse:
    """Let the arms share decisions."""
    view = queries.experiment_named(name=name)
    return _step(
        request, view, NoForm, verb="Start", done="started",
        purpose="Live decisions follow within a second.",
        effect=f"From now on the arms share the decisions of {view.plan.policy}.",
        effects=_plan_lines(view),
        act=lambda _: operations.start_experiment(name=name, by=person_of(request), at=utc_now()),
    )  # fmt: skip


@page(verb="evidence.run_experiment")
@require_http_methods(["GET", "POST"])
def halt(request: HttpRequest, name: str) -> HttpResponse:
    """Stop sharing decisions."""
    view = queries.experiment_named(name=name)
    return _step(
        request, view, WhyForm, verb="Halt", done="halted",
        purpose="It cannot be started again; what was decided still matures.",
        effect=f"Within a second the champion decides alone for {view.plan.policy}.",
        effects=[],
        act=lambda reason: operations.halt_experiment(
            name=name, reason=reason, by=person_of(request), at=utc_now()
        ),
    )  # fmt: skip


@page(verb="evidence.run_experiment")
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, name: str) -> HttpResponse:
    """End it and sign its memo."""
    view = queries.experiment_named(name=name)
    verdict = queries.verdict_of(view, queries.read_experiment(view=view, at=utc_now()))
    return _step(
        request, view, WhyForm, verb="End and sign the memo", done="ended",
        purpose="The figures are frozen as they are known now, under your name.",
        effect=f"By the registered rule the memo says: {verdict.recommendation.words}.",
        effects=[f"Because {verdict.why}."],
        act=lambda reason: operations.end_experiment(
            name=name, reason=reason, by=person_of(request), at=utc_now()
        ),
    )  # fmt: skip


def _plan_lines(view: ExperimentView) -> list[str]:
    plan = view.plan
    lines = [plan.question, f"{plan.metric.words}, {plan.horizon_days:,} days after each decision."]
    for arm in plan.arms:
        explored = ""
        if arm.limit_minor is not None and arm.budget_minor is not None:
            explored = (
                f", explores below the cut with at most"
                f" {Money(arm.limit_minor, view.currency).as_text()} each"
                f" and {Money(arm.budget_minor, view.currency).as_text()} in all"
            )
        treatment = f", {arm.treatment}" if arm.treatment else ""
        lines.append(f"{arm.name}: {arm.share_basis_points / 100:g} %{treatment}{explored}.")
    lines += [
        f"Halts where the {rail.metric.words} is surely worse by more than"
        f" {100 * rail.harm:g} points."
        for rail in plan.guard_rails
    ]
    return lines


def _step(
    request: HttpRequest,
    view: ExperimentView,
    form_class: type[forms.Form],
    *,
    verb: str,
    done: str,
    purpose: str,
    effect: str,
    effects: Sequence[str],
    act: Act,
) -> HttpResponse:
    name = view.plan.name
    if view.state not in STANDS[done]:
        raise StepTooEarly(name=name, state=view.state.value, step=done)
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act(str(form.cleaned_data.get("reason", "")))
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"{name} is {done}.")
            return redirect("experiment", name)
    context: dict[str, Any] = {
        "title": f"{verb}: {name}",
        "purpose": purpose,
        "effect": effect,
        "effects": effects,
        "form": form,
        "verb": verb,
        "back_url": reverse("experiment", args=[name]),
        "parent": "Experiments",
        "parent_url": reverse("experiments"),
    }
    status = 422 if form.errors else 200
    return render(request, "components/confirm.html", context, status=status)
