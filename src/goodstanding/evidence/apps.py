"""Registrations of evidence."""

from django.apps import AppConfig

from goodstanding.accounts.types import MANAGERS, Role, Verb, declare_verbs

READERS = (*MANAGERS, Role.SPECIALIST, Role.ANALYST, Role.APPROVER, Role.INTERNAL_AUDITOR)
TESTERS = (*MANAGERS, Role.ANALYST, Role.APPROVER)
ASKERS = (Role.CREDIT_RISK_MANAGER, Role.SELLER_RISK_MANAGER, Role.ANALYST)
SIGNERS = (*MANAGERS, Role.APPROVER)
VERBS = [
    Verb("see_backtests", "See backtests and their results", READERS),
    Verb("run_backtest", "Run and stop backtests", TESTERS),
    Verb("see_experiments", "See experiments and what they show", READERS),
    Verb("propose_experiment", "Plan an experiment", TESTERS),
    Verb("register_experiment", "Register another person's experiment", (*MANAGERS, Role.APPROVER)),
    Verb("run_experiment", "Start, halt and end an experiment", MANAGERS),
    Verb("see_changes", "See change requests and their evidence", READERS),
    Verb("ask_for_change", "Ask for a change, or withdraw it", ASKERS),
    Verb("run_change_evidence", "Run the evidence of a change again", TESTERS),
    Verb("discuss_change", "Ask and answer about a change", TESTERS),
    Verb("sign_change", "Sign or return a change", SIGNERS),
]


class EvidenceConfig(AppConfig):
    """What justifies a change."""

    name = "goodstanding.evidence"
    label = "evidence"

    def ready(self) -> None:
        """Declare the verbs; seal what was found."""
        from goodstanding.core.seal import seal_tables
        from goodstanding.evidence.sealed import SEALED

        declare_verbs(room="evidence", verbs=VERBS)
        seal_tables(SEALED)
