"""The tables of cases."""

from goodstanding.cases.models.case import Case, PlaybookVersion, Queue, QueueTerms
from goodstanding.cases.models.enforcement import (
    Appeal,
    Enforcement,
    ExceptionApproval,
    Reinstatement,
)
from goodstanding.cases.models.work import (
    Assignment,
    BarredPerson,
    CaseClosure,
    CaseDecision,
    Escalation,
    EscalationAnswer,
    EvidenceItem,
    InformationAnswer,
    InformationRequest,
    Note,
    Reopening,
    RoutingSkip,
    StepRecord,
)

__all__ = [
    "Appeal",
    "Assignment",
    "BarredPerson",
    "Case",
    "CaseClosure",
    "CaseDecision",
    "Enforcement",
    "Escalation",
    "EscalationAnswer",
    "EvidenceItem",
    "ExceptionApproval",
    "InformationAnswer",
    "InformationRequest",
    "Note",
    "PlaybookVersion",
    "Queue",
    "QueueTerms",
    "Reinstatement",
    "Reopening",
    "RoutingSkip",
    "StepRecord",
]
