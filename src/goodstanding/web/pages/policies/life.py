"""Steps in the life of a version, each on a page of its own with its effect and reason."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.policies import operations
from goodstanding.policies.queries import open_steps
from goodstanding.policies.types import Status
from goodstanding.web.asking import refuse_on
from goodstanding.web.cells import local_text
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.policies.forms import ActivationForm, ReasonForm
from goodstanding.web.pages.policies.shown import ShownPolicy, shown_policy

STEP_WORDS = {
    Status.SHADOW: "answers in shadow: evaluated on live traffic, deciding nothing",
    Status.SHARE: "decides a share of the businesses",
    Status.CHAMPION: "decides everything, and the version until now retires",
    Status.RETIRED: "does nothing any more",
}
Act = Callable[[Any], None]


@page(verb="policies.propose_version")
@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, name: str) -> HttpResponse:
    """Ask the desk's second person to approve a version."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    effect = (
        f"Version {shown.version.label} will wait for the desk's approver. Its author cannot"
        " approve it. It goes on deciding nothing."
    )
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def propose(form: ReasonForm) -> None:
        operations.propose_version(
            text_hash=shown.version.text_hash, reason=form.cleaned_data["reason"],
            by=person_of(request), at=utc_now(),
        )  # fmt: skip

    return _step(request, shown, form, propose, words="Propose", effect=effect)


@page(verb="policies.approve_version")
@require_http_methods(["GET", "POST"])
def approval(request: HttpRequest, name: str) -> HttpResponse:
    """Approve a proposed version as its second person."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    effect = (
        f"You let the desk use version {shown.version.label}, written by {shown.version.author}."
        " It decides only when the desk activates it, and while the second line's approval is"
        " in force."
    )
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def approve(form: ReasonForm) -> None:
        operations.approve_version(
            text_hash=shown.version.text_hash, reason=form.cleaned_data["reason"],
            by=person_of(request), at=utc_now(),
        )  # fmt: skip

    return _step(request, shown, form, approve, words="Approve", effect=effect)


@page(verb="policies.activate_version")
@require_http_methods(["GET", "POST"])
def activation(request: HttpRequest, name: str) -> HttpResponse:
    """Decide what a version does from now on; an older one comes back the same way."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    may_become = open_steps(text_hash=shown.version.text_hash, status=shown.version.status)
    steps = [(step.value, words) for step, words in STEP_WORDS.items() if step in may_become]
    form = ActivationForm(request.POST if request.method == "POST" else None, steps=steps)

    def act(form: ActivationForm) -> None:
        common: dict[str, Any] = {
            "text_hash": shown.version.text_hash, "reason": form.cleaned_data["reason"],
            "by": person_of(request), "at": utc_now(),
        }  # fmt: skip
        match Status(form.cleaned_data["to"]):
            case Status.SHADOW:
                operations.shadow_version(**common)
            case Status.SHARE:
                operations.share_version(**common, share=form.buckets)
            case Status.CHAMPION:
                operations.activate_version(**common)
            case _:
                operations.retire_version(**common)

    return _step(
        request, shown, form, act, words="Activate or retire", effect=_activation_effect(shown)
    )


def _activation_effect(shown: ShownPolicy) -> str:
    champion = shown.champion
    if champion is None:
        now = "No version of this policy decides now."
    elif champion.label == shown.version.label:
        now = "This version decides now; retired, the policy decides nothing until another does."
    else:
        now = f"Version {champion.label} decides now."
    return f"{now} Decisions follow within a second, without a restart."


def _step(
    request: HttpRequest,
    shown: ShownPolicy,
    form: Any,
    act: Act,
    *,
    words: str,
    effect: str,
) -> HttpResponse:
    label, back = shown.version.label, reverse("policy_versions", args=[shown.name])
    if request.method == "POST" and form.is_valid():
        try:
            act(form)
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"Done: {words.lower()}, version {label}.")
            return redirect(back)
    context = {
        "title": f"{words}: version {label}",
        "purpose": shown.policy.definition.title,
        "effect": effect,
        "effects": _effects(shown),
        "form": form,
        "verb": words,
        "back_url": back,
        "parent": shown.policy.definition.title,
        "parent_url": reverse("policy", args=[shown.name]),
    }
    status = 422 if form.errors else 200
    return render(request, "components/confirm.html", context, status=status)


def _effects(shown: ShownPolicy) -> list[str]:
    """What the second line says of the version at this moment."""
    if shown.standing is None:
        return ["The second line does not know this version: the fallback would answer for it."]
    if shown.standing.may_decide:
        return ["The second line's approval is in force."]
    why = local_text(shown.standing.standing.reason)
    return [f"The second line's approval is not in force ({why}): the fallback answers for it."]
