"""The steps that close the loop on the loaded facts: govern, decide, refer, learn, measure."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from goodstanding.cases.operations import load_desks
from goodstanding.core.outbox import deliver_once
from goodstanding.deadlines.operations import ensure_calendars
from goodstanding.decisions.operations import replay_day
from goodstanding.metrics.operations import compute_all, export_lake
from goodstanding.outcomes.operations import observe_all
from goodstanding.regimes.operations import load_regimes
from goodstanding.samples.deciding import decide_history, decide_newest
from goodstanding.samples.governing import load_governance

Say = Callable[[int, int], None]
GOVERNED = 6
LOADER = "system:samples"


def lay_ground(*, at: datetime) -> dict[str, Any]:
    """Calendars, laws, queues and playbooks, from the desks' files; safe to repeat."""
    calendars = ensure_calendars(at=at)
    laws = load_regimes()
    desks = load_desks(at=at)
    return {
        "calendars": len(calendars),
        "provisions": laws.written + laws.unchanged,
        "queues": desks.queues,
        "playbooks": desks.playbooks,
    }


def govern(*, at: datetime, say: Say) -> dict[str, Any]:
    """Validate the models on the shipped file, block the leaky one, approve the rest."""
    done = 0

    def tell(_: str) -> None:
        nonlocal done
        done += 1
        say(done, GOVERNED)

    with as_file(files("goodstanding.samples").joinpath("data", "sba_loans")) as folder:
        return {"approved": load_governance(data=folder, at=at, progress=tell)}


def re_decide(*, at: datetime, say: Say) -> dict[str, Any]:
    """Re-decide every loan but the newest as imported history."""
    totals = decide_history(at=at, progress=say)
    return {"decided": totals.decided, "repeated": totals.repeated}


def decide_live(*, at: datetime, say: Say) -> dict[str, Any]:
    """Re-decide the newest loans as live traffic, and open the cases of what is unsure."""
    totals = decide_newest(at=at, progress=say)
    opened = 0
    while taken := deliver_once(at=at):
        opened += taken
    return {"decided": totals.decided, "repeated": totals.repeated, "messages": opened}


def replay_live(*, days: Collection[date], at: datetime) -> dict[str, Any]:
    """Derive the live decisions of these days again, as the nightly replay will."""
    runs = [run for day in sorted(days) for run in replay_day(day=day, most=1000, by=LOADER, at=at)]
    return {
        "replayed": sum(run.replayed for run in runs),
        "differing": sum(run.differing for run in runs),
    }


def learn(*, at: datetime) -> dict[str, Any]:
    """Bring the labels to what is known now."""
    return {
        seen.definition: {"bad": seen.bad, "good": seen.good} for seen in observe_all(known_at=at)
    }


def measure(*, home: Path, at: datetime) -> dict[str, Any]:
    """Export the lake and compute every metric for the first time."""
    lake = home / "lake"
    exported = export_lake(folder=lake)
    results = compute_all(folder=lake, at=at)
    return {"rows": sum(table.rows for table in exported), "metrics": len(results)}
