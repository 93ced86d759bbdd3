"""Read evidence: backtests, their results, the cases that flipped."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
from django.conf import settings

from goodstanding.core.errors import NotFound
from goodstanding.core.named_sql import named_sql
from goodstanding.evidence.changes.documents import change_document, summary_document
from goodstanding.evidence.changes.queries import (
    change_flips,
    change_flips_path,
    change_summary,
    change_view,
    changes,
    changes_returned_to,
    changes_waiting_for,
    effect_of_run,
    flips_tell,
    queue_terms,
    what_changed,
)
from goodstanding.evidence.datasets import dataset_named, history_of
from goodstanding.evidence.lines import lines_of, move_lines
from goodstanding.evidence.models import BacktestEnd
from goodstanding.evidence.types import (
    BacktestState,
    BacktestSummary,
    BacktestView,
    ListsRead,
    MovedLines,
)
from goodstanding.policies.engine import Policy
from goodstanding.policies.engine.backtest import History
from goodstanding.policies.engine.backtest_figures import BacktestResult
from goodstanding.policies.engine.coverage import Coverage, coverage
from goodstanding.policies.engine.if_null import MissingReport, cases_moved, missing_report
from goodstanding.policies.queries import compiled

KEPT_ANSWERS = 64

__all__ = [
    "backtest_summary",
    "backtest_view",
    "backtests",
    "cases_without",
    "change_document",
    "change_flips",
    "change_flips_path",
    "change_summary",
    "change_view",
    "changes",
    "changes_returned_to",
    "changes_waiting_for",
    "coverage_over",
    "datasets_folder",
    "effect_of_run",
    "flipped_cases",
    "flips_path",
    "flips_tell",
    "last_backtests",
    "lines_of",
    "missing_over",
    "moved_lines",
    "policy_of",
    "queue_terms",
    "records_path",
    "run_provenance",
    "summary_document",
    "what_changed",
]


def backtests(*, policy: str | None = None) -> tuple[BacktestSummary, ...]:
    """Backtests of a policy or of all, latest first."""
    rows = named_sql("evidence", "backtests").rows({"policy": policy, "run_id": None})
    return tuple(map(_summary, rows))


def last_backtests() -> dict[str, BacktestSummary]:
    """The latest finished backtest of each policy."""
    found: dict[str, BacktestSummary] = {}
    for summary in backtests():
        if summary.state is BacktestState.FINISHED:
            found.setdefault(summary.policy, summary)
    return found


def backtest_summary(*, run_id: UUID) -> BacktestSummary:
    """One backtest; raises NotFound."""
    rows = named_sql("evidence", "backtests").rows({"policy": None, "run_id": run_id})
    if not rows:
        raise NotFound(what="backtest", key=str(run_id))
    return _summary(rows[0])


def backtest_view(*, run_id: UUID) -> BacktestView:
    """One backtest with its result; raises NotFound."""
    summary = backtest_summary(run_id=run_id)
    end = BacktestEnd.objects.filter(run_id=run_id).first()
    result = None
    if end is not None and end.result is not None:
        result = BacktestResult.from_json(json.dumps(end.result))
    return BacktestView(summary=summary, result=result, flips=end.flips if end else 0)


def policy_of(*, run_id: UUID) -> Policy:
    """The version that a backtest runs, as it was published; raises NotFound."""
    return compiled(backtest_summary(run_id=run_id).text_hash)


def flips_path(*, run_id: UUID) -> Path:
    """Where the flipped cases of a run are kept."""
    return Path(settings.GOODSTANDING_HOME) / "backtests" / f"{run_id}.parquet"


def records_path(*, run_id: UUID) -> Path:
    """Where the answer for every case of a run is kept; runs of older releases kept none."""
    return Path(settings.GOODSTANDING_HOME) / "backtests" / f"{run_id}.records.parquet"


def run_provenance(*, run_id: UUID) -> dict[str, Any]:
    """What a run is: on which text, over which history, who asked and when; raises NotFound."""
    summary = backtest_summary(run_id=run_id)
    dataset = dataset_named(summary.dataset)
    return {
        "Backtest": str(run_id),
        "Text hash": summary.text_hash,
        "Other values": ", ".join(f"{name} = {text}" for name, text in summary.constants.items())
        or "none: the text as it stands",
        "History": f"{dataset.title}: {dataset.window(summary.window).title}",
        "What the history is": dataset.words,
        "What is bad": dataset.label_words or None,
        "Asked by": summary.requested_by,
        "Asked at": summary.requested_at,
        "Finished at": summary.ended_at,
    }


def datasets_folder() -> Path:
    """Where histories are kept."""
    return Path(settings.GOODSTANDING_HOME) / "datasets"


def flipped_cases(
    *, run_id: UUID, before: str | None = None, after: str | None = None
) -> pl.DataFrame:
    """The cases whose outcome changed, worst loss first; raises NotFound where none were kept."""
    path = flips_path(run_id=run_id)
    if not path.exists():
        raise NotFound(what="list of flipped cases of backtest", key=str(run_id))
    rows = pl.scan_parquet(path)
    if before is not None:
        rows = rows.filter(pl.col("before") == before)
    if after is not None:
        rows = rows.filter(pl.col("after") == after)
    return rows.collect()


def moved_lines(
    *, text_hash: str, dataset: str, window: str, constants: Mapping[str, str]
) -> MovedLines:
    """A window of a history with constants of a published version moved, now.

    Raises VersionUnknown, DatasetUnknown, and what `lines.move_lines` raises.
    """
    moved = tuple(sorted(constants.items()))
    return _moved_lines(text_hash, dataset, window, moved, datasets_folder())


@lru_cache(maxsize=KEPT_ANSWERS)
def _moved_lines(
    text_hash: str, dataset: str, window: str, moved: tuple[tuple[str, str], ...], folder: Path
) -> MovedLines:
    """What was answered once in this process: published texts and histories never change in it."""
    return move_lines(
        compiled(text_hash),
        dataset=dataset_named(dataset),
        window=window,
        constants=dict(moved),
        folder=folder,
    )


def coverage_over(*, text_hash: str, dataset: str, window: str) -> Coverage:
    """What the tests of a published version, and the cases of a window, reach.

    Raises VersionUnknown, DatasetUnknown, WindowUnknown, DatasetUnavailable.
    """
    return _coverage_over(text_hash, dataset, window, datasets_folder())


@lru_cache(maxsize=KEPT_ANSWERS)
def _coverage_over(text_hash: str, dataset: str, window: str, folder: Path) -> Coverage:
    return coverage(compiled(text_hash), history=_history(dataset, window, folder))


def missing_over(*, text_hash: str, dataset: str, window: str) -> MissingReport:
    """The cases of a window decided again without each input of a published version.

    Raises what `coverage_over` raises.
    """
    return _missing_over(text_hash, dataset, window, datasets_folder())


@lru_cache(maxsize=KEPT_ANSWERS)
def _missing_over(text_hash: str, dataset: str, window: str, folder: Path) -> MissingReport:
    return missing_report(compiled(text_hash), history=_history(dataset, window, folder))


def cases_without(*, text_hash: str, dataset: str, window: str, name: str) -> pl.DataFrame:
    """The cases of a window whose outcome changes where an input is missing everywhere.

    Raises what `coverage_over` raises, and InputNeverMissing.
    """
    history = _history(dataset, window, datasets_folder())
    return cases_moved(compiled(text_hash), history=history, name=name)


def _history(dataset: str, window: str, folder: Path) -> History:
    return history_of(dataset_named(dataset), window=window, folder=folder)


def _summary(row: dict[str, Any]) -> BacktestSummary:
    constants: dict[str, str] = json.loads(row["constants"])  # Django's cursor leaves it as text
    read: dict[str, Any] = {
        "state": BacktestState(row["state"]),
        "constants": constants,
        "lists": ListsRead(row["lists"]),
    }
    return BacktestSummary(**row | read)
