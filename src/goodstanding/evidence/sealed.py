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
    SealedTable(
        "change_requests",
        "evidence_change_request",
        (
            "id", "policy_name", "version_id", "against_id", "why", "dataset", '"window"',
            "sign_off", "is_demonstration", "requested_by_id",
            "extract(epoch from requested_at)",
        ),
    ),
    SealedTable(
        "change_evidence",
        "evidence_change_run_end",
        (
            "id", "run_id", "state", "document", "data_fingerprint", "code_version", "flips",
            "flips_digest", "message", "seconds", "extract(epoch from ended_at)",
        ),
    ),
    SealedTable(
        "change_questions",
        "evidence_change_question",
        ("id", "change_id", "text", "asked_by_id", "extract(epoch from asked_at)"),
    ),
    SealedTable(
        "change_answers",
        "evidence_change_answer",
        ("id", "question_id", "text", "answered_by_id", "extract(epoch from answered_at)"),
    ),
    SealedTable(
        "change_sign_offs",
        "evidence_sign_off",
        (
            "id", "change_id", "step", "role", "run_id", "reason", "signed_by_id",
            "extract(epoch from signed_at)",
        ),
    ),
    SealedTable(
        "change_returns",
        "evidence_change_return",
        ("id", "change_id", "reason", "returned_by_id", "extract(epoch from returned_at)"),
    ),
    SealedTable(
        "change_withdrawals",
        "evidence_change_withdrawal",
        ("id", "change_id", "reason", "withdrawn_by_id", "extract(epoch from withdrawn_at)"),
    ),
)  # fmt: skip
