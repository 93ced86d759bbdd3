"""One row scored by boosted trees: asked one by one in Python, against the ONNX Runtime.

Once in a loop, where each finds its data in the caches of the processor, and once with other
memory read between two rows, as a service does that parses, records and answers in between.
Both must give the same margin to the bit before a clock is started.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from bench.figures import Figure, machine
from goodstanding import credit
from goodstanding.scoring.artifact import load_artifact
from goodstanding.scoring.tree_runtime import TreesModel
from goodstanding.scoring.tree_walk import walk_of
from goodstanding.scoring.trees import parse_trees

ROWS = 300
TURNS = 9
OTHER_WORK = 4_000_000  # doubles read between two rows: 32 MB, more than the caches of a core

Ask = Callable[[Sequence[float]], float]


def run(*, full: bool) -> Iterator[Figure]:
    """The shipped model; `full` takes three times as many turns."""
    path = Path(credit.__file__).parent / "models" / "sba_gbm.model.json"
    model = load_artifact(path.read_bytes())
    if not isinstance(model, TreesModel):
        raise TypeError("the shipped model is one of trees")
    rows = _rows(model)
    one_by_one, by_graph = _walk(model), model.margin_by_graph
    if [one_by_one(row) for row in rows] != [by_graph(row) for row in rows]:
        raise AssertionError("the two ways differ")
    gc.collect()
    gc.freeze()
    yield from _lines(one_by_one, by_graph, rows, TURNS * 3 if full else TURNS)


def _rows(model: TreesModel) -> list[list[float]]:
    """Numbers around 50,000, and codes of categories that the model knows."""
    draw = np.random.default_rng(1)
    columns = [
        draw.integers(0, len(feature.categories), ROWS)
        if feature.categories
        else draw.exponential(50_000, ROWS).round()
        for feature in model.features
    ]
    return np.column_stack(columns).astype(float).tolist()


def _walk(model: TreesModel) -> Ask:
    walk = walk_of(parse_trees(model.body), n_features=len(model.features))
    if walk is None:
        raise AssertionError("the shipped trees are few")
    return walk


def _lines(
    one_by_one: Ask, by_graph: Ask, rows: Sequence[Sequence[float]], turns: int
) -> Iterator[Figure]:
    conditions = machine()
    other = np.ones(OTHER_WORK)
    for name, between in (("in a loop", None), ("other memory read in between", other)):
        taken = [
            (_median(one_by_one, rows, between), _median(by_graph, rows, between))
            for _ in range(turns)
        ]
        yield Figure(
            "trees",
            min(ours for ours, _ in taken),
            "us a row, p50",
            "the same trees in the ONNX Runtime",
            statistics.median(theirs / ours for ours, theirs in taken),
            f"sba_gbm, one row, {name}; ONNX Runtime {min(theirs for _, theirs in taken):.1f} us;"
            f" {len(rows)} rows, best of {turns} turns; the same margins; {conditions}",
        )


def _median(
    ask: Ask,
    rows: Sequence[Sequence[float]],
    between: np.ndarray[tuple[int], np.dtype[np.float64]] | None,
) -> float:
    taken: list[int] = []
    for row in rows:
        if between is not None:
            between.sum()
        begun = time.perf_counter_ns()
        ask(row)
        taken.append(time.perf_counter_ns() - begun)
    return statistics.median(taken) / 1e3
