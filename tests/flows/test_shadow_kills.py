"""A follower killed in the middle of a batch: every decision is met once all the same."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from goodstanding.decisions.models import Decision, ShadowDecision
from goodstanding.decisions.operations import decide_many, follow_shadows, read_in_force
from goodstanding.decisions.types import Origin
from goodstanding.policies.operations import publish_version, shadow_version
from tests.flows.approved import stand_company
from tests.instants import NOON
from tests.rooms.decisions.requests import a_request
from tests.rooms.decisions.test_shadow import CHAMPION, STRICTER

DECISIONS, BITE = 30, 10
FOLLOWER = f"""
import django
django.setup()
from goodstanding.core.time import utc_now
from goodstanding.decisions.operations import follow_shadows
while follow_shadows(at=utc_now(), most={BITE}):
    pass
"""
WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like '%shadow_cursor%'
"""


@pytest.fixture
def decided(fresh_database: str) -> str:
    company = stand_company(now=NOON)
    company.publish(CHAMPION)
    version = publish_version(
        text=STRICTER, artefacts={}, author=company.developer, by=company.developer, at=NOON
    )
    shadow_version(text_hash=version.text_hash, reason="try", by=company.owner, at=NOON)
    list(
        decide_many(
            requests=[a_request(dpd_max=days) for days in range(DECISIONS)], legal_entity="GS-UK",
            by="ana@example.com", at=NOON, origin=Origin.LIVE, in_force=read_in_force(at=NOON),
        )
    )  # fmt: skip
    return fresh_database


def test_a_batch_that_was_killed_is_met_whole_and_once(decided: str) -> None:
    with psycopg.connect(decided, autocommit=True) as watcher, psycopg.connect(decided) as holder:
        holder.execute("lock table decisions_shadow_cursor in exclusive mode")
        process = subprocess.Popen([sys.executable, "-c", FOLLOWER])
        _wait(watcher, until=1)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        holder.rollback()
        _wait(watcher, until=0)

    assert ShadowDecision.objects.count() == 0
    taken = [follow_shadows(at=NOON, most=BITE) for _ in range(4)]

    assert taken == [BITE, BITE, BITE, 0]
    met = set(ShadowDecision.objects.values_list("decision_id", flat=True))
    assert met == set(Decision.objects.values_list("id", flat=True))
    assert ShadowDecision.objects.count() == DECISIONS


def _wait(watcher: psycopg.Connection[tuple[int]], *, until: int) -> None:
    """Until so many followers stand at the cursor, their rows written and not committed."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        [(waiting,)] = watcher.execute(WAITING).fetchall()
        if waiting == until:
            return
        time.sleep(0.05)
    raise TimeoutError(f"never were {until} followers waiting")
