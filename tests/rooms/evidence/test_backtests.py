"""Backtests that somebody asks for: kept, run, stopped, read again."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from goodstanding.core.errors import NotFound
from goodstanding.evidence import datasets, operations, queries
from goodstanding.evidence.datasets import Dataset, Window, register_dataset
from goodstanding.evidence.errors import (
    BacktestOver,
    DatasetOfAnotherPolicy,
    DatasetUnknown,
    EngineUnknown,
    NothingCompared,
    WindowUnknown,
)
from goodstanding.evidence.types import BacktestRequest, BacktestState
from goodstanding.policies.engine.policy import ConstantUnknown
from goodstanding.policies.errors import VersionUnknown
from tests.instants import NOON
from tests.rooms.policies.conftest import VERSION_7, VERSION_8, desk

__all__ = ["desk"]
ROWS = pl.DataFrame(
    {
        "key": ["a", "b", "c"],
        "day": [date(2025, 1, 1), date(2025, 1, 2), date(2026, 1, 1)],
        "dpd_max": [30, 0, 0],
        "vat_ok": [True, True, True],
        "tenure_months": [24, 24, 24],
        "amount": [Decimal("100.00"), Decimal("200.00"), Decimal("300.00")],
        "bad": [1, 0, 0],
        "lost": [Decimal("60.00"), Decimal(0), Decimal(0)],
    },
    schema_overrides={"amount": pl.Decimal(14, 2)},
)


@pytest.fixture(autouse=True)
def history(settings, tmp_path: Path, monkeypatch) -> Dataset:
    settings.GOODSTANDING_HOME = tmp_path
    monkeypatch.setattr(datasets, "_datasets", {})
    dataset = Dataset(
        name="orders",
        title="Orders",
        policy="trade_uk",
        version="1",
        words="Invented.",
        make=lambda: ROWS,
        windows=(
            Window("2025", "2025", date(2025, 1, 1), date(2025, 12, 31)),
            Window("all", "All", date(2020, 1, 1), date(2030, 1, 1)),
        ),
        as_of="day",
        key="key",
        label="bad",
        amount="amount",
        loss="lost",
        currency="GBP",
        everybody_was_approved=True,
    )
    register_dataset(dataset)
    return dataset


def _request(version, **changes) -> BacktestRequest:
    given = {"dataset": "orders", "window": "2025", "constants": {}}
    return BacktestRequest(text_hash=version.text_hash, **(given | changes))


def _clock():
    return NOON + timedelta(minutes=1)


def test_a_finished_backtest_keeps_its_result_and_the_flipped_cases(desk):
    old, new = desk.publish(VERSION_7), desk.publish(VERSION_8)
    run_id = operations.keep_request(
        request=_request(new, against_hash=old.text_hash), by=desk.author, at=NOON
    )

    state = operations.run_backtest(run_id=run_id, clock=_clock)

    view = queries.backtest_view(run_id=run_id)
    assert state is view.summary.state is BacktestState.FINISHED
    assert (view.summary.rows_done, view.summary.rows_total) == (2, 2)
    assert view.result is not None
    assert view.result.comparison is not None
    assert view.result.comparison.swap_out.loss == Decimal("60.00")
    flipped = queries.flipped_cases(run_id=run_id, after="decline")
    assert flipped["key"].to_list() == ["a"]
    assert queries.last_backtests()["trade_uk"].run_id == run_id


def test_a_moved_constant_is_kept_and_compared_with_the_text_as_it_stands(desk):
    constant = "\nconstants:\n  most_days: {type: INTEGER, value: 30}\n\nrules:"
    version = desk.publish(
        VERSION_7.replace("dpd_max > 30", "dpd_max > most_days").replace("\nrules:", constant, 1)
    )
    run_id = operations.keep_request(
        request=_request(version, constants={"most_days": "20"}, against_hash=version.text_hash),
        by=desk.author,
        at=NOON,
    )

    operations.run_backtest(run_id=run_id, clock=_clock)

    view = queries.backtest_view(run_id=run_id)
    assert view.summary.constants == {"most_days": "20"}
    assert view.result is not None
    assert view.result.comparison is not None
    (change,) = view.result.comparison.constants
    assert (change.before, change.after, view.flips) == ("30", "20", 1)
    assert queries.policy_of(run_id=run_id).text_hash == version.text_hash


def test_asking_queues_a_job_and_shows_as_waiting(desk):
    run_id = operations.request_backtest(request=_request(desk.publish()), by=desk.author, at=NOON)

    assert queries.backtest_summary(run_id=run_id).state is BacktestState.WAITING
    (job,) = ProcrastinateJob.objects.all()
    assert (job.task_name, job.args) == ("evidence.run_backtest", {"run_id": str(run_id)})


def test_a_backtest_that_was_stopped_ends_without_a_result(desk):
    run_id = operations.keep_request(request=_request(desk.publish()), by=desk.author, at=NOON)
    operations.cancel_backtest(run_id=run_id, by=desk.manager, at=NOON)

    state = operations.run_backtest(run_id=run_id, clock=_clock)

    assert state is BacktestState.CANCELLED
    assert queries.backtest_view(run_id=run_id).result is None
    with pytest.raises(BacktestOver):
        operations.cancel_backtest(run_id=run_id, by=desk.manager, at=NOON)


def test_asking_to_stop_twice_is_refused(desk):
    run_id = operations.keep_request(request=_request(desk.publish()), by=desk.author, at=NOON)
    operations.cancel_backtest(run_id=run_id, by=desk.manager, at=NOON)

    with pytest.raises(BacktestOver):
        operations.cancel_backtest(run_id=run_id, by=desk.manager, at=NOON)


def test_a_run_that_is_over_is_not_run_again(desk):
    run_id = operations.keep_request(request=_request(desk.publish()), by=desk.author, at=NOON)

    states = [operations.run_backtest(run_id=run_id, clock=_clock) for _ in range(2)]

    assert states == [BacktestState.FINISHED] * 2


def test_a_refusal_while_it_runs_is_kept_as_its_end(desk, history, monkeypatch):
    version = desk.publish()
    run_id = operations.keep_request(request=_request(version), by=desk.author, at=NOON)
    monkeypatch.setitem(
        datasets._datasets,
        "orders",
        Dataset(**{**_fields(history), "version": "2", "make": lambda: ROWS.drop("amount")}),
    )

    state = operations.run_backtest(run_id=run_id, clock=_clock)

    assert state is BacktestState.FAILED
    assert "amount" in queries.backtest_summary(run_id=run_id).message


def _fields(dataset: Dataset) -> dict[str, object]:
    return {name: getattr(dataset, name) for name in Dataset.__dataclass_fields__}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"dataset": "loans"}, DatasetUnknown),
        ({"window": "1999"}, WindowUnknown),
        ({"engine": "oracle"}, EngineUnknown),
        ({"constants": {"cut_off": "1"}}, ConstantUnknown),
    ],
)
def test_what_cannot_be_run_is_refused(desk, changes, refusal):
    version = desk.publish()

    with pytest.raises(refusal):
        operations.keep_request(request=_request(version, **changes), by=desk.author, at=NOON)


def test_comparing_a_version_with_itself_is_refused(desk):
    version = desk.publish()

    with pytest.raises(NothingCompared):
        operations.keep_request(
            request=_request(version, against_hash=version.text_hash), by=desk.author, at=NOON
        )


def test_a_history_of_another_policy_is_refused(desk, history):
    register_dataset(Dataset(**{**_fields(history), "name": "loans", "policy": "sba"}))

    with pytest.raises(DatasetOfAnotherPolicy):
        operations.keep_request(
            request=_request(desk.publish(), dataset="loans"), by=desk.author, at=NOON
        )


def test_what_is_not_there_is_named(desk):
    nobody = desk.publish().id

    for read in (queries.backtest_summary, queries.flipped_cases):
        with pytest.raises(NotFound):
            read(run_id=nobody)
    with pytest.raises(VersionUnknown):
        operations.keep_request(
            request=BacktestRequest(
                text_hash="0" * 64, dataset="orders", window="2025", constants={}
            ),
            by=desk.author,
            at=NOON,
        )
