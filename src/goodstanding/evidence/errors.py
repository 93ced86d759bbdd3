"""What evidence refuses, and how each refusal is mended."""

from goodstanding.core.errors import Refusal
from goodstanding.evidence.datasets import DatasetUnavailable, DatasetUnknown, WindowUnknown


class DatasetOfAnotherPolicy(Refusal):
    """The history {dataset} fits the policy {wanted}, not {policy}."""

    code = "dataset_of_another_policy"
    mend = "Choose a history of this policy."


class NothingCompared(Refusal):
    """The policy would be compared with itself, unchanged."""

    code = "nothing_compared"
    mend = "Change a constant, or choose another version to compare with."


class HistoryTooLong(Refusal):
    """The history {dataset} has {rows} rows in this window, and a page answers for {most:,}."""

    code = "history_too_long"
    mend = "Start a backtest: it runs in the worker over any number of rows."


class BacktestOver(Refusal):
    """This backtest is over: {state}."""

    code = "backtest_over"
    status = 409


class EngineUnknown(Refusal):
    """There is no batch engine {engine}."""

    code = "engine_unknown"
    mend = "Use polars, duckdb or spark."


__all__ = [
    "BacktestOver",
    "DatasetOfAnotherPolicy",
    "DatasetUnavailable",
    "DatasetUnknown",
    "EngineUnknown",
    "HistoryTooLong",
    "NothingCompared",
    "WindowUnknown",
]
