"""One way over one table, in a process of its own so that its memory can be seen.

`python -m bench.backtest_way POLICY WAY FILE` prints a line of JSON: seconds, seconds of
processor time, peak memory in MB, and the answer: declines, referrals, and sums of the rest.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from decimal import Context, Decimal, setcontext
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from bench import forms, shipped
from bench.hundred import rulebook
from goodstanding.policies.engine import Policy, read_policy
from goodstanding.policies.engine.batch import Batch
from goodstanding.policies.engine.table import evaluate_batches

THREADS = 2


@cache
def policy_of(name: str) -> Policy:
    """The policy of a name."""
    if name == "hundred":
        return read_policy(forms.policy_text(rulebook()))
    return shipped.policy(with_trees=name == "shipped_with_trees")


def floor(name: str, file: Path) -> list[int]:
    """DuckDB counts the values of every column the policy reads: decoding and nothing else."""
    columns = [f"count({item.name})" for item in policy_of(name).plan.inputs]
    return list(_row(f"SELECT {', '.join(columns)} FROM read_parquet('{file}')"))


def by_hand(name: str, file: Path, *, is_full: bool) -> list[int]:
    """Hand-written SQL; it adds up each of its columns, so that none is left out."""
    relation = f"read_parquet('{file}')"
    if name == "hundred":
        text = forms.sql_policy(rulebook(), relation, is_full=is_full)
        more = ["term_days", "price_bp"]
        masks = ["true_0", "true_1", "unknown_0", "unknown_1"] if is_full else []
    else:
        text = shipped.sql_policy(relation, is_full=is_full)
        more, masks = ["review_months"], ["true_0"] if is_full else []
    sums = ", ".join(f"sum({name})" for name in ("score", "limit_granted", *more, *masks))
    counts = "count(*) FILTER (outcome = 'decline'), count(*) FILTER (outcome = 'refer')"
    return [int(value) for value in _row(f"SELECT {counts}, {sums} FROM ({text})")]


def _row(statement: str) -> tuple[int, ...]:
    with duckdb.connect(config={"threads": THREADS}) as connection:
        found = connection.execute(statement).fetchall()
    return tuple(found[0])


def ours(name: str, file: Path, *, is_full: bool) -> list[int]:
    """Our engine of batches; each batch holds every column of the answer."""
    plan = policy_of(name).plan
    batch = Batch(trace="full" if is_full else "outcome")
    more = ["term_days", "price_bp"] if name == "hundred" else ["review_months"]
    masks = ["true_0"] if is_full else []
    if is_full and name == "hundred":
        masks += ["true_1", "unknown_0", "unknown_1"]
    totals = [Decimal(0)] * (4 + len(more) + len(masks))
    for part in evaluate_batches(plan, file, batch):
        outcomes = part["outcome"]
        found: list[Any] = [(outcomes == "decline").sum(), (outcomes == "refer").sum()]
        found += [
            part[column].cast(pl.Int128).sum() if column in masks else part[column].sum()
            for column in ("score", "limit", *more, *masks)
        ]
        totals = [total + new for total, new in zip(totals, found, strict=True)]
    return [int(total) for total in totals]


def on_spark(name: str, file: Path) -> list[int]:
    """The whole answer by Spark; kept, so that it can be compared once the clock stands."""
    plan = policy_of(name).plan
    _spark_answer.append(pl.concat(evaluate_batches(plan, file, Batch(), engine="spark")))
    return []


def differing(name: str, file: Path) -> list[int]:
    """How many rows of Spark's answer are not DuckDB's, and how many there are."""
    plan, (answer,) = policy_of(name).plan, _spark_answer
    differ = row = 0
    for part in evaluate_batches(plan, file, Batch(), engine="duckdb"):
        other = answer.slice(row, part.height)
        row += part.height
        unlike = [part[column].ne_missing(other[column]) for column in part.columns]
        differ += int(pl.DataFrame(unlike).select(pl.any_horizontal(pl.all()).sum()).item())
    return [differ, row if row == answer.height else -1]


_spark_answer: list[pl.DataFrame] = []
WAYS: dict[str, Callable[[str, Path], list[int]]] = {
    "floor": floor,
    "hand": lambda name, file: by_hand(name, file, is_full=False),
    "hand_full": lambda name, file: by_hand(name, file, is_full=True),
    "spark": on_spark,
    "ours": lambda name, file: ours(name, file, is_full=False),
    "ours_full": lambda name, file: ours(name, file, is_full=True),
}


def main() -> None:
    """Take one way once."""
    setcontext(Context(prec=60))  # sums of masks have more digits than 28
    name, way, file = sys.argv[1:]
    policy_of(name)
    begun, busy = time.perf_counter(), time.process_time()
    answer = WAYS[way](name, Path(file))
    taken = {
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - busy,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "answer": differing(name, Path(file)) if way == "spark" else answer,
    }
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
