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
)  # fmt: skip
