"""Approvals: what waits, what is in force, asking for one, and the second person's page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from goodstanding.core.errors import NotFound, Refusal
from goodstanding.governance import operations, queries
from goodstanding.governance.types import (
    ApprovalSummary,
    Fallback,
    RequestSummary,
    RunSummary,
)
from goodstanding.policies.queries import version_summaries
from goodstanding.policies.types import Status
from goodstanding.web.asking import refuse_on
from goodstanding.web.cells import instant_text
from goodstanding.web.listing import ListShape, ListSource, filter_chips, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of, require_verb
from goodstanding.web.pages.models.forms import ReasonForm, RequestForm
from goodstanding.web.pages.models.versions import (
    approval_signal,
    shown_approval,
    shown_finding,
    shown_results,
)
from goodstanding.web.pages.models.words import GRADE_WORDS, conditions_html, light_signal
from goodstanding.web.types import Column, Empty

USUAL_DAYS = 180


def _mark(found: ApprovalSummary) -> str | None:
    return "demonstration" if found.request.is_demonstration else None


APPROVALS = ListShape(
    name="approvals",
    caption="Approvals",
    columns=(
        Column("version", "Version", value=lambda each: each.request.version_words),
        Column("state", "State", kind="signal", value=approval_signal),
        Column("days_left", "Left", kind="number", unit="days", sortable=True),
        Column("ends_at", "Ends", kind="instant", sortable=True),
        Column("use_case", "Use case", value=lambda each: each.request.use_case_title),
        Column("developer", "Developer", value=lambda each: each.request.developer),
        Column("validator", "Validator", value=lambda each: each.request.validator),
        Column("approver", "Approver", sortable=True),
        Column("approved_at", "Approved", kind="instant", sortable=True),
        Column("mark", "Mark", kind="tag", value=_mark),
    ),
    row_url=lambda each: reverse("approval", args=[each.approval_id]),
    empty=Empty(
        "No approval is like that",
        "An approval follows a validation, an opinion and a second person's reading.",
        icon="models",
    ),
)


@page(verb="governance.see_models")
def model_approvals(request: HttpRequest) -> HttpResponse:
    """What waits for an approver, and every approval there was."""
    as_of = moment_of(request).as_of
    everything = queries.approvals_at(as_of=as_of)
    in_force = [each for each in everything if each.is_in_force]
    ended = [each for each in everything if not each.is_in_force]
    chosen = {"in_force": in_force, "ended": ended}.get(request.GET.get("state", ""), everything)
    chips = filter_chips(
        request,
        parameter="state",
        label="State",
        choices=[("in_force", "In force", len(in_force)), ("ended", "Not in force", len(ended))],
    )
    listing = list_rows(request, shape=APPROVALS, source=ListSource(chosen), chips=[chips])
    waiting = [each for each in queries.requests_at(as_of=as_of) if each.is_waiting]
    state = f"{len(in_force)} in force, {len(waiting)} waiting for an approver"
    return render_list(
        request, "models/approvals.html", listing=listing, waiting=waiting, state=state
    )


@page(verb="governance.see_models")
def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """One approval: who, on what, under which conditions, until when."""
    found = queries.approval_at(approval_id=approval_id, as_of=moment_of(request).as_of)
    context = {
        "shown": shown_approval(found),
        "people": _people(found.request, approver=found.approver),
        "facts": _facts(found),
        **_evidence(found.request, request=request),
    }
    return render(request, "models/approval.html", context)


@page(verb="governance.see_models")
def deciding_approval(request: HttpRequest) -> HttpResponse:
    """The approval on which the policy of `?desk=` decides now; the list where there is none."""
    as_of, desk = moment_of(request).as_of, request.GET.get("desk", "")
    deciding = {
        each.text_hash
        for each in version_summaries(at=as_of)
        if each.status is Status.CHAMPION and desk in ("", each.desk)
    }
    found = queries.deciding_approval(content_hashes=deciding, as_of=as_of)
    return redirect("approval", found.approval_id) if found else redirect("model_approvals")


def _people(wanted: RequestSummary, *, approver: str = "") -> list[tuple[str, str]]:
    return [
        ("Developer", wanted.developer),
        ("Validator", wanted.validator),
        ("Asked for by", wanted.requested_by),
        *([("Approver", approver)] if approver else []),
    ]


def _facts(found: ApprovalSummary) -> list[tuple[str, Any]]:
    bound = (
        "Unchanged since it was approved"
        if found.is_bound
        else "Changed since: not what was approved"
    )
    return [
        ("Use case", found.request.use_case_title),
        ("From", instant_text(found.request.valid_from)),
        ("Until", instant_text(found.ends_at)),
        ("Fallback", _fallback_words(found.request.fallback)),
        ("Approved", instant_text(found.approved_at)),
        ("Reason", found.reason),
        ("What was approved", bound),
    ]


def _fallback_words(fallback: Fallback) -> str:
    return "Refer to a person" if fallback is Fallback.REFER else "Decline"


def _evidence(wanted: RequestSummary, *, request: HttpRequest) -> dict[str, Any]:
    """What an approver reads: the run, the opinion, the findings, who uses it."""
    as_of = moment_of(request).as_of
    findings = queries.findings_at(at=as_of, version_id=wanted.version_id)
    runs = queries.runs_of(version_id=wanted.version_id, as_of=as_of)
    run = next(each for each in runs if each.run_id == wanted.run_id)
    return {
        "wanted": wanted,
        "conditions": conditions_html(
            wanted.allowed,
            max_exposure=wanted.max_exposure,
            monitoring_every_days=wanted.monitoring_every_days,
        ),
        "fallback": _fallback_words(wanted.fallback),
        "run": run,
        "worst": light_signal(run.worst),
        "grade": GRADE_WORDS[run.grade] if run.grade else "None yet",
        "results": shown_results(run.results, findings),
        "findings": [shown_finding(each) for each in findings],
        "row": queries.version_at(version_id=wanted.version_id, as_of=as_of),
        "used_by": queries.policies_using(version_id=wanted.version_id),
        "pinned": queries.pinned_models(version_id=wanted.version_id),
    }


@page(verb="governance.see_models")
def approval_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The second person's page: the evidence, every rule, then approve or return."""
    wanted = queries.request_at(request_id=request_id, as_of=moment_of(request).as_of)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require_verb(request, verb="governance.approve_version")
        if form.is_valid():
            answer = _answer(request, wanted, form)
            if answer is not None:
                return answer
    checks = queries.approval_checks(
        request_id=request_id, by=person_of(request), at=moment_of(request).as_of
    )
    may = request.user.has_perm("governance.approve_version") and not moment_of(request).is_past
    context = {
        "form": form,
        "checks": checks,
        "may_approve": may and all(check.holds for check in checks),
        "may_answer": may and wanted.is_waiting and checks[0].holds,
        "people": _people(wanted),
        **_evidence(wanted, request=request),
    }
    status = 422 if form.errors else 200
    return render(request, "models/request.html", context, status=status)


def _answer(request: HttpRequest, wanted: RequestSummary, form: ReasonForm) -> HttpResponse | None:
    """Approve or return; None where it was refused, with the refusal on the form."""
    at, by, reason = moment_of(request).as_of, person_of(request), form.cleaned_data["reason"]
    try:
        if request.POST.get("answer") == "return":
            operations.return_request(request_id=wanted.request_id, reason=reason, by=by, at=at)
            messages.success(request, "The request is returned with your reason.")
            return redirect("version", wanted.version_id)
        approval_id = operations.approve(request_id=wanted.request_id, reason=reason, by=by, at=at)
    except Refusal as refusal:
        refuse_on(form, refusal)
        return None
    messages.success(request, f"{wanted.version_words} may decide as approved.")
    return redirect("approval", approval_id)


@page(verb="governance.request_approval")
def run_request(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Ask that a validated version may decide."""
    at = moment_of(request).as_of
    run, row = _run_and_version(run_id, request)
    use_cases = [(each.code, each.title) for each in queries.use_cases_at(as_of=at)]
    first = {
        "use_case": row.use_case,
        "valid_from": at.date(),
        "expires_at": (at + timedelta(days=USUAL_DAYS)).date(),
    }
    given = request.POST if request.method == "POST" else None
    form = RequestForm(given, initial=first, use_cases=use_cases)
    if request.method == "POST" and form.is_valid():
        try:
            asked = operations.request_approval(
                run_id=run.run_id,
                use_case=form.cleaned_data["use_case"],
                conditions=form.conditions(),
                fallback=Fallback(form.cleaned_data["fallback"]),
                valid_from=form.cleaned_data["valid_from"],
                expires_at=form.cleaned_data["expires_at"],
                reason=form.cleaned_data["reason"],
                by=person_of(request),
                at=at,
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, "The request waits for an approver.")
            return redirect("approval_request", asked)
    context = {
        "form": form,
        "title": f"Ask for an approval of {row.name} {row.label}",
        "purpose": "An approver who has no other part in it reads the evidence and answers.",
        "verb": "Ask for the approval",
        "parent": f"{row.name} {row.label}",
        "parent_url": reverse("version", args=[row.version_id]),
        "back_url": reverse("version", args=[row.version_id]),
    }
    status = 422 if form.errors else 200
    return render(request, "models/verb.html", context, status=status)


def _run_and_version(run_id: UUID, request: HttpRequest) -> tuple[RunSummary, Any]:
    as_of = moment_of(request).as_of
    results = queries.results_of_run(run_id=run_id)
    if not results:
        raise NotFound(what="validation run", key=str(run_id))
    version_id = results[0].version_id
    runs = queries.runs_of(version_id=version_id, as_of=as_of)
    run = next(each for each in runs if each.run_id == run_id)
    return run, queries.version_at(version_id=version_id, as_of=as_of)
