"""What a bulk load leaves behind."""

import pytest
from django.db import connection

from goodstanding.core.bulk import copy_rows, refresh_statistics
from goodstanding.core.ids import new_id
from tests.instants import NOON

COLUMNS = ("id", "at", "actor", "action", "object_kind", "object_id", "detail")


@pytest.mark.django_db
def test_the_planner_knows_a_table_that_was_just_filled() -> None:
    rows = [(new_id(), NOON, "loader", "load", "row", str(n), {}) for n in range(500)]
    copy_rows(table="core_audit_entry", columns=COLUMNS, rows=rows)

    refresh_statistics("core_audit_entry")

    with connection.cursor() as cursor:
        cursor.execute("select reltuples from pg_class where relname = 'core_audit_entry'")
        assert cursor.fetchone() == (500,)
