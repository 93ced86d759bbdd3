"""Change requests: the list, the approver's page, the page to print, who flips."""

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.core.audit import write_audit
from goodstanding.core.errors import NotFound
from goodstanding.core.time import utc_now
from goodstanding.evidence import queries
from goodstanding.evidence.datasets import dataset_named
from goodstanding.evidence.queries import change_document, change_view
from goodstanding.evidence.types import ChangeState, ChangeSummary, ChangeView
from goodstanding.policies.queries import compiled
from goodstanding.web.exports import export_rows
from goodstanding.web.listing import ListShape, ListSource, filter_chips, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.changes.forms import AnswerForm, QuestionForm
from goodstanding.web.pages.changes.shown import FLAT, change_context, flat_rows
from goodstanding.web.pages.changes.words import STATES, next_words
from goodstanding.web.pages.policies.flips import FLIPS, flipped_rows, narrowed, narrowing_chips
from goodstanding.web.pages.policies.words import simulated_words
from goodstanding.web.types import Column, Empty


def asks_words(row: ChangeSummary) -> str:
    """What is asked to replace what."""
    return f"{row.title}: version {row.against_label} → {row.label}"


def signed_words(row: ChangeSummary) -> str:
    """How far the chain is."""
    return f"{row.signed} of {len(row.sign_off)}"


CHANGES = ListShape(
    name="changes",
    caption="Change requests",
    columns=(
        Column("asks", "Change", value=asks_words),
        Column("state", "State", kind="signal", value=lambda row: STATES[row.state]),
        Column("next", "Next", value=next_words),
        Column("signed", "Signed", value=signed_words),
        Column("why", "Why"),
        Column("requested_by", "Asked by"),
        Column("requested_at", "Asked", kind="instant", sortable=True),
        Column("moved_at", "Last step", kind="instant", sortable=True),
    ),
    row_url=lambda row: reverse("change", args=[row.change_id]),
    row_id=lambda row: row.change_id,
    sort="-moved_at",
    empty=Empty(
        "No change was asked for yet",
        "Write a new version of a policy, then ask for it: the request brings its evidence.",
        icon="policies",
    ),
)


@page(verb="evidence.see_changes")
@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """Every change request, the last moved first."""
    rows = queries.changes(at=moment_of(request).as_of)
    state, policy = request.GET.get("state", ""), request.GET.get("policy", "")
    names = sorted({row.policy for row in rows})
    chips = [
        filter_chips(
            request, parameter="state", label="State", everything="Every state",
            choices=[
                (each.value, STATES[each].word, sum(row.state is each for row in rows))
                for each in ChangeState
                if any(row.state is each for row in rows)
            ],
        ),
        filter_chips(
            request, parameter="policy", label="Policy", everything="Every policy",
            choices=[(name, name, sum(row.policy == name for row in rows)) for name in names],
        ),
    ]  # fmt: skip
    wanted = [row for row in rows if state in {"", row.state.value} and policy in {"", row.policy}]
    listing = list_rows(request, shape=CHANGES, source=ListSource(wanted), chips=chips)
    waiting = sum(row.state is ChangeState.WAITING for row in rows)
    return render_list(
        request, "changes/changes.html", listing=listing, waiting=waiting,
        is_any=bool(rows), place="policies",
    )  # fmt: skip


@page(verb="evidence.see_changes")
@require_GET
def change(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """One change request with everything that its approver needs."""
    view = change_view(change_id=change_id, at=moment_of(request).as_of)
    if "format" in request.GET:
        return _exported(request, view)
    context = change_context(request, view) | {
        "question_form": QuestionForm(),
        "answer_forms": [(each, _answer_form(each.question_id)) for each in view.questions],
    }
    return render(request, "changes/change.html", context)


def _answer_form(question_id: UUID) -> AnswerForm:
    return AnswerForm(auto_id=f"answer-{question_id}-%s")


@page(verb="evidence.see_changes")
@require_GET
def change_page(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """The change request on one page, to print or to keep."""
    view = change_view(change_id=change_id, at=moment_of(request).as_of)
    if view.effect is None:
        raise NotFound(what="finished evidence of change", key=str(change_id))
    return render(request, "changes/change_page.html", change_context(request, view))


@page(verb="evidence.see_changes")
@require_GET
def change_flips(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """The cases that the change answers otherwise, down to one."""
    summary = queries.change_summary(change_id=change_id, at=moment_of(request).as_of)
    if summary.evidence_id is None:
        raise NotFound(what="finished evidence of change", key=str(change_id))
    dataset = dataset_named(summary.dataset)
    rows = flipped_rows(queries.change_flips(run_id=summary.evidence_id), dataset)
    wanted = narrowed(rows, dict(request.GET.items()))
    chips = narrowing_chips(request, rows)
    listing = list_rows(request, shape=FLIPS, source=ListSource(wanted), chips=chips)
    definition = compiled(summary.text_hash).definition
    return render_list(
        request, "policies/backtest_flips.html", listing=listing, dataset=dataset,
        summary=summary, title=f"Change to version {summary.label}",
        back=reverse("change", args=[change_id]),
        simulated=simulated_words(
            desk=definition.desk, legal_entities=definition.legal_entities
        ),
    )  # fmt: skip


def _exported(request: HttpRequest, view: ChangeView) -> HttpResponse:
    """The evidence as a file: the whole document as JSON, or its figures as rows."""
    name = f"change-{view.summary.policy}-{view.summary.label}"
    if view.effect is None:
        raise NotFound(what="finished evidence of change", key=str(view.summary.change_id))
    if request.GET["format"] != "json":
        return export_rows(request, columns=FLAT, rows=list(flat_rows(view.effect)), name=name)

    response = HttpResponse(json.dumps(change_document(view)), "application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    write_audit(
        actor=request.user.get_username(), action="export_rows", object_kind="change_request",
        object_id=view.summary.change_id, at=utc_now(), detail={"format": "json"},
    )  # fmt: skip
    return response
