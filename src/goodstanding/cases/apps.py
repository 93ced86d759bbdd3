"""Registrations of cases."""

from django.apps import AppConfig

from goodstanding.accounts.types import EVERYONE, MANAGERS, Role, Verb, declare_verbs

WORKERS = (Role.SPECIALIST, Role.CREDIT_RISK_MANAGER, Role.SELLER_RISK_MANAGER)


class CasesConfig(AppConfig):
    """What people decide."""

    name = "goodstanding.cases"
    label = "cases"

    def ready(self) -> None:
        """Declare the verbs; seal what people decided; open a case for every referred decision."""
        from goodstanding.cases.operations import open_case_for_decision
        from goodstanding.cases.sealed import SEALED
        from goodstanding.core.outbox import subscribe
        from goodstanding.core.seal import seal_tables

        subscribe(
            kind="decision_referred",
            name="cases.open_case_for_decision",
            handler=open_case_for_decision,
        )
        seal_tables(SEALED)
        declare_verbs(
            room="cases",
            verbs=[
                Verb("see_cases", "See cases", EVERYONE),
                Verb("claim_case", "Claim and release cases", WORKERS),
                Verb("work_case", "Add notes, evidence, steps and questions", WORKERS),
                Verb("decide_case", "Decide cases", WORKERS),
                Verb("escalate_case", "Escalate and answer escalations", (*WORKERS, Role.APPROVER)),
                Verb("reassign_case", "Reassign and route cases", MANAGERS),
                Verb("close_case", "Close and reopen cases", MANAGERS),
                Verb("make_enforcement", "Take measures against sellers", WORKERS),
                Verb("lodge_appeal", "Record a seller's appeal", WORKERS),
                Verb("export_cases", "Export lists of cases", (*WORKERS, *MANAGERS, Role.ANALYST)),
            ],
        )
