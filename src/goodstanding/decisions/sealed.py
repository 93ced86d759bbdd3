"""Which rows of decisions are sealed, and by which columns."""

from goodstanding.core.seal import SealedTable

SEALED = (
    SealedTable(
        "decisions",
        "decisions_decision",
        (
            "id", "legal_entity", "claimed_by", "idempotency_key", "request_digest", "origin",
            "actor", "desk", "policy", "policy_hash", "entity", "party_id",
            "extract(epoch from as_of)", "outcome", "amount_minor", "limit_minor", "currency",
            "score", "gate_state", "approval_id", "arm", "bucket", "rule_states", "reason_codes",
            "supersedes_id", "personal_value_id", "record_hash", "record",
        ),
    ),
    SealedTable(
        "shadows",
        "decisions_shadow",
        (
            "id", "decision_id", "legal_entity", "policy", "policy_hash", "label", "decided_hash",
            "extract(epoch from decided_at)", "decided_outcome", "state", "refusal", "outcome",
            "differs_in", "rule_changes", "rule_states", "reason_codes", "points", "score",
            "limit_minor", "currency", "duration_us", "record", "record_hash",
            "extract(epoch from evaluated_at)",
        ),
    ),
    SealedTable(
        "replay_runs",
        "decisions_replay_run",
        (
            "id", "run_id", "day", "policy", "seed", "population", "sampled", "replayed",
            "differing", "erased", "missing", "engines", "first_differences", "duration_ms",
            "replayed_by", "extract(epoch from replayed_at)",
        ),
    ),
    SealedTable(
        "explored",
        "decisions_explored",
        ("id", "decision_id", "trial_id", "arm", "limit_minor", "currency"),
    ),
)  # fmt: skip
