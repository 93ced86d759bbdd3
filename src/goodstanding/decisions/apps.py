"""Registrations of decisions."""

from django.apps import AppConfig

from goodstanding.accounts.types import EVERYONE, MANAGERS, Role, Verb, declare_verbs


class DecisionsConfig(AppConfig):
    """What did we decide?"""

    name = "goodstanding.decisions"
    label = "decisions"

    def ready(self) -> None:
        """Declare the verbs; seal the decisions."""
        from goodstanding.core.seal import seal_tables
        from goodstanding.decisions.sealed import SEALED

        seal_tables(SEALED)
        declare_verbs(
            room="decisions",
            verbs=[
                Verb("see_decisions", "See decisions and why they were made", EVERYONE),
                Verb(
                    "unmask_decision",
                    "Read the personal values of a decision",
                    (Role.SPECIALIST, Role.APPROVER, Role.INTERNAL_AUDITOR),
                ),
                Verb(
                    "replay_decision",
                    "Derive a decision again from its record",
                    (*MANAGERS, Role.INTERNAL_AUDITOR, Role.ANALYST, Role.APPROVER),
                ),
                Verb(
                    "decide_again",
                    "Put the question of a decision to the policy in force",
                    (*MANAGERS, Role.SPECIALIST),
                ),
                Verb("export_decisions", "Export decisions", (*MANAGERS, Role.ANALYST)),
            ],
        )
