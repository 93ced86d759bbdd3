"""Tables that are current already: roles and grants are set anew, the application goes on."""

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from goodstanding.cli.django_start import as_owner
from goodstanding.cli.migrations import make_tables_current
from goodstanding.core.postgres import APPLICATION_ROLE, EmbeddedServer


def test_a_grant_that_was_lost_is_back_and_the_application_is_no_owner(
    fresh_database: str, postgres: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = conninfo_to_dict(fresh_database)["dbname"]
    owner_url = postgres.url(database=str(name))
    monkeypatch.setenv("GOODSTANDING_OWNER_URL", owner_url)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(f"revoke select on parties_party from {APPLICATION_ROLE}".encode())
    assert not _may("parties_party", "select")

    with as_owner():
        make_tables_current(quiet=True)

    assert _may("parties_party", "select")
    assert not _may("decisions_decision", "update")
    assert _role() == APPLICATION_ROLE


def test_without_an_owner_of_its_own_a_database_is_worked_on_as_who_we_are(
    fresh_database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GOODSTANDING_OWNER_URL", raising=False)

    with as_owner():
        within = _role()

    assert within == _role() == APPLICATION_ROLE


def _may(table: str, verb: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select has_table_privilege(%s, %s)", [table, verb])
        return bool(cursor.fetchone()[0])


def _role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        return str(cursor.fetchone()[0])
