"""Questions put to a version or a finding, answered in a thread that is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goodstanding.core.errors import Refusal
from goodstanding.governance import operations, queries
from goodstanding.governance.types import Thread
from goodstanding.web.asking import refuse_on
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of

TEXT = forms.Textarea(attrs={"rows": 3})


class QuestionForm(forms.Form):
    """A question to the people behind a version."""

    question = forms.CharField(
        label="Ask a question", widget=TEXT, help_text="It is kept with its answers."
    )


class AnswerForm(forms.Form):
    """An answer; who asked may say what came of it."""

    answer = forms.CharField(label="Answer", widget=TEXT)
    disposition = forms.CharField(
        label="What came of it",
        required=False,
        help_text="Only who asked settles the question; leave empty to go on.",
    )


@dataclass(frozen=True, slots=True)
class ShownThread:
    """A thread with a form to answer, unless it is settled."""

    thread: Thread
    form: forms.Form | None


def threads(
    request: HttpRequest, found: Iterable[Thread], *, form: type[forms.Form]
) -> list[ShownThread]:
    """Threads with the forms that this person may use."""
    may = request.user.has_perm("governance.answer_question") and not moment_of(request).is_past
    return [
        ShownThread(
            thread,
            None
            if thread.is_settled or not may
            else form(auto_id=f"id_{thread.question_id.hex}_%s"),
        )
        for thread in found
    ]


@require_POST
@page(verb="governance.ask_question")
def version_questions(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Ask about a version, or about the finding that the form names."""
    named = str(request.POST.get("finding", ""))
    finding_id = UUID(named) if named else None
    form = QuestionForm(request.POST)
    if form.is_valid():
        operations.ask_question(
            version_id=version_id,
            question=form.cleaned_data["question"],
            by=person_of(request),
            at=moment_of(request).as_of,
            finding_id=finding_id,
        )
        messages.success(request, "Your question is asked.")
        return _back(version_id, finding_id)
    return _again(request, form, title="Ask a question", verb="Ask")


@require_POST
@page(verb="governance.answer_question")
def question_answers(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Answer a question, and settle it where the one who asked says what came of it."""
    at = moment_of(request).as_of
    thread = queries.thread_at(question_id=question_id, as_of=at)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            operations.answer_question(
                question_id=question_id, by=person_of(request), at=at, **form.cleaned_data
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, "Your answer is kept.")
            return _back(thread.version_id, thread.finding_id)
    return _again(request, form, title=thread.question, verb="Answer")


def _back(version_id: UUID, finding_id: UUID | None) -> HttpResponse:
    if finding_id is not None:
        return redirect("finding", finding_id)
    return redirect("version", version_id)


def _again(request: HttpRequest, form: forms.Form, *, title: str, verb: str) -> HttpResponse:
    """The form alone with its errors; nothing typed is lost."""
    context = {"form": form, "title": title, "verb": verb}
    return render(request, "models/verb.html", context, status=422)
