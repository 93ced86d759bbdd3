"""Which rows of parties are sealed, and by which columns."""

from goodstanding.core.seal import SealedTable

SEALED = (
    SealedTable(
        "party_versions",
        "parties_party_version",
        (
            "id", "party_id", "version_no", "legal_name", "trading_name", "shown_name",
            "comparable_name", "legal_form", "street", "city", "region", "postcode", "country",
            "name_and_place_key", "other_names", "other_addresses", "personal_fields",
            "personal_value_id", "content_digest", "source", "simulated", "import_id",
            "extract(epoch from effective_at)",
        ),
    ),
    SealedTable(
        "party_links",
        "parties_link",
        (
            "id", "kind", "left_party_id", "right_party_id", "left_version_id",
            "right_version_id", "key", "decided_by",
        ),
    ),
)  # fmt: skip
