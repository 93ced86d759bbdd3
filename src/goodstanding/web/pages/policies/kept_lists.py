"""Kept lists: their versions, who approved them and until when; write one, approve, withdraw."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.policies import operations
from goodstanding.policies.queries import list_summaries, list_version_of
from goodstanding.policies.types import ListSummary
from goodstanding.web.asking import refuse_on
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.policies.forms import KeptListForm, ReasonForm
from goodstanding.web.types import Signal

STANDINGS = {
    "approved": Signal("good", "Approved"),
    "not approved": Signal("watch", "Waits for a second person"),
    "expired": Signal("act", "Expired"),
    "withdrawn": Signal("act", "Withdrawn"),
}


@page(verb="policies.see_policies")
@require_GET
def kept_lists(request: HttpRequest) -> HttpResponse:
    """Every version of every kept list, with where it stands."""
    moment = moment_of(request)
    rows = [(row, STANDINGS[row.standing]) for row in list_summaries(at=moment.as_of)]
    may_write = request.user.has_perm("policies.write_list") and not moment.is_past
    waiting = sum(row.standing == "not approved" for row, _ in rows)
    state = f"{waiting} wait for a second person" if waiting else ""
    context = {"rows": rows, "may_write": may_write, "state": state}
    return render(request, "policies/kept_lists.html", context)


@page(verb="policies.see_policies")
@require_GET
def kept_list_version(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """One version: its values, who wrote and approved it, what may be done."""
    moment = moment_of(request)
    found = _one(request, name, version)
    may_act = not moment.is_past and not found.withdrawn_by
    is_author = found.author_id == person_of(request).id
    context = {
        "row": found,
        "signal": STANDINGS[found.standing],
        "may_approve": may_act
        and not found.approved_by
        and not is_author
        and request.user.has_perm("policies.approve_list"),
        "may_withdraw": may_act and request.user.has_perm("policies.withdraw_list"),
        "file": f"lists/{found.name}@{found.version}.txt",
    }
    return render(request, "policies/kept_list.html", context)


def _one(request: HttpRequest, name: str, version: str) -> ListSummary:
    list_version_of(name=name, version=version)
    rows = list_summaries(at=moment_of(request).as_of, name=name)
    return next(row for row in rows if row.version == version)


@page(verb="policies.write_list")
@require_http_methods(["GET", "POST"])
def new_kept_list(request: HttpRequest) -> HttpResponse:
    """Write a version of a list, new or there already."""
    initial = {"name": request.GET.get("name", ""), "valid_from": utc_now().date()}
    form = KeptListForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        try:
            operations.add_list_version(
                name=given["name"], version=given["version"], label=given["label"],
                type_name=given["type"], values=given["values"].splitlines(),
                reason=given["reason"], valid_from=given["valid_from"],
                expires_on=given["expires_on"], by=person_of(request), at=utc_now(),
            )  # fmt: skip
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, "Written; it waits for a second person's approval.")
            return redirect("kept_list_version", given["name"], given["version"])
    status = 422 if form.errors else 200
    return render(request, "policies/new_kept_list.html", {"form": form}, status=status)


@page(verb="policies.approve_list")
@require_http_methods(["GET", "POST"])
def kept_list_approval(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """Approve a version as the second person."""
    found = _one(request, name, version)
    effect = (
        f"You let policies name this version, written by {found.author}, with"
        f" {len(found.values)} values. A policy that pins it still needs its own approval."
    )
    return _step(request, found, operations.approve_list_version, words="Approve", effect=effect)


@page(verb="policies.withdraw_list")
@require_http_methods(["GET", "POST"])
def kept_list_withdrawal(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """Withdraw a version for good."""
    found = _one(request, name, version)
    effect = (
        "Every policy that pins this version stops deciding within a second: its declared fallback"
        " answers until a new version of the policy pins a current list. There is no way back."
    )
    return _step(request, found, operations.withdraw_list_version, words="Withdraw", effect=effect)


def _step(
    request: HttpRequest,
    found: ListSummary,
    act: Callable[..., object],
    *,
    words: str,
    effect: str,
) -> HttpResponse:
    form: forms.Form = ReasonForm(request.POST if request.method == "POST" else None)
    back = reverse("kept_list_version", args=[found.name, found.version])
    if form.is_valid():
        try:
            act(
                name=found.name, version=found.version, reason=form.cleaned_data["reason"],
                by=person_of(request), at=utc_now(),
            )  # fmt: skip
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"Done: {words.lower()}, version {found.version}.")
            return redirect(back)
    context = {
        "title": f"{words}: {found.label}, version {found.version}",
        "purpose": "A list that policies name by its version.",
        "effect": effect,
        "form": form,
        "verb": words,
        "back_url": back,
        "parent": "Lists",
        "parent_url": reverse("kept_lists"),
    }
    status = 422 if form.errors else 200
    return render(request, "components/confirm.html", context, status=status)
