"""Which rows of the ledger are sealed, and by which columns."""

from goodstanding.core.seal import SealedTable

SEALED = (
    SealedTable(
        "facts",
        "ledger_fact",
        (
            "id", "kind", "party_id", "subject", "version_no", "retracted",
            "extract(epoch from effective_at)", "amount_minor", "currency", "attributes",
            "content_digest", "source", "simulated", "import_id", "legal_entity_id",
        ),
    ),
)  # fmt: skip
