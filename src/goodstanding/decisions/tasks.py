"""Jobs of the worker."""

from procrastinate.contrib.django import app

from goodstanding.core.time import utc_now
from goodstanding.decisions.operations import replay_yesterday

REPLAY_YESTERDAY = "decisions.replay_yesterday"


@app.periodic(cron="17 * * * *")
@app.task(name=REPLAY_YESTERDAY, queueing_lock=REPLAY_YESTERDAY)
def replay_yesterday_task(timestamp: int) -> str:  # noqa: ARG001 - procrastinate gives it
    """Replay a sample of yesterday; asked every hour, so that a night switched off is made up."""
    found = replay_yesterday(at=utc_now())
    return "; ".join(f"{row.policy}: {row.differing} of {row.replayed} differ" for row in found)
