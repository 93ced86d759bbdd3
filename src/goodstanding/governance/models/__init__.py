"""The tables of governance; every one but the gate's number is append-only."""

from goodstanding.governance.models.approvals import (
    Approval,
    ApprovalExpiryChange,
    ApprovalRequest,
    ApprovalReturn,
    ApprovalRevocation,
    ExceptionEnd,
    GateNumber,
    UseException,
)
from goodstanding.governance.models.findings import (
    ChallengeAnswer,
    ChallengeQuestion,
    Finding,
    FindingCitation,
    FindingState,
    RiskAcceptance,
)
from goodstanding.governance.models.inventory import (
    Change,
    GovernedVersion,
    InventoryEntry,
    PinnedVersion,
    ScopeDecision,
    ThresholdSet,
    TierAssessment,
)
from goodstanding.governance.models.use_cases import UseCase, UseCaseRevision
from goodstanding.governance.models.validation import (
    MonitoringObservation,
    Opinion,
    StoredResult,
    ValidationRun,
)

__all__ = [
    "Approval",
    "ApprovalExpiryChange",
    "ApprovalRequest",
    "ApprovalReturn",
    "ApprovalRevocation",
    "ChallengeAnswer",
    "ChallengeQuestion",
    "Change",
    "ExceptionEnd",
    "Finding",
    "FindingCitation",
    "FindingState",
    "GateNumber",
    "GovernedVersion",
    "InventoryEntry",
    "MonitoringObservation",
    "Opinion",
    "PinnedVersion",
    "RiskAcceptance",
    "ScopeDecision",
    "StoredResult",
    "ThresholdSet",
    "TierAssessment",
    "UseCase",
    "UseCaseRevision",
    "UseException",
    "ValidationRun",
]
