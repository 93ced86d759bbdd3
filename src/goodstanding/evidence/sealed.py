"""Which rows of evidence are sealed, and by which columns."""

from goodstanding.core.seal import SealedTable

SEALED = (
    SealedTable(
        "backtest_ends",
        "evidence_backtest_end",
        ("id", "run_id", "state", "result", "flips", "extract(epoch from ended_at)"),
    ),
    SealedTable(
        "experiment_registrations",
        "evidence_experiment_registration",
        (
            "id",
            "experiment_id",
            "plan_hash",
            "reason",
            "registered_by_id",
            "extract(epoch from registered_at)",
        ),
    ),
    SealedTable(
        "experiment_ends",
        "evidence_experiment_end",
        (
            "id",
            "start_id",
            "reason",
            "recommendation",
            "memo",
            "memo_hash",
            "ended_by_id",
            "extract(epoch from ended_at)",
        ),
    ),
)
