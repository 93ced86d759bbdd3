"""The embedded PostgreSQL: a thin wrapper of the server inside the wheel.

It listens on a Unix socket only. Two roles: the owner, who migrates, and the application, which
has no UPDATE or DELETE on decided tables.
"""

import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from goodstanding.core.errors import Refusal
from goodstanding.core.postgres_folder import NotYet, address, clear, launch
from goodstanding.core.postgres_processes import Hang, end_at_once, first_process, is_running

APPLICATION_ROLE = "goodstanding_app"
RECOVERY_SECONDS = 120
ORPHAN_GRACE_SECONDS = 2  # the children of a killed server hold its memory until they notice
LOST_SECONDS = 30
PAUSE_SECONDS = 0.5
LOOK_SECONDS = 2
FAREWELL_SECONDS = 3
STOP_SECONDS = 60


class DatabaseDidNotStart(Refusal):
    """PostgreSQL in {folder} did not come up within {seconds} seconds: {said}."""

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

    def stop(self) -> None:
        """Stop the server and wait; open connections are ended, committed work is kept.

        One that does not end is ended at once.
        """
        stop_server(self.folder)


def stop_server(folder: Path) -> None:
    """Stop the server of a folder, if one runs there, as `EmbeddedServer.stop` does.

    By signal, not by pg_ctl: that runs as the server's own account, which may have no way into a
    home folder such as root's.
    """
    process = first_process(folder)
    if process is None:
        return
    try:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=STOP_SECONDS)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        end_at_once(process)


class Revival:
    """Keeps a server up: started again when its first process died, or when it hangs."""

    def __init__(self, server: EmbeddedServer) -> None:
        """Look after a server that has started."""
        self._folder = server.folder
        self._hang = Hang(server.folder)
        self._next_look = 0.0

    def revive(self) -> bool:
        """Start the server again if need be; returns whether it was. Cheap to ask often.

        Raises DatabaseDidNotStart as `start_server` does.
        """
        if is_running(self._folder):
            if time.monotonic() < self._next_look:
                return False
            self._next_look = time.monotonic() + LOOK_SECONDS
            if not self._hang.is_certain():
                return False
            self._hang.end()
        start_server(self._folder)
        return True


def start_server(folder: Path) -> EmbeddedServer:
    """Start the server of `folder`, made on first use, or join it if it runs already.

    Raises DatabaseDidNotStart if it is not ready after crash recovery's longest wait.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    hang = Hang(folder)
    started_at = time.monotonic()
    while True:
        try:
            return EmbeddedServer(folder, _joined(folder))
        except (NotYet, psycopg.OperationalError) as surprise:
            is_lost = not is_running(folder)
            waited = time.monotonic() - started_at
            patience = LOST_SECONDS if is_lost else RECOVERY_SECONDS
            if waited > patience:
                raise DatabaseDidNotStart(
                    folder=folder, seconds=patience, said=str(surprise).strip() or "not a word"
                ) from surprise
            if is_lost and waited > ORPHAN_GRACE_SECONDS:
                clear(folder)
            elif hang.is_certain():
                hang.end()
            time.sleep(PAUSE_SECONDS)


def _joined(folder: Path) -> str:
    """The address of the folder's server, once it takes connections."""
    if not is_running(folder):
        launch(folder)
    url = address(folder)
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
