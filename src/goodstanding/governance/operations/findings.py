"""Open findings, work them, close or accept them; ask and answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from goodstanding.core.locks import lock_record
from goodstanding.core.outbox import publish
from goodstanding.governance.errors import (
    CapNeedsAmount,
    EndsTooEarly,
    FindingNeedsEvidence,
    FindingStepRefused,
    OwnFinding,
    OwnRisk,
    RerunMissing,
    WorstFindingBlocks,
)
from goodstanding.governance.models import (
    Finding,
    FindingCitation,
    FindingState,
    GovernedVersion,
    RiskAcceptance,
    StoredResult,
)
from goodstanding.governance.operations.shared import (
    keep_in_trail,
    one,
    refusing,
    require_text,
    tier_of,
)
from goodstanding.governance.queries.findings import finding_at
from goodstanding.governance.types.findings import FindingSummary
from goodstanding.governance.types.records import Evidence, Person, Weakness
from goodstanding.governance.types.tiers import SCHEDULE_VERSION, STRICTEST_TIER, due_on
from goodstanding.governance.types.words import Effect, FindingStatus, Severity
from goodstanding.validation.words import test_words

NUMBERING = UUID(int=0xF1D1)


@transaction.atomic
def open_finding(
    *,
    version_id: UUID,
    weakness: Weakness,
    evidence: Evidence,
    responsible: Person,
    by: Person,
    at: datetime,
) -> UUID:
    """Open a finding on a version; a blocking one stops its decisions at once.

    The last day to mend it follows from severity and tier; a version without a tier counts as
    tier 1. `responsible` must mend it.
    Raises NotFound, FindingNeedsEvidence, WorstFindingBlocks, CapNeedsAmount, ReasonMissing.
    """
    version = one(GovernedVersion, what="version", id=version_id)
    _check_effect(weakness)
    if evidence.is_missing:
        raise FindingNeedsEvidence(field="test_result_id")
    tier = tier_of(version.entry) or STRICTEST_TIER
    lock_record(NUMBERING)
    last = Finding.objects.order_by("-number").values_list("number", flat=True).first()
    elsewhere = FindingNeedsEvidence(field="test_result_id")
    with refusing(
        {"evidence_is_of_the_version": elsewhere, "citation_is_of_the_version": elsewhere}
    ):
        finding = Finding.objects.create(
            number=(last or 0) + 1,
            version=version,
            **_columns_of(weakness),
            test_result_id=evidence.test_result_id,
            observation_id=evidence.observation_id,
            record_kind=evidence.record_kind,
            record_id=evidence.record_id,
            tier=tier,
            schedule_version=SCHEDULE_VERSION,
            due_on=due_on(severity=weakness.severity, tier=tier, opened_on=at.date()),
            responsible_id=responsible.id,
            opened_by_id=by.id,
            opened_at=at,
        )
        FindingCitation.objects.bulk_create(
            FindingCitation(finding=finding, test_result_id=result_id)
            for result_id in dict.fromkeys(evidence.supporting)
        )
    _add_state(finding.id, 1, FindingStatus.OPEN, reason=weakness.title, by=by, at=at)
    _tell(finding, by=by, at=at)
    return finding.id


def _columns_of(weakness: Weakness) -> dict[str, Any]:
    return {
        "title": require_text(weakness.title, field="title"),
        "description": require_text(weakness.description, field="description"),
        "severity": weakness.severity,
        "effect": weakness.effect,
        "segment": {key: sorted(set(each)) for key, each in weakness.segment.items()},
        "cap_minor": weakness.cap.amount_minor if weakness.cap else None,
        "currency": weakness.cap.currency if weakness.cap else None,
    }


def _check_effect(weakness: Weakness) -> None:
    if weakness.severity is Severity.S1 and weakness.effect is not Effect.BLOCK:
        raise WorstFindingBlocks(field="effect", effect=weakness.effect)
    if (weakness.effect is Effect.CAP) != (weakness.cap is not None):
        raise CapNeedsAmount(field="cap")


def _tell(finding: Finding, *, by: Person, at: datetime) -> None:
    version = finding.version
    publish(
        kind="finding_opened",
        subject_id=finding.id,
        payload={
            "use_case": version.entry.use_case.code,
            "hashes": [version.content_hash],
            "severity": finding.severity,
            "effect": finding.effect,
            "number": finding.number,
        },
    )
    keep_in_trail(
        "open_finding", "finding", finding.id, by=by, at=at, number=finding.number,
        severity=finding.severity, effect=finding.effect, version_id=str(version.id),
    )  # fmt: skip


@transaction.atomic
def cite_result(*, finding_id: UUID, result_id: UUID, by: Person, at: datetime) -> None:
    """Let an open finding cite one more result of its version, such as the test run again.

    Raises NotFound, FindingStepRefused where it is closed, FindingNeedsEvidence where the result
    is of another version.
    """
    finding = _held(finding_id, at=at)
    if finding.state is FindingStatus.VALIDATED_CLOSED:
        raise _step_refused(finding, FindingStatus.OPEN)
    elsewhere = FindingNeedsEvidence(field="test_result_id")
    with refusing({"citation_is_of_the_version": elsewhere}):
        FindingCitation.objects.create(finding_id=finding_id, test_result_id=result_id)
    keep_in_trail(
        "cite_result", "finding", finding_id, by=by, at=at, number=finding.number,
        result_id=str(result_id),
    )  # fmt: skip


@transaction.atomic
def advance_finding(
    *, finding_id: UUID, to: FindingStatus, reason: str, by: Person, at: datetime
) -> None:
    """Move a finding one step: plan agreed, in progress, submitted for closure, or back.

    Closing and accepting are verbs of their own. Raises NotFound, FindingStepRefused.
    """
    finding = _held(finding_id, at=at)
    if to in (FindingStatus.VALIDATED_CLOSED, FindingStatus.RISK_ACCEPTED):
        raise _step_refused(finding, to)
    _step(finding, to, reason=reason, by=by, at=at)


@transaction.atomic
def close_finding(
    *, finding_id: UUID, reason: str, by: Person, at: datetime, rerun_id: UUID | None = None
) -> None:
    """Close a finding that was submitted for closure, after running its test again.

    `rerun_id` is a later result of the cited test on the same version, green or amber; a finding
    that cites a record has none. Who opened it, must mend it or developed the version cannot.
    Raises NotFound, FindingStepRefused, OwnFinding, RerunMissing.
    """
    finding = _held(finding_id, at=at)
    own = OwnFinding(person=by.display_name, number=finding.number)
    developer = one(GovernedVersion, what="version", id=finding.version_id).developer_id
    if by.id in (finding.opened_by_id, finding.responsible_id, developer):
        raise own
    refusals = {
        "nobody_closes_an_own_finding": own,
        "closed_by_a_rerun_of_the_test": RerunMissing(
            field="rerun_id", number=finding.number, test_id=_cited_test(finding)
        ),
    }
    with refusing(refusals):
        _step(
            finding, FindingStatus.VALIDATED_CLOSED, reason=reason, by=by, at=at, rerun_id=rerun_id
        )


def _cited_test(finding: FindingSummary) -> str:
    if finding.test_result_id is None:
        return "it"
    cited = one(StoredResult, what="test result", id=finding.test_result_id)
    return test_words(cited.test_id).lower()


@transaction.atomic
def accept_risk(
    *,
    finding_id: UUID,
    requested_by: Person,
    rationale: str,
    expires_at: datetime,
    by: Person,
    at: datetime,
) -> UUID:
    """Bear the risk of a finding until `expires_at`; then it is open again, and no job is needed.

    Raises NotFound, FindingStepRefused, OwnRisk, EndsTooEarly.
    """
    finding = _held(finding_id, at=at)
    if expires_at <= at:
        raise EndsTooEarly(field="expires_at", expires_at=expires_at, starts_at=at)
    own = OwnRisk(person=by.display_name)
    with refusing({"nobody_accepts_an_own_risk": own, "acceptance_has_two_people": own}):
        acceptance = RiskAcceptance.objects.create(
            finding_id=finding_id,
            requested_by_id=requested_by.id,
            accepted_by_id=by.id,
            rationale=require_text(rationale, field="rationale"),
            accepted_at=at,
            expires_at=expires_at,
        )
    _step(
        finding,
        FindingStatus.RISK_ACCEPTED,
        reason=rationale,
        by=by,
        at=at,
        acceptance_id=acceptance.id,
    )
    return acceptance.id


def _held(finding_id: UUID, *, at: datetime) -> FindingSummary:
    """The finding as it stands, with other writers of it waiting."""
    lock_record(finding_id)
    return finding_at(finding_id=finding_id, at=at)


def _step_refused(finding: FindingSummary, to: FindingStatus) -> FindingStepRefused:
    possible = ", ".join(step.replace("_", " ") for step in finding.possible) or "nothing"
    return FindingStepRefused(
        field="to",
        state=finding.state.replace("_", " "),
        to=to.replace("_", " "),
        possible=possible,
    )


def _step(
    finding: FindingSummary,
    to: FindingStatus,
    *,
    reason: str,
    by: Person,
    at: datetime,
    rerun_id: UUID | None = None,
    acceptance_id: UUID | None = None,
) -> None:
    if to not in finding.possible:
        raise _step_refused(finding, to)
    _add_state(
        finding.finding_id,
        finding.state_number + 1,
        to,
        reason=reason,
        by=by,
        at=at,
        rerun_id=rerun_id,
        acceptance_id=acceptance_id,
    )
    keep_in_trail(
        "move_finding", "finding", finding.finding_id, by=by, at=at, number=finding.number,
        state=to,
    )  # fmt: skip


def _add_state(
    finding_id: UUID,
    number: int,
    state: FindingStatus,
    *,
    reason: str,
    by: Person,
    at: datetime,
    rerun_id: UUID | None = None,
    acceptance_id: UUID | None = None,
) -> None:
    FindingState.objects.create(
        finding_id=finding_id,
        number=number,
        state=state,
        reason=require_text(reason, field="reason"),
        by_id=by.id,
        acceptance_id=acceptance_id,
        rerun_id=rerun_id,
        at=at,
    )
