"""What governance says to other rooms, and what they hand to it."""

from goodstanding.governance.types.dossiers import (
    ApprovalSummary,
    ExceptionSummary,
    NamedVersion,
    RequestSummary,
    RunSummary,
    Thread,
    UseCaseSummary,
)
from goodstanding.governance.types.findings import FindingSummary
from goodstanding.governance.types.gate import (
    GateSnapshot,
    GateState,
    GateStatus,
    GovernedState,
    OpenFinding,
    Permit,
)
from goodstanding.governance.types.inventory import InventoryRow, VersionState
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
    "ApprovalSummary",
    "Artefact",
    "Automation",
    "ChangeKind",
    "Conditions",
    "Effect",
    "Evidence",
    "ExceptionKind",
    "ExceptionSummary",
    "Fallback",
    "FindingStatus",
    "FindingSummary",
    "GateSnapshot",
    "GateState",
    "GateStatus",
    "GovernedState",
    "InventoryRow",
    "NamedVersion",
    "OpenFinding",
    "Permit",
    "Person",
    "RequestSummary",
    "ResultSummary",
    "RunSummary",
    "ScopeAnswers",
    "Severity",
    "Thread",
    "Tier",
    "TierFactors",
    "TierOverride",
    "UseCaseStatement",
    "UseCaseSummary",
    "VersionKind",
    "VersionState",
    "Weakness",
]
