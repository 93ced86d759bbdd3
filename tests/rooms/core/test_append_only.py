"""A decided fact cannot change: not for the application, not for the owner."""

import psycopg
import pytest
from django.db import ProgrammingError, transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.models import AuditEntry
from goodstanding.core.postgres import EmbeddedServer
from tests.instants import NOON


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update core_audit_entry set actor = 'somebody else'",
        "delete from core_audit_entry",
        "truncate core_audit_entry",
    ],
)
def test_the_application_has_no_right_to_change_the_trail(statement: str) -> None:
    from django.db import connection

    write_audit(actor="ana", action="claim", object_kind="case", object_id="7", at=NOON)

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEntry.objects.get().actor == "ana"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update core_audit_entry set actor = 'somebody else'", "update or delete"),
        ("delete from core_audit_entry", "update or delete"),
        ("truncate core_audit_entry", "never removed"),
    ],
)
def test_even_the_owner_is_refused(
    statement: str, words: str, fresh_database: str, postgres: EmbeddedServer
) -> None:
    write_audit(actor="ana", action="claim", object_kind="case", object_id="7", at=NOON)
    database = psycopg.conninfo.conninfo_to_dict(fresh_database)["dbname"]

    with (
        psycopg.connect(postgres.url(database=str(database))) as owner,
        pytest.raises(psycopg.errors.RaiseException, match=words),
    ):
        owner.execute(statement)
