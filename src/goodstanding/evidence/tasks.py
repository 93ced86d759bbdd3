"""Jobs of the worker."""

from uuid import UUID

from procrastinate.contrib.django import app

from goodstanding.core.time import utc_now
from goodstanding.evidence.operations import (
    MAKE_EVIDENCE,
    RUN_BACKTEST,
    make_evidence,
    run_backtest,
)


@app.task(name=RUN_BACKTEST)
def run_backtest_task(run_id: str) -> str:
    """Run a backtest that somebody asked for."""
    return run_backtest(run_id=UUID(run_id), clock=utc_now).value


@app.task(name=MAKE_EVIDENCE)
def make_evidence_task(run_id: str) -> str:
    """Compute the evidence of a change that somebody asked for."""
    return make_evidence(run_id=UUID(run_id), clock=utc_now)
