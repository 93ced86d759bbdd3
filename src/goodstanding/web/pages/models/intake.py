"""State a use case, and state it anew."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from goodstanding.governance import operations, queries
from goodstanding.web.asking import verb_page
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.models.intake_forms import RevisionForm, UseCaseForm

VERB = "governance.state_use_case"


@page(verb=VERB)
def new_use_case(request: HttpRequest) -> HttpResponse:
    """Take a use case in: what is decided, about whom, by whose answer."""
    given = request.POST if request.method == "POST" else None
    form = UseCaseForm(given, initial={"owner": person_of(request).email})

    def state() -> str:
        keys = ("code", "title", "desk", "legal_entity")
        operations.state_use_case(
            **{key: form.cleaned_data[key] for key in keys},
            statement=form.statement(),
            by=person_of(request),
            at=moment_of(request).as_of,
        )
        messages.success(request, "The use case is stated. Enter what shall decide in it.")
        return reverse("use_case", args=[form.cleaned_data["code"]])

    return verb_page(
        request, form, state, title="State a use case",
        purpose="Before anything decides: what it is for, whom it touches, what decides instead.",
        verb="State it", parent="Use cases", back_url=reverse("use_cases"),
    )  # fmt: skip


@page(verb=VERB)
def use_case_revision(request: HttpRequest, code: str) -> HttpResponse:
    """State a use case anew; what it said before stays in its history."""
    at = moment_of(request).as_of
    found = queries.use_case_at(code=code, as_of=at)
    given = request.POST if request.method == "POST" else None
    form = RevisionForm(given, initial=RevisionForm.first(found))
    back = reverse("use_case", args=[code])

    def revise() -> str:
        operations.revise_use_case(
            code=code, statement=form.statement(), reason=form.cleaned_data["reason"],
            by=person_of(request), at=at,
        )  # fmt: skip
        messages.success(request, "The use case is stated anew; what it said before is kept.")
        return back

    return verb_page(
        request, form, revise, title=f"Revise: {found.title}",
        purpose=f"Statement {found.number} holds now; it stays in the history.",
        verb="State it anew", parent=found.title, back_url=back,
    )  # fmt: skip
