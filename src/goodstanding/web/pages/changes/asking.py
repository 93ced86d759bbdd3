"""Ask for a change from the version's own page; approve in an emergency, and review it."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.time import utc_now
from goodstanding.evidence.datasets import datasets_for
from goodstanding.evidence.operations import ask_for_change
from goodstanding.evidence.types import ChangeAsked
from goodstanding.policies.operations import approve_in_emergency, review_emergency
from goodstanding.policies.queries import emergencies_of
from goodstanding.web.asking import refuse_on
from goodstanding.web.cells import instant_text
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.changes.forms import ChangeForm, EmergencyForm, ReviewForm
from goodstanding.web.pages.policies.shown import ShownPolicy, context_of, shown_policy


@page(verb="evidence.ask_for_change")
@require_http_methods(["GET", "POST"])
def new_change(request: HttpRequest, name: str) -> HttpResponse:
    """Ask that the version shown replaces the one in force; its evidence begins at once."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    datasets = datasets_for(name)
    if not datasets:
        raise NotFound(what="history that shows the effect of policy", key=name)
    form = ChangeForm(request.POST if request.method == "POST" else None, datasets=datasets)
    if request.method == "POST" and form.is_valid():
        asked = ChangeAsked(
            text_hash=shown.version.text_hash,
            dataset=form.dataset_name,
            window=form.window_name,
            why=form.cleaned_data["why"],
        )
        try:
            change_id = ask_for_change(asked=asked, by=person_of(request), at=utc_now())
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            return redirect("change", change_id)
    context = context_of(shown, form=form, datasets=datasets)
    return render(request, "changes/new_change.html", context, status=422 if form.errors else 200)


@page(verb="policies.approve_in_emergency")
@require_http_methods(["GET", "POST"])
def emergency(request: HttpRequest, name: str) -> HttpResponse:
    """Approve the version shown at once, until an instant."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    form = EmergencyForm(request.POST if request.method == "POST" else None)

    def approve() -> None:
        approve_in_emergency(
            text_hash=shown.version.text_hash, reason=form.cleaned_data["reason"],
            expires_at=form.until.astimezone(UTC), by=person_of(request), at=utc_now(),
        )  # fmt: skip

    effect = (
        f"Version {shown.version.label}, written by {shown.version.author}, is approved at once,"
        " without a change request."
    )
    effects = [
        "Its after-review is a deadline: a third person confirms it or takes it back.",
        "Without that review it ends then, and the champion before it decides again.",
    ]
    return _confirmed(
        request, shown, form, approve, verb="Approve in an emergency", effect=effect,
        effects=effects,
    )  # fmt: skip


@page(verb="policies.approve_in_emergency")
@require_http_methods(["GET", "POST"])
def emergency_review(request: HttpRequest, name: str) -> HttpResponse:
    """Say afterwards whether the emergency was right."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    form = ReviewForm(request.POST if request.method == "POST" else None)

    def review() -> None:
        review_emergency(
            text_hash=shown.version.text_hash,
            is_confirmed=form.cleaned_data["finding"] == "confirmed",
            reason=form.cleaned_data["reason"], by=person_of(request), at=utc_now(),
        )  # fmt: skip

    effect = f"The after-review of version {shown.version.label} is done, for good."
    return _confirmed(
        request, shown, form, review, verb="Review the emergency", effect=effect,
        effects=_after_its_end(shown),
    )  # fmt: skip


def _after_its_end(shown: ShownPolicy) -> list[str]:
    """What a late review does: the version decides nothing since its end."""
    label, champion = shown.version.label, shown.champion
    found = emergencies_of(name=shown.name, at=utc_now())
    lapsed_at = next((each.lapsed_at for each in found if each.label == label), None)
    if lapsed_at is None:
        return []
    now = f"version {champion.label}" if champion else "no version"
    return [
        f"Its emergency ended {instant_text(lapsed_at)}; {now} decides since.",
        "Confirmed, it decides again at once.",
    ]


def _confirmed(
    request: HttpRequest,
    shown: ShownPolicy,
    form: forms.Form,
    act: Callable[[], None],
    *,
    verb: str,
    effect: str,
    effects: list[str],
) -> HttpResponse:
    back = reverse("policy_versions", args=[shown.name])
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"Done: {verb.lower()}, version {shown.version.label}.")
            return redirect(back)
    context: dict[str, Any] = {
        "title": f"{verb}: version {shown.version.label}",
        "purpose": shown.policy.definition.title,
        "effect": effect,
        "effects": effects,
        "form": form,
        "verb": verb,
        "back_url": back,
        "parent": shown.policy.definition.title,
        "parent_url": reverse("policy", args=[shown.name]),
    }
    return render(request, "components/confirm.html", context, status=422 if form.errors else 200)
