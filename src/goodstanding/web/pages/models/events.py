"""The timeline of a version or a finding, put together from what was recorded."""

from collections.abc import Iterable, Iterator, Sequence

from django.urls import reverse

from goodstanding.governance.types import (
    ApprovalSummary,
    ExceptionSummary,
    FindingSummary,
    InventoryRow,
    ObservationRecord,
    RequestSummary,
    RunSummary,
)
from goodstanding.governance.types.dossiers import ChangeRecord, Step
from goodstanding.validation.types import Light
from goodstanding.web.pages.models.words import GRADE_WORDS, LIGHT_LEVELS, LIGHT_WORDS, STATUS_WORDS
from goodstanding.web.types import Event, Level


def version_events(
    *,
    row: InventoryRow,
    runs: Iterable[RunSummary],
    requests: Iterable[RequestSummary],
    approvals: Iterable[ApprovalSummary],
    findings: Iterable[FindingSummary],
    changes: Iterable[ChangeRecord],
    exceptions: Iterable[ExceptionSummary],
    observations: Iterable[ObservationRecord],
) -> list[Event]:
    """Everything that happened to a version, the newest first."""
    events = [
        Event(row.registered_at, "Registered", row.developer, "neutral"),
        *_of_runs(runs),
        *_of_requests(requests),
        *_of_approvals(approvals),
        *(_of_finding(finding) for finding in findings),
        *(_of_change(change) for change in changes),
        *_of_exceptions(exceptions),
        *(_of_observation(each) for each in observations),
    ]
    events.reverse()  # of one instant, what follows from the rest comes first
    return sorted(events, key=lambda event: event.at, reverse=True)


def _of_runs(runs: Iterable[RunSummary]) -> Iterator[Event]:
    for run in runs:
        level: Level = "act" if run.worst in {Light.RED, Light.ERROR} else "good"
        tests = "1 test" if len(run.results) == 1 else f"{len(run.results)} tests"
        yield Event(run.ran_at, f"Validated by {tests}", run.validator, level)
        if run.opined_at is not None and run.grade is not None:
            yield Event(
                run.opined_at, f"Opinion {GRADE_WORDS[run.grade]}", run.validator, note=run.because
            )


def _of_requests(requests: Iterable[RequestSummary]) -> Iterator[Event]:
    for request in requests:
        url = reverse("approval_request", args=[request.request_id])
        yield Event(request.requested_at, "Approval asked for", request.requested_by, url=url)
        if request.returned_at is not None:
            yield Event(
                request.returned_at,
                "Request returned",
                request.returned_by,
                "watch",
                url,
                request.returned_why,
            )


def _of_approvals(approvals: Iterable[ApprovalSummary]) -> Iterator[Event]:
    for approval in approvals:
        url = reverse("approval", args=[approval.approval_id])
        yield Event(approval.approved_at, "Approved", approval.approver, "good", url)
        if approval.expiry_changed_at is not None:
            yield Event(
                approval.expiry_changed_at,
                "Approval made to end earlier",
                approval.expiry_changed_by,
                "act",
                url,
                approval.expiry_changed_why,
            )
        if approval.revoked_at is not None:
            yield Event(
                approval.revoked_at,
                "Approval revoked",
                approval.revoked_by,
                "act",
                url,
                approval.revoked_why,
            )


def _of_finding(finding: FindingSummary) -> Event:
    return Event(
        finding.opened_at,
        f"Finding {finding.number} opened",
        finding.opened_by,
        "act" if finding.effect == "block" else "watch",
        reverse("finding", args=[finding.finding_id]),
        f"{finding.severity}: {finding.title}",
    )


def _of_change(change: ChangeRecord) -> Event:
    words = "Material change" if change.is_material else "Change"
    return Event(change.made_at, words, change.made_by, "watch", note=change.description)


def _of_exceptions(exceptions: Iterable[ExceptionSummary]) -> Iterator[Event]:
    for each in exceptions:
        yield Event(
            each.granted_at, "Exception granted", each.granted_by, "watch", note=each.reason
        )
        if each.ended_at is not None:
            yield Event(each.ended_at, "Exception ended", level="neutral")


def _of_observation(seen: ObservationRecord) -> Event:
    level = LIGHT_LEVELS.get(seen.light, "neutral")
    words = f"Monitoring saw {LIGHT_WORDS[seen.light].lower()}"
    return Event(seen.observed_at, words, seen.reported_by, level, note=seen.measure)


def finding_events(steps: Sequence[Step]) -> list[Event]:
    """The steps of a finding, the newest first."""
    levels: dict[str, Level] = {"open": "act", "validated_closed": "good"}
    return [
        Event(
            step.at,
            STATUS_WORDS[step.state],
            step.by,
            levels.get(step.state, "neutral"),
            note=step.reason,
        )
        for step in steps
    ]
