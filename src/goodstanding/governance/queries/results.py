"""Read the results of validation runs."""

from collections import defaultdict
from uuid import UUID

from goodstanding.governance.models import Finding, FindingCitation, StoredResult
from goodstanding.governance.types.results import ResultSummary
from goodstanding.validation.types import Light


def results_of_run(*, run_id: UUID) -> list[ResultSummary]:
    """The results of a run in its order, with the findings that cite each."""
    rows = list(
        StoredResult.objects.filter(run_id=run_id).select_related("run").order_by("position")
    )
    numbers = _citing([row.id for row in rows])
    return [result_summary(row, numbers=tuple(sorted(numbers[row.id]))) for row in rows]


def _citing(result_ids: list[UUID]) -> dict[UUID, set[int]]:
    numbers: dict[UUID, set[int]] = defaultdict(set)
    for finding in Finding.objects.filter(test_result_id__in=result_ids):
        if finding.test_result_id is not None:
            numbers[finding.test_result_id].add(finding.number)
    for citation in FindingCitation.objects.filter(test_result_id__in=result_ids).select_related(
        "finding"
    ):
        numbers[citation.test_result_id].add(citation.finding.number)
    return numbers


def result_summary(row: StoredResult, *, numbers: tuple[int, ...] = ()) -> ResultSummary:
    """A row as other rooms see it; its run must have been fetched with it."""
    return ResultSummary(
        result_id=row.id,
        run_id=row.run_id,
        version_id=row.run.version_id,
        test_id=row.test_id,
        null_hypothesis=row.null_hypothesis,
        side=row.side,
        reference=row.reference,
        segment=row.segment,
        statistic=row.statistic,
        p_value=row.p_value,
        n=row.n,
        n_events=row.n_events,
        thresholds_version=row.thresholds_version,
        light=Light(row.light),
        figures=row.figures,
        note=row.note,
        ran_at=row.run.ran_at,
        finding_numbers=numbers,
    )
