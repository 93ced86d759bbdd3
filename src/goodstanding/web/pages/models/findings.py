"""Findings: the list, one finding with its evidence, its steps, and opening a new one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from goodstanding.core.errors import Refusal
from goodstanding.governance import operations, queries
from goodstanding.governance.types import (
    Evidence,
    FindingStatus,
    FindingSummary,
    ObservationRecord,
    ResultSummary,
)
from goodstanding.validation.words import test_words
from goodstanding.web.asking import refuse_on
from goodstanding.web.cells import instant_text
from goodstanding.web.listing import ListShape, ListSource, filter_chips, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page, person_of, require_verb
from goodstanding.web.pages.models.challenge import QuestionForm
from goodstanding.web.pages.models.events import finding_events
from goodstanding.web.pages.models.forms import AcceptanceForm, ClosureForm, FindingForm, StepForm
from goodstanding.web.pages.models.versions import shown_results, threads_of
from goodstanding.web.pages.models.words import (
    STATUS_WORDS,
    effect_words,
    finding_signal,
    light_signal,
    severity_signal,
)
from goodstanding.web.types import Column, Empty, Signal

STEP_VERBS: Mapping[FindingStatus, str] = {
    FindingStatus.ACTION_PLAN_AGREED: "Agree the action plan",
    FindingStatus.IN_PROGRESS: "Start, or send back to, the work",
    FindingStatus.SUBMITTED_FOR_CLOSURE: "Submit for closure",
    FindingStatus.VALIDATED_CLOSED: "Close",
    FindingStatus.RISK_ACCEPTED: "Accept the risk",
}
STEP_PERMISSIONS: Mapping[FindingStatus, str] = {
    FindingStatus.ACTION_PLAN_AGREED: "governance.work_finding",
    FindingStatus.IN_PROGRESS: "governance.work_finding",
    FindingStatus.SUBMITTED_FOR_CLOSURE: "governance.work_finding",
    FindingStatus.VALIDATED_CLOSED: "governance.close_finding",
    FindingStatus.RISK_ACCEPTED: "governance.accept_risk",
}


def _severity(found: FindingSummary) -> Signal:
    return severity_signal(found.severity)


FINDINGS = ListShape(
    name="findings",
    caption="Findings",
    columns=(
        Column("number", "Finding", value=lambda each: f"{each.number} · {each.title}"),
        Column("severity", "Severity", kind="signal", value=_severity),
        Column("state", "State", kind="signal", value=finding_signal),
        Column("version_words", "Version", sortable=True),
        Column("effect", "Effect", value=effect_words),
        Column("due_on", "Due", kind="date", sortable=True),
        Column("days_left", "Left", kind="number", unit="days", sortable=True),
        Column("responsible", "Responsible", sortable=True),
        Column("opened_at", "Opened", kind="instant", sortable=True),
    ),
    row_url=lambda each: reverse("finding", args=[each.finding_id]),
    empty=Empty(
        "No finding is like that",
        "Validators open findings on a version; each points to the evidence.",
        icon="models",
    ),
)


@page(verb="governance.see_models")
def model_findings(request: HttpRequest) -> HttpResponse:
    """What is wrong, the worst and soonest due first."""
    everything = queries.findings_at(at=moment_of(request).as_of)
    choices = {
        "open": [each for each in everything if each.is_open],
        "overdue": [each for each in everything if each.is_overdue],
        "accepted": [each for each in everything if each.state is FindingStatus.RISK_ACCEPTED],
        "closed": [each for each in everything if each.state is FindingStatus.VALIDATED_CLOSED],
    }
    wanted = request.GET.get("state", "")
    chips = filter_chips(
        request,
        parameter="state",
        label="State",
        choices=[(key, key.capitalize(), len(found)) for key, found in choices.items()],
    )
    listing = list_rows(
        request,
        shape=FINDINGS,
        source=ListSource(choices.get(wanted, everything)),
        chips=[chips],
    )
    state = _state(choices["open"], choices["overdue"])
    return render_list(request, "models/findings.html", listing=listing, state=state)


def _state(open_ones: Sequence[FindingSummary], overdue: Sequence[FindingSummary]) -> str:
    blocking = sum(each.effect == "block" for each in open_ones)
    return f"{len(open_ones)} open, {blocking} blocking, {len(overdue)} overdue"


@page(verb="governance.see_models")
def finding(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """One finding: what is wrong, the evidence, what it stops, what was done."""
    found = queries.finding_at(finding_id=finding_id, at=moment_of(request).as_of)
    return render(request, "models/finding.html", _context(request, found))


@page(verb="governance.see_models")
def blocking_finding(request: HttpRequest) -> HttpResponse:
    """The worst finding that blocks now; the whole list where nothing is blocked."""
    worst = queries.blocking_finding(at=moment_of(request).as_of)
    return redirect("finding", worst.finding_id) if worst else redirect("model_findings")


def _context(request: HttpRequest, found: FindingSummary) -> dict[str, Any]:
    as_of = moment_of(request).as_of
    content = queries.finding_content(finding_id=found.finding_id)
    observation = _observation(found, content, as_of=as_of)
    return {
        "observation": observation,
        "observed": light_signal(observation.light) if observation else None,
        "may_except": found.is_open
        and not found.is_excepted
        and not moment_of(request).is_past
        and request.user.has_perm("governance.grant_exception"),
        "finding": found,
        "content": content,
        "severity": severity_signal(found.severity),
        "signal": finding_signal(found),
        "state": _words(found),
        "effect": effect_words(found),
        "facts": _facts(found),
        "cited": _cited(found, content, as_of=as_of),
        "used_by": queries.policies_using(version_id=found.version_id),
        "steps": _steps(request, found),
        "threads": threads_of(
            request, version_id=found.version_id, as_of=as_of, finding_id=found.finding_id
        ),
        "question_form": QuestionForm(),
        "events": finding_events(queries.steps_of(finding_id=found.finding_id, as_of=as_of)),
    }


def _observation(
    found: FindingSummary, content: queries.FindingContent, *, as_of: datetime
) -> ObservationRecord | None:
    """What monitoring saw, where the finding rests on that."""
    if content.observation_id is None:
        return None
    seen = queries.observations_of(version_id=found.version_id, as_of=as_of)
    return next((each for each in seen if each.observation_id == content.observation_id), None)


def _words(found: FindingSummary) -> str:
    if not found.is_open:
        return STATUS_WORDS[found.state]
    days = abs(found.days_left)
    noun = "day" if days == 1 else "days"
    left = f"{days} {noun} overdue" if found.is_overdue else f"{days} {noun} left"
    if found.is_excepted:
        until = instant_text(found.excepted_until)
        return f"Stops nothing until {until}, by an exception · {left}"
    return f"{effect_words(found)} · {left}"


def _facts(found: FindingSummary) -> list[tuple[str, Any]]:
    return [
        ("Responsible", found.responsible),
        ("Opened by", found.opened_by),
        ("Last day", f"{found.due_on:%-d %b %Y}"),
        ("Tier when opened", found.tier),
        ("Risk accepted until", _until(found.accepted_until)),
        ("Excepted until", _until(found.excepted_until)),
    ]


def _until(instant: datetime | None) -> str | None:
    return instant_text(instant) or None


def _cited(found: FindingSummary, content: queries.FindingContent, *, as_of: datetime) -> list[Any]:
    """The results that the finding rests on, the one whose re-run closes it first."""
    wanted = [content.test_result_id, *content.supporting]
    results: dict[UUID, ResultSummary] = {
        result.result_id: result
        for run in queries.runs_of(version_id=found.version_id, as_of=as_of)
        for result in run.results
    }
    cited = [results[each] for each in wanted if each is not None and each in results]
    return shown_results(cited, queries.findings_at(at=as_of, version_id=found.version_id))


def _steps(request: HttpRequest, found: FindingSummary) -> list[tuple[str, str]]:
    """The verbs that this person may use now, each with its page."""
    if moment_of(request).is_past:
        return []
    url = reverse("finding_state", args=[found.finding_id])
    return [
        (STEP_VERBS[to], f"{url}?to={to}")
        for to in found.possible
        if request.user.has_perm(STEP_PERMISSIONS[to])
    ]


@page(verb="governance.see_models")
def finding_state(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """Move a finding: each step asks for its reason on a page of its own."""
    at = moment_of(request).as_of
    found = queries.finding_at(finding_id=finding_id, at=at)
    to = _asked_step(request, found)
    require_verb(request, verb=STEP_PERMISSIONS[to])
    form = _form_for(to, found, request, at=at)
    if request.method == "POST" and form.is_valid():
        try:
            _move(request, found, to, form, at=at)
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, f"Finding {found.number}: {STATUS_WORDS[to].lower()}.")
            return redirect("finding", finding_id)
    context = _context(request, found) | {
        "form": form,
        "title": f"{STEP_VERBS[to]}: finding {found.number}",
        "purpose": found.title,
        "verb": STEP_VERBS[to],
        "to": to,
        "effect_line": _effect_of(to, found),
    }
    status = 422 if form.errors else 200
    return render(request, "models/finding_step.html", context, status=status)


def _asked_step(request: HttpRequest, found: FindingSummary) -> FindingStatus:
    asked = request.POST.get("to") or request.GET.get("to", "")
    known = [each.value for each in STEP_VERBS]
    if asked in known:
        return FindingStatus(asked)
    return found.possible[0] if found.possible else FindingStatus.IN_PROGRESS


def _form_for(
    to: FindingStatus, found: FindingSummary, request: HttpRequest, *, at: datetime
) -> Form:
    given = request.POST if request.method == "POST" else None
    if to is FindingStatus.RISK_ACCEPTED:
        return AcceptanceForm(given)
    if to is FindingStatus.VALIDATED_CLOSED:
        return ClosureForm(given, reruns=_reruns(found, at=at))
    return StepForm(given)


def _reruns(found: FindingSummary, *, at: datetime) -> list[tuple[str, str]] | None:
    """Later results of the cited test; None where the finding cites no test."""
    if found.test_result_id is None:
        return None
    runs = queries.runs_of(version_id=found.version_id, as_of=at)
    by_id = {result.result_id: result for run in runs for result in run.results}
    cited = by_id[found.test_result_id]
    return [
        (
            str(each.result_id),
            f"{test_words(each.test_id)}, {each.light.lower()}, {_until(each.ran_at)}",
        )
        for each in by_id.values()
        if each.test_id == cited.test_id and each.ran_at > found.opened_at
    ]


def _move(
    request: HttpRequest, found: FindingSummary, to: FindingStatus, form: Form, *, at: datetime
) -> None:
    given, by = form.cleaned_data, person_of(request)
    if to is FindingStatus.RISK_ACCEPTED:
        operations.accept_risk(
            finding_id=found.finding_id,
            requested_by=given["requested_by"],
            rationale=given["reason"],
            expires_at=given["expires_at"],
            by=by,
            at=at,
        )
    elif to is FindingStatus.VALIDATED_CLOSED:
        rerun = given.get("rerun")
        operations.close_finding(
            finding_id=found.finding_id,
            reason=given["reason"],
            rerun_id=UUID(rerun) if rerun else None,
            by=by,
            at=at,
        )
    else:
        operations.advance_finding(
            finding_id=found.finding_id, to=to, reason=given["reason"], by=by, at=at
        )


def _effect_of(to: FindingStatus, found: FindingSummary) -> str:
    """What the step changes for decisions."""
    if to is FindingStatus.VALIDATED_CLOSED:
        return f"From then on the finding stops nothing any more: {effect_words(found).lower()}."
    if to is FindingStatus.RISK_ACCEPTED:
        return "Until the day you choose it stops nothing; on that day it is open again by itself."
    return "What it does to decisions stays as it is."


@page(verb="governance.open_finding")
def version_finding(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Open a finding on a version."""
    at = moment_of(request).as_of
    row = queries.version_at(version_id=version_id, as_of=at)
    runs = queries.runs_of(version_id=version_id, as_of=at)
    form = FindingForm(
        request.POST if request.method == "POST" else None,
        results=[result for run in runs for result in run.results],
        observations=queries.observations_of(version_id=version_id, as_of=at),
        initial={"observation": request.GET.get("observation", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            finding_id = operations.open_finding(
                version_id=version_id,
                weakness=form.weakness(),
                evidence=_evidence(form),
                responsible=form.cleaned_data["responsible"],
                by=person_of(request),
                at=at,
            )
        except Refusal as refusal:
            refuse_on(form, refusal)
        else:
            messages.success(request, "The finding is open.")
            return redirect("finding", finding_id)
    context = {
        "row": row,
        "form": form,
        "title": f"Open a finding on {row.name} {row.label}",
        "purpose": "Say what is wrong, point to the evidence, choose what it stops.",
        "verb": "Open the finding",
        "parent": f"{row.name} {row.label}",
        "parent_url": reverse("version", args=[version_id]),
        "back_url": reverse("version", args=[version_id]),
    }
    status = 422 if form.errors else 200
    return render(request, "models/verb.html", context, status=status)


def _evidence(form: FindingForm) -> Evidence:
    chosen, observed = form.cleaned_data["test_result"], form.cleaned_data["observation"]
    if chosen or observed:
        return Evidence(
            test_result_id=UUID(chosen) if chosen else None,
            observation_id=UUID(observed) if observed else None,
        )
    return Evidence(record_kind="note", record_id=form.cleaned_data["record"].strip())
