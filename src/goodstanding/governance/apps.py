"""Registrations of governance."""

from django.apps import AppConfig

from goodstanding.accounts.types import Role, Verb, declare_verbs

READERS = (
    Role.CREDIT_RISK_MANAGER,
    Role.SELLER_RISK_MANAGER,
    Role.MODEL_RISK_MANAGER,
    Role.ANALYST,
    Role.APPROVER,
    Role.INTERNAL_AUDITOR,
)
FIRST_LINE = (Role.CREDIT_RISK_MANAGER, Role.SELLER_RISK_MANAGER, Role.ANALYST)
CHALLENGERS = (Role.MODEL_RISK_MANAGER, Role.INTERNAL_AUDITOR, Role.APPROVER)
VERBS = [
    Verb("see_models", "See models, policies and their approvals", READERS),
    Verb("state_use_case", "State or revise a use case", (*FIRST_LINE, Role.MODEL_RISK_MANAGER)),
    Verb("register_version", "Register a version", (*FIRST_LINE, Role.MODEL_RISK_MANAGER)),
    Verb("assess_tier", "Assess scope and tier", (Role.MODEL_RISK_MANAGER,)),
    Verb("validate_version", "Validate a version", (Role.MODEL_RISK_MANAGER,)),
    Verb("open_finding", "Open a finding", (Role.MODEL_RISK_MANAGER, Role.INTERNAL_AUDITOR)),
    Verb("work_finding", "Plan and mend a finding", (*FIRST_LINE, Role.MODEL_RISK_MANAGER)),
    Verb("close_finding", "Close a finding", (Role.MODEL_RISK_MANAGER, Role.INTERNAL_AUDITOR)),
    Verb("accept_risk", "Accept the risk of a finding", (Role.APPROVER,)),
    Verb("ask_question", "Challenge by a question", CHALLENGERS),
    Verb("answer_question", "Answer a challenge", (*FIRST_LINE, *CHALLENGERS)),
    Verb("request_approval", "Ask for an approval", (*FIRST_LINE, Role.MODEL_RISK_MANAGER)),
    Verb("approve_version", "Approve or return a version", (Role.APPROVER,)),
    Verb("end_approval", "Expire or revoke an approval", (Role.MODEL_RISK_MANAGER, Role.APPROVER)),
    Verb("grant_exception", "Grant an exception", (Role.APPROVER,)),
    Verb(
        "note_observation",
        "Note what monitoring saw",
        (*FIRST_LINE, Role.MODEL_RISK_MANAGER),
    ),
    Verb("set_thresholds", "Set a version's thresholds", (Role.MODEL_RISK_MANAGER,)),
]


class GovernanceConfig(AppConfig):
    """Who may decide."""

    name = "goodstanding.governance"
    label = "governance"

    def ready(self) -> None:
        """Declare the verbs and seal approvals and findings."""
        from goodstanding.core.seal import seal_tables
        from goodstanding.governance.sealed import SEALED

        declare_verbs(room="governance", verbs=VERBS)
        seal_tables(SEALED)
