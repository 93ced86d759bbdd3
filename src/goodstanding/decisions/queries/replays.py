"""Read what replays of samples found."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from goodstanding.core.errors import NotFound
from goodstanding.decisions.models import ReplayRun


def replay_runs(*, policy: str, known_at: datetime) -> "QuerySet[ReplayRun]":
    """The replays of samples of a policy's live decisions, the newest first."""
    found = ReplayRun.objects.filter(policy=policy, recorded_at__lte=known_at)
    return found.order_by("-replayed_at", "-id")


def replay_run(*, replay_run_id: UUID) -> ReplayRun:
    """One policy's row of a run; raises NotFound."""
    found = ReplayRun.objects.filter(id=replay_run_id).first()
    if found is None:
        raise NotFound(what="replay", key=str(replay_run_id))
    return found
