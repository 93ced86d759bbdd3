"""From a policy's text to one that decides: read, checked, typed, compiled.

Each turn moves the text down by a line, so that no expression is remembered from the turn before.
"""

import time
from collections.abc import Iterator

from bench import forms
from bench.figures import Figure, machine
from bench.hundred import records, rulebook
from goodstanding.policies.engine import read_policy

LARGE = 2_000
TURNS = 9
ROWS = 1_000


def run(*, full: bool) -> Iterator[Figure]:
    """A policy of 100 expressions, and one of 2,000 rules."""
    yield from quick()
    yield _large(3 if full else 1)


def quick() -> Iterator[Figure]:
    """The policy of 100 expressions alone."""
    conditions = machine()
    text = forms.policy_text(rulebook())
    begun = time.process_time()
    taken = [_seconds("\n" * turn + text) for turn in range(TURNS)]
    busy = (time.process_time() - begun) / TURNS
    best = min(map(sum, taken))
    python = min(compiled for _, compiled in taken)
    yield Figure(
        "compile",
        1000 * best,
        "ms from text to decisions",
        "its own limit of 100 ms: time over limit",
        10 * best,
        f"100 expressions, 60 fields, {len(text):,} characters; code generation and Python's"
        f" compiler {1000 * python:.0f} ms of it; best of {TURNS}, nothing remembered between"
        f" them; {1000 * busy:.0f} ms of processor time on average; {conditions}",
    )


def _seconds(text: str) -> tuple[float, float]:
    begun = time.perf_counter()
    policy = read_policy(text)
    loaded = time.perf_counter()
    _ = policy.compiled
    return loaded - begun, time.perf_counter() - loaded


def _large(turns: int) -> Figure:
    """Two thousand rules decide a record, and a table of records by the engine of batches."""
    conditions = machine()
    text = forms.policy_text(rulebook(LARGE))
    taken = min(sum(_seconds("\n" * turn + text)) for turn in range(turns))
    policy = read_policy(text)
    cells = [policy.compiled.read(record).cells for record in records(ROWS)]
    begun = time.perf_counter()
    decided = [policy.compiled.decide(*found) for found in cells]
    each = (time.perf_counter() - begun) / len(cells)
    fired = sum(found.true.bit_count() for found in decided) / len(cells)
    return Figure(
        "compile_large",
        1000 * taken,
        "ms from text to decisions",
        "no peer",
        None,
        f"{LARGE:,} rules, {len(text):,} characters; then {1e6 * each:.0f} us a decision,"
        f" {fired:.0f} rules fire; best of {turns}; {conditions}",
    )
