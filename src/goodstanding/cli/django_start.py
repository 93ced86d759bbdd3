"""Readies Django for a command: secrets, database, settings."""

import os

import django

from goodstanding.core.environment import export, home_folder, load_secrets
from goodstanding.core.postgres import (
    APPLICATION_ROLE,
    EmbeddedServer,
    ensure_database,
    start_server,
)

DATABASE = "goodstanding"


def start_django(*, as_owner: bool = False) -> EmbeddedServer | None:
    """Set up Django on `GOODSTANDING_DATABASE_URL`, or on the embedded server, started if need be.

    Returns the embedded server where one is used. `as_owner` connects as the role that migrates
    (`GOODSTANDING_OWNER_URL` for a database of yours).
    """
    home = home_folder()
    export(load_secrets(home))
    server = None
    if "GOODSTANDING_DATABASE_URL" not in os.environ:
        server = start_server(home / "postgres")
        ensure_database(server, database=DATABASE)
        os.environ["GOODSTANDING_OWNER_URL"] = server.url(database=DATABASE)
        os.environ["GOODSTANDING_DATABASE_URL"] = server.url(
            database=DATABASE, role=APPLICATION_ROLE
        )
    if as_owner and "GOODSTANDING_OWNER_URL" in os.environ:
        os.environ["GOODSTANDING_DATABASE_URL"] = os.environ["GOODSTANDING_OWNER_URL"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodstanding.serve.settings")
    django.setup()
    return server
