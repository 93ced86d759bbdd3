"""Registrations of policies."""

from django.apps import AppConfig

from goodstanding.accounts.types import MANAGERS, Role, Verb, declare_verbs

READERS = (*MANAGERS, Role.SPECIALIST, Role.ANALYST, Role.APPROVER, Role.INTERNAL_AUDITOR)
AUTHORS = (Role.CREDIT_RISK_MANAGER, Role.SELLER_RISK_MANAGER, Role.ANALYST)
DESK_MANAGERS = (Role.CREDIT_RISK_MANAGER, Role.SELLER_RISK_MANAGER)
VERBS = [
    Verb("see_policies", "See policies, their versions and tests", READERS),
    Verb("publish_version", "Publish a version of a policy", AUTHORS),
    Verb("propose_version", "Propose a version of a policy", AUTHORS),
    Verb("approve_version", "Approve a proposed version", (Role.APPROVER,)),
    Verb("activate_version", "Decide which version runs", DESK_MANAGERS),
    Verb(
        "approve_in_emergency",
        "Approve a version in an emergency, and review it after",
        (*DESK_MANAGERS, Role.APPROVER),
    ),
    Verb("write_list", "Write a version of a list", AUTHORS),
    Verb("approve_list", "Approve a version of a list", (Role.APPROVER, *DESK_MANAGERS)),
    Verb("withdraw_list", "Withdraw a version of a list", (Role.APPROVER, *DESK_MANAGERS)),
    Verb("run_tests", "Run a policy's tests", READERS),
]


class PoliciesConfig(AppConfig):
    """What would we decide."""

    name = "goodstanding.policies"
    label = "policies"

    def ready(self) -> None:
        """Declare the verbs; seal versions and their steps."""
        from goodstanding.core.seal import seal_tables
        from goodstanding.policies.sealed import SEALED

        declare_verbs(room="policies", verbs=VERBS)
        seal_tables(SEALED)
