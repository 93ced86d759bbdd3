"""The tables of evidence: backtests as requests, progress, cancellations and ends."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from goodstanding.core.models import AppendOnly, transaction_index
from goodstanding.evidence.changes.models import (
    ChangeAnswer,
    ChangeProgress,
    ChangeQuestion,
    ChangeRequest,
    ChangeReturn,
    ChangeRun,
    ChangeRunEnd,
    ChangeWithdrawal,
    SignOff,
)
from goodstanding.evidence.experiments.tables import (
    Experiment,
    ExperimentArm,
    ExperimentEnd,
    ExperimentHalt,
    ExperimentRegistration,
    ExperimentStart,
)

__all__ = [
    "BacktestCancellation",
    "BacktestEnd",
    "BacktestProgress",
    "BacktestRun",
    "ChangeAnswer",
    "ChangeProgress",
    "ChangeQuestion",
    "ChangeRequest",
    "ChangeReturn",
    "ChangeRun",
    "ChangeRunEnd",
    "ChangeWithdrawal",
    "Experiment",
    "ExperimentArm",
    "ExperimentEnd",
    "ExperimentHalt",
    "ExperimentRegistration",
    "ExperimentStart",
    "SignOff",
]


class BacktestRun(AppendOnly):
    """Somebody asked what a version would have decided."""

    policy_name = models.TextField()
    version: "models.ForeignKey[Any]" = models.ForeignKey(
        "policies.PolicyVersion", on_delete=models.PROTECT, related_name="+"
    )
    version_id: UUID
    against: "models.ForeignKey[Any]" = models.ForeignKey(
        "policies.PolicyVersion", on_delete=models.PROTECT, related_name="+", null=True
    )
    against_id: UUID | None
    constants: "models.JSONField[dict[str, str]]" = models.JSONField(default=dict)
    dataset = models.TextField()
    window = models.TextField()
    engine = models.TextField()
    lists = models.TextField(default="pinned")
    requested_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    requested_by_id: UUID
    requested_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Read by policy, latest first."""

        db_table = "evidence_backtest_run"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["policy_name", "-requested_at"], name="backtests_of_policy"),
            transaction_index("backtest_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="backtest_lists_known", condition=models.Q(lists__in=["day", "pinned"])
            ),
        ]


class BacktestProgress(AppendOnly):
    """How far a backtest had come at an instant."""

    run: "models.ForeignKey[BacktestRun]" = models.ForeignKey(
        "evidence.BacktestRun", on_delete=models.PROTECT, related_name="progress"
    )
    run_id: UUID
    rows_done = models.BigIntegerField()
    rows_total = models.BigIntegerField()
    reached_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Never more done than there is."""

        db_table = "evidence_backtest_progress"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["run", "-reached_at"], name="progress_of_backtest"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="progress_within_total",
                condition=models.Q(rows_done__gte=0, rows_done__lte=models.F("rows_total")),
            ),
        ]


class BacktestCancellation(AppendOnly):
    """Somebody asked a backtest to stop."""

    run: "models.OneToOneField[BacktestRun]" = models.OneToOneField(
        "evidence.BacktestRun", on_delete=models.PROTECT, related_name="cancellation"
    )
    cancelled_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    cancelled_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once a run."""

        db_table = "evidence_backtest_cancellation"


class BacktestEnd(AppendOnly):
    """How a backtest ended; `result` is the document of `BacktestResult`, null unless finished."""

    run: "models.OneToOneField[BacktestRun]" = models.OneToOneField(
        "evidence.BacktestRun", on_delete=models.PROTECT, related_name="end"
    )
    state = models.TextField()
    result: "models.JSONField[Any]" = models.JSONField(null=True)
    flips = models.BigIntegerField(default=0)
    message = models.TextField(blank=True, default="")
    seconds = models.FloatField()
    ended_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """A result if and only if it finished."""

        db_table = "evidence_backtest_end"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="backtest_result_if_finished",
                condition=models.Q(state="finished", result__isnull=False)
                | (models.Q(state__in=["failed", "cancelled"]) & models.Q(result__isnull=True)),
            ),
        ]
