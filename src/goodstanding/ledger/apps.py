"""Registrations of the ledger."""

from django.apps import AppConfig

FACT_HASH = (
    "encode(sha256(convert_to(concat_ws(chr(31), id, kind, subject, version_no, retracted,"
    " content_digest, source, simulated, import_id, legal_entity_id,"
    " recorded_at at time zone 'UTC'), 'UTF8')), 'hex')"
)


class LedgerConfig(AppConfig):
    """What happened."""

    name = "goodstanding.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Declare the verbs; seal the facts."""
        from goodstanding.accounts.types import EVERYONE, MANAGERS, Role, Verb, declare_verbs
        from goodstanding.core.seal import register_stream

        declare_verbs(
            room="ledger",
            verbs=[
                Verb("see_facts", "See facts and imports", EVERYONE),
                Verb("import_file", "Import a file", (*MANAGERS, Role.ANALYST)),
                Verb("correct_fact", "Correct or retract a fact", MANAGERS),
            ],
        )
        register_stream(name="facts", table="ledger_fact", hash_sql=FACT_HASH)
