"""Which rows of deadlines are sealed, and by which columns: each deadline and what became of it."""

from goodstanding.core.seal import SealedTable

SEALED = (
    SealedTable(
        "deadlines",
        "deadlines_deadline",
        (
            "id", "subject_kind", "subject_id", "kind", "legal", "provision", "clock_kind",
            "target", "count_from", "end_of_day", "roll", "calendar_id",
            "extract(epoch from started_at)", "extract(epoch from due_at)", "last_day",
            "opened_by",
        ),
    ),
    SealedTable(
        "deadline_pauses",
        "deadlines_pause",
        (
            "id", "deadline_id", "extract(epoch from starts_at)", "reason", "request_id",
            "paused_by",
        ),
    ),
    SealedTable(
        "deadline_pause_ends",
        "deadlines_pause_end",
        (
            "id", "pause_id", "extract(epoch from ends_at)", "extract(epoch from due_at)",
            "ended_by",
        ),
    ),
    SealedTable(
        "deadline_satisfactions",
        "deadlines_satisfaction",
        ("id", "deadline_id", "extract(epoch from satisfied_at)", "satisfied_by"),
    ),
    SealedTable(
        "deadline_cancellations",
        "deadlines_cancellation",
        ("id", "deadline_id", "extract(epoch from cancelled_at)", "cancelled_by", "reason"),
    ),
    SealedTable(
        "deadline_supersessions",
        "deadlines_supersession",
        (
            "id", "superseded_id", "successor_id", "extract(epoch from superseded_at)",
            "superseded_by", "reason",
        ),
    ),
)  # fmt: skip
