"""A server comes back whatever was killed, and whatever its processes are stuck in."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest

from goodstanding.core import postgres, postgres_folder
from goodstanding.core.postgres import (
    DatabaseDidNotStart,
    EmbeddedServer,
    Revival,
    start_server,
)
from goodstanding.core.postgres_processes import HANG_SECONDS, Hang, is_running
from tests.flows.kills import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A server of the test's own, with a table that holds one."""
    with TemporaryDirectory(prefix="goodstanding-revival-") as name:
        Path(name).chmod(0o755)
        found = start_server(Path(name) / "postgres")
        with psycopg.connect(found.owner_url, autocommit=True) as connection:
            connection.execute("create table kept as select 1 as one")
        yield found
        start_server(found.folder).stop()


def test_a_server_is_revived_although_a_child_of_the_killed_one_is_stuck(
    server: EmbeddedServer,
) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        stuck = connection.info.backend_pid
        os.kill(stuck, signal.SIGSTOP)
        first = psutil.Process(psutil.Process(stuck).ppid())
        first.kill()
        psutil.wait_procs([first], timeout=10)

        assert Revival(server).revive()

    assert _one(server) == 1
    left = psutil.Process(stuck) if psutil.pid_exists(stuck) else None
    assert left is None or left.status() == psutil.STATUS_ZOMBIE


def test_a_server_whose_recovery_was_killed_is_revived(server: EmbeddedServer) -> None:
    _let_it_hang(server)
    revival = Revival(server)

    assert not revival.revive()
    wait_until("it was revived", revival.revive, seconds=HANG_SECONDS + 20)

    assert _one(server) == 1
    assert not revival.revive()


def test_whoever_starts_on_a_server_that_hangs_gets_one_that_serves(
    server: EmbeddedServer,
) -> None:
    _let_it_hang(server)

    assert _one(start_server(server.folder)) == 1


def test_a_server_that_hangs_can_be_stopped(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _let_it_hang(server)
    monkeypatch.setattr(postgres, "STOP_SECONDS", 1)

    server.stop()

    assert not is_running(server.folder)


def test_a_server_that_serves_or_stops_does_not_hang(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodstanding.core.postgres_processes.HANG_SECONDS", -1)

    assert not Hang(server.folder).is_certain()
    server.stop()
    assert not Hang(server.folder).is_certain()


def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOST_SECONDS", 0)
    monkeypatch.setattr(postgres_folder, "OWNER", "pg_reserved")

    with pytest.raises(DatabaseDidNotStart, match="pg_reserved"):
        start_server(tmp_path / "postgres")

    assert list((tmp_path / "postgres").iterdir()) == []


def _one(server: EmbeddedServer) -> object:
    with psycopg.connect(server.owner_url) as connection:
        return connection.execute("select one from kept").fetchone()[0]


def _let_it_hang(server: EmbeddedServer) -> None:
    """Kill a process of the server, then at once the one that recovers."""
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        first = psutil.Process(psutil.Process(connection.info.backend_pid).ppid())
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        wait_until("it recovers", _killer(first, "startup"), pause=0)


def _killer(first: psutil.Process, name: str) -> Callable[[], bool]:
    """Kills the child of that name as soon as there is one."""

    def is_killed() -> bool:
        for child in first.children():
            with suppress(psutil.NoSuchProcess):
                if name in " ".join(child.cmdline()):
                    child.kill()
                    return True
        return False

    return is_killed
