"""Read what the pages about a version show: runs, threads, use cases, history."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from goodstanding.core.errors import NotFound
from goodstanding.governance.models import (
    ChallengeAnswer,
    ChallengeQuestion,
    Change,
    Finding,
    FindingCitation,
    FindingState,
    GovernedVersion,
    MonitoringObservation,
    Opinion,
    ScopeDecision,
    TierAssessment,
    UseCase,
    UseCaseRevision,
    ValidationRun,
)
from goodstanding.governance.queries.results import results_of_run
from goodstanding.governance.types.dossiers import (
    Answer,
    ChangeRecord,
    ObservationRecord,
    RunSummary,
    ScopeRecord,
    Step,
    Thread,
    TierRecord,
    UseCaseSummary,
)
from goodstanding.governance.types.words import (
    AiActClass,
    AiActRole,
    Automation,
    Fallback,
    FindingStatus,
)
from goodstanding.validation.types import Light


@dataclass(frozen=True, slots=True)
class Content:
    """What a version is made of: the inventory's facts and the model card."""

    facts: Mapping[str, Any]
    card: Mapping[str, Any]


def content_of(*, version_id: UUID) -> Content:
    """Facts and card of a version; raises NotFound."""
    row = GovernedVersion.objects.filter(id=version_id).first()
    if row is None:
        raise NotFound(what="version", key=str(version_id))
    return Content(row.facts, row.card)


def runs_of(*, version_id: UUID, as_of: datetime) -> list[RunSummary]:
    """The validation runs of a version by `as_of`, the newest first, with their results."""
    rows = ValidationRun.objects.filter(version_id=version_id, ran_at__lte=as_of)
    parts = rows.select_related("validator", "threshold_set")
    return [_run(row, as_of=as_of) for row in parts.order_by("-ran_at", "-id")]


def _run(row: ValidationRun, *, as_of: datetime) -> RunSummary:
    opinion = Opinion.objects.filter(run=row, given_at__lte=as_of).first()
    return RunSummary(
        run_id=row.id,
        version_id=row.version_id,
        validator_id=row.validator_id,
        validator=row.validator.display_name,
        ran_at=row.ran_at,
        data_description=row.data_description,
        run_hash=row.run_hash,
        result_hash=row.result_hash,
        thresholds_version=str(row.threshold_set.thresholds["version"]),
        thresholds_source=row.threshold_set.source,
        results=results_of_run(run_id=row.id),
        grade=opinion.grade if opinion else None,
        because=opinion.because if opinion else "",
        summary=opinion.summary if opinion else "",
        opined_at=opinion.given_at if opinion else None,
    )


def threads_of(
    *, as_of: datetime, version_id: UUID, finding_id: UUID | None = None
) -> list[Thread]:
    """The questions put to a version, or to one finding of it, and what was said; oldest first."""
    rows = ChallengeQuestion.objects.filter(version_id=version_id, asked_at__lte=as_of)
    if finding_id is not None:
        rows = rows.filter(finding_id=finding_id)
    return [_thread(row, as_of=as_of) for row in rows.select_related("asked_by").order_by("id")]


def thread_at(*, question_id: UUID, as_of: datetime) -> Thread:
    """One question with what was said; raises NotFound."""
    rows = ChallengeQuestion.objects.select_related("asked_by").filter(id=question_id)
    row = rows.first()
    if row is None:
        raise NotFound(what="question", key=str(question_id))
    return _thread(row, as_of=as_of)


def _thread(row: ChallengeQuestion, *, as_of: datetime) -> Thread:
    answers = ChallengeAnswer.objects.filter(question=row, answered_at__lte=as_of)
    return Thread(
        question_id=row.id,
        version_id=row.version_id,
        finding_id=row.finding_id,
        question=row.question,
        asked_by_id=row.asked_by_id,
        asked_by=row.asked_by.display_name,
        asked_at=row.asked_at,
        answers=[
            Answer(
                answer=each.answer,
                disposition=each.disposition,
                answered_by=each.answered_by.display_name,
                answered_at=each.answered_at,
            )
            for each in answers.select_related("answered_by").order_by("answered_at", "id")
        ],
    )


def use_cases_at(*, as_of: datetime) -> list[UseCaseSummary]:
    """Every use case as stated last by `as_of`, by code."""
    found = [_use_case(row, as_of=as_of) for row in UseCase.objects.order_by("code")]
    return [summary for summary in found if summary is not None]


def use_case_at(*, code: str, as_of: datetime) -> UseCaseSummary:
    """One use case as stated last by `as_of`; raises NotFound."""
    row = UseCase.objects.filter(code=code).first()
    summary = None if row is None else _use_case(row, as_of=as_of)
    if summary is None:
        raise NotFound(what="use case", key=code)
    return summary


def _use_case(row: UseCase, *, as_of: datetime) -> UseCaseSummary | None:
    revision = _revisions(row).filter(stated_at__lte=as_of).order_by("-number").first()
    return None if revision is None else _revision(row, revision)


def use_case_history(*, code: str) -> list[UseCaseSummary]:
    """Every statement of a use case, the newest first; raises NotFound."""
    row = UseCase.objects.filter(code=code).first()
    if row is None:
        raise NotFound(what="use case", key=code)
    return [_revision(row, revision) for revision in _revisions(row).order_by("-number")]


def _revisions(row: UseCase) -> "QuerySet[UseCaseRevision]":
    return UseCaseRevision.objects.filter(use_case=row).select_related("owner", "stated_by")


def _revision(row: UseCase, revision: UseCaseRevision) -> UseCaseSummary:
    return UseCaseSummary(
        use_case_id=row.id,
        code=row.code,
        title=row.title,
        desk=row.desk,
        legal_entity=row.legal_entity_id,
        number=revision.number,
        owner=revision.owner.display_name,
        owner_email=revision.owner.email,
        purpose=revision.purpose,
        decision=revision.decision,
        affected_persons=revision.affected_persons,
        jurisdictions=revision.jurisdictions,
        ai_act_role=AiActRole(revision.ai_act_role),
        ai_act_class=AiActClass(revision.ai_act_class),
        automation=Automation(revision.automation),
        yearly_decisions=revision.yearly_decisions,
        fallback=Fallback(revision.fallback),
        reason=revision.reason,
        stated_by=revision.stated_by.display_name,
        stated_at=revision.stated_at,
    )


def steps_of(*, finding_id: UUID, as_of: datetime) -> list[Step]:
    """The steps of a finding by `as_of`, the newest first."""
    rows = FindingState.objects.filter(finding_id=finding_id, at__lte=as_of)
    return [
        Step(
            number=row.number,
            state=FindingStatus(row.state),
            reason=row.reason,
            by=row.by.display_name,
            at=row.at,
            expires_at=row.acceptance.expires_at if row.acceptance else None,
        )
        for row in rows.select_related("by", "acceptance").order_by("-number")
    ]


@dataclass(frozen=True, slots=True)
class FindingContent:
    """What a finding says and points to."""

    description: str
    test_result_id: UUID | None
    supporting: tuple[UUID, ...]
    observation_id: UUID | None
    record_kind: str
    record_id: str


def finding_content(*, finding_id: UUID) -> FindingContent:
    """What a finding says and points to; raises NotFound."""
    row = Finding.objects.filter(id=finding_id).first()
    if row is None:
        raise NotFound(what="finding", key=str(finding_id))
    cited = FindingCitation.objects.filter(finding=row).order_by("id")
    return FindingContent(
        description=row.description,
        test_result_id=row.test_result_id,
        supporting=tuple(each.test_result_id for each in cited),
        observation_id=row.observation_id,
        record_kind=row.record_kind,
        record_id=row.record_id,
    )


def tiers_of(*, entry_id: UUID, as_of: datetime) -> list[TierRecord]:
    """The tier assessments of an entry by `as_of`, the newest first."""
    rows = TierAssessment.objects.filter(entry_id=entry_id, assessed_at__lte=as_of)
    return [
        TierRecord(
            tier=row.tier,
            computed_tier=row.computed_tier,
            materiality=row.materiality,
            complexity=row.complexity,
            rationale=row.rationale,
            assessed_by=row.assessed_by.display_name,
            override_approved_by=(
                row.override_approved_by.display_name if row.override_approved_by else ""
            ),
            assessed_at=row.assessed_at,
        )
        for row in rows.select_related("assessed_by", "override_approved_by").order_by(
            "-assessed_at", "-id"
        )
    ]


def scopes_of(*, entry_id: UUID, as_of: datetime) -> list[ScopeRecord]:
    """The scope decisions of an entry by `as_of`: the latest of each jurisdiction."""
    rows = ScopeDecision.objects.filter(entry_id=entry_id, decided_at__lte=as_of)
    latest = rows.select_related("decided_by").order_by("jurisdiction", "-decided_at", "-id")
    return [
        ScopeRecord(
            jurisdiction=row.jurisdiction,
            profile=row.profile,
            in_scope=row.in_scope,
            rationale=row.rationale,
            decided_by=row.decided_by.display_name,
            decided_at=row.decided_at,
        )
        for row in latest.distinct("jurisdiction")
    ]


def changes_of(*, version_id: UUID, as_of: datetime) -> list[ChangeRecord]:
    """What changed around a version by `as_of`, the newest first."""
    rows = Change.objects.filter(version_id=version_id, made_at__lte=as_of)
    return [
        ChangeRecord(
            kind=row.kind,
            is_material=row.is_material,
            description=row.description,
            made_by=row.made_by.display_name,
            made_at=row.made_at,
        )
        for row in rows.select_related("made_by").order_by("-made_at", "-id")
    ]


def observations_of(*, version_id: UUID, as_of: datetime) -> list[ObservationRecord]:
    """What monitoring saw of a version by `as_of`, the newest first, and what answers it."""
    rows = MonitoringObservation.objects.filter(version_id=version_id, observed_at__lte=as_of)
    answers = Finding.objects.filter(version_id=version_id, opened_at__lte=as_of)
    numbers: dict[UUID | None, list[int]] = defaultdict(list)
    for observation_id, number in answers.order_by("number").values_list(
        "observation_id", "number"
    ):
        numbers[observation_id].append(number)
    return [
        ObservationRecord(
            observation_id=row.id,
            measure=row.measure,
            light=Light(row.light),
            statistic=row.statistic,
            p_value=row.p_value,
            n=row.n,
            evidence=row.evidence,
            reported_by=row.reported_by,
            observed_at=row.observed_at,
            finding_numbers=tuple(numbers[row.id]),
        )
        for row in rows.order_by("-observed_at", "-id")
    ]
