"""A server whose first process was killed comes back, whatever its children are stuck in."""

import os
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest

from goodstanding.core.postgres import start_server

pytestmark = pytest.mark.slow


def test_a_server_is_revived_although_a_child_of_the_killed_one_is_stuck() -> None:
    with TemporaryDirectory(prefix="goodstanding-orphans-") as name:
        Path(name).chmod(0o755)
        server = start_server(Path(name) / "postgres")
        try:
            with psycopg.connect(server.owner_url, autocommit=True) as connection:
                connection.execute("create table kept as select 1 as one")
                stuck = connection.info.backend_pid
                os.kill(stuck, signal.SIGSTOP)
                first = psutil.Process(psutil.Process(stuck).ppid())
                first.kill()
                psutil.wait_procs([first], timeout=10)

                assert server.revive()

            with psycopg.connect(server.owner_url, autocommit=True) as again:
                assert again.execute("select one from kept").fetchone() == (1,)
            left = psutil.Process(stuck) if psutil.pid_exists(stuck) else None
            assert left is None or left.status() == psutil.STATUS_ZOMBIE
        finally:
            server.stop()
