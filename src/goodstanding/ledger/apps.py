"""Registrations of the ledger."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """What happened."""

    name = "goodstanding.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Declare the verbs; seal the facts."""
        from goodstanding.accounts.types import EVERYONE, MANAGERS, Role, Verb, declare_verbs
        from goodstanding.core.seal import seal_tables
        from goodstanding.ledger.sealed import SEALED

        declare_verbs(
            room="ledger",
            verbs=[
                Verb("see_facts", "See facts and imports", EVERYONE),
                Verb("import_file", "Import a file", (*MANAGERS, Role.ANALYST)),
                Verb(
                    "settle_row",
                    "Settle rows that wait in quarantine",
                    (*MANAGERS, Role.ANALYST),
                ),
                Verb("correct_fact", "Correct or retract a fact", MANAGERS),
            ],
        )
        seal_tables(SEALED)
