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
)  # fmt: skip
