"""What people do with a change request, each dangerous verb on a page of its own."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.time import utc_now
from goodstanding.evidence import operations
from goodstanding.evidence.queries import change_view, what_changed
from goodstanding.evidence.types import ChangeState, ChangeView
from goodstanding.web.asking import refuse_on
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.changes.forms import AnswerForm, QuestionForm
from goodstanding.web.pages.changes.words import finding_of
from goodstanding.web.pages.policies.forms import ReasonForm

Act = Callable[[ReasonForm], str]


@page(verb="evidence.run_change_evidence")
@require_POST
def evidence(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Compute the evidence again on the data of now; the worker does it."""
    operations.request_evidence(change_id=change_id, by=person_of(request), at=utc_now())
    messages.success(request, "The evidence is computed again; this page follows it.")
    return redirect("change", change_id)


@page(verb="evidence.sign_change")
@require_http_methods(["GET", "POST"])
def signature(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Sign the next step; the last signature approves the version."""
    at = utc_now()
    view = change_view(change_id=change_id, at=at)
    summary = view.summary
    is_last = summary.signed + 1 >= len(summary.sign_off)
    effect = (
        f"You approve version {summary.label} in place of version {summary.against_label}. It"
        " decides only when the desk activates it."
        if is_last
        else f"You sign step {summary.signed + 1} of {len(summary.sign_off)}; others follow."
    )

    def sign(form: ReasonForm) -> str:
        state = operations.sign_change(
            change_id=change_id, reason=form.cleaned_data["reason"], by=person_of(request),
            at=utc_now(),
        )  # fmt: skip
        return "Approved." if state is ChangeState.APPROVED else "Signed; the next step waits."

    verb = "Approve" if is_last else "Sign"
    effects = [*_findings(view), *_freshness(view)]
    return _confirmed(request, view, sign, verb=verb, effect=effect, effects=effects)


@page(verb="evidence.sign_change")
@require_http_methods(["GET", "POST"])
def sending_back(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Send the change back; the request is over."""
    view = change_view(change_id=change_id, at=utc_now())

    def send(form: ReasonForm) -> str:
        operations.return_change(
            change_id=change_id, reason=form.cleaned_data["reason"], by=person_of(request),
            at=utc_now(),
        )  # fmt: skip
        return "Returned."

    effect = (
        f"Version {view.summary.against_label} goes on deciding. The request is over; the version"
        " may be asked for again."
    )
    return _confirmed(request, view, send, verb="Return", effect=effect, effects=_findings(view))


@page(verb="evidence.ask_for_change")
@require_http_methods(["GET", "POST"])
def withdrawal(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Take the request back, as who asked or wrote."""
    view = change_view(change_id=change_id, at=utc_now())

    def withdraw(form: ReasonForm) -> str:
        operations.withdraw_change(
            change_id=change_id, reason=form.cleaned_data["reason"], by=person_of(request),
            at=utc_now(),
        )  # fmt: skip
        return "Withdrawn."

    effect = f"Version {view.summary.against_label} goes on deciding, and nobody signs any more."
    return _confirmed(request, view, withdraw, verb="Withdraw", effect=effect, effects=[])


@page(verb="evidence.discuss_change")
@require_POST
def questions(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Ask about the change."""
    change_view(change_id=change_id, at=utc_now())

    def ask(text: str) -> None:
        operations.ask_question(change_id=change_id, text=text, by=person_of(request), at=utc_now())

    return _said(request, change_id, QuestionForm(request.POST), ask, words="Asked.")


@page(verb="evidence.discuss_change")
@require_POST
def answers(request: HttpRequest, change_id: UUID, question_id: UUID) -> HttpResponse:
    """Answer a question of the change."""
    view = change_view(change_id=change_id, at=utc_now())
    if question_id not in {each.question_id for each in view.questions}:
        raise NotFound(what="question about the change", key=str(question_id))

    def answer(text: str) -> None:
        operations.answer_question(
            question_id=question_id, text=text, by=person_of(request), at=utc_now()
        )

    return _said(request, change_id, AnswerForm(request.POST), answer, words="Answered.")


def _said(
    request: HttpRequest,
    change_id: UUID,
    form: forms.Form,
    say: Callable[[str], None],
    *,
    words: str,
) -> HttpResponse:
    """Say it and go back to the thread; what lacks words comes back on a page of its own."""
    if form.is_valid():
        try:
            say(form.cleaned_data["text"])
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, words)
            return redirect(f"{reverse('change', args=[change_id])}#thread")
    context: dict[str, Any] = {
        "title": "Questions and answers",
        "purpose": "Nothing was kept yet: say it in a sentence.",
        "form": form,
        "verb": "Send",
        "back_url": reverse("change", args=[change_id]),
        "parent": "Change request",
        "parent_url": reverse("change", args=[change_id]),
    }
    return render(request, "models/verb.html", context, status=422)


def _findings(view: ChangeView) -> list[str]:
    """The finding and what it rests on, to stand beside the verb."""
    if view.effect is None:
        return ["There is no finished evidence."]
    weak, swapped = view.effect.resting_on_models
    parity = view.effect.parity
    return [
        f"{finding_of(view.effect, desk=view.summary.desk)}.",
        f"{weak:,} of the {swapped:,} cases that enter or leave approval have no outcome yet.",
        f"{parity.differ:,} of {parity.rows:,} cases differ between the engines.",
    ]


def _freshness(view: ChangeView) -> list[str]:
    """Whether the effect still holds on the data of now."""
    changed = what_changed(change_id=view.summary.change_id, at=utc_now())
    if not changed:
        return ["Looked at again on the data of now: nothing has changed since it was computed."]
    return [f"Stale: {words}." for words in changed]


def _confirmed(
    request: HttpRequest,
    view: ChangeView,
    act: Act,
    *,
    verb: str,
    effect: str,
    effects: list[str],
) -> HttpResponse:
    summary = view.summary
    back = reverse("change", args=[summary.change_id])
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            done = act(form)
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, done)
            return redirect(back)
    context: dict[str, Any] = {
        "title": f"{verb}: {summary.title}, version {summary.label}",
        "purpose": summary.why,
        "effect": effect,
        "effects": effects,
        "form": form,
        "verb": verb,
        "back_url": back,
        "parent": "Change request",
        "parent_url": back,
    }
    return render(request, "components/confirm.html", context, status=422 if form.errors else 200)
