"""A policy over a history of Parquet: every record decided, against DuckDB on the same file.

The floor is DuckDB's count of every column that the policy reads. Hand-written SQL is the policy
as an analyst writes it, step by step; it adds its columns up, which spares it from handing out a
table, while ours hands out every batch whole. Both sides must come to the same counts and sums.
Each turn runs in a process of its own, sides take turns, the best of each is taken.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, machine
from bench.history import hundred_history, shipped_history

MILLION = 1_000_000
ROOT = Path(__file__).resolve().parents[1]
TITLES = {
    "hundred": "100 expressions, 60 columns",
    "shipped": "sba_underwriting without its trees, 9 columns",
}
HISTORIES: dict[str, Callable[[int], Path]] = {
    "hundred": hundred_history,
    "shipped": shipped_history,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """The best of a way's turns; processor time is of all its threads."""

    seconds: float
    processor: float
    megabytes: float
    answer: list[int]


def run(*, full: bool) -> Iterator[Figure]:
    """A million records; with `full` ten million too."""
    yield from _figures("hundred", MILLION, turns=3)
    yield from _figures("shipped", MILLION, turns=3)
    yield from _with_trees(MILLION)
    yield _on_spark(MILLION)
    if full:
        yield from _figures("hundred", 10 * MILLION, turns=2)
        yield from _figures("shipped", 10 * MILLION, turns=2)
        yield from _with_trees(10 * MILLION)


def quick() -> Iterator[Figure]:
    """A hundred thousand records, once."""
    yield from _figures("hundred", MILLION // 10, turns=1)


def _figures(policy: str, rows: int, *, turns: int) -> Iterator[Figure]:
    file = HISTORIES[policy](rows)
    conditions = machine()
    ways = ("floor", "hand", "ours", "hand_full", "ours_full")
    taken: dict[str, list[Taken]] = {way: [] for way in ways}
    for _ in range(turns):
        for way in ways:
            taken[way].append(_take(policy, way, file))
    best = {way: _best(found) for way, found in taken.items()}
    for ending, what in (("", "outcome, score and terms"), ("_full", "with all masks and points")):
        ours, hand = best[f"ours{ending}"], best[f"hand{ending}"]
        if ours.answer != hand.answer:
            raise AssertionError(f"{policy}: ours {ours.answer}, by hand {hand.answer}")
        for against, other, faster in (
            ("DuckDB's count of the same columns: our time over its", best["floor"], False),
            ("hand-written DuckDB SQL: its time over ours", hand, True),
        ):
            yield Figure(
                f"backtest{ending}",
                rows / ours.seconds / MILLION,
                "million records a second",
                against,
                _ratio(ours, other, faster=faster),
                f"{TITLES[policy]}, {rows:,} records, {what}; processor time ratio"
                f" {_processor_ratio(ours, other, faster=faster):.2f}; peak {ours.megabytes:.0f} MB"
                f" against {other.megabytes:.0f} MB; best of {turns}, {os.cpu_count()} threads;"
                f" {conditions}",
            )


def _with_trees(rows: int) -> Iterator[Figure]:
    """The shipped policy whole: its time is that of its trees."""
    file = HISTORIES["shipped"](rows)
    whole = _take("shipped_with_trees", "ours", file)
    bare = _take("shipped", "ours", file)
    yield Figure(
        "backtest_with_trees",
        rows / whole.seconds / MILLION,
        "million records a second",
        "the same policy without its trees: time over time",
        whole.seconds / bare.seconds,
        f"sba_underwriting, {rows:,} records; peak {whole.megabytes:.0f} MB; once; {machine()}",
    )


def _on_spark(rows: int) -> Figure:
    """Spark on every core, whose every row is then held against DuckDB's."""
    file = hundred_history(rows)
    conditions = machine()
    try:
        found = _take("hundred", "spark", file)
    except subprocess.CalledProcessError as error:
        why = (error.stderr or "").strip().splitlines()[-1:]
        return Figure(
            "backtest_spark", None, "million records a second", "DuckDB's answers", None,
            f"left out: {' '.join(why)[:200]}",
        )  # fmt: skip
    differing, compared = found.answer
    if differing or compared != rows:
        raise AssertionError(f"spark: {differing} of {compared} records differ from DuckDB's")
    return Figure(
        "backtest_spark",
        rows / found.seconds / MILLION,
        "million records a second",
        "records that differ from DuckDB's answer, of all: with all masks and points",
        differing / rows,
        f"{TITLES['hundred']}, {rows:,} records, the start of Java and Spark in it; once,"
        f" {os.cpu_count()} threads; {conditions}",
    )


def _take(policy: str, way: str, file: Path) -> Taken:
    command = [sys.executable, "-m", "bench.backtest_way", policy, way, str(file)]
    done = subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True
    )
    return Taken(**json.loads(done.stdout.splitlines()[-1]))


def _best(turns: list[Taken]) -> Taken:
    return Taken(
        min(turn.seconds for turn in turns),
        min(turn.processor for turn in turns),
        max(turn.megabytes for turn in turns),
        turns[0].answer,
    )


def _ratio(ours: Taken, other: Taken, *, faster: bool) -> float:
    return other.seconds / ours.seconds if faster else ours.seconds / other.seconds


def _processor_ratio(ours: Taken, other: Taken, *, faster: bool) -> float:
    return other.processor / ours.processor if faster else ours.processor / other.processor
