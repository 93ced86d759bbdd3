"""Which rows of governance are sealed, and by which columns."""

from goodstanding.core.seal import SealedTable

SEALED = (
    SealedTable(
        "scope_decisions",
        "governance_scope_decision",
        (
            "id", "entry_id", "jurisdiction", "profile", "applies_theory", "is_estimate",
            "is_deterministic", "is_generative", "in_scope", "rationale", "decided_by_id",
            "extract(epoch from decided_at)",
        ),
    ),
    SealedTable(
        "approvals",
        "governance_approval",
        (
            "id", "request_id", "version_id", "use_case_id", "developer_id", "validator_id",
            "requested_by_id", "approver_id", "reason", "binding_hash",
            "extract(epoch from valid_from)", "extract(epoch from expires_at)",
            "is_demonstration", "extract(epoch from approved_at)",
        ),
    ),
    SealedTable(
        "approval_expiry_changes",
        "governance_approval_expiry_change",
        (
            "id", "approval_id", "extract(epoch from expires_at)", "reason", "changed_by_id",
            "extract(epoch from changed_at)",
        ),
    ),
    SealedTable(
        "approval_revocations",
        "governance_approval_revocation",
        ("id", "approval_id", "reason", "revoked_by_id", "extract(epoch from revoked_at)"),
    ),
    SealedTable(
        "use_exceptions",
        "governance_use_exception",
        (
            "id", "version_id", "use_case_id", "kind", "finding_id", "allowed",
            "max_exposure_minor", "currency", "fallback", "reason", "controls",
            "requested_by_id", "granted_by_id", "extract(epoch from granted_at)",
            "extract(epoch from expires_at)",
        ),
    ),
    SealedTable(
        "findings",
        "governance_finding",
        (
            "id", "number", "version_id", "title", "description", "severity", "effect",
            "segment", "cap_minor", "currency", "test_result_id", "observation_id",
            "record_kind", "record_id", "tier", "schedule_version", "due_on",
            "responsible_id", "opened_by_id", "extract(epoch from opened_at)",
        ),
    ),
    SealedTable(
        "finding_states",
        "governance_finding_state",
        (
            "id", "finding_id", "number", "state", "reason", "by_id", "acceptance_id",
            "rerun_id", "extract(epoch from at)",
        ),
    ),
)  # fmt: skip
