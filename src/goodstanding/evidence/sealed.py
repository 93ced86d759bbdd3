"""Which rows of evidence are sealed, and by which columns."""

from goodstanding.core.seal import SealedTable

SEALED = (
    SealedTable(
        "backtest_ends",
        "evidence_backtest_end",
        ("id", "run_id", "state", "result", "flips", "extract(epoch from ended_at)"),
    ),
)
