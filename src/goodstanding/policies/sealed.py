"""Which rows of policies are sealed, and by which columns."""

from goodstanding.core.seal import SealedTable

SEALED = (
    SealedTable(
        "policy_versions",
        "policies_version",
        (
            "id", "name", "label", "title", "desk", "text", "text_hash", "tree_hash", "author_id",
            "published_by_id", "extract(epoch from published_at)",
        ),
    ),
    SealedTable(
        "policy_statuses",
        "policies_version_status",
        (
            "id", "version_id", "name", "number", "status", "share", "reason", "changed_by_id",
            "extract(epoch from changed_at)",
        ),
    ),
    SealedTable(
        "policy_emergencies",
        "policies_emergency_use",
        (
            "id", "version_id", "reason", "approved_by_id", "extract(epoch from approved_at)",
            "extract(epoch from expires_at)", "deadline_id",
        ),
    ),
    SealedTable(
        "policy_emergency_reviews",
        "policies_emergency_review",
        (
            "id", "emergency_id", "is_confirmed", "reason", "reviewed_by_id",
            "extract(epoch from reviewed_at)",
        ),
    ),
    SealedTable(
        "policy_lists",
        "policies_list",
        ("id", "name", "label", "type_name", "begun_by_id", "extract(epoch from begun_at)"),
    ),
    SealedTable(
        "policy_list_versions",
        "policies_list_version",
        (
            "id", "kept_list_id", "version", "sha256", "values", "reason", "valid_from",
            "expires_on", "author_id", "extract(epoch from written_at)",
        ),
    ),
    SealedTable(
        "policy_list_steps",
        "policies_list_step",
        ("id", "version_id", "kind", "author_id", "by_id", "reason", "extract(epoch from at)"),
    ),
)  # fmt: skip
