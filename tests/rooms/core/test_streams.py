"""Every sealed stream covers its table: a column without a seal could change unseen."""

import re

import pytest
from django.apps import apps
from django.db import connection

from goodstanding.core import seal
from goodstanding.core.models import AppendOnly, Record

NOT_SEALED = {field.column for field in Record._meta.get_fields()} - {"id"}
# How it went, not what was found or decided.
MEASURED = {"evidence_backtest_end": {"message", "seconds"}, "decisions_decision": {"duration_us"}}


def _columns(table: str) -> set[str]:
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    return (
        {field.column for field in model._meta.concrete_fields}
        - NOT_SEALED
        - MEASURED.get(table, set())
    )


@pytest.mark.parametrize("stream", seal.streams(), ids=lambda stream: stream.name)
def test_a_stream_names_every_column_of_its_table(stream: seal.Stream) -> None:
    named = set(re.findall(r"[a-z_0-9]+", stream.hash_sql))

    assert sorted(_columns(stream.table) - named) == []


@pytest.mark.django_db
@pytest.mark.parametrize("stream", seal.streams(), ids=lambda stream: stream.name)
def test_the_database_can_digest_a_row_of_each_stream(stream: seal.Stream) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"select {stream.hash_sql} from {stream.table} limit 0")

        assert cursor.fetchall() == []


def test_what_was_decided_and_by_when_is_sealed() -> None:
    sealed = {stream.table for stream in seal.streams()}
    said = re.compile(
        r"_(decision|case|closure|enforcement|appeal|reinstatement|approval|deadline)$"
    )
    decided = {
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, AppendOnly) and said.search(model._meta.db_table)
    }

    assert sorted(decided - sealed) == ["governance_use_case"]  # stated and revised, not decided
