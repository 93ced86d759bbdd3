"""What governance says to other rooms, and what they hand to it."""

from goodstanding.governance.types.findings import FindingSummary
from goodstanding.governance.types.gate import (
    GateSnapshot,
    GateState,
    GateStatus,
    GovernedState,
    OpenFinding,
    Permit,
)
from goodstanding.governance.types.records import (
    Artefact,
    Conditions,
    Evidence,
    Person,
    ScopeAnswers,
    TierFactors,
    TierOverride,
    UseCaseStatement,
    Weakness,
)
from goodstanding.governance.types.results import ResultSummary
from goodstanding.governance.types.tiers import Tier
from goodstanding.governance.types.words import (
    AiActClass,
    AiActRole,
    Automation,
    ChangeKind,
    Effect,
    ExceptionKind,
    Fallback,
    FindingStatus,
    Severity,
    VersionKind,
)

__all__ = [
    "AiActClass",
    "AiActRole",
    "Artefact",
    "Automation",
    "ChangeKind",
    "Conditions",
    "Effect",
    "Evidence",
    "ExceptionKind",
    "Fallback",
    "FindingStatus",
    "FindingSummary",
    "GateSnapshot",
    "GateState",
    "GateStatus",
    "GovernedState",
    "OpenFinding",
    "Permit",
    "Person",
    "ResultSummary",
    "ScopeAnswers",
    "Severity",
    "Tier",
    "TierFactors",
    "TierOverride",
    "UseCaseStatement",
    "VersionKind",
    "Weakness",
]
