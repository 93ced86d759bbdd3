"""The hot path's own talk with the server: values, refusals, and a server that goes away."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest

from goodstanding.core.postgres import EmbeddedServer
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


@pytest.fixture
def address(postgres: EmbeddedServer) -> str:
    return postgres.owner_url


def on_a_link(address: str, work: Callable[[Link], Awaitable[None]]) -> None:
    async def whole() -> None:
        link = Link(address)
        try:
            await work(link)
        finally:
            await link.close()

    run(whole())


async def process_of(link: Link) -> int:
    [row] = await link.rows(PROCESS, ["x"])
    return row["pid"]


def end_process(address: str, number: int) -> None:
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [number])


def test_every_kind_of_value_comes_back_as_it_went(address: str) -> None:
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

    on_a_link(address, work)


def test_more_than_the_server_takes_at_once_is_sent_whole(address: str) -> None:
    async def work(link: Link) -> None:
        [row] = await link.rows(LENGTHS, [TextArray.of(["x" * 40_000] * 200)])
        assert row["total"] == 8_000_000

    on_a_link(address, work)


def test_a_refusal_is_raised_and_the_connection_goes_on(address: str) -> None:
    async def work(link: Link) -> None:
        before = await process_of(link)
        for divisor in (0, 0, 1):
            if divisor:
                assert await link.rows(DIVIDED, [BigintArray.of([1])]) == [{"quotient": 1}]
                continue
            with pytest.raises(psycopg.errors.DivisionByZero, match="division by zero"):
                await link.rows(DIVIDED, [BigintArray.of([0])])
        assert await process_of(link) == before

    on_a_link(address, work)


def test_a_connection_that_the_server_ended_is_opened_again(
    address: str,
) -> None:
    async def work(link: Link) -> None:
        before = await process_of(link)
        await asyncio.to_thread(end_process, address, before)
        await asyncio.sleep(0.1)
        assert await process_of(link) != before

    on_a_link(address, work)


def test_two_lost_connections_do_not_close_each_other_s_successors(address: str) -> None:
    async def work(first: Link) -> None:
        second = Link(address)
        try:
            for link in (first, second):
                await asyncio.to_thread(end_process, address, await process_of(link))
            await asyncio.sleep(0.1)
            for link in (first, second, first, second):  # descriptors of the lost are used again
                await asyncio.wait_for(process_of(link), timeout=5)
        finally:
            await second.close()

    on_a_link(address, work)


def test_a_statement_under_which_the_server_ended_the_connection_is_run_again(address: str) -> None:
    brief = NumberedStatement("select pg_sleep(1) as slept, $1::text as word", ())

    async def work(link: Link) -> None:
        running = asyncio.create_task(link.rows(brief, ["found"]))
        while (number := await asyncio.to_thread(process_asleep, address)) is None:
            await asyncio.sleep(0.02)
        await asyncio.to_thread(end_process, address, number)
        [row] = await running
        assert row["word"] == "found"

    on_a_link(address, work)


def test_who_stops_waiting_leaves_nothing_for_the_next(address: str) -> None:
    word = str(uuid4())

    async def work(link: Link) -> None:
        before = await process_of(link)
        waiting = asyncio.create_task(link.rows(ASLEEP, [word]))
        while await asyncio.to_thread(process_asleep, address) is None:
            await asyncio.sleep(0.02)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await process_of(link) != before

    on_a_link(address, work)


def process_asleep(address: str) -> int | None:
    with psycopg.connect(address, autocommit=True) as other:
        row = other.execute(
            "select pid from pg_stat_activity where state = 'active'"
            " and query like 'select pg_sleep%' and datname = current_database()"
        ).fetchone()
    return row[0] if row else None
