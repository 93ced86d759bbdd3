"""Validate: keep a run's results, give the opinion that follows, keep what monitoring saw."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from goodstanding.core.audit import write_audit
from goodstanding.governance.binding import digest
from goodstanding.governance.errors import (
    OpinionGiven,
    OpinionNotYours,
    RunWithoutResults,
    ThresholdsDiffer,
    ThresholdsNotSet,
    ValidatorNotIndependent,
)
from goodstanding.governance.models import (
    GovernedVersion,
    MonitoringObservation,
    Opinion,
    StoredResult,
    ThresholdSet,
    ValidationRun,
)
from goodstanding.governance.operations.shared import (
    keep_in_trail,
    one,
    present_thresholds,
    refusing,
    require_text,
    version_words,
)
from goodstanding.governance.queries.findings import open_findings_of
from goodstanding.governance.types.records import Person
from goodstanding.governance.types.tiers import opinion_grade
from goodstanding.validation.types import TestResult
from goodstanding.validation.words import test_words

SIGNIFICANT_DIGITS = 12


@transaction.atomic
def record_validation_run(
    *,
    version_id: UUID,
    results: Sequence[TestResult],
    plan: Mapping[str, Any],
    data_description: str,
    by: Person,
    at: datetime,
) -> UUID:
    """Keep one run of a validator over a version, result by result; returns the run's id.

    The results come from the validation room, which computes their lights; nobody passes one in.
    `plan` holds tests, parameters, data fingerprint, code and seed: what it takes to run it again.
    Raises NotFound, RunWithoutResults, ThresholdsNotSet, ThresholdsDiffer,
    ValidatorNotIndependent.
    """
    version = one(GovernedVersion, what="version", id=version_id)
    threshold_set = _thresholds_for(version, results)
    outcome = [_as_document(result) for result in results]
    described = {
        "plan": dict(plan),
        "thresholds": threshold_set.thresholds_hash,
        "inputs": [result.inputs_hash for result in results],
        "artefact": version.content_hash,
    }
    dependent = ValidatorNotIndependent(person=by.display_name, version=version_words(version))
    with refusing({"validator_is_independent": dependent}):
        run = ValidationRun.objects.create(
            version=version,
            validator_id=by.id,
            threshold_set=threshold_set,
            plan=dict(plan),
            data_description=require_text(data_description, field="data_description"),
            run_hash=digest(described),
            result_hash=digest(outcome),
            ran_at=at,
        )
    StoredResult.objects.bulk_create(
        _stored(run, position, result) for position, result in enumerate(results, start=1)
    )
    keep_in_trail(
        "record_validation_run", "version", version.id, by=by, at=at, run_id=str(run.id),
        results=len(results),
    )  # fmt: skip
    return run.id


def _thresholds_for(version: GovernedVersion, results: Sequence[TestResult]) -> ThresholdSet:
    if not results:
        raise RunWithoutResults(field="results")
    name = version.entry.name
    present = present_thresholds(version.entry)
    if present is None:
        raise ThresholdsNotSet(field="results", name=name)
    for result in results:
        if _thresholds_hash(result) != present.thresholds_hash:
            raise ThresholdsDiffer(
                field="results",
                test_id=result.test_id,
                used=result.thresholds.version,
                expected=str(present.thresholds["version"]),
                name=name,
            )
    return present


def _thresholds_hash(result: TestResult) -> str:
    return digest(asdict(result.thresholds))


def _as_document(result: TestResult) -> dict[str, Any]:
    return {
        "test_id": result.test_id,
        "segment": result.segment,
        "statistic": _rounded(result.statistic),
        "p": _rounded(result.p),
        "n": result.n,
        "n_events": result.n_events,
        "light": result.light,
        "figures": {key: _rounded(value) for key, value in sorted(result.figures.items())},
    }


def _rounded(value: float | None) -> str | None:
    """A number as it is hashed: twelve significant digits."""
    return None if value is None else f"{value:.{SIGNIFICANT_DIGITS}g}"


def _stored(run: ValidationRun, position: int, result: TestResult) -> StoredResult:
    return StoredResult(
        run=run,
        position=position,
        test_id=result.test_id,
        null_hypothesis=result.null_hypothesis,
        side=result.side,
        reference=result.reference,
        segment=result.segment,
        statistic=result.statistic,
        p_value=result.p,
        n=result.n,
        n_events=result.n_events,
        thresholds_version=result.thresholds.version,
        light=result.light,
        inputs_hash=result.inputs_hash,
        figures=dict(result.figures),
        effect_gate=result.effect_gate,
        note=result.note,
    )


@transaction.atomic
def give_opinion(
    *,
    run_id: UUID,
    summary: str,
    by: Person,
    at: datetime,
    impact_share: Decimal | None = None,
) -> int:
    """Give the validator's opinion on a run, 1 (good) to 4; it follows from the open findings.

    `impact_share` is the share of the estimate that the weaknesses move; it only raises.
    Raises NotFound, OpinionNotYours, OpinionGiven.
    """
    run = one(ValidationRun, what="validation run", id=run_id)
    severities = [each.severity for each in open_findings_of(version_id=run.version_id, at=at)]
    grade, because = opinion_grade(open_severities=severities, impact_share=impact_share)
    refusals = {
        "opinion_is_the_validators": OpinionNotYours(validator=run.validator.display_name),
        "governance_opinion_run_id_key": OpinionGiven(),
    }
    with refusing(refusals):
        Opinion.objects.create(
            run=run,
            grade=grade,
            impact_share=impact_share,
            because=because,
            summary=require_text(summary, field="summary"),
            given_by_id=by.id,
            given_at=at,
        )
    keep_in_trail("give_opinion", "version", run.version_id, by=by, at=at, grade=grade)
    return grade


@transaction.atomic
def record_observation(
    *, version_id: UUID, result: TestResult, evidence: str, reported_by: str, at: datetime
) -> UUID:
    """Keep what monitoring saw of a version in use; a red one stops it until a finding answers.

    `reported_by` is a person's login or `system:<process>`; `evidence` points to the rows.
    """
    version = one(GovernedVersion, what="version", id=version_id)
    observation = MonitoringObservation.objects.create(
        version=version,
        measure=f"{test_words(result.test_id)} on {result.segment}",
        light=result.light,
        statistic=result.statistic,
        p_value=result.p,
        n=result.n,
        n_events=result.n_events,
        thresholds_version=result.thresholds.version,
        inputs_hash=result.inputs_hash,
        evidence=require_text(evidence, field="evidence"),
        reported_by=require_text(reported_by, field="reported_by"),
        observed_at=at,
    )
    write_audit(
        actor=reported_by, action="record_observation", object_kind="version",
        object_id=version.id, at=at, detail={"light": str(result.light)},
    )  # fmt: skip
    return observation.id
