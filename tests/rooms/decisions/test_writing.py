"""The one durable write: claims, rows and messages in one statement."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from goodstanding.core.ids import new_id
from goodstanding.decisions.operations.packed_arrays import (
    BigintArray,
    BytesArray,
    InstantArray,
    PackedArray,
    TextArray,
    UuidArray,
    WordArray,
    register_packed_arrays,
)
from goodstanding.decisions.operations.writing import columns_of, record_statement
from goodstanding.decisions.types import Row
from tests.instants import NOON
from tests.rooms.decisions.rows import a_row

Connection = psycopg.Connection[dict[str, Any]]


@pytest.fixture
def connection(fresh_database: str) -> Iterator[Connection]:
    with psycopg.connect(
        fresh_database,
        autocommit=True,
        row_factory=dict_row,
        cursor_factory=psycopg.RawCursor,
        options="-c timezone=UTC",
    ) as opened:
        register_packed_arrays(opened)
        yield opened


def write(connection: Connection, *rows: Row) -> set[UUID]:
    cursor = connection.execute(
        record_statement().text.encode(), columns_of(rows, now_ns=3_500_000)
    )
    return {row["id"] for row in cursor.fetchall()}


def test_a_row_is_kept_as_it_was_given(connection: Connection) -> None:
    row = a_row(limit_minor=-3, as_of=NOON.replace(microsecond=7))

    assert write(connection, row) == {row.id}

    kept = connection.execute("select * from decisions_decision").fetchone()
    assert kept is not None
    assert kept["as_of"] == NOON.replace(microsecond=7)
    assert kept["score"] == Decimal("541.000000")
    assert kept["reason_codes"] == ["UTIL", "TENURE"]
    assert kept["duration_us"] == 2500
    for name in ("entity", "limit_minor", "party_id", "approval_id", "bucket", "record_hash"):
        assert kept[name] == getattr(row, name)
    assert kept["record"].encode() == row.record


def test_a_claim_is_taken_once_in_a_batch_and_once_for_ever(connection: Connection) -> None:
    first, twin, other = a_row(idempotency_key="k"), a_row(idempotency_key="k"), a_row()

    assert write(connection, first, twin, other) == {first.id, other.id}
    assert write(connection, a_row(idempotency_key="k")) == set()


def test_the_same_key_of_another_caller_is_another_claim(connection: Connection) -> None:
    mine, theirs = (
        a_row(idempotency_key="k", claimed_by=f"key:{name}") for name in ("mine", "theirs")
    )

    assert write(connection, mine, theirs) == {mine.id, theirs.id}


def test_only_the_winner_of_a_claim_sends_its_message(connection: Connection) -> None:
    def referred() -> Row:
        return a_row(
            idempotency_key="k", outcome="refer", referral=b'{"queue":"q"}', message_id=new_id()
        )

    winner, loser = referred(), referred()
    write(connection, winner, a_row())
    write(connection, loser)

    messages = connection.execute("select kind, subject_id, payload from core_outbox_message")
    assert messages.fetchall() == [
        {"kind": "decision_referred", "subject_id": winner.id, "payload": {"queue": "q"}}
    ]


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"outcome": "perhaps"}, "decision_outcome_is_known"),
        ({"origin": "rumour"}, "decision_origin_is_known"),
        ({"gate_state": "open"}, "decision_gate_state_is_known"),
    ],
)
def test_the_table_refuses_unknown_words(
    changed: dict[str, str], constraint: str, connection: Connection
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match=constraint):
        write(connection, a_row(**changed))


@pytest.mark.parametrize("verb", ["update decisions_decision set outcome = 'decline'",
                                  "delete from decisions_decision"])  # fmt: skip
def test_the_application_may_not_change_what_was_decided(verb: str, connection: Connection) -> None:
    write(connection, a_row())

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(verb)


no_nul = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
instants = st.datetimes(
    datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.lists(st.none() | no_nul, max_size=5),
    numbers=st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=5),
    moments=st.lists(st.none() | instants, max_size=5),
    ids=st.lists(st.none() | st.uuids(), max_size=5),
    blobs=st.lists(st.none() | st.binary(), max_size=5),
)
def test_packed_arrays_arrive_as_they_left(
    connection: Connection,
    texts: list[str | None],
    numbers: list[int | None],
    moments: list[datetime | None],
    ids: list[UUID | None],
    blobs: list[bytes | None],
) -> None:
    sent: list[tuple[type[PackedArray], list[Any]]] = [
        (TextArray, texts), (BigintArray, numbers), (InstantArray, moments), (UuidArray, ids),
        (BytesArray, blobs), (WordArray, texts), (WordArray, texts[:1] * 3),
    ]  # fmt: skip

    for kind, values in sent:
        row = connection.execute("select $1 as back", [kind.of(values)]).fetchone()
        assert row == {"back": values}
