"""Which version of each kept list was in force when."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from goodstanding.policies.engine.dated_lists import ListHistories, ListPeriod, in_force
from goodstanding.policies.models import ListStep, ListVersion
from goodstanding.policies.types import ListStepKind


def list_histories(*, at: datetime) -> ListHistories:
    """Which version of each kept list was in force when, by what was approved up to an instant.

    A version is in force from its first day, and not before it was approved, to the end of its
    last day or until it was withdrawn. Of several at once the one that begins last is, then the
    one that was approved last. Days are those of UTC.
    """
    steps: dict[UUID, dict[str, datetime]] = {}
    for step in ListStep.objects.filter(at__lte=at):
        steps.setdefault(step.version_id, {})[step.kind] = step.at
    rows = ListVersion.objects.filter(id__in=list(steps)).select_related("kept_list")
    approved = [
        (row, steps[row.id]) for row in rows if ListStepKind.APPROVED.value in steps[row.id]
    ]
    approved.sort(key=lambda pair: (pair[0].valid_from, pair[1][ListStepKind.APPROVED.value]))
    found: dict[str, list[ListPeriod]] = {}
    for row, taken in approved:
        period = _period(row, taken)
        if period is not None:
            found.setdefault(row.kept_list.name, []).append(period)
    return {name: in_force(periods) for name, periods in found.items()}


def _period(row: ListVersion, taken: Mapping[str, datetime]) -> ListPeriod | None:
    """When a version may decide; None where it was withdrawn before it could."""
    start = max(_midnight(row.valid_from), taken[ListStepKind.APPROVED.value])
    ends = [taken.get(ListStepKind.WITHDRAWN.value)]
    ends.append(row.expires_on and _midnight(row.expires_on + timedelta(days=1)))
    end = min((each for each in ends if each is not None), default=None)
    if end is not None and end <= start:
        return None
    return ListPeriod(version=row.version, values=tuple(row.values), start=start, end=end)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
