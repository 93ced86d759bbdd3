"""The hot path's own talk with the server: values, refusals, and a server that goes away."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest

from goodstanding.decisions.operations.link import Link
from goodstanding.decisions.operations.packed_arrays import (
    BigintArray,
    BytesArray,
    InstantArray,
    TextArray,
    UuidArray,
)
from goodstanding.decisions.operations.statements import NumberedStatement
from tests.running import run

NUMBER = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
INSTANT = datetime(2026, 11, 29, 6, 30, 0, 123456, tzinfo=UTC)
EVERYTHING = NumberedStatement(
    """
    select ($1::text[])[1] as text, ($2::bytea[])[1] as bytes, ($3::uuid[])[1] as uuid,
        ($4::bigint[])[2] as bigint, ($5::timestamptz[])[1] as instant, $6::uuid as plain,
        $7::text as nothing
    """,
    (),
)
PROCESS = NumberedStatement("select pg_backend_pid() as pid where $1::text is not null", ())
LENGTHS = NumberedStatement("select sum(length(item)) as total from unnest($1::text[]) item", ())
DIVIDED = NumberedStatement("select 1 / ($1::bigint[])[1] as quotient", ())
ASLEEP = NumberedStatement("select pg_sleep(30), $1::text", ())

pytestmark = pytest.mark.django_db


def on_a_link(work: Callable[[Link], Awaitable[None]]) -> None:
    async def whole() -> None:
        link = Link(os.environ["GOODSTANDING_DATABASE_URL"])
        try:
            await work(link)
        finally:
            await link.close()

    run(whole())


async def process_of(link: Link) -> int:
    [row] = await link.rows(PROCESS, ["x"])
    return row["pid"]


def end_process(number: int) -> None:
    with psycopg.connect(os.environ["GOODSTANDING_DATABASE_URL"], autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [number])


def test_every_kind_of_value_comes_back_as_it_went() -> None:
    async def work(link: Link) -> None:
        asked = [
            TextArray.of(["Ünïcode \U0001f600"]), BytesArray.of([b"\x00\xff"]),
            UuidArray.of([NUMBER]), BigintArray.of([None, -(2**63)]), InstantArray.of([INSTANT]),
            NUMBER, None,
        ]  # fmt: skip
        for _ in range(2):  # prepared, then run again
            assert await link.rows(EVERYTHING, asked) == [
                {
                    "text": "Ünïcode \U0001f600", "bytes": b"\x00\xff", "uuid": NUMBER,
                    "bigint": -(2**63), "instant": INSTANT, "plain": NUMBER, "nothing": None,
                }
            ]  # fmt: skip

    on_a_link(work)


def test_more_than_the_server_takes_at_once_is_sent_whole() -> None:
    async def work(link: Link) -> None:
        [row] = await link.rows(LENGTHS, [TextArray.of(["x" * 40_000] * 200)])
        assert row["total"] == 8_000_000

    on_a_link(work)


def test_a_refusal_is_raised_and_the_connection_goes_on() -> None:
    async def work(link: Link) -> None:
        before = await process_of(link)
        for divisor in (0, 0, 1):
            if divisor:
                assert await link.rows(DIVIDED, [BigintArray.of([1])]) == [{"quotient": 1}]
                continue
            with pytest.raises(psycopg.errors.DivisionByZero, match="division by zero"):
                await link.rows(DIVIDED, [BigintArray.of([0])])
        assert await process_of(link) == before

    on_a_link(work)


def test_a_connection_that_the_server_ended_between_statements_is_opened_again() -> None:
    async def work(link: Link) -> None:
        before = await process_of(link)
        await asyncio.to_thread(end_process, before)
        await asyncio.sleep(0.1)
        assert await process_of(link) != before

    on_a_link(work)


def test_a_statement_under_which_the_server_ended_the_connection_is_run_again() -> None:
    brief = NumberedStatement("select pg_sleep(1) as slept, $1::text as word", ())

    async def work(link: Link) -> None:
        running = asyncio.create_task(link.rows(brief, ["found"]))
        while (number := await asyncio.to_thread(process_asleep)) is None:
            await asyncio.sleep(0.02)
        await asyncio.to_thread(end_process, number)
        [row] = await running
        assert row["word"] == "found"

    on_a_link(work)


def test_who_stops_waiting_leaves_nothing_for_the_next() -> None:
    word = str(uuid4())

    async def work(link: Link) -> None:
        before = await process_of(link)
        waiting = asyncio.create_task(link.rows(ASLEEP, [word]))
        while await asyncio.to_thread(process_asleep) is None:
            await asyncio.sleep(0.02)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await process_of(link) != before

    on_a_link(work)


def process_asleep() -> int | None:
    with psycopg.connect(os.environ["GOODSTANDING_DATABASE_URL"], autocommit=True) as other:
        row = other.execute(
            "select pid from pg_stat_activity where state = 'active'"
            " and query like 'select pg_sleep%' and datname = current_database()"
        ).fetchone()
    return row[0] if row else None
