"""How a peer takes its turns: it answers once, then times itself whenever it is asked.

Runs in the peer's environment, so it imports nothing of ours.
"""

import gc
import json
import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any


def timed(decide: Callable[[Any], Any], records: list[Any]) -> dict[str, float]:
    """p50 and p99 of one decision in microseconds, over all the records once.

    They are decided once before, untimed: whoever takes a turn slept while the others took
    theirs, and its first milliseconds tell of cold caches, the more the shorter the turn is.
    """
    for record in records:
        decide(record)
    taken = []
    for record in records:
        begun = perf_counter_ns()
        decide(record)
        taken.append(perf_counter_ns() - begun)
    taken.sort()
    return {"p50": taken[len(taken) // 2] / 1e3, "p99": taken[len(taken) * 99 // 100] / 1e3}


def take_turns(
    decide: Callable[[Any], Any], records: list[Any], *, answer: Callable[[Any], Any]
) -> None:
    """Print all answers as a line of JSON, then a line of times for each line that is read."""
    print(json.dumps([answer(decide(record)) for record in records]), flush=True)
    gc.collect()
    gc.freeze()
    for _ in sys.stdin:
        print(json.dumps(timed(decide, records)), flush=True)
