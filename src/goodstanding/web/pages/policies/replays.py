"""What replays of a day's live decisions found: 0 of N differ, or which and where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goodstanding.decisions.queries import ReplayRun, replay_runs
from goodstanding.decisions.queries import replay_run as run_of
from goodstanding.web.listing import ListShape, QuerySource, list_rows, render_list
from goodstanding.web.moment import moment_of
from goodstanding.web.page import page
from goodstanding.web.pages.policies.shown import context_of, shown_policy
from goodstanding.web.types import Column, Empty, Level, Signal

ENGINES = {"python": "Python", "polars": "Polars", "duckdb": "DuckDB"}


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A replay as pages show it."""

    run: ReplayRun

    @property
    def words(self) -> str:
        """The one line that people read."""
        return f"{self.run.differing:,} of {self.run.replayed:,} differ"

    @property
    def signal(self) -> Signal:
        """Good where every decision came out the same; nothing proven where none was derived."""
        level: Level = "act" if self.run.differing else "good" if self.run.replayed else "watch"
        return Signal(level, self.words)


REPLAYS = ListShape(
    name="replays",
    caption="Replays of a day's live decisions",
    columns=(
        Column("day", "Day", kind="date", sortable=True),
        Column("differing", "Found", kind="signal", value=lambda row: ShownRun(row).signal),
        Column("replayed", "Derived again", kind="number", sortable=True),
        Column("population", "Live that day", kind="number", sortable=True),
        Column("erased", "Inputs erased", kind="number"),
        Column("missing", "Without their text", kind="number", only_in_exports=True),
        Column("seconds", "Took", kind="number", unit="s", places=2,
               value=lambda row: row.duration_ms / 1000),
        Column("replayed_at", "Replayed", kind="instant", sortable=True),
        Column("replayed_by", "By"),
        Column("seed", "Seed", kind="code", only_in_exports=True),
    ),
    row_url=lambda row: reverse("replay_run", args=[row.id]),
    row_id=lambda row: row.id,
    sort="-replayed_at",
    empty=Empty(
        "Nothing was replayed yet",
        "Each night a random sample of the day's live decisions is derived again from its records,"
        " in Python bit for bit and in Polars and DuckDB all at once.",
        icon="decisions",
    ),
)  # fmt: skip


def newest_replay(name: str, *, known_at: datetime) -> ShownRun | None:
    """The newest replay of a policy's live decisions."""
    found = replay_runs(policy=name, known_at=known_at).first()
    return None if found is None else ShownRun(found)


@page(verb="policies.see_policies")
@require_GET
def policy_replays(request: HttpRequest, name: str) -> HttpResponse:
    """Every replay of samples of this policy's live decisions, the newest first."""
    shown = shown_policy(request, name=name, tab="policy_replays")
    found = replay_runs(policy=name, known_at=moment_of(request).known_at)
    listing = list_rows(request, shape=REPLAYS, source=QuerySource(found))
    return render_list(
        request, "policies/replays.html", listing=listing,
        **context_of(shown, newest=newest_replay(name, known_at=moment_of(request).known_at)),
    )  # fmt: skip


@page(verb="policies.see_policies")
@require_GET
def replay_run(request: HttpRequest, replay_run_id: UUID) -> HttpResponse:
    """One replay: by engine, and the first differences down to their decisions."""
    run = run_of(replay_run_id=replay_run_id)
    shown = shown_policy(request, name=run.policy, tab="policy_replays")
    return render(
        request,
        "policies/replay.html",
        context_of(
            shown,
            replay=ShownRun(run),
            facts=_facts(run),
            engines=[(ENGINES.get(name, name), each) for name, each in run.engines.items()],
            differences=[
                (each, ENGINES.get(each["engine"], each["engine"]))
                for each in run.first_differences
            ],
        ),
    )


def _facts(run: ReplayRun) -> list[tuple[str, Any]]:
    return [
        ("Live that day", f"{run.population:,}"),
        ("Sampled", f"{run.sampled:,}"),
        ("Derived again", f"{run.replayed:,}"),
        ("Inputs erased", f"{run.erased:,}"),
        ("Without their text", f"{run.missing:,}"),
        ("Took", f"{run.duration_ms / 1000:.2f} s"),
        ("By", run.replayed_by),
    ]
