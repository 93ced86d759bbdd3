"""What must hold before a request is approved: one rule each, checked alone or shown as a list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goodstanding.core.errors import Refusal
from goodstanding.governance.errors import (
    EndsTooEarly,
    OpenFindings,
    OpinionMissing,
    SamePerson,
    ThresholdsMoved,
    UnansweredResults,
)
from goodstanding.governance.models import (
    ApprovalRequest,
    Opinion,
    StoredResult,
    ThresholdSet,
    ValidationRun,
)
from goodstanding.governance.queries.findings import open_findings_of
from goodstanding.governance.types.dossiers import Check
from goodstanding.governance.types.findings import FindingSummary
from goodstanding.governance.types.records import Person
from goodstanding.governance.types.words import Severity
from goodstanding.validation.types import Light
from goodstanding.validation.words import test_words

FORBIDS_APPROVAL = frozenset({Severity.S1, Severity.S2})


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition in words, and the check that raises the refusal where it does not hold."""

    words: str
    check: Callable[[ApprovalRequest, Person, datetime], None]


def check_people(request: ApprovalRequest, by: Person) -> None:
    """Raise SamePerson if the approver has another part in the version."""
    parts: dict[str, UUID] = {
        "developer": request.version.developer_id,
        "validator": request.run.validator_id,
        "requester": request.requested_by_id,
    }
    for role, person_id in parts.items():
        if person_id == by.id:
            raise SamePerson(field="by", person=by.display_name, role=role)


def check_opinion(run: ValidationRun) -> None:
    """Raise OpinionMissing unless the validator has given an opinion on the run."""
    if not Opinion.objects.filter(run=run).exists():
        raise OpinionMissing(field="run_id", validator=run.validator.display_name)


def findings_that_forbid(*, version_id: UUID, at: datetime) -> list[FindingSummary]:
    """The open findings of severity S1 or S2 that no exception in force covers."""
    return [
        finding
        for finding in open_findings_of(version_id=version_id, at=at)
        if finding.severity in FORBIDS_APPROVAL and not finding.is_excepted
    ]


def _people(request: ApprovalRequest, by: Person, at: datetime) -> None:  # noqa: ARG001
    check_people(request, by)


def _opinion(request: ApprovalRequest, by: Person, at: datetime) -> None:  # noqa: ARG001
    check_opinion(request.run)


def _findings(request: ApprovalRequest, by: Person, at: datetime) -> None:  # noqa: ARG001
    forbidding = findings_that_forbid(version_id=request.version_id, at=at)
    if forbidding:
        named = ", ".join(f"{each.number} ({each.severity})" for each in forbidding)
        raise OpenFindings(version=_words(request), findings=named)


def _answers(request: ApprovalRequest, by: Person, at: datetime) -> None:  # noqa: ARG001
    unanswered = StoredResult.objects.filter(
        run=request.run,
        light__in=[Light.RED, Light.ERROR],
        findings__isnull=True,
        citations__isnull=True,
    )
    tests = sorted({test_words(result.test_id).lower() for result in unanswered})
    if tests:
        raise UnansweredResults(tests=", ".join(tests))


def _thresholds(request: ApprovalRequest, by: Person, at: datetime) -> None:  # noqa: ARG001
    entry = request.version.entry
    present = ThresholdSet.objects.filter(entry=entry).order_by("-number").first()
    if present is None or present.id != request.run.threshold_set_id:
        raise ThresholdsMoved(name=entry.name)


def _period(request: ApprovalRequest, by: Person, at: datetime) -> None:  # noqa: ARG001
    if request.expires_at <= at:
        raise EndsTooEarly(field="expires_at", expires_at=request.expires_at, starts_at=at)


def _words(request: ApprovalRequest) -> str:
    entry = request.version.entry
    return f"{entry.kind} {entry.name} {request.version.label}"


RULES = (
    Rule("The approver is not the developer, the validator or the requester", _people),
    Rule("The validator has given an opinion on the run", _opinion),
    Rule("No finding of severity S1 or S2 is open without an exception", _findings),
    Rule("Every red or failed result of the run is answered by a finding", _answers),
    Rule("The thresholds of the run are the present ones", _thresholds),
    Rule("The approval would end in the future", _period),
)


def check_all(request: ApprovalRequest, *, by: Person, at: datetime) -> None:
    """Raise the refusal of the first rule that does not hold."""
    for rule in RULES:
        rule.check(request, by, at)


def checks_of(request: ApprovalRequest, *, by: Person, at: datetime) -> list[Check]:
    """Every rule, whether it holds for this person now, and why not."""
    return [_outcome(rule, request, by, at) for rule in RULES]


def _outcome(rule: Rule, request: ApprovalRequest, by: Person, at: datetime) -> Check:
    try:
        rule.check(request, by, at)
    except Refusal as refusal:
        return Check(words=rule.words, holds=False, why=f"{refusal.message} {refusal.advice}")
    return Check(words=rule.words, holds=True)
