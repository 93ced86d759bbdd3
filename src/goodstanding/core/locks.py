"""Writers of one record take turns, without the right to update its row."""

from uuid import UUID

from django.db import connection


def lock_record(record_id: UUID) -> None:
    """Wait until no other transaction holds this record, then hold it until ours ends.

    Decided tables grant nobody UPDATE, which `select for update` would need; an advisory lock
    does not. Call it inside a transaction, before reading what the write depends on.
    """
    key = int.from_bytes(record_id.bytes[-8:], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [key])
