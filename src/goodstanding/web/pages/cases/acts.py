"""What a person does to a case: each a POST to a noun, back to the case's page."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from goodstanding.accounts.queries import User, people
from goodstanding.cases.operations import (
    add_evidence,
    add_note,
    answer_escalation,
    claim_case,
    decide_case,
    escalate_case,
    record_answer,
    record_step,
    release_case,
    request_information,
    route_case,
)
from goodstanding.cases.queries import case_page
from goodstanding.cases.types import EscalationKind
from goodstanding.core.errors import Refusal
from goodstanding.web.asking import refuse_on
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.cases.forms import (
    AnswerForm,
    DecisionForm,
    EscalationAnswerForm,
    EscalationForm,
    EvidenceForm,
    NoteForm,
    QuestionForm,
    ReasonForm,
    StepForm,
)
from goodstanding.web.pages.cases.one_case import people_to_ask, render_case
from goodstanding.web.pages.cases.showing import acting_at, case_url

Act = Callable[[User, datetime], object]


@page(verb="cases.claim_case")
@require_POST
def claim(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take a free case; a refusal is a page of its own."""
    claim_case(case_id=case_id, by=person_of(request), at=acting_at(request))
    messages.success(request, "The case is yours.")
    return redirect(case_url(case_id))


@page(verb="cases.claim_case")
@require_POST
def release(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Put one's case back into the queue."""
    form = ReasonForm(request.POST, auto_id="release_%s")
    return _done(
        request,
        case_id,
        name="release_form",
        form=form,
        said="The case is back in the queue.",
        act=lambda by, at: release_case(
            case_id=case_id, reason=form.cleaned_data["reason"], by=by, at=at
        ),
    )


@page(verb="cases.reassign_case")
@require_POST
def routing(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Push a free case to the person who fits best; say who was passed over if nobody does."""
    routed = route_case(case_id=case_id, by=person_of(request), at=acting_at(request))
    if routed.person_id is None:
        why = "; ".join(f"{skip.person_name}: {skip.why}" for skip in routed.skips)
        messages.warning(request, f"Nobody can take it now. {why or 'The queue has no members.'}")
    else:
        messages.success(request, "The case was routed.")
    return redirect(case_url(case_id))


@page(verb="cases.work_case")
@require_POST
def note(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Leave words on the case."""
    form = NoteForm(request.POST, auto_id="note_%s")
    return _done(
        request,
        case_id,
        name="note_form",
        form=form,
        said="The note is on the case.",
        act=lambda by, at: add_note(case_id=case_id, text=form.cleaned_data["text"], by=by, at=at),
    )


@page(verb="cases.work_case")
@require_POST
def evidence(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Put a piece of evidence on the case."""
    form = EvidenceForm(request.POST, auto_id="evidence_%s")
    return _done(
        request,
        case_id,
        name="evidence_form",
        form=form,
        said="The evidence is on the case.",
        act=lambda by, at: add_evidence(case_id=case_id, **form.cleaned_data, by=by, at=at),
    )


@page(verb="cases.work_case")
@require_POST
def step(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Do a step of the playbook, or skip it because."""
    form = StepForm(request.POST)
    return _done(
        request,
        case_id,
        name="step_form",
        form=form,
        said="The step is recorded.",
        act=lambda by, at: record_step(case_id=case_id, **form.cleaned_data, by=by, at=at),
    )


@page(verb="cases.work_case")
@require_POST
def question(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask the business; the SLA stands still until it answers."""
    form = QuestionForm(request.POST, auto_id="question_%s")
    return _done(
        request,
        case_id,
        name="question_form",
        form=form,
        said="The question is recorded, and the SLA stands still.",
        act=lambda by, at: request_information(
            case_id=case_id, question=form.cleaned_data["question"], by=by, at=at
        ),
    )


@page(verb="cases.work_case")
@require_POST
def answer(request: HttpRequest, case_id: UUID, request_id: UUID) -> HttpResponse:
    """The business answered; the SLA runs again."""
    form = AnswerForm(request.POST, auto_id="answer_%s")
    return _done(
        request,
        case_id,
        name="answer_form",
        form=form,
        said="The answer is recorded, and the SLA runs again.",
        act=lambda by, at: record_answer(
            request_id=request_id, summary=form.cleaned_data["summary"], by=by, at=at
        ),
    )


@page(verb="cases.escalate_case")
@require_POST
def escalation(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask a colleague; the case and its SLA stay."""
    asker, at = person_of(request), acting_at(request)
    asked = people_to_ask(case_page(case_id=case_id, at=at), asker, at)
    form = EscalationForm(asked, request.POST, auto_id="escalation_%s")
    return _done(
        request,
        case_id,
        name="escalation_form",
        form=form,
        said="The question was sent. The case stays with you, and its SLA runs on.",
        act=lambda by, at: escalate_case(
            case_id=case_id,
            kind=EscalationKind(form.cleaned_data["kind"]),
            to=people().get(id=form.cleaned_data["to"]),
            reason_code=form.cleaned_data["kind"],
            question=form.cleaned_data["question"],
            by=by,
            at=at,
        ),
    )


@page(verb="cases.escalate_case")
@require_POST
def escalation_answer(request: HttpRequest, case_id: UUID, escalation_id: UUID) -> HttpResponse:
    """Answer what one was asked."""
    form = EscalationAnswerForm(request.POST, auto_id="escalation_answer_%s")
    return _done(
        request,
        case_id,
        name="escalation_answer_form",
        form=form,
        said="The answer is on the case.",
        act=lambda by, at: answer_escalation(
            escalation_id=escalation_id, **form.cleaned_data, by=by, at=at
        ),
    )


@page(verb="cases.decide_case")
@require_POST
def decision(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Decide the case."""
    found = case_page(case_id=case_id, at=acting_at(request))
    form = DecisionForm(found.playbook, request.POST, auto_id="decision_%s")
    return _done(
        request,
        case_id,
        name="decision_form",
        form=form,
        said="The case is decided.",
        act=lambda by, at: decide_case(
            case_id=case_id,
            outcome=form.cleaned_data["outcome"],
            reason_codes=form.cleaned_data["reason_codes"],
            statement=form.cleaned_data["statement"],
            amount=form.granted(),
            by=by,
            at=at,
        ),
    )


def _done(
    request: HttpRequest, case_id: UUID, *, name: str, form: forms.Form, said: str, act: Act
) -> HttpResponse:
    """Act if the form is whole; otherwise, or refused, the page again with what was typed."""
    at = acting_at(request)
    if form.is_valid():
        try:
            act(person_of(request), at)
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, said)
            return redirect(case_url(case_id))
    return render_case(request, case_id, status=422, **{name: form})
