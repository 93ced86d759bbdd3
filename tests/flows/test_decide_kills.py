"""Kill -9 loses no acknowledged decision, decides no key twice, opens no case twice.

The real thing: `goodstanding run` with its own PostgreSQL, as durable as it ships, under callers
that repeat what was not answered. Everything it started is killed at random moments, and at last
the supervisor itself.
"""

import asyncio
import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from goodstanding.cases.models import Case
from goodstanding.core.environment import SECRET_NAMES, write_secret_file
from goodstanding.core.models import OutboxMessage
from goodstanding.core.postgres import (
    APPLICATION_ROLE,
    EmbeddedServer,
    ensure_database,
    start_server,
)
from goodstanding.core.postgres_folder import binaries
from goodstanding.core.seal import seal_once, verify
from goodstanding.core.time import utc_now
from goodstanding.decisions.models import Decision
from tests.conftest import django_on
from tests.flows.approved import stand_company
from tests.flows.installation import Installation
from tests.flows.kills import Callers, Running, first_of_two_free_ports, wait_until
from tests.rooms.policies.conftest import VERSION_7

pytestmark = pytest.mark.slow
SEED = 7
CALLERS = 6
KILLS = {"decisions": 7, "server process": 9, "worker": 5, "web": 3, "postmaster": 2}
ANSWERS_BETWEEN_KILLS = 5


@pytest.fixture
def installation(
    postgres: EmbeddedServer, template: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[Installation]:
    """A home with a migrated database on a server of its own, where Django is pointed at.

    Not in pytest's folder: the next pytest closes that to all but its own user, and a server that
    starts again as another user would not find its files.
    """
    with TemporaryDirectory(prefix="goodstanding-kills-") as folder:
        Path(folder).chmod(0o755)
        with django_db_blocker.unblock(), _migrated(Path(folder), postgres, template) as found:
            yield found


@contextmanager
def _migrated(home: Path, postgres: EmbeddedServer, template: str) -> Iterator[Installation]:
    write_secret_file(home / "secrets.json", {name: os.environ[name] for name in SECRET_NAMES})
    server = start_server(home / "postgres")
    ensure_database(server, database="goodstanding")
    _copy(postgres.url(database=template), server.url(database="goodstanding"))
    try:
        with django_on(server.url(database="goodstanding", role=APPLICATION_ROLE)):
            yield Installation(home)
    finally:
        start_server(server.folder).stop()


def _copy(template: str, target: str) -> None:
    dump = subprocess.run([binaries() / "pg_dump", template], capture_output=True, check=True)
    subprocess.run(
        [binaries() / "psql", "--quiet", "--set", "ON_ERROR_STOP=1", target],
        input=dump.stdout, capture_output=True, check=True,
    )  # fmt: skip


@contextmanager
def calling(callers: Callers) -> Iterator[None]:
    """Callers at work; at the end each waits for the answer to its last request."""
    thread = threading.Thread(target=lambda: asyncio.run(callers.call(callers=CALLERS)))
    thread.start()
    try:
        yield
    finally:
        callers.is_over = True
        thread.join(timeout=60)
    assert not thread.is_alive()


def test_kills_under_load_lose_nothing_and_do_nothing_twice(installation: Installation) -> None:
    company = stand_company(now=utc_now())
    company.publish(VERSION_7)
    callers_key = company.key()
    connection.close()
    port = first_of_two_free_ports()
    running = Running(installation, port)
    callers = Callers(callers_key, port + 1)

    try:
        running.start()
        with calling(callers):
            kills = _kill_again_and_again(running, callers)
            running.start()
            wait_until("somebody was answered again", lambda: _is_answered(callers))
        wait_until("every referral has its case", _is_every_referral_a_case)
        assert running.is_well()
    finally:
        print(running.story())  # shown of a test that failed
        running.kill_everything()

    assert kills >= 25
    assert callers.refused == []
    assert callers.broken > 0
    _check_decisions(callers)
    _check_cases()


def _kill_again_and_again(running: Running, callers: Callers) -> int:
    """Kill in random order, each time when somebody was answered since; returns how often."""
    chance = random.Random(SEED)
    order = [kind for kind, times in KILLS.items() for _ in range(times)]
    chance.shuffle(order)
    for kind in [*order, "supervisor"]:
        wait_until("somebody was answered again", lambda: _is_answered(callers))
        time.sleep(chance.uniform(0, 0.3))
        running.kill(kind, chance)
    return len(order) + 1


def _is_answered(callers: Callers) -> bool:
    """Whether enough answers came since the last time that this was so."""
    if len(callers.answers) < callers.seen + ANSWERS_BETWEEN_KILLS:
        return False
    callers.seen = len(callers.answers)
    return True


def _is_every_referral_a_case() -> bool:
    return Case.objects.count() >= Decision.objects.filter(outcome="refer").count()


def _check_decisions(callers: Callers) -> None:
    """Every answer that anybody heard is stored, once, and is the same for whoever asked again."""
    kept = {
        key: (str(decision_id), record_hash)
        for key, decision_id, record_hash in Decision.objects.values_list(
            "idempotency_key", "id", "record_hash"
        )
    }
    assert len(kept) == Decision.objects.count()
    assert {key: set(heard) for key, heard in callers.answers.items()} == {
        key: {kept[key]} for key in callers.answers
    }
    assert any(len(heard) > 1 for heard in callers.answers.values())
    seal_once(at=utc_now())
    assert verify().holds


def _check_cases() -> None:
    """Every referral sent one message and opened one case."""
    referred = sorted(Decision.objects.filter(outcome="refer").values_list("id", flat=True))
    told = OutboxMessage.objects.filter(kind="decision_referred")
    assert sorted(told.values_list("subject_id", flat=True)) == referred
    assert sorted(Case.objects.values_list("decision_id", flat=True)) == referred
    assert referred
