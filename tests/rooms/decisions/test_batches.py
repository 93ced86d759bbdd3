"""Batches: what queued while one batch ran is the next one."""

import asyncio
from collections.abc import Sequence

import pytest

from goodstanding.decisions.errors import TooManyWaiting
from goodstanding.decisions.operations.batches import Batches
from tests.running import run


class Handler:
    """Doubles numbers; refuses 13; falls over on 99. Remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def __call__(self, items: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(items))
        await asyncio.sleep(0.01)
        if 99 in items:
            raise RuntimeError("fell over")
        return [ValueError("unlucky") if item == 13 else item * 2 for item in items]


def test_one_item_runs_at_once_and_those_behind_it_together() -> None:
    async def scenario() -> tuple[list[int], list[list[int]]]:
        handler = Handler()
        batches = Batches[int, int](handler)
        first = asyncio.create_task(batches.put(1))
        await asyncio.sleep(0.001)
        rest = [asyncio.create_task(batches.put(item)) for item in (2, 3, 4)]
        return [await task for task in [first, *rest]], handler.batches

    answers, seen = run(scenario())

    assert answers == [2, 4, 6, 8]
    assert seen == [[1], [2, 3, 4]]


def test_a_batch_waits_for_as_many_as_went_together_before_and_not_longer() -> None:
    async def scenario() -> list[list[int]]:
        handler = Handler()
        batches = Batches[int, int](handler, gather_seconds=60)
        await asyncio.gather(batches.put(1), batches.put(2))
        third = asyncio.create_task(batches.put(3))
        await asyncio.sleep(0.01)
        await asyncio.gather(third, batches.put(4))
        return handler.batches

    assert run(asyncio.wait_for(scenario(), timeout=30)) == [[1, 2], [3, 4]]


def test_a_batch_that_fewer_join_leaves_after_a_moment() -> None:
    async def scenario() -> list[list[int]]:
        handler = Handler()
        batches = Batches[int, int](handler, gather_seconds=0.01)
        await asyncio.gather(batches.put(1), batches.put(2))
        await batches.put(3)
        return handler.batches

    assert run(asyncio.wait_for(scenario(), timeout=30)) == [[1, 2], [3]]


def test_one_caller_alone_waits_for_nobody() -> None:
    async def scenario() -> list[int]:
        batches = Batches[int, int](Handler(), gather_seconds=60)
        return [await batches.put(item) for item in (1, 2, 3)]

    assert run(asyncio.wait_for(scenario(), timeout=30)) == [2, 4, 6]


def test_a_refused_item_leaves_its_neighbours_alone() -> None:
    async def scenario() -> list[object]:
        batches = Batches[int, int](Handler())
        tasks = [batches.put(item) for item in (1, 13, 2)]
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    first, refused, last = run(scenario())

    assert (first, last) == (2, 4)
    assert isinstance(refused, ValueError)


def test_a_batch_that_falls_over_tells_every_caller_and_the_next_one_runs() -> None:
    async def scenario() -> tuple[list[object], int]:
        batches = Batches[int, int](Handler())
        fallen = await asyncio.gather(batches.put(99), batches.put(1), return_exceptions=True)
        return list(fallen), await batches.put(5)

    fallen, after = run(scenario())

    assert [str(surprise) for surprise in fallen] == ["fell over", "fell over"]
    assert after == 10


def test_a_long_queue_is_cut_into_batches() -> None:
    async def scenario() -> list[int]:
        handler = Handler()
        batches = Batches[int, int](handler, most_in_batch=4)
        await asyncio.gather(*(batches.put(item) for item in range(10)))
        return [len(batch) for batch in handler.batches]

    assert run(scenario()) == [4, 4, 2]


def test_too_many_waiting_are_refused_at_once() -> None:
    async def scenario() -> None:
        batches = Batches[int, int](Handler(), most_waiting=2)
        tasks = [asyncio.create_task(batches.put(item)) for item in (1, 2)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyWaiting, match="2 requests wait"):
            await batches.put(3)
        await asyncio.gather(*tasks)

    run(scenario())


def test_draining_waits_for_everything() -> None:
    async def scenario() -> int:
        handler = Handler()
        batches = Batches[int, int](handler, most_in_batch=1)
        tasks = [asyncio.create_task(batches.put(item)) for item in range(5)]
        await asyncio.sleep(0)
        await batches.drain()
        await asyncio.gather(*tasks)
        return len(handler.batches)

    assert run(scenario()) == 5
