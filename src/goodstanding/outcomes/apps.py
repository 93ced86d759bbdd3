"""Registrations of outcomes."""

from django.apps import AppConfig

from goodstanding.accounts.types import EVERYONE, Verb, declare_verbs

LABEL_HASH = (
    "encode(sha256(convert_to(concat_ws(chr(31), id, decision_id, definition, version, value,"
    " event_at, mature_at, observed_at), 'UTF8')), 'hex')"
)


class OutcomesConfig(AppConfig):
    """What came true?"""

    name = "goodstanding.outcomes"
    label = "outcomes"

    def ready(self) -> None:
        """Declare verbs; seal the labels."""
        from goodstanding.core.seal import register_stream

        declare_verbs(room="outcomes", verbs=[Verb("see_labels", "See what came true", EVERYONE)])
        register_stream(name="labels", table="outcomes_label", hash_sql=LABEL_HASH)
