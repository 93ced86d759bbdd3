"""Which rows of cases are sealed, and by which columns: what people decided, and on whom."""

from goodstanding.core.seal import SealedTable

SEALED = (
    SealedTable(
        "cases",
        "cases_case",
        (
            "id", "number", "kind", "queue_id", "terms_id", "playbook_id", "desk",
            "legal_entity_id", "party_id", "decision_id", "enforcement_id", "reference", "policy",
            "policy_hash", "policy_outcome", "reasons", "attributes", "standard_minutes",
            "extract(epoch from opened_at)", "opened_by", "source",
        ),
    ),
    SealedTable(
        "case_assignments",
        "cases_assignment",
        (
            "id", "case_id", "number", "how", "person_id", "reason", "by_id",
            "extract(epoch from at)",
        ),
    ),
    SealedTable(
        "case_decisions",
        "cases_case_decision",
        (
            "id", "case_id", "cycle", "outcome", "reason_codes", "statement", "amount_minor",
            "currency", "policy_outcome", "overrides_policy", "evidence_digest", "by_id",
            "extract(epoch from at)",
        ),
    ),
    SealedTable(
        "case_closures",
        "cases_case_closure",
        ("id", "case_id", "cycle", "why", "reason", "by_id", "extract(epoch from at)"),
    ),
    SealedTable(
        "case_reopenings",
        "cases_reopening",
        ("id", "case_id", "cycle", "reason", "by_id", "extract(epoch from at)"),
    ),
    SealedTable(
        "enforcements",
        "cases_enforcement",
        (
            "id", "party_id", "legal_entity_id", "measure", "scope", "territory", "severity",
            "ground", "clause", "regime", "statement", "automated_detection",
            "automated_decision", "decided_by_id", "manager_id", "extract(epoch from decided_at)",
            "extract(epoch from starts_at)", "extract(epoch from ends_at)", "decision_id", "source",
        ),
    ),
    SealedTable(
        "exception_approvals",
        "cases_exception_approval",
        (
            "id", "enforcement_id", "code", "decided_by_id", "approved_by_id",
            "extract(epoch from approved_at)",
        ),
    ),
    SealedTable(
        "appeals",
        "cases_appeal",
        (
            "id", "enforcement_id", "number", "case_id", "extract(epoch from lodged_at)", "via",
            "grounds", "has_new_evidence",
        ),
    ),
    SealedTable(
        "reinstatements",
        "cases_reinstatement",
        (
            "id", "enforcement_id", "case_id", "kind", "in_part", "conditions", "statement",
            "extract(epoch from effective_at)", "by_id",
        ),
    ),
)  # fmt: skip
