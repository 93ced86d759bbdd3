"""A stored test result as other rooms and pages see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goodstanding.validation.types import Light


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSummary:
    """One test of a run, as the validation room computed it.

    `finding_numbers` are the findings that cite it.
    """

    result_id: UUID
    run_id: UUID
    version_id: UUID
    test_id: str
    null_hypothesis: str
    side: str
    reference: str
    segment: str
    statistic: float | None
    p_value: float | None
    n: int
    n_events: int | None
    thresholds_version: str
    light: Light
    figures: Mapping[str, float]
    note: str
    ran_at: datetime
    finding_numbers: tuple[int, ...] = ()
