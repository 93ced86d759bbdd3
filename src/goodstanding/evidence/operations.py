"""Ask for evidence and make it: backtests, run by the worker or at once."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec
import polars as pl
from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app

from goodstanding.core.audit import write_audit
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.evidence.changes.operations import (
    MAKE_EVIDENCE,
    answer_question,
    ask_for_change,
    ask_question,
    keep_change,
    keep_evidence_request,
    make_evidence,
    request_evidence,
    return_change,
    sign_change,
    withdraw_change,
)
from goodstanding.evidence.datasets import dataset_named, history_of
from goodstanding.evidence.errors import (
    BacktestOver,
    DatasetOfAnotherPolicy,
    EngineUnknown,
    NothingCompared,
)
from goodstanding.evidence.models import (
    BacktestCancellation,
    BacktestEnd,
    BacktestProgress,
    BacktestRun,
)
from goodstanding.evidence.queries import (
    backtest_summary,
    datasets_folder,
    flips_path,
    records_path,
    run_provenance,
)
from goodstanding.evidence.types import BacktestRequest, BacktestState, ListsRead, Person
from goodstanding.language.spark_absent import require_spark
from goodstanding.policies.engine import Policy
from goodstanding.policies.engine.backtest import Cancelled, History, backtest
from goodstanding.policies.engine.backtest_records import provenance_of, records_file
from goodstanding.policies.engine.batch import ENGINES
from goodstanding.policies.queries import compiled, list_histories, version_of

__all__ = [
    "MAKE_EVIDENCE",
    "RUN_BACKTEST",
    "answer_question",
    "ask_for_change",
    "ask_question",
    "cancel_backtest",
    "keep_change",
    "keep_evidence_request",
    "keep_request",
    "make_evidence",
    "request_backtest",
    "request_evidence",
    "return_change",
    "run_backtest",
    "sign_change",
    "withdraw_change",
]
RUN_BACKTEST = "evidence.run_backtest"
PROGRESS_EVERY_SECONDS = 0.5
Clock = Callable[[], datetime]


@transaction.atomic
def request_backtest(*, request: BacktestRequest, by: Person, at: datetime) -> UUID:
    """Keep what is asked and queue it for the worker; returns the run's id.

    Raises VersionUnknown, DatasetUnknown, WindowUnknown, DatasetOfAnotherPolicy, NothingCompared,
    EngineUnknown, SparkAbsent, and what a policy refuses of constants.
    """
    run_id = keep_request(request=request, by=by, at=at)
    app.configure_task(RUN_BACKTEST).defer(run_id=str(run_id))
    return run_id


@transaction.atomic
def keep_request(*, request: BacktestRequest, by: Person, at: datetime) -> UUID:
    """Keep what is asked without queueing it: who calls runs it by `run_backtest`."""
    version = version_of(text_hash=request.text_hash)
    against = version_of(text_hash=request.against_hash) if request.against_hash else None
    dataset = dataset_named(request.dataset)
    dataset.window(request.window)
    if dataset.policy != version.name:
        raise DatasetOfAnotherPolicy(
            field="dataset", dataset=dataset.name, wanted=dataset.policy, policy=version.name
        )
    if request.engine not in ENGINES:
        raise EngineUnknown(field="engine", engine=request.engine)
    if request.engine == "spark":
        require_spark()
    changed = _changed(compiled(version.text_hash), request)
    if against is not None and changed.tree_hash == against.tree_hash:
        raise NothingCompared
    run = BacktestRun.objects.create(
        policy_name=version.name,
        version=version,
        against=against,
        constants=dict(request.constants),
        dataset=dataset.name,
        window=request.window,
        engine=request.engine,
        lists=request.lists.value,
        requested_by_id=by.id,
        requested_at=at,
    )
    write_audit(
        actor=by.email,
        action="request_backtest",
        object_kind="backtest",
        object_id=run.id,
        at=at,
        detail={
            "policy": version.name,
            "label": version.label,
            "dataset": dataset.name,
            "window": request.window,
            "constants": dict(request.constants),
            "lists": request.lists.value,
        },
    )
    return run.id


def _changed(policy: Policy, request: BacktestRequest) -> Policy:
    return policy.with_constants(request.constants) if request.constants else policy


@transaction.atomic
def cancel_backtest(*, run_id: UUID, by: Person, at: datetime) -> None:
    """Ask a backtest to stop; it does at its next batch. Raises NotFound, BacktestOver."""
    summary = backtest_summary(run_id=run_id)
    if summary.state.is_over:
        raise BacktestOver(state=summary.state.value)
    try:
        with transaction.atomic():
            BacktestCancellation.objects.create(
                run_id=run_id, cancelled_by_id=by.id, cancelled_at=at
            )
    except IntegrityError as violation:
        raise BacktestOver(state="asked to stop already") from violation
    write_audit(
        actor=by.email, action="cancel_backtest", object_kind="backtest", object_id=run_id, at=at
    )


def run_backtest(*, run_id: UUID, clock: Clock) -> BacktestState:
    """Run what was asked and keep how it ended; a run that ended before is left as it is.

    Progress is committed as it goes, so that others see it. A refusal or a surprise is kept as
    the run's end; a surprise is raised as well.
    """
    run = BacktestRun.objects.select_related("version", "against").filter(id=run_id).first()
    if run is None:
        raise NotFound(what="backtest", key=str(run_id))
    summary = backtest_summary(run_id=run_id)
    if summary.state.is_over:
        return summary.state
    started = time.monotonic()
    work = _Work(run, clock)
    try:
        return work.finish(seconds=lambda: time.monotonic() - started)
    except Cancelled:
        return work.end(BacktestState.CANCELLED, seconds=time.monotonic() - started)
    except Refusal as refusal:
        seconds = time.monotonic() - started
        return work.end(BacktestState.FAILED, seconds=seconds, message=str(refusal))
    except Exception as surprise:
        message = f"{type(surprise).__name__}: {surprise}"[:2000]
        work.end(BacktestState.FAILED, seconds=time.monotonic() - started, message=message)
        raise


class _Work:
    """One run while it goes on."""

    def __init__(self, run: BacktestRun, clock: Clock) -> None:
        self._run, self._clock = run, clock
        self._flips: list[pl.DataFrame] = []
        self._total = 0
        self._told_at = float("-inf")

    def finish(self, *, seconds: Callable[[], float]) -> BacktestState:
        run = self._run
        version = compiled(run.version.text_hash)
        policy = version.with_constants(run.constants) if run.constants else version
        against = compiled(run.against.text_hash) if run.against else None
        dataset = dataset_named(run.dataset)
        history = history_of(dataset, window=run.window, folder=datasets_folder())
        if run.lists == ListsRead.OF_THE_DAY:
            history = replace(history, lists=list_histories(at=run.requested_at))
        self._total = _rows_of(history)
        self._tell(0)
        provenance = provenance_of(policy, run_provenance(run_id=run.id))
        with records_file(records_path(run_id=run.id), provenance=provenance) as keep:
            result = backtest(
                policy,
                history,
                against=against,
                engine=ENGINES[run.engine],
                progress=self._progress,
                keep_flips=self._flips.append,
                keep_records=keep,
                is_cancelled=self._is_cancelled,
            )
        flips = self._keep_flips()
        document = msgspec.to_builtins(result)
        with transaction.atomic():
            BacktestEnd.objects.create(
                run=run,
                state=BacktestState.FINISHED.value,
                result=document,
                flips=flips,
                seconds=seconds(),
                ended_at=self._clock(),
            )
        return BacktestState.FINISHED

    def end(self, state: BacktestState, *, seconds: float, message: str = "") -> BacktestState:
        """Keep an end without a result."""
        BacktestEnd.objects.create(
            run=self._run,
            state=state.value,
            seconds=seconds,
            message=message,
            ended_at=self._clock(),
        )
        return state

    def _progress(self, rows: int) -> None:
        if rows >= self._total or time.monotonic() - self._told_at > PROGRESS_EVERY_SECONDS:
            self._tell(rows)

    def _tell(self, rows: int) -> None:
        self._told_at = time.monotonic()
        BacktestProgress.objects.create(
            run=self._run,
            rows_done=min(rows, self._total),
            rows_total=self._total,
            reached_at=self._clock(),
        )

    def _is_cancelled(self) -> bool:
        return BacktestCancellation.objects.filter(run=self._run).exists()

    def _keep_flips(self) -> int:
        if not self._flips:
            return 0
        flips = pl.concat(self._flips)
        path = flips_path(run_id=self._run.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        flips.write_parquet(draft)
        draft.replace(path)
        return flips.height


def _rows_of(history: History) -> int:
    source = history.source
    if isinstance(source, pl.LazyFrame):
        return int(source.select(pl.len()).collect().item())
    raise TypeError("the history of a dataset is a lazy frame")
