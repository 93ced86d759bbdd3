"""What monitoring sees of a version in use, lit by the thresholds that are set for it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from goodstanding.governance.errors import ThresholdsNotSet
from goodstanding.governance.operations import record_observation
from goodstanding.governance.queries import entry_at, version_at
from goodstanding.governance.types import Person
from goodstanding.second_line.types import DefaultsSeen, ShiftSeen
from goodstanding.validation.grades import jeffreys
from goodstanding.validation.stability import population_stability
from goodstanding.validation.types import Light, TestResult, Thresholds


@transaction.atomic
def note_observation(
    *, version_id: UUID, seen: DefaultsSeen | ShiftSeen, evidence: str, by: Person, at: datetime
) -> tuple[UUID, Light]:
    """Test what was counted and keep it; returns the observation's id and its light.

    The light follows from the counts and the present thresholds; nobody passes one in. A red one
    stops the version until a finding answers it.
    Raises NotFound, ThresholdsNotSet, ReasonMissing, and InputShape or InputRange of the counts.
    """
    row = version_at(version_id=version_id, as_of=at)
    thresholds = entry_at(entry_id=row.entry_id, as_of=at).thresholds
    if thresholds is None:
        raise ThresholdsNotSet(name=row.name)
    result = _tested(seen, thresholds)
    observation_id = record_observation(
        version_id=version_id, result=result, evidence=evidence, reported_by=by.email, at=at
    )
    return observation_id, result.light


def _tested(seen: DefaultsSeen | ShiftSeen, thresholds: Thresholds) -> TestResult:
    if isinstance(seen, ShiftSeen):
        return population_stability(
            expected=seen.expected, actual=seen.actual, segment=seen.segment,
            thresholds=thresholds,
        )  # fmt: skip
    return jeffreys(
        n=seen.n, defaults=seen.defaults, pd=seen.pd, segment=seen.segment, thresholds=thresholds
    )
