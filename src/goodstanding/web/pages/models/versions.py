"""A version's dossier: may it decide, for how long, and on what evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from goodstanding.governance import queries
from goodstanding.governance.types import (
    ApprovalSummary,
    ExceptionKind,
    ExceptionSummary,
    FindingSummary,
    InventoryRow,
    RequestSummary,
    ResultSummary,
    RunSummary,
    VersionKind,
    VersionState,
)
from goodstanding.second_line.development import is_known
from goodstanding.validation.words import test_words
from goodstanding.web.cells import NONE, day_text, instant_text, local_text, number_text
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.models.card import calibration_chart, sections_of
from goodstanding.web.pages.models.challenge import AnswerForm, QuestionForm, ShownThread, threads
from goodstanding.web.pages.models.events import version_events
from goodstanding.web.pages.models.words import (
    GRADE_WORDS,
    conditions_html,
    effect_words,
    finding_signal,
    light_signal,
    severity_signal,
    state_signal,
)
from goodstanding.web.types import Signal

SMALLEST_P = 0.0001


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding as tables show it."""

    finding: FindingSummary
    url: str
    severity: Signal
    state: Signal
    effect: str


@dataclass(frozen=True, slots=True)
class ShownResult:
    """A test's result as tables show it, with the findings that cite it."""

    result: ResultSummary
    light: Signal
    findings: Sequence[tuple[int, str]]

    @property
    def words(self) -> str:
        """What the test asks, in words."""
        return test_words(self.result.test_id)

    @property
    def statistic_text(self) -> str:
        """The statistic: a count as it is, anything else to four places."""
        value = self.result.statistic
        if value is None:
            return NONE
        return number_text(value, places=0 if value == int(value) else 4)

    @property
    def p_text(self) -> str:
        """The p-value as statisticians write it."""
        p = self.result.p_value
        if p is None:
            return NONE
        return "< 0.0001" if p < SMALLEST_P else f"{p:.4f}"


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run as the page shows it."""

    run: RunSummary
    worst: Signal
    grade: str
    results: Sequence[ShownResult]
    opinion_url: str
    request_url: str


@dataclass(frozen=True, slots=True)
class ShownApproval:
    """An approval as tables show it."""

    approval: ApprovalSummary
    url: str
    state: Signal
    conditions: Any


@page(verb="governance.see_models")
def version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """May this version decide?"""
    as_of = moment_of(request).as_of
    row = queries.version_at(version_id=version_id, as_of=as_of)
    return render(request, "models/version.html", dossier(request, row, as_of=as_of))


def dossier(request: HttpRequest, row: InventoryRow, *, as_of: datetime) -> dict[str, Any]:
    """Everything the dossier shows; also where a form on it was refused."""
    version_id = row.version_id
    findings = queries.findings_at(at=as_of, version_id=version_id)
    runs = queries.runs_of(version_id=version_id, as_of=as_of)
    requests = queries.requests_at(as_of=as_of, version_id=version_id)
    approvals = queries.approvals_at(as_of=as_of, version_id=version_id)
    content = queries.content_of(version_id=version_id)
    exceptions = queries.exceptions_at(as_of=as_of, version_id=version_id)
    observations = queries.observations_of(version_id=version_id, as_of=as_of)
    return {
        "row": row,
        "signal": state_signal(row),
        "answer": answer_words(row),
        "facts": facts_of(row),
        "findings": [shown_finding(finding) for finding in findings],
        "runs": [_shown_run(run, findings, requests, row) for run in runs],
        "can_run": row.kind is VersionKind.POLICY or is_known(content_hash=row.content_hash),
        "approvals": [shown_approval(approval) for approval in approvals],
        "requests": [each for each in requests if each.is_waiting],
        "exceptions": exceptions,
        "excepted_until": next(
            (each.expires_at for each in exceptions if _lets_it_decide(each)), None
        ),
        "pinned": queries.pinned_models(version_id=version_id),
        "used_by": queries.policies_using(version_id=version_id),
        "content_facts": [(name, fact) for name, fact in content.facts.items()],
        "card": sections_of(content.card),
        "chart": calibration_chart(content.card),
        "tiers": queries.tiers_of(entry_id=row.entry_id, as_of=as_of),
        "scopes": queries.scopes_of(entry_id=row.entry_id, as_of=as_of),
        "observations": [
            (each, light_signal(each.light), _answering(each.finding_numbers, findings))
            for each in observations
        ],
        "threads": threads_of(request, version_id=version_id, as_of=as_of),
        "question_form": QuestionForm(),
        "events": version_events(
            row=row,
            runs=runs,
            requests=requests,
            approvals=approvals,
            findings=findings,
            changes=queries.changes_of(version_id=version_id, as_of=as_of),
            exceptions=exceptions,
            observations=observations,
        ),
    }


def _lets_it_decide(exception: ExceptionSummary) -> bool:
    return exception.is_in_force and exception.kind is ExceptionKind.BEFORE_VALIDATION


def _answering(numbers: Sequence[int], findings: Sequence[FindingSummary]) -> list[tuple[int, str]]:
    urls = {each.number: reverse("finding", args=[each.finding_id]) for each in findings}
    return [(number, urls[number]) for number in numbers if number in urls]


def threads_of(
    request: HttpRequest, *, version_id: UUID, as_of: datetime, finding_id: UUID | None = None
) -> list[ShownThread]:
    """The challenge of a version, or of one of its findings, with a form under each open one."""
    found = queries.threads_of(as_of=as_of, version_id=version_id, finding_id=finding_id)
    return threads(request, found, form=AnswerForm)


def answer_words(row: InventoryRow) -> str:
    """The one sentence of the dossier: may it decide, and how long."""
    if not row.may_decide:
        return f"It may not decide: {local_text(row.standing.reason)}. {_fallback(row)}"
    if row.state is VersionState.IN_FORCE_BY_EXCEPTION:
        return f"It may decide, by an {local_text(row.standing.reason)}"
    days = row.days_left
    left = "" if days is None else f", {days:,} {'day' if days == 1 else 'days'} of approval left"
    return f"It may decide{left}"


def _fallback(row: InventoryRow) -> str:
    verb = "refers to a person" if row.standing.fallback == "refer" else "declines"
    return f"Until that changes the fallback {verb}."


def facts_of(row: InventoryRow) -> list[tuple[str, Any]]:
    """The summary beside the evidence."""
    return [
        ("Use case", row.use_case_title),
        ("Owner", row.owner),
        ("Developer", row.developer),
        ("Tier", row.tier or "Not assessed"),
        ("Opinion", GRADE_WORDS[row.opinion] if row.opinion else "None yet"),
        ("Last validated", instant_text(row.validated_at) or "Never"),
        ("Registered", day_text(row.registered_at.date())),
        ("Legal entity", row.legal_entity),
        ("Vendor", row.vendor or "In house"),
    ]


def shown_finding(finding: FindingSummary) -> ShownFinding:
    """A finding with its signals and address."""
    return ShownFinding(
        finding,
        reverse("finding", args=[finding.finding_id]),
        severity_signal(finding.severity),
        finding_signal(finding),
        effect_words(finding),
    )


def shown_results(
    results: Sequence[ResultSummary], findings: Sequence[FindingSummary]
) -> list[ShownResult]:
    """Results with the findings that cite each."""
    return [
        ShownResult(
            result, light_signal(result.light), _answering(result.finding_numbers, findings)
        )
        for result in results
    ]


def _shown_run(
    run: RunSummary,
    findings: Sequence[FindingSummary],
    requests: Sequence[RequestSummary],
    row: InventoryRow,
) -> ShownRun:
    waits = any(each.is_waiting for each in requests)
    may_ask = run.grade is not None and not waits and not row.is_retired
    return ShownRun(
        run=run,
        worst=light_signal(run.worst),
        grade=GRADE_WORDS[run.grade] if run.grade else "",
        results=shown_results(run.results, findings),
        opinion_url="" if run.grade else reverse("run_opinion", args=[run.run_id]),
        request_url=reverse("run_request", args=[run.run_id]) if may_ask else "",
    )


def shown_approval(approval: ApprovalSummary) -> ShownApproval:
    """An approval with its state and conditions in words."""
    return ShownApproval(
        approval,
        reverse("approval", args=[approval.approval_id]),
        approval_signal(approval),
        conditions_html(
            approval.request.allowed,
            max_exposure=approval.request.max_exposure,
            monitoring_every_days=approval.request.monitoring_every_days,
        ),
    )


def approval_signal(approval: ApprovalSummary) -> Signal:
    """Whether an approval is in force, in a word."""
    if approval.revoked_at is not None:
        return Signal("act", "Revoked")
    if approval.is_in_force:
        return Signal("good", "In force")
    if approval.as_of < approval.request.valid_from:
        return Signal("neutral", "Not started")
    return Signal("act", "Lapsed")
