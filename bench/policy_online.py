"""One decision in process, with its trace, against other engines deciding by the same rules.

Ours takes a record whose values were read before, and gives the outcome, every rule as TRUE,
FALSE or UNKNOWN, points, computed values and terms: what a durable record keeps. Two more lines
add what the peers do not do: reading a record against the declared inputs, and the trace in words.
Every peer must give our answers on every record before a clock is started; sides take turns.
"""

import gc
import json
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.contestants.turns import timed
from bench.contests import Contest, hundred_contest, shipped_contest
from bench.figures import Figure, machine
from bench.peers import PeerUnavailable, peer
from goodstanding.policies.engine import CompiledPolicy

CONTESTANTS = Path(__file__).parent / "contestants"
TURNS = 7
RECORDS = 2_000


@dataclass(frozen=True, slots=True)
class Entrant:
    """A peer: how it is installed, its script, and what it is able to decide by itself."""

    name: str
    package: str
    script: str
    does: str
    python: str = ""
    is_whole: bool = False

    @property
    def environment(self) -> str:
        """The name of its environment, which scripts of one peer share."""
        return self.script.partition("_")[0]

    def takes_part(self, contest: Contest) -> bool:
        """Whether the contest has work for it."""
        return self.script in contest.work


ENTRANTS = (
    Entrant(
        "zen-engine's decision graph",
        "zen-engine==2.1.3",
        "zen_graph",
        "rules, derived values, card, terms",
        is_whole=True,
    ),
    Entrant(
        "ezrules' executor",
        "ezrules==1.29.4",
        "ezrules_executor",
        "rules only; derived values and card given",
        "3.12",
    ),
    Entrant(
        "datalogic-py's compiled rules",
        "datalogic-py==5.9.0",
        "datalogic_array",
        "rules only; derived values and card given",
    ),
    Entrant(
        "datalogic-py's compiled rules in four steps",
        "datalogic-py==5.9.0",
        "datalogic_steps",
        "rules, derived values, card, terms",
        is_whole=True,
    ),
)


def run(*, full: bool) -> Iterator[Figure]:
    """Both policies against each peer; `full` takes three times as many turns."""
    turns = TURNS * 3 if full else TURNS
    for contest in (hundred_contest(RECORDS), shipped_contest(RECORDS)):
        yield from _figures(contest, turns)


def quick() -> Iterator[Figure]:
    """The policy of 100 expressions, two turns."""
    yield from _figures(hundred_contest(RECORDS // 4), 2)


class Running:
    """A peer in its process, checked, ready to take turns."""

    def __init__(self, entrant: Entrant, contest: Contest, folder: Path, stack: ExitStack) -> None:
        """Start it and hold its answers against ours. Raises PeerUnavailable, AssertionError."""
        found = peer(entrant.environment, packages=[entrant.package], python=entrant.python)
        records = contest.bare if entrant.is_whole else contest.given
        work = folder / f"{entrant.script}.json"
        work.write_text(json.dumps(contest.work[entrant.script] | {"records": list(records)}))
        self._process = stack.enter_context(
            subprocess.Popen(
                [str(found.python), str(CONTESTANTS / f"{entrant.script}.py"), str(work)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        answers = json.loads(self._line())
        wanted = [contest.wanted(at, answer) for at, answer in enumerate(answers)]
        differ = [at for at, answer in enumerate(answers) if answer != wanted[at]]
        if differ:
            first = f"record {differ[0]}: {wanted[differ[0]]}, {answers[differ[0]]}"
            raise AssertionError(f"{entrant.name} differs on {len(differ)} records; {first}")

    def turn(self) -> dict[str, float]:
        """p50 and p99 over all records, in microseconds."""
        print("turn", file=self._process.stdin, flush=True)
        return json.loads(self._line())

    def _line(self) -> str:
        if self._process.stdout is None:
            raise AssertionError("a peer is started with a pipe")
        line = self._process.stdout.readline()
        if not line:
            raise PeerUnavailable("it ended before it answered")
        return line

    def end(self) -> None:
        """Let it go; it ends when it has nothing more to read."""
        if self._process.stdin is not None:
            self._process.stdin.close()


def _figures(contest: Contest, turns: int) -> Iterator[Figure]:
    compiled = contest.compiled
    readings = [compiled.read(record) for record in contest.own]
    cells = [reading.cells for reading in readings]
    ways: dict[str, tuple[Callable[[Any], Any], Sequence[Any]]] = {
        "policy_online": (lambda found: compiled.decide(*found), cells),
        "policy_online_from_record": (
            lambda record: compiled.decide(*compiled.read(record).cells),
            contest.own,
        ),
        "policy_online_in_words": (_in_words(compiled), contest.own),
    }
    gc.collect()
    gc.freeze()
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        running: dict[Entrant, Running] = {}
        for entrant in filter(lambda entrant: entrant.takes_part(contest), ENTRANTS):
            try:
                running[entrant] = Running(entrant, contest, Path(folder), stack)
            except PeerUnavailable as reason:
                yield Figure(
                    "policy_online",
                    None,
                    "us a decision",
                    entrant.name,
                    None,
                    f"left out: {reason}",
                )
        ours: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
        theirs: dict[Entrant, list[dict[str, float]]] = {entrant: [] for entrant in running}
        for _ in range(turns):
            for name, (way, asked) in ways.items():
                ours[name].append(timed(way, list(asked)))
            for entrant, process in running.items():
                theirs[entrant].append(process.turn())
        for process in running.values():
            process.end()
    yield from _lines(contest, turns, ours, theirs)


def _in_words(compiled: CompiledPolicy) -> Callable[[Any], Any]:
    def decide(record: dict[str, Any]) -> Any:
        reading = compiled.read(record)
        return compiled.expand(reading, compiled.decide(*reading.cells))

    return decide


def _lines(
    contest: Contest,
    turns: int,
    ours: dict[str, list[dict[str, float]]],
    theirs: dict[Entrant, list[dict[str, float]]],
) -> Iterator[Figure]:
    for name, found in ours.items():
        best, p99 = _best(found, "p50"), _best(found, "p99")
        for entrant, taken in theirs.items():
            ratio = statistics.median(
                other["p50"] / own["p50"] for own, other in zip(found, taken, strict=True)
            )
            yield Figure(
                name,
                best,
                "us a decision, p50",
                f"{entrant.package.replace('==', ' ')}, {entrant.name} ({entrant.does})",
                ratio,
                f"{contest.name}; p99 {p99:.1f} us; peer p50 {_best(taken, 'p50'):.1f} us,"
                f" p99 {_best(taken, 'p99'):.1f} us; {len(contest.own)} records, best of {turns}"
                f" turns, ratio the median of turns; same answers; {machine()}",
            )


def _best(turns: list[dict[str, float]], what: str) -> float:
    return min(turn[what] for turn in turns)
