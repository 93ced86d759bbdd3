"""The worker: chores that repeat, and jobs that people start or schedules fire.

Chores run one after the other in their own thread, each in small bites, so that none starves the
rest; a chore that raises is logged and tried again at its next turn. Jobs run in procrastinate.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import close_old_connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from goodstanding.core.outbox import deliver_once
from goodstanding.core.seal import seal_once
from goodstanding.core.time import utc_now
from goodstanding.deadlines.operations import fire_due_notices
from goodstanding.decisions.operations import follow_shadows
from goodstanding.evidence.experiments.operations import watch_budgets, watch_harm
from goodstanding.metrics.operations import compute_all, export_lake, tidy_lake
from goodstanding.metrics.queries import lake_state
from goodstanding.outcomes.operations import observe_all

log = structlog.get_logger()

IDLE_SECONDS = 0.2
NUMBERS_STAND = timedelta(minutes=10)  # what the clock alone moves may be so old


@dataclass(slots=True)
class Chore:
    """Something to do again and again: at most every `every_seconds`."""

    name: str
    every_seconds: float
    run: Callable[[], int]
    next_at: float = 0.0


class Numbers:
    """When metrics are computed: as soon as the lake has grown, and now and then by the clock."""

    def __init__(self, *, folder: Path) -> None:
        """Of the lake in this folder; nothing is computed yet."""
        self._folder = folder
        self._rows: dict[str, int] = {}
        self._at: datetime | None = None

    def compute(self, *, at: datetime) -> int:
        """Compute them where it is time to; returns how many were computed."""
        rows = {table.name: table.rows for table in lake_state(folder=self._folder)}
        if self._at is not None and rows == self._rows and at - self._at < NUMBERS_STAND:
            return 0
        computed = compute_all(folder=self._folder, at=at)
        self._rows, self._at = rows, at
        return len(computed)


def chores() -> list[Chore]:
    """What the worker does by itself."""
    numbers = Numbers(folder=settings.GOODSTANDING_LAKE)
    return [
        Chore("outbox", 0.2, lambda: deliver_once(at=utc_now())),
        Chore("budgets", 0.5, lambda: watch_budgets(at=utc_now())),
        Chore("seal", 2.0, lambda: seal_once(at=utc_now())),
        Chore("shadows", 0.5, lambda: follow_shadows(at=utc_now())),
        Chore("labels", 60.0, _observe),
        Chore("lake", 15.0, _export),
        Chore("metrics", 60.0, lambda: _compute(numbers)),
        Chore("harm", 60.0, lambda: watch_harm(at=utc_now())),
        Chore("deadline_notices", 15.0, lambda: fire_due_notices(at=utc_now())),
    ]


def _observe() -> int:
    return sum(seen.bad + seen.good + seen.withdrawn for seen in observe_all(known_at=utc_now()))


def _export() -> int:
    exported = export_lake(folder=settings.GOODSTANDING_LAKE)
    tidy_lake(folder=settings.GOODSTANDING_LAKE)
    return sum(table.rows for table in exported)


def _compute(numbers: Numbers) -> int:
    """Always idle afterwards: numbers are looked at once a minute, not without pause."""
    numbers.compute(at=utc_now())
    return 0


def run_chores(chores: list[Chore], *, stop: threading.Event) -> None:
    """Take turns until told to stop; a chore that found work is asked again at once."""
    while not stop.is_set():
        worked = [_take_turn(chore) for chore in chores if chore.next_at <= time.monotonic()]
        if not any(worked):
            stop.wait(IDLE_SECONDS)


def _take_turn(chore: Chore) -> bool:
    close_old_connections()
    try:
        done = chore.run()
    except Exception:
        log.exception("chore_failed", chore=chore.name)
        done = 0
    chore.next_at = time.monotonic() + (0 if done else chore.every_seconds)
    return done > 0


def run_worker() -> None:
    """Run chores and jobs until SIGTERM or SIGINT."""
    stop = threading.Event()
    thread = threading.Thread(target=run_chores, args=(chores(),), kwargs={"stop": stop})
    thread.start()
    connector = app.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError("procrastinate is not set up on Django's database")
    try:
        with app.replace_connector(connector.get_worker_connector()):
            app.run_worker(concurrency=1, fetch_job_polling_interval=1.0)
    finally:
        stop.set()
        thread.join()
