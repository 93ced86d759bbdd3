"""Readies Django for a command: secrets, database, settings."""

import atexit
import gc
import os
from collections.abc import Generator
from contextlib import contextmanager

import django

from goodstanding.core.environment import export, home_folder, load_secrets
from goodstanding.core.postgres import (
    APPLICATION_ROLE,
    EmbeddedServer,
    django_database,
    ensure_database,
    start_server,
)
from goodstanding.core.postgres_processes import is_running

DATABASE = "goodstanding"


def start_django(*, as_owner: bool = False) -> EmbeddedServer | None:
    """Set up Django on `GOODSTANDING_DATABASE_URL`, or on the embedded server, started if need be.

    Returns the embedded server where one is used. `as_owner` connects as the role that migrates
    (`GOODSTANDING_OWNER_URL` for a database of yours).
    """
    export(load_secrets(home_folder()))
    was_running = is_running(home_folder() / "postgres")
    server = prepare_database()
    if server is not None and not was_running:
        atexit.register(_stop_if_alone, server)
    if as_owner and "GOODSTANDING_OWNER_URL" in os.environ:
        os.environ["GOODSTANDING_DATABASE_URL"] = os.environ["GOODSTANDING_OWNER_URL"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodstanding.serve.settings")
    gc.disable()  # a tenth of the start would go into looking for garbage among fresh modules
    django.setup()
    gc.enable()
    return server


@contextmanager
def as_owner() -> Generator[None]:
    """Within it Django works as the role that migrates, where there is a separate one."""
    owner_url = os.environ.get("GOODSTANDING_OWNER_URL")
    if owner_url is None:
        yield
        return
    from django.db import connection

    application = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(django_database(owner_url))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(application)


def prepare_database() -> EmbeddedServer | None:
    """Export the addresses of the database; starts the embedded server unless one was named."""
    if "GOODSTANDING_DATABASE_URL" in os.environ:
        return None
    server = start_server(home_folder() / "postgres")
    ensure_database(server, database=DATABASE)
    os.environ["GOODSTANDING_OWNER_URL"] = server.url(database=DATABASE)
    os.environ["GOODSTANDING_DATABASE_URL"] = server.url(database=DATABASE, role=APPLICATION_ROLE)
    return server


def _stop_if_alone(server: EmbeddedServer) -> None:
    """A command leaves the server as it found it, unless somebody else works with it by now."""
    from django.db import connections

    connections.close_all()
    if not server.has_clients():
        server.stop()
