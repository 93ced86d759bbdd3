"""A reassignment taken back: first what that does, then, with a reason, done."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from goodstanding.cases.operations import take_back_reassignment
from goodstanding.cases.queries import reassignment_of
from goodstanding.cases.types import Reassignment
from goodstanding.web.asking import verb_page
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.cases.forms import ReasonForm
from goodstanding.web.pages.cases.showing import acting_at, case_url, count_of_cases


@page(verb="cases.reassign_case")
@require_http_methods(["GET", "POST"])
def taken_back(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Give every case of a reassignment back to whoever had it; raises NotFound."""
    at = acting_at(request)
    given = reassignment_of(assignment_id=assignment_id)
    form = ReasonForm(request.POST or None)

    def act() -> str:
        count = take_back_reassignment(
            assignment_id=assignment_id,
            reason=form.cleaned_data["reason"],
            by=person_of(request),
            at=at,
        )
        verb = "is back where it was" if count == 1 else "are back where they were"
        messages.success(request, f"{count_of_cases(count)} {verb} before.")
        return _back_url(given)

    return verb_page(
        request,
        form,
        act,
        title=f"Take back the reassignment to {given.to_name}",
        purpose="All its cases go back to who had them, or none. No deadline moves, and both"
        " reassignments stay on record.",
        verb="Take it back",
        parent="Cases",
        back_url=_back_url(given),
        template="cases/taken_back.html",
        more=_shown(given),
    )


def with_way_back(said: str, assignment_id: UUID | None) -> str:
    """A message with the link that takes the reassignment back."""
    if assignment_id is None:
        return said
    url = reverse("case_reassignment_taken_back", args=[assignment_id])
    return format_html('{} <a href="{}">Take it back</a>', said, url)


def _shown(given: Reassignment) -> dict[str, object]:
    cases = count_of_cases(len(given.moves))
    went_on = sum(bool(move.went_on) for move in given.moves)
    effect = f"{cases} that {given.by_name} gave to {given.to_name} will go back."
    if went_on:
        effect = f"{went_on:,} of {cases} went on since, so nothing can be taken back at once."
    return {
        "effect": effect,
        "parent_url": reverse("cases"),
        "given": given,
        "lines": [(move, case_url(move.case_id)) for move in given.moves],
    }


def _back_url(given: Reassignment) -> str:
    return case_url(given.moves[0].case_id) if len(given.moves) == 1 else reverse("cases")
