"""Which rows of outcomes are sealed, and by which columns."""

from goodstanding.core.seal import SealedTable

SEALED = (
    SealedTable(
        "labels",
        "outcomes_label",
        (
            "id", "decision_id", "definition", "version", "value", "extract(epoch from event_at)",
            "extract(epoch from mature_at)", "extract(epoch from observed_at)",
        ),
    ),
)  # fmt: skip
